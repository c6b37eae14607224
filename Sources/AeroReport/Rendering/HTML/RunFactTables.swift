// Ledger, resources and environment of one run as tables.

/// What stands below the charts of a run.
struct RunFactTables {
    private let document: ResultDocument

    init(_ document: ResultDocument) { self.document = document }

    /// What became of every message, per class and group, and the worst sequences.
    var ledger: Markup {
        let ledger = document.ledger
        guard !ledger.classes.isEmpty else {
            return "<p>No consumer, so deliveries are not checked.</p>\n"
        }
        let faults = Metric.LedgerField.faults
        let found = faults.filter { ledger.totals[$0] > 0 }
        let verdict =
            found.isEmpty
            ? Badge.markup("nothing lost, duplicated, reordered, misrouted or corrupt", .good)
            : Badge.markup(
                found.map { "\(UnitText.grouped(ledger.totals[$0])) \($0.title)" }
                    .joined(separator: ", "), .bad)
        // What belongs to no run of ours is news only when there is some.
        let shown: [Metric.LedgerField] =
            [.sent, .acked, .expected, .received] + faults
            + (ledger.totals.foreign > 0 ? [.foreign] : [])
        var table = ReportTable(
            header: ["class", "group"] + shown.map(\.title),
            labelCount: 2, caption: "Ledger")
        for entry in ledger.classes {
            let counts = shown.map { UnitText.grouped(entry.counts[$0]) }
            table.add([entry.className, entry.group] + counts)
        }
        return """
            <p>\(verdict) Every message is accounted for, warm-up included.</p>
            \(table.markup)\(offenders)
            """
    }

    private var offenders: Markup {
        let real = document.ledger.offenders.filter { $0.count > 0 }
        guard !real.isEmpty else { return .empty }
        var table = ReportTable(
            header: ["class", "group", "producer", "destination", "fault", "messages", "first"],
            labelCount: 5, caption: "Sequences with the most faults")
        for offender in real {
            table.add([
                offender.className, offender.group, "\(offender.producer)",
                "\(offender.destination)", offender.fault, UnitText.grouped(offender.count),
                offender.firstSequence.map(UnitText.grouped) ?? "-",
            ])
        }
        return "<p>The sequences with the most faults:</p>\n\(table.markup)"
    }

    /// What generator and broker used in the window.
    var resources: Markup {
        let generator = document.generator
        let broker = document.broker
        var table = ReportTable(
            header: ["in the measured window", "generator", "broker"], caption: "Resources")
        func add(_ name: String, _ text: (ResourceUsage) -> String?) {
            table.add([
                name, text(generator.resources) ?? "-", broker?.resources.flatMap(text) ?? "-",
            ])
        }
        func cores(_ share: Double?) -> String? {
            share.map { "\(UnitText.fixed($0, decimals: 2)) cores" }
        }
        add("processor") { cores($0.processorShare(of: document.window)) }
        add("of it in the kernel") { usage in
            let whole = Double(usage.userNanoseconds) + Double(usage.systemNanoseconds)
            return whole > 0 ? UnitText.percent(Double(usage.systemNanoseconds) / whole) : nil
        }
        add("peak memory") { UnitText.bytes($0.residentBytesPeak) }
        add("context switches") { usage in
            var switches = usage.voluntaryContextSwitches
            switches.addSaturating(usage.involuntaryContextSwitches)
            return UnitText.grouped(switches)
        }
        add("of them involuntary") { UnitText.grouped($0.involuntaryContextSwitches) }
        add("threads at the end") { "\($0.threadCount)" }
        if broker?.resources?.writtenBytes != nil {
            add("to disk") { $0.writtenBytes.map(UnitText.bytes) }
        }
        if generator.resources.systemCalls != nil || broker?.resources?.systemCalls != nil {
            add("system calls") { $0.systemCalls.map(UnitText.grouped) }
        }
        func decimals(_ value: Double?) -> String {
            value.map { UnitText.fixed($0, decimals: 3) } ?? "-"
        }
        table.add([
            "allocations per message", decimals(generator.allocationsPerMessage),
            decimals(broker?.allocationsPerMessage),
        ])
        return table.markup + details
    }

    private var details: Markup {
        var facts: [(String, String?)] = []
        if let lag = document.generator.lag, lag.count > 0 {
            facts.append(
                (
                    "Send lag",
                    "p50 \(UnitText.latency(lag.p50)), p99 \(UnitText.latency(lag.p99)), "
                        + "max \(UnitText.latency(lag.max))"
                ))
        }
        facts.append(
            ("Pool hits of the broker", document.broker?.poolHitRate.map(UnitText.percent)))
        if let activity = document.broker?.activity {
            facts.append(
                (
                    "Appended per message",
                    activity.batchBytesPerMessage.map {
                        "\(UnitText.fixed($0, decimals: 1)) B"
                    }
                ))
            facts.append(
                ("Appended per byte of payload", activity.batchShare.map(UnitText.percent)))
            facts.append(
                (
                    "System calls per message",
                    activity.systemCallsPerMessage.map { UnitText.fixed($0, decimals: 3) }
                ))
            if activity.syncs > 0 {
                facts.append(
                    ("Syncs", activity.syncsPerSecond.map { "\(UnitText.rate($0)) a second" }))
            }
        }
        if let limit = document.limit {
            facts.append(
                (
                    "Share of the machine's limit",
                    "\(UnitText.percent(limit.throughputShare)) of the raw \(limit.driver) "
                        + "(\(UnitText.messageRate(limit.receivedPerSecond)))"
                ))
        }
        return FactList.markup(facts)
    }

    /// Where it ran.
    var environment: Markup {
        let environment = document.environment
        let processor = environment.processor
        let host = environment.host
        let cores = processor.usableCores.count
        func list(_ cores: [Int]?) -> String? {
            guard let cores, !cores.isEmpty else { return nil }
            return cores.map(String.init).joined(separator: ", ")
        }
        let tool = document.tool
        return FactList.markup([
            (
                "Processor",
                "\(processor.model) (\(processor.architecture)), \(cores) of "
                    + "\(processor.onlineCoreCount) cores usable"
            ),
            ("Governor", processor.governor),
            (
                "Memory",
                "\(UnitText.bytes(environment.memory.totalBytes)), "
                    + "\(UnitText.bytes(environment.memory.availableBytes)) available before"
            ),
            ("Kernel", "Linux \(environment.system.kernel)"),
            ("Distribution", environment.system.distribution),
            ("C library", environment.system.libc),
            ("Clock source", environment.system.clockSource),
            (
                "Virtualised",
                host.isVirtualized ? "yes" + (host.hypervisor.map { ", \($0)" } ?? "") : "no"
            ),
            ("Container", host.container),
            ("Processor quota", host.processorQuota.map { UnitText.fixed($0, decimals: 2) }),
            ("Time stolen by the host", host.stealShare.map(UnitText.percent)),
            (
                "Load average before",
                host.loadAverage.map { UnitText.fixed($0, decimals: 2) }
            ),
            ("Generator's cores", list(environment.placement?.generatorCores)),
            ("Broker's cores", list(environment.placement?.brokerCores)),
            (
                "Tool",
                "\(tool.name) \(tool.version) (\(tool.commit), \(tool.build)), "
                    + "Swift \(environment.system.swift)"
            ),
        ])
    }
}

extension Metric.LedgerField {
    /// The field in words.
    fileprivate var title: String {
        switch self {
        case .ackedThenLost: "acked, then lost"
        default: rawValue
        }
    }
}

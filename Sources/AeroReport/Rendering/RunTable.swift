// One run as a table for the terminal: what a newcomer sees first.

/// Renders a result document for people. Everything comes from the document, nothing is hidden:
/// an invalid run and a ledger with faults say so before the numbers are believed.
package struct RunTable {
    private let document: ResultDocument
    private let style: TerminalStyle
    private let isVerbose: Bool
    /// Columns that sentences are wrapped to; tables are as wide as their content.
    private static let columns = 92

    /// - Parameters:
    ///   - document: The run.
    ///   - style: Whether to use colour.
    ///   - isVerbose: Whether to show the slowest messages, too.
    package init(
        _ document: ResultDocument, style: TerminalStyle = .plain, isVerbose: Bool = false
    ) {
        self.document = document
        self.style = style
        self.isVerbose = isVerbose
    }

    /// The whole table, with a final line break.
    package var text: String {
        var lines = heading
        lines += [""] + rates.lines(indent: "  ", style: style)
        lines += [""] + latencies.lines(indent: "  ", style: style)
        let stages = StageTables(document: document)
        for table in [stages.budget, isVerbose ? stages.slowest : nil] {
            if let table { lines += [""] + table.lines(indent: "  ", style: style) }
        }
        lines += [""] + facts
        return lines.joined(separator: "\n") + "\n"
    }

    private var heading: [String] {
        let driver = document.driver
        let window = document.window
        let place = driver.isEmbedded ? "embedded" : driver.endpoint ?? "external"
        let version = driver.version.map { " \($0)" } ?? ""
        let environment = document.environment
        let cores = environment.processor.usableCores.count
        let title =
            "\(document.scenario.name) on \(driver.name)\(version) (\(place)): "
            + "\(UnitText.latency(window.measuredNanoseconds)) measured after "
            + "\(UnitText.latency(window.warmupNanoseconds)) of warm-up" + settled(window)
        let machine = [
            environment.processor.model, cores == 1 ? "1 core" : "\(cores) cores",
            "Linux \(environment.system.kernel)",
            "\(document.tool.name) \(document.tool.version) (\(document.tool.commit), "
                + "\(document.tool.build))",
        ]
        let wrapped = TextWrap.lines(machine.joined(separator: "; "), width: Self.columns - 2)
        return [style.paint(title, .heading)] + wrapped.map { style.paint("  " + $0, .faint) }
    }

    private func settled(_ window: WindowRecord) -> String {
        guard let warmup = window.warmup else { return "" }
        guard let cut = warmup.cutNanoseconds else { return " (not settled)" }
        return " (settled after \(UnitText.latency(cut)))"
    }

    private var rates: TextTable {
        var table = TextTable(
            header: [
                "class", "size", "load", "offered/s", "sent/s", "share", "acked/s", "received/s",
                "payload",
            ])
        table.labelCount = 3
        for entry in document.classes {
            let offered = entry.offered
            let achieved = entry.achieved
            var load = offered.schedule.rawValue
            var share = "-"
            if let rate = offered.messagesPerSecond, rate > 0 {
                share = UnitText.percent(achieved.sentPerSecond / rate)
            } else if let inFlight = offered.inFlight {
                load += ", \(inFlight) in flight"
            }
            table.rows.append([
                entry.name, UnitText.bytes(entry.messageByteCount), load,
                offered.messagesPerSecond.map(UnitText.rate) ?? "-",
                UnitText.rate(achieved.sentPerSecond), share,
                UnitText.rate(achieved.ackedPerSecond), UnitText.rate(achieved.receivedPerSecond),
                UnitText.byteRate(achieved.receivedBytesPerSecond),
            ])
        }
        return table
    }

    private var latencies: TextTable {
        var table = TextTable(
            header: ["class", "series", "p50", "p90", "p99", "p99.9", "max", "samples"])
        table.labelCount = 2
        for entry in document.classes {
            let known = Metric.seriesNames.filter { entry.series[$0] != nil }
            let others = entry.series.keys.filter { !known.contains($0) }.sorted()
            for name in known + others where !name.hasPrefix(StageBudget.prefix) {
                guard let summary = entry.series[name]?.summary else { continue }
                let values = [
                    ("p50", summary.p50), ("p90", summary.p90), ("p99", summary.p99),
                    ("p999", summary.p999), ("max", summary.max),
                ]
                let doubtful = entry.series[name]?.unsupported ?? []
                let samples = UnitText.grouped(summary.count)
                let excess = summary.outOfRange
                table.rows.append(
                    [entry.name, name]
                        + values.map { percentile, value in
                            guard summary.count > 0 else { return "-" }
                            // Fewer than ten samples lie above it.
                            return (doubtful.contains(percentile) ? "?" : "")
                                + UnitText.latency(value)
                        }
                        + [excess > 0 ? "\(samples) + \(excess) out of range" : samples])
            }
        }
        return table
    }

    private var facts: [String] {
        var facts: [(String, String, TerminalStyle.Meaning?)] = [ledger]
        facts += validity
        for line in PromiseText(document).lines {
            facts.append((line.name, line.text, line.isDifference ? .doubtful : nil))
        }
        if let limit = document.limit { facts.append(("limit", share(limit), nil)) }
        facts.append(("generator", generator, nil))
        if let broker = document.broker { facts.append(("broker", text(broker), nil)) }
        let width = (facts.map(\.0.count).max() ?? 0) + 2
        let margin = String(repeating: " ", count: width + 2)
        return facts.flatMap { name, text, meaning in
            let label = "  " + name + String(repeating: " ", count: width - name.count)
            let lines = TextWrap.lines(text, width: Self.columns - margin.count)
            return lines.enumerated().map { index, line in
                (index == 0 ? label : margin) + (meaning.map { style.paint(line, $0) } ?? line)
            }
        }
    }

    private var ledger: (String, String, TerminalStyle.Meaning?) {
        let totals = document.ledger.totals
        guard !document.ledger.classes.isEmpty else {
            return ("ledger", "no consumer, so deliveries are not checked", nil)
        }
        let faults = Metric.LedgerField.faults.filter { totals[$0] > 0 }
        let fates = faults.map { "\(UnitText.grouped(totals[$0])) \($0.rawValue)" }
        let verdict =
            faults.isEmpty
            ? "nothing lost, duplicated, reordered, misrouted or corrupt"
            : fates.joined(separator: ", ")
        let foreign = totals.foreign > 0 ? ", \(UnitText.grouped(totals.foreign)) foreign" : ""
        let text =
            "\(UnitText.grouped(totals.sent)) sent, \(UnitText.grouped(totals.received)) received: "
            + verdict + foreign + worstStream
        return ("ledger", text, faults.isEmpty ? .good : .bad)
    }

    /// Where most of the faults are.
    private var worstStream: String {
        guard let worst = document.ledger.offenders.first(where: { $0.count > 0 }) else {
            return ""
        }
        let sender = worst.producer >= 0 ? "of producer \(worst.producer) to" : "on"
        let others = document.ledger.offenders.count - 1 + (document.ledger.offendersOmitted ?? 0)
        let rest = others > 0 ? "; the result has \(UnitText.grouped(Int64(others))) more" : ""
        return "; most in one place: \(UnitText.grouped(worst.count)) \(worst.fault) \(sender) "
            + "partition \(worst.destination) of \(worst.className) (\(worst.group))\(rest)"
    }

    private var validity: [(String, String, TerminalStyle.Meaning?)] {
        let doubts = document.doubts
        var rows: [(String, String, TerminalStyle.Meaning?)] =
            doubts.isEmpty ? [("validity", "valid", .good)] : []
        rows += doubts.map { ("validity", "INVALID: \($0)", .bad) }
        rows += document.validity.warnings.map { ("warning", $0.message, .doubtful) }
        return rows
    }

    private func share(_ limit: LimitRecord) -> String {
        var text =
            "\(UnitText.percent(limit.throughputShare)) of the throughput of the raw "
            + "\(limit.driver) on this machine (\(UnitText.messageRate(limit.receivedPerSecond)))"
        if let ratio = limit.p50Ratio { text += ", p50 \(UnitText.fixed(ratio, decimals: 2)) x" }
        if let ratio = limit.p99Ratio { text += ", p99 \(UnitText.fixed(ratio, decimals: 2)) x" }
        return text
    }

    private var generator: String {
        let record = document.generator
        var parts = text(record.resources)
        if let count = record.processes?.count, count > 1 {
            parts.insert("\(count) processes", at: 0)
        }
        if let count = record.allocationsPerMessage { parts.append(allocations(count)) }
        if let lag = record.lag, lag.count > 0 {
            parts.append("lag p99 \(UnitText.latency(lag.p99)), max \(UnitText.latency(lag.max))")
        }
        return parts.joined(separator: ", ")
    }

    private func text(_ broker: BrokerRecord) -> String {
        var parts = broker.resources.map(text) ?? ["resources not observed"]
        if let count = broker.allocationsPerMessage { parts.append(allocations(count)) }
        if let rate = broker.poolHitRate { parts.append("pool hits \(UnitText.percent(rate))") }
        if let activity = broker.activity { parts += text(activity) }
        return parts.joined(separator: ", ")
    }

    private func text(_ activity: BrokerActivity) -> [String] {
        var parts: [String] = []
        if let byteCount = activity.batchBytesPerMessage, let share = activity.batchShare {
            parts.append(
                "\(UnitText.fixed(byteCount, decimals: 1)) B appended per message "
                    + "(\(UnitText.percent(share)) of its payload)")
        }
        if activity.syncs > 0, let rate = activity.syncsPerSecond {
            parts.append("\(UnitText.rate(rate)) syncs/s")
        }
        return parts
    }

    private func allocations(_ perMessage: Double) -> String {
        "\(UnitText.fixed(perMessage, decimals: 3)) allocations per message"
    }

    private func text(_ usage: ResourceUsage) -> [String] {
        let share = usage.processorShare(of: document.window)
        var switches = usage.voluntaryContextSwitches
        switches.addSaturating(usage.involuntaryContextSwitches)
        return [
            share.map { "\(UnitText.fixed($0, decimals: 2)) cores" } ?? "cores unknown",
            "\(UnitText.bytes(usage.residentBytesPeak)) peak memory",
            "\(UnitText.grouped(switches)) context switches "
                + "(\(UnitText.grouped(usage.involuntaryContextSwitches)) involuntary)",
        ] + (usage.writtenBytes.map { $0 > 0 ? ["\(UnitText.bytes($0)) to disk"] : [] } ?? [])
    }
}

// A result document from the facts of a run.

import AeroIO
import AeroLoad
import AeroMemory
import AeroReport
import HDRHistogram

extension ResultDocument {
    /// The result of a run.
    ///
    /// - Throws: `HistogramError` when the memory of an interval is damaged.
    init(_ facts: RunFacts) throws(HistogramError) {
        var classes: [ClassRecord] = []
        for index in facts.scenario.classes.indices {
            classes.append(try ClassRecord(facts, classIndex: index))
        }
        let scenario = facts.scenario
        var environment = facts.environment
        environment.host.stealShare = facts.resources.stealShare
        self.init(
            id: CreationStamp.makeIdentifier(), createdAt: CreationStamp.now(), tool: facts.tool,
            scenario: ScenarioRecord(scenario),
            driver: DriverRecord(facts), environment: environment,
            window: WindowRecord(
                startedAt: facts.startedAt, warmupNanoseconds: facts.warmupNanoseconds,
                durationNanoseconds: scenario.durationNanoseconds,
                measuredNanoseconds: facts.measuredNanoseconds,
                intervalNanoseconds: facts.intervalNanoseconds, endedBy: facts.ending,
                warmup: WarmupRecord(facts)),
            classes: classes, ledger: LedgerRecord(scenario, facts.outcome.verdicts),
            generator: try GeneratorRecord(facts), broker: BrokerRecord(facts),
            stages: facts.outcome.stages.map { StagesRecord($0) },
            slowest: SlowMessageRecord.slowest(facts),
            validity: RunValidity(facts, classes).record)
        for index in self.classes.indices { self.classes[index].takeDoubts(from: validity) }
    }

}

extension ScenarioRecord {
    /// The resolved scenario, but for the driver, which has a record of its own.
    init(_ scenario: Scenario) {
        guard case .object(var members) = JSONValue(scenario.resolvedTree) else {
            preconditionFailure("a scenario is a mapping")
        }
        members["driver"] = nil
        self.init(
            name: scenario.name, seed: scenario.seed, parameters: .object(members),
            slo: scenario.objectives.map(\.text))
    }
}

extension WarmupRecord {
    /// How the warm-up ended; nil where it had a fixed length.
    fileprivate init?(_ facts: RunFacts) {
        guard facts.scenario.isWarmupAutomatic else { return nil }
        self.init(
            boundNanoseconds: facts.scenario.warmupNanoseconds,
            cutNanoseconds: facts.settledIntervalCount.map {
                Int64($0) * facts.scenario.intervalNanoseconds
            })
    }
}

extension DriverRecord {
    fileprivate init(_ facts: RunFacts) {
        var limitations: [String] =
            switch facts.target {
            case .aeromq, .peer: []
            case .relay, .relayFile:
                ["a relay acknowledges nothing: ack is when the kernel took the message"]
            case .echo: ["an echo goes back to its producer: ack and e2e are the same moment"]
            case .truth: ["the target keeps to a plan inside the generator: it is no broker"]
            case .null: ["messages never leave their thread: latencies are the generator's own"]
            }
        let isHandling = facts.scenario.classes.contains { $0.handling != nil }
        if !facts.target.isBroker, isHandling {
            limitations.append(
                "slow consumers hold nothing back: what they do not take waits in the client")
        }
        if facts.leavesCompressionOut {
            limitations.append("batches are sent as they are: compression is left out")
        }
        self.init(
            name: facts.target.rawValue, endpoint: facts.endpoint.map { "\($0)" },
            version: facts.targetVersion,
            isEmbedded: facts.isEmbedded,
            limitations: limitations)
    }
}

extension GeneratorRecord {
    fileprivate init(_ facts: RunFacts) throws(HistogramError) {
        var allocations: UInt64?
        var sent: Int64 = 0
        let cores = facts.environment.placement?.generatorCores ?? []
        var workers: [AeroReport.WorkerRecord] = []
        for (index, usage) in facts.outcome.usages.enumerated() {
            guard let start = usage.start, let end = usage.end else { continue }
            let workerSent = end.sentCount - start.sentCount
            if let before = start.allocations, let after = end.allocations {
                allocations = (allocations ?? 0) + after.since(before).allocations
            }
            sent += workerSent
            workers.append(
                AeroReport.WorkerRecord(
                    index: index,
                    core: cores.indices.contains(index) ? cores[index] : nil,
                    userNanoseconds: end.thread.userNanoseconds - start.thread.userNanoseconds,
                    systemNanoseconds: end.thread.systemNanoseconds
                        - start.thread.systemNanoseconds,
                    sent: workerSent, received: end.receivedCount - start.receivedCount,
                    runShare: facts.health?.thread(index)?.runShare,
                    runQueueShare: facts.health?.thread(index)?.waitShare,
                    workShare: facts.workShare(usage)))
        }
        var lag: Histogram?
        for each in facts.outcome.record.classes {
            if lag == nil { lag = each.histogram(.lag) } else { try lag?.add(each.histogram(.lag)) }
        }
        self.init(
            resources: facts.resources.generator,
            allocationsPerMessage: sent > 0 ? allocations.map { Double($0) / Double(sent) } : nil,
            workers: workers, processes: GeneratorProcessRecord.list(facts),
            lag: lag.map { LatencySummary($0) },
            hiccups: facts.health?.hiccups.map { LatencySummary($0) },
            inFlightMean: facts.inFlightMean)
    }
}

extension GeneratorProcessRecord {
    /// The processes of a run; nil where it was one.
    fileprivate static func list(_ facts: RunFacts) -> [GeneratorProcessRecord]? {
        let processes = facts.resources.board.processes
        guard !processes.isEmpty else { return nil }
        let plan = LoadPlan(facts.scenario, runId: "")
        let used = facts.resources.others
        return processes.enumerated().map { number, pid in
            GeneratorProcessRecord(
                pid: Int(pid),
                workers: Array(plan.share(ofProcess: number, of: processes.count)),
                resources: used.indices.contains(number) ? used[number] : nil)
        }
    }
}

extension BrokerRecord {
    /// The target's account; nil when nothing is known of it.
    ///
    /// Allocations are those of its process between the two times that it was asked, warm-up
    /// included, over the messages sent in between.
    fileprivate init?(_ facts: RunFacts) {
        let (before, after) = facts.outcome.statistics
        let resources = facts.resources.broker
        guard resources != nil || !after.isEmpty || facts.brokerIdentifier != nil else {
            return nil
        }
        func increase(_ name: String) -> Double? {
            guard let first = before[name], let last = after[name] else { return nil }
            return Double(last - first)
        }
        let sent = facts.outcome.record.classes.reduce(0) { $0 + $1.counts.sent }
        let asked = increase("pool.allocations") ?? 0
        func perMessage(_ name: String) -> Double? {
            sent > 0 ? increase(name).map { $0 / Double(sent) } : nil
        }
        var jemalloc: JemallocRecord?
        if let resident = after["jemalloc.resident_bytes"] {
            jemalloc = JemallocRecord(
                requestsPerMessage: perMessage("jemalloc.requests"),
                requestedBytesPerMessage: perMessage("jemalloc.requested_bytes"),
                allocatedBytes: after["jemalloc.allocated_bytes"] ?? 0,
                activeBytes: after["jemalloc.active_bytes"] ?? 0, residentBytes: resident)
        }
        self.init(
            pid: facts.brokerIdentifier.map(Int.init), resources: resources,
            allocationsPerMessage: perMessage("process.allocations"),
            allocatedBytesPerMessage: perMessage("process.allocated_bytes"), jemalloc: jemalloc,
            poolHitRate: asked > 0 ? increase("pool.hits").map { $0 / asked } : nil,
            activity: BrokerActivity(facts.outcome), statistics: after)
    }
}

extension BrokerActivity {
    /// How far the counters of a target went; nil for one that has no such counters.
    fileprivate init?(_ outcome: LoadOutcome) {
        let (before, after) = outcome.statistics
        guard before["records.appended"] != nil, after["records.appended"] != nil else {
            return nil
        }
        func increase(_ name: String) -> Int64 { (after[name] ?? 0) - (before[name] ?? 0) }
        let isCounting = after["poller.system_calls"] != nil
        let calls = ["poller.system_calls", "log.writes", "log.syncs"].map(increase).reduce(0, +)
        self.init(
            nanoseconds: outcome.statisticsNanoseconds, messages: increase("records.appended"),
            payloadBytes: outcome.record.classes.reduce(0) { $0 + $1.counts.sentByteCount },
            batchBytes: increase("batches.bytes"), receivedBytes: increase("bytes.received"),
            sentBytes: increase("bytes.sent"), syncs: increase("log.syncs"),
            groupCommits: increase("log.group_commits"), systemCalls: isCounting ? calls : nil)
    }
}

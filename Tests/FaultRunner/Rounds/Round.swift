// One round: a broker on a fresh directory, clients, blows, and the judgement.

import AeroClient
import AeroIO
import FaultSupport
import TestSupport

/// What a round came to.
struct RoundOutcome {
    var report: HistoryReport
    /// What is wrong, one line each; empty when the broker did what it should.
    var findings: [String] = []
    /// Why the round could not be played on this machine.
    var skipped: String?
    var killCount = 0
    var blowCount = 0
    var readyNanoseconds: [Int64] = []
    /// How often clients were given each error.
    var errorCounts: [String: Int] = [:]
    /// What power losses took.
    var lost = PowerLoss.Report()
    var nanoseconds: Int64 = 0
    /// Whether the mistake that was made on purpose showed.
    var isPlantedFound = false
}

/// Plays rounds. Nothing of a good one stays.
struct Round {
    let plan: RoundPlan
    let seed: UInt64
    let program: String
    /// An existing directory; the round makes its own in it.
    let folder: String
    let metronome: Metronome
    /// Whether to deal a third of the blows, for a quick look.
    var isShort = false

    private static let exampleCount = 3

    /// The directory of the round, which stays when something is wrong.
    var base: String { "\(folder)/\(plan.name)-\(seed)" }

    /// Plays the round.
    func play() -> RoundOutcome {
        let start = MonotonicClock.nowNanoseconds()
        var random = SplitMix64(seed: seed)
        let promises = Self.promises(plan)
        let stage = RoundStage(self, base: base, random: &random)
        var outcome = RoundOutcome(report: HistoryChecker.report([], promises: promises))
        do {
            try stage.prepare()
            try play(stage, &random)
            try finish(stage, promises, &random, &outcome)
        } catch let unavailable as Volume.Unavailable {
            outcome.skipped = unavailable.description
        } catch {
            outcome.findings.append("\(error)")
        }
        outcome.findings += stage.recorder.remarks
        if let planted = plan.planted,
            !planted.refusals.isDisjoint(with: stage.recorder.brokerCodes)
        {
            outcome.isPlantedFound = true
        }
        outcome.killCount = stage.killCount
        outcome.blowCount = stage.blowCount
        outcome.readyNanoseconds = stage.broker.readyNanoseconds
        outcome.errorCounts = stage.recorder.errorCounts
        outcome.lost = stage.lost
        clear(stage, &outcome)
        outcome.nanoseconds = MonotonicClock.nowNanoseconds() - start
        return outcome
    }

    private func clear(_ stage: RoundStage, _ outcome: inout RoundOutcome) {
        let isKept = !outcome.findings.isEmpty
        do {
            if isKept { try writeHistory(stage) }
            try stage.clear(keeping: isKept)
        } catch {
            outcome.findings.append("cannot tidy up: \(error)")
        }
    }

    private func writeHistory(_ stage: RoundStage) throws {
        let lines = stage.recorder.events.map { "\($0)\n" }.joined()
        try SystemDisk().writeFile(base + "/history", Array(lines.utf8))
    }

    // MARK: - Clients

    private static func promises(_ plan: RoundPlan) -> [DeliveryPromise] {
        plan.topics.flatMap { _ in DeliveryPromise.allCases }
    }

    private func clients(
        _ stage: RoundStage, _ random: inout SplitMix64
    ) -> [@Sendable () async -> Void] {
        let context = stage.context(stage.stop)
        let promises = Self.promises(plan)
        let perTopic = promises.count / stage.topics.count
        var clients: [@Sendable () async -> Void] = []
        for (number, promise) in promises.enumerated() {
            let producer = ProducingClient(
                context: context, topic: stage.topics[number / perTopic], number: number,
                promise: promise, seed: random.next(), compresses: plan.compresses,
                makesNoise: plan.isCompacted)
            clients.append { await producer.run() }
        }
        for (number, topic) in stage.topics.enumerated() {
            let consumer = ConsumingClient(
                context: context, topic: topic, number: number, seed: random.next())
            clients.append { await consumer.run() }
        }
        let kept = stage.topics.filter(plan.isStrict)
        if !kept.isEmpty {
            let member = GroupClient(
                context: context, topics: kept, number: stage.topics.count, group: "readers",
                seed: random.next())
            clients.append { await member.run() }
        }
        return clients
    }

    // MARK: - Blows

    private func play(_ stage: RoundStage, _ random: inout SplitMix64) throws {
        try stage.start()
        try stage.createTopics()
        let work = clients(stage, &random).map { BackgroundWork("a client", $0) }
        do {
            try stage.awaitProgress(after: "the first start")
            let blowCount = isShort ? (plan.blowCount + 2) / 3 : plan.blowCount
            for number in 0..<blowCount {
                let calm = Int64.random(in: plan.calmMilliseconds, using: &random) * 1_000_000
                try stage.broker.run(nanoseconds: calm)
                if plan.hasRival { try stage.broker.startSecond() }
                let blow = plan.blows[number % plan.blows.count]
                try stage.deal(blow, &random)
                // Not each time: the next blow may come before anything has happened, too.
                if Int.random(in: 0..<3, using: &random) > 0 {
                    try stage.awaitProgress(after: "blow \(number + 1), \(blow)")
                }
            }
            try stage.awaitProgress(after: "the last blow")
        } catch {
            stage.stop.raise()
            throw error
        }
        stage.stop.raise()
        for each in work { try each.wait() }
    }

    // MARK: - The end

    /// Reads everything back, after one more life, and judges.
    private func finish(
        _ stage: RoundStage, _ promises: [DeliveryPromise], _ random: inout SplitMix64,
        _ outcome: inout RoundOutcome
    ) throws {
        var place: String?
        if let damage = plan.damage {
            try stage.broker.stop()
            place = try apply(damage, stage, &random, &outcome)
        } else if Bool.random(using: &random) {
            try stage.kill(&random)
        }
        if !stage.broker.isRunning { try stage.start() }
        let readBack = ReadBack(context: stage.context(StopFlag()))
        let isTolerant = plan.damage != nil || plan.planted != nil
        try BackgroundWork("reading back") { try await readBack.run(isTolerant: isTolerant) }
            .wait()
        try stage.broker.stop()
        if plan.damage == nil, stage.broker.settings.isDurable {
            let inspection = try stage.inspect()
            if inspection.status != .exited(code: 0) {
                outcome.findings.append("log inspect came to \(inspection.transcript)")
            }
        }
        outcome.report = HistoryChecker.report(stage.recorder.events, promises: promises)
        judge(stage, &outcome)
        if let place, !outcome.findings.isEmpty { outcome.findings.append("changed: \(place)") }
    }

    /// Changes a bit and has the inspector look for it.
    private func apply(
        _ damage: RoundPlan.Damage, _ stage: RoundStage, _ random: inout SplitMix64,
        _ outcome: inout RoundOutcome
    ) throws -> String {
        let before = try stage.inspect()
        if before.status != .exited(code: 0) {
            outcome.findings.append("log inspect before a change: \(before.transcript)")
        }
        let changed = try LogDamage(stage.dataPath).apply(damage, &random)
        let after = try stage.inspect()
        if damage == .anyBit,
            after.status != .exited(code: 1)
                || !after.output.contains(changed.path)
        {
            outcome.findings.append("log inspect did not see it: \(after.transcript)")
        }
        return "\(changed.path) at \(changed.position)"
    }

    private func judge(_ stage: RoundStage, _ outcome: inout RoundOutcome) {
        let report = outcome.report
        if let planted = plan.planted {
            outcome.isPlantedFound = planted.faults.contains { report.count(of: $0) > 0 }
            return
        }
        let found = report.findings.filter { !plan.excuses($0, stage.topics) }
        for fault in HistoryFault.allCases {
            let own = found.filter { $0.fault == fault }
            guard !own.isEmpty else { continue }
            let examples = own.prefix(Self.exampleCount).map { "\($0)" }
            outcome.findings.append(
                "\(own.count) x \(fault.rawValue): " + examples.joined(separator: "; "))
        }
        if report.counts.acknowledged == 0 { outcome.findings.append("nothing was acknowledged") }
        if plan.isCompacted, stage.recorder.takenNoiseCount <= 0 {
            outcome.findings.append("compaction has not taken anything")
        }
        if let refusal = plan.refusal, !stage.recorder.brokerCodes.contains(refusal) {
            outcome.findings.append("no client was told code \(refusal)")
        }
        do throws(Errno) {
            if !plan.faults.isEmpty, try stage.shimEffectCount() == 0 {
                outcome.findings.append("the faults of this round never took effect")
            }
        } catch {
            outcome.findings.append("the shim's log cannot be read: \(error)")
        }
    }
}

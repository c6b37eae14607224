// One round: a broker on a fresh directory, clients, blows, and the judgement.

import AeroClient
import AeroIO
import FaultSupport
import Glibc
import TestSupport

/// What a round came to.
struct RoundOutcome {
    let plan: RoundPlan
    let seed: UInt64
    var report: HistoryReport
    /// What went wrong and is no matter of a history.
    var remarks: [String] = []
    var blowCount = 0
    var readyNanoseconds: [Int64] = []
    var errorCounts: [String: Int] = [:]
    /// What power losses took.
    var lost = PowerLoss.Report()

    /// Findings that nothing in the plan excuses.
    var findings: [HistoryFinding] {
        report.findings.filter { !plan.excusedFaults.contains($0.fault) }
    }

    /// Whether the broker did what it should, or the mistake made on purpose was found.
    var isGood: Bool {
        guard let planted = plan.planted else { return findings.isEmpty && remarks.isEmpty }
        return planted.faults.contains { report.count(of: $0) > 0 }
    }
}

extension RoundPlan {
    /// Records below a changed bit were safe and are not any more: what the broker may do is refuse
    /// them, and it may not pass them on.
    var excusedFaults: Set<HistoryFault> {
        damage == nil ? [] : [.lost, .vanished, .unread, .commitLost]
    }
}

/// Runs rounds. Nothing of a good one stays.
struct Round {
    let plan: RoundPlan
    let seed: UInt64
    let program: String
    /// An existing directory; each round makes its own in it.
    let folder: String
    /// Divides the number of blows.
    var isShort = false

    private static let partitionCounts = 1...4
    /// BOUND: messages of one producer; a history holds all of them.
    private static let messageCountMax = 40_000

    /// Plays the round.
    func play() -> RoundOutcome {
        var random = SplitMix64(seed: seed)
        let base = "\(folder)/\(plan.name)-\(seed)"
        let stage = RoundStage(
            plan: plan, base: base, program: program,
            partitionCount: Int.random(in: Self.partitionCounts, using: &random))
        var outcome = RoundOutcome(
            plan: plan, seed: seed,
            report: HistoryChecker.report([], promises: stage.promises))
        do {
            try stage.prepare()
            try play(stage, &random, &outcome)
            if outcome.isGood { try stage.remove() }
        } catch {
            outcome.remarks.append("\(error)")
        }
        outcome.remarks += stage.recorder.remarks
        outcome.readyNanoseconds = stage.broker.readyNanoseconds
        outcome.errorCounts = stage.recorder.errorCounts
        outcome.lost = stage.lost
        return outcome
    }

    private func play(
        _ stage: RoundStage, _ random: inout SplitMix64, _ outcome: inout RoundOutcome
    ) throws {
        try stage.start()
        try stage.createTopic(segmentByteCount: Int.random(in: 50_000...400_000, using: &random))
        let work = clients(stage, &random).map { client in
            BackgroundWork("a client", client)
        }
        let blowCount = isShort ? (plan.blowCount + 2) / 3 : plan.blowCount
        do {
            for number in 0..<blowCount {
                let calm = Int64.random(in: 20...500, using: &random) * 1_000_000
                try stage.broker.run(nanoseconds: calm)
                if plan.hasRival { try stage.broker.startSecond() }
                let blow = plan.blows[number % plan.blows.count]
                try stage.deal(blow, &random)
                outcome.blowCount += 1
            }
            try stage.broker.run(nanoseconds: 100_000_000)
        } catch {
            stage.stop.raise()
            throw error
        }
        stage.stop.raise()
        for each in work { try each.wait() }
        try finish(stage, &random, &outcome)
    }

    /// Reads everything back, after one more life, and judges.
    private func finish(
        _ stage: RoundStage, _ random: inout SplitMix64, _ outcome: inout RoundOutcome
    ) throws {
        let isDamaging = plan.damage != nil
        if isDamaging || Bool.random(using: &random) { try stage.kill(&random) }
        var places: [String] = []
        if let damage = plan.damage {
            places = try LogDamage(stage.dataPath, topic: RoundStage.topic).apply(damage, &random)
        }
        if !stage.broker.isRunning { try stage.start() }
        let readBack = ReadBack(context: stage.context(StopFlag()))
        try BackgroundWork("reading back") {
            try await readBack.run(isTolerant: isDamaging)
        }.wait()
        try stage.broker.stop()
        outcome.report = HistoryChecker.report(
            stage.recorder.events, promises: stage.promises)
        if plan.damage == .anyBit, outcome.report.isClean {
            outcome.remarks.append("changed bits went unnoticed: \(places)")
        }
        if !plan.faults.isEmpty, try stage.shimEffectCount() == 0 {
            outcome.remarks.append("the faults of this round never took effect")
        }
        if outcome.report.counts.acknowledged == 0 {
            outcome.remarks.append("nothing was acknowledged in this round")
        }
    }

    private func clients(
        _ stage: RoundStage, _ random: inout SplitMix64
    ) -> [@Sendable () async -> Void] {
        let context = stage.context(stage.stop)
        var clients: [@Sendable () async -> Void] = []
        for (number, promise) in stage.promises.enumerated() {
            let producer = ProducingClient(
                context: context, number: number, promise: promise, seed: random.next(),
                messageCountMax: Self.messageCountMax)
            clients.append { await producer.run() }
        }
        for number in 0..<2 {
            let consumer = ConsumingClient(
                context: context, number: number, seed: random.next())
            clients.append { await consumer.run() }
        }
        // Without a disk a group's positions go with the broker, as it says.
        if plan.durability != .volatile {
            let member = GroupClient(
                context: context, number: 100, group: "readers", seed: random.next())
            clients.append { await member.run() }
        }
        return clients
    }
}

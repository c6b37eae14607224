// The order in which everything is tried, and how the budget is shared out.

import AeroIO
import FaultSupport

/// Runs stages until the budget is used up, and says what came of them.
final class FaultAgenda {
    let options: RunnerOptions
    private let metronome: Metronome
    private let deadlineNanoseconds: Int64
    private var rows: [StageRow] = []
    private(set) var nextSeed: UInt64

    /// A round takes about so long when none has been played yet.
    private static let roundGuessNanoseconds: Int64 = 15_000_000_000

    private static let others = [
        ("directories", DirectoryCase.title), ("bit-sweep", BitSweep.title),
        ("crash-matrix", PackageStages.matrixTitle),
        ("simulation", PackageStages.simulationTitle),
    ]

    /// Every stage's name.
    static var names: [String] {
        RoundPlan.all.map(\.name) + RoundPlan.planted.map(\.name) + others.map(\.0)
    }

    /// Every stage with what it tries.
    static var list: String {
        let pairs =
            RoundPlan.all.map { ($0.name, $0.title) }
            + RoundPlan.planted.map { ($0.name, "planted: " + $0.title) } + others
        return pairs.map { name, title in
            name + String(repeating: " ", count: max(1, 22 - name.count)) + title
        }.joined(separator: "\n")
    }

    init(_ options: RunnerOptions) throws {
        self.options = options
        metronome = try Metronome.start()
        nextSeed = options.seed
        deadlineNanoseconds =
            MonotonicClock.nowNanoseconds() + options.budgetSeconds * 1_000_000_000
    }

    func isWanted(_ name: String) -> Bool {
        options.only.isEmpty || options.only.contains(name)
    }

    var remainingNanoseconds: Int64 {
        options.roundCount == nil
            ? deadlineNanoseconds - MonotonicClock.nowNanoseconds() : Int64.max / 2
    }

    // MARK: - Running

    /// Runs everything that is wanted.
    ///
    /// - Returns: Whether all was well.
    func run() throws -> Bool {
        Progress.say("seed \(options.seed), directories in \(options.folder)")
        let plans = RoundPlan.all.filter { isWanted($0.name) }
        addRows(plans)
        try runDirectories()
        for plan in plans { try playIfThereIsTime(plan) }
        for plan in RoundPlan.planted where isWanted(plan.name) { try playPlanted(plan) }
        try runSweep()
        runMatrix()
        runSimulation()
        try playOn(plans)
        Progress.say("\n" + StageRow.table(rows) + "\n")
        return conclude()
    }

    private func addRows(_ plans: [RoundPlan]) {
        for plan in plans { rows.append(StageRow(plan.name, plan.title)) }
        for plan in RoundPlan.planted where isWanted(plan.name) {
            rows.append(StageRow(plan.name, "planted: " + plan.title))
        }
        for (name, title) in Self.others where isWanted(name) {
            rows.append(StageRow(name, title))
        }
    }

    /// Whatever time is left belongs to the rounds.
    private func playOn(_ plans: [RoundPlan]) throws {
        if let roundCount = options.roundCount {
            for _ in 1..<max(1, roundCount) {
                for plan in plans { try playIfThereIsTime(plan) }
            }
            return
        }
        // BOUND: the budget; a turn in which nothing can be played any more is the last.
        var hasPlayed = true
        while hasPlayed, !plans.isEmpty {
            hasPlayed = false
            for plan in plans where try playIfThereIsTime(plan) { hasPlayed = true }
        }
    }

    private func conclude() -> Bool {
        let findingCount = rows.reduce(0) { $0 + $1.findings.count }
        let unreached = rows.filter { $0.runCount == 0 && $0.skipped == nil }
        for row in rows where row.skipped != nil {
            Progress.say("NOT TRIED: \(row.name): \(row.skipped ?? "")")
        }
        if !unreached.isEmpty {
            Progress.say(
                "NOT REACHED within the budget: " + unreached.map(\.name).joined(separator: ", "))
        }
        Progress.say(findingCount == 0 ? "clean: no findings" : "findings: \(findingCount)")
        return findingCount == 0
    }

    func change(_ name: String, _ body: (inout StageRow) -> Void) {
        guard let index = rows.firstIndex(where: { $0.name == name }) else { return }
        body(&rows[index])
    }

    private func row(_ name: String) -> StageRow? { rows.first { $0.name == name } }

    /// Adds findings to a row, and says them at once.
    func find(_ name: String, _ findings: [String], look: String, again: String) {
        guard !findings.isEmpty else { return }
        for finding in findings { Progress.say("FINDING \(name): \(finding)") }
        Progress.say("  look:  \(look)")
        Progress.say("  again: \(again)")
        change(name) { $0.findings += findings }
    }

    // MARK: - Rounds

    @discardableResult
    private func playIfThereIsTime(_ plan: RoundPlan) throws -> Bool {
        guard let row = row(plan.name), row.skipped == nil else { return false }
        let estimate = row.estimatedNanoseconds ?? Self.roundGuessNanoseconds
        guard remainingNanoseconds > estimate else { return false }
        let (outcome, round) = play(plan)
        report(plan, outcome, round, outcome.findings)
        return outcome.skipped == nil
    }

    private func play(_ plan: RoundPlan) -> (RoundOutcome, Round) {
        let round = Round(
            plan: plan, seed: nextSeed, program: options.program, folder: options.folder,
            metronome: metronome, isShort: options.isShort)
        nextSeed += 1
        return (round.play(), round)
    }

    /// Plays rounds with a mistake in them until one of them finds it.
    private func playPlanted(_ plan: RoundPlan) throws {
        guard let planted = plan.planted else { return }
        for number in 1...planted.roundCount {
            guard remainingNanoseconds > Self.roundGuessNanoseconds / 2 else { return }
            let (outcome, round) = play(plan)
            if outcome.isPlantedFound {
                report(plan, outcome, round, [])
                change(plan.name) { $0.add(1, "caught") }
                return
            }
            let isLast = number == planted.roundCount
            report(
                plan, outcome, round,
                isLast ? ["the planted mistake was not found"] + outcome.findings : [])
        }
    }

    private func report(
        _ plan: RoundPlan, _ outcome: RoundOutcome, _ round: Round, _ findings: [String]
    ) {
        change(plan.name) { row in
            row.skipped = outcome.skipped
            guard outcome.skipped == nil else { return }
            row.runCount += 1
            row.add(outcome.blowCount, "blows")
            row.add(outcome.killCount, "kills")
            row.add(outcome.lost.lostByteCount, "bytes lost")
            row.acknowledgedCount += outcome.report.counts.acknowledged
            row.readyNanoseconds += outcome.readyNanoseconds
            row.nanoseconds += outcome.nanoseconds
        }
        let counts = outcome.report.counts
        let errors = outcome.errorCounts.sorted { $0.key < $1.key }
            .map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        Progress.say(
            "\(plan.name) seed \(round.seed): "
                + (outcome.skipped.map { "SKIPPED: \($0)" }
                    ?? "\(outcome.blowCount) blows, \(counts.acknowledged) acknowledged, "
                    + "\(counts.unknown) unknown, \(counts.failed) refused, "
                    + "\(counts.received) received, \(counts.committed) commits; errors: "
                    + "\(errors.isEmpty ? "none" : errors); "
                    + "\(outcome.nanoseconds / 1_000_000) ms"))
        find(
            plan.name, findings,
            look: "\(options.program) log inspect \(round.base)/disk/data --segments; and "
                + "broker.stderr and history in \(round.base)",
            again: "scripts/faults --only \(plan.name) --seed \(round.seed) --rounds 1"
                + (options.isShort ? " --short" : ""))
    }
}

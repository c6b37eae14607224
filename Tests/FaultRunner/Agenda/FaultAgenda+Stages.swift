// The stages that are not rounds.

import AeroIO

extension FaultAgenda {
    /// What the stages that could go on for ever get of the budget.
    private static let sweepPercent: Int64 = 8
    private static let matrixPercent: Int64 = 12
    private static let simulationPercent: Int64 = 25

    /// Directories that cannot be used.
    func runDirectories() throws {
        guard isWanted("directories") else { return }
        let start = MonotonicClock.nowNanoseconds()
        let folder = options.folder + "/directories"
        let result = try DirectoryStage(program: options.program, folder: folder).run()
        change("directories") { row in
            row.runCount = 1
            row.add(result.caseCount, "cases")
            row.readyNanoseconds = result.readyNanoseconds
            row.nanoseconds = MonotonicClock.nowNanoseconds() - start
        }
        find(
            "directories", result.findings, look: folder,
            again: "scripts/faults --only directories")
    }

    /// Every bit of a segment.
    func runSweep() throws {
        guard isWanted("bit-sweep") else { return }
        let start = MonotonicClock.nowNanoseconds()
        let share = options.isShort ? 2_000_000_000 : share(Self.sweepPercent)
        guard share > 0 else { return }
        let folder = options.folder + "/bit-sweep"
        let result = try BitSweep(program: options.program, folder: folder, seed: nextSeed)
            .run(deadlineNanoseconds: start + share)
        change("bit-sweep") { row in
            row.runCount = 1
            row.add(result.triedCount, "of \(result.bitCount) bits")
            row.readyNanoseconds = result.readyNanoseconds
            row.nanoseconds = MonotonicClock.nowNanoseconds() - start
        }
        find(
            "bit-sweep", result.findings, look: folder,
            again: "scripts/faults --only bit-sweep --seed \(nextSeed)")
    }

    /// Nanoseconds of a percentage of the budget, as far as there are any left.
    private func share(_ percent: Int64) -> Int64 {
        options.roundCount == nil
            ? min(
                options.budgetSeconds * 10_000_000 * percent, max(0, remainingNanoseconds))
            : 5_000_000_000
    }

    /// The crash matrix of the log.
    func runMatrix() {
        guard isWanted("crash-matrix") else { return }
        let stages = PackageStages(package: options.package)
        run("crash-matrix", Self.matrixPercent) { seed, deadline in
            stages.runMatrix(seed: seed, deadlineNanoseconds: deadline)
        }
    }

    /// The simulation of everything.
    func runSimulation() {
        guard isWanted("simulation") else { return }
        let stages = PackageStages(package: options.package)
        run("simulation", Self.simulationPercent) { seed, deadline in
            stages.runSimulation(seed: seed, deadlineNanoseconds: deadline)
        }
    }

    private func run(
        _ name: String, _ percent: Int64, _ body: (UInt64, Int64) -> PackageStages.Result
    ) {
        let start = MonotonicClock.nowNanoseconds()
        let share = share(percent)
        guard share > 0 else { return }
        Progress.say("\(name) seed \(nextSeed): for \(share / 1_000_000_000) s")
        let result = body(nextSeed, start + share)
        change(name) { row in
            row.skipped = result.skipped
            row.runCount = result.runCount
            for (unit, count) in result.tried { row.add(count, unit) }
            row.nanoseconds = MonotonicClock.nowNanoseconds() - start
        }
        find(
            name, result.findings, look: "the lines above",
            again: result.again ?? "scripts/faults --only \(name) --seed \(nextSeed)")
    }
}

// The loop around an experiment: time, a wish to stop, and what is kept meanwhile.

import AeroReport
import Testing

@testable import AeroCommand

struct ExperimentExecutionTests {
    /// Pairs without any runs, which take a second each; a side of one of them may fail.
    private struct MadeUpPairs: PairSource {
        final class Clock {
            var nanoseconds: Int64 = 0
        }

        let clock: Clock
        let stop: StopRequest
        var failing: Int?
        var stopping: Int?

        mutating func measure(_ plan: PairPlan) -> MeasuredPair {
            clock.nanoseconds += 1_000_000_000
            if plan.number == stopping { stop.request() }
            guard plan.number == failing else {
                // A disturbed pair is left out, so that there is no need of runs.
                return MeasuredPair(
                    signals: [MachineSignals(stealShare: 1, calibrationNanoseconds: 1)])
            }
            return MeasuredPair(failure: PairFailure(side: .candidate, reason: "gone"))
        }
    }

    private func run(
        budget: Int64? = nil, failing: Int? = nil, stopping: Int? = nil
    ) throws -> (report: GateReport, lines: [String], keptCount: Int) {
        let stop = try StopRequest()
        let clock = MadeUpPairs.Clock()
        var setup = ExperimentSetup(
            policy: GatePolicy(), sides: ExperimentSides(baseline: "a", candidate: "b"), seed: 3)
        setup.rule.pairsForOneExclusion = 1
        var execution = ExperimentExecution(
            try PairedExperiment(setup),
            MadeUpPairs(clock: clock, stop: stop, failing: failing, stopping: stopping),
            budgetNanoseconds: budget, stop: stop, clock: { clock.nanoseconds })
        var lines: [String] = []
        var keptCount = 0
        try execution.run(announce: { lines.append($0) }, keep: { _ in keptCount += 1 })
        return (execution.report, lines, keptCount)
    }

    @Test func aPairThatDoesNotFitTheBudgetIsNotBegun() throws {
        let outcome = try run(budget: 5_500_000_000)
        #expect(outcome.report.experiment?.end.cause == .budget)
        #expect(outcome.report.experiment?.pairs.count == 5 && outcome.keptCount == 5)
        #expect(outcome.lines.count == 5 && outcome.lines[3].contains("base against itself"))
        #expect(outcome.lines[0].contains("1.00 s"))
        #expect(outcome.report.text().contains("A pair takes 1.00 s here."))
    }

    @Test func aFailedSideEndsItWithEverythingKept() throws {
        let outcome = try run(failing: 7)
        #expect(outcome.report.experiment?.end.cause == .failed)
        #expect(outcome.report.experiment?.pairs.count == 7 && outcome.keptCount == 7)
        #expect(outcome.report.text().contains("the candidate failed in pair 7: gone"))
    }

    /// What was cut off by the wish is no pair.
    @Test func aWishToStopIsHeardAfterThePair() throws {
        let outcome = try run(stopping: 3)
        #expect(outcome.report.experiment?.end.cause == .interrupted)
        #expect(outcome.report.experiment?.pairs.count == 2 && outcome.keptCount == 2)
    }
}

// Drives an experiment: asks for pairs until there is a verdict, no more time, or a wish to stop.

import AeroIO
import AeroReport

/// One experiment under way.
struct ExperimentExecution {
    private(set) var experiment: PairedExperiment
    private var source: any PairSource
    /// The most that all pairs may take together; nil for as long as the plan takes.
    private let budgetNanoseconds: Int64?
    private let stop: StopRequest
    /// Now, in nanoseconds of any clock that never goes back.
    private let clock: () -> Int64

    init(
        _ experiment: PairedExperiment, _ source: any PairSource, budgetNanoseconds: Int64?,
        stop: StopRequest, clock: @escaping () -> Int64 = { MonotonicClock.nowNanoseconds() }
    ) {
        self.experiment = experiment
        self.source = source
        self.budgetNanoseconds = budgetNanoseconds
        self.stop = stop
        self.clock = clock
    }

    /// Measures until the experiment concludes or has to be stopped.
    ///
    /// - Parameters:
    ///   - announce: Takes one line after each pair, which says nothing of what it showed: nobody
    ///     shall stop an experiment because of what it looks like.
    ///   - keep: Takes what is known after each pair.
    mutating func run(
        announce: (String) -> Void,
        keep: (PairedExperiment) throws(CommandError) -> Void
    ) throws(CommandError) {
        let start = clock()
        var longest: Int64 = 0
        while case .measure(let plan) = experiment.next {
            let begin = clock()
            if let budgetNanoseconds, begin - start + longest > budgetNanoseconds {
                let budget = UnitText.latency(budgetNanoseconds)
                experiment.stop(
                    ExperimentEnd(.budget, "a further pair does not fit the budget of \(budget)"))
                return
            }
            let stage = experiment.stage
            var pair = source.measure(plan)
            pair.nanoseconds = clock() - begin
            if stop.isRequested {
                experiment.stop(
                    ExperimentEnd(.interrupted, "interrupted before there was a verdict"))
                return
            }
            longest = max(longest, pair.nanoseconds)
            do throws(ResultFileError) { try experiment.take(pair) } catch {
                experiment.stop(
                    ExperimentEnd(.unbelievable, "pair \(plan.number) cannot be read: \(error)"))
            }
            announce(Self.line(plan, stage, took: pair.nanoseconds))
            try keep(experiment)
        }
    }

    private static func line(_ plan: PairPlan, _ stage: GateStage, took: Int64) -> String {
        let what = plan.isCanary ? "base against itself" : stage.rawValue
        return "pair \(plan.number) (\(what)): \(plan.first.rawValue) first, "
            + UnitText.latency(took)
    }

    /// The report on it.
    var report: GateReport {
        do throws(ResultFileError) { return try experiment.report() } catch {
            return GateReport(unreadable: "results", reason: "cannot judge: \(error)")
        }
    }
}

// What a run leaves behind.

import AeroIO
package import HDRHistogram

/// How a run came to its end.
package enum RunEnding: Equatable, Sendable {
    /// The window was measured in full.
    case completed
    /// Somebody asked for it; the window is shorter than planned.
    case interrupted
    /// A driver could not go on.
    case failed(DriverError)
}

/// Everything that is known after a run.
package struct LoadOutcome: Sendable {
    /// Samples and counts by interval, and their totals.
    package let record: RunRecord
    /// The time plan.
    @usableFromInline package let window: RecordingWindow
    /// When the window really ended: earlier than planned after an interruption.
    package let measuredEndNanoseconds: Int64
    package let ending: RunEnding
    /// What arrived against what was sent, by class and group.
    package let verdicts: [[LedgerVerdict]]
    /// What each worker used of the machine.
    package let usages: [WorkerUsage]
    package let incidents: IncidentLog
    package let failedCount: Int64
    /// Sent, and neither acknowledged nor failed when the drain was over.
    package let unansweredCount: Int64
    /// Due before the window closed, and not sent: a result without them would hide its worst
    /// messages, so a run that has any did not reach the rate it offers.
    package let unsentCount: Int64
    /// How often a message that was due was refused, by the driver or by the bound on what is under
    /// way. Lateness without that is the generator's own.
    package let refusedCount: Int64
    /// Messages of the measured window in flight times nanoseconds, drain included: what their
    /// latencies to the acknowledgement have to sum up to when each has one.
    package let inFlightArea: Double
    /// What was found out about stages; nil in a run that does not measure them.
    package let stages: StageOutcome?
    /// Workers that were still receiving when the drain ended: what they missed was not lost.
    package let drainCutCount: Int
    package let strayTokenCount: Int64
    /// Intervals that could not be handed over in time.
    package let deferredRotationCount: Int
    /// Why the target did not answer any more after the load; nil when it did.
    package let targetFailure: DriverError?
    /// What the target means by each class, in order; empty when it promises nothing.
    package let promises: [TargetPromise]
    /// The target's own figures before and after.
    package let statistics: (before: [String: Int64], after: [String: Int64])
    /// Time between the two readings of these figures.
    package let statisticsNanoseconds: Int64
}

extension LoadOutcome {
    /// What is left of a run that could not begin: nothing was sent, and why.
    ///
    /// - Parameters:
    ///   - plan: The run.
    ///   - ending: How it came to its end.
    /// - Throws: What the histograms' constructor throws.
    package static func unbegun(
        _ plan: LoadPlan, _ ending: RunEnding
    ) throws(HistogramError) -> LoadOutcome {
        let scenario = plan.scenario
        let now = MonotonicClock.nowNanoseconds()
        return LoadOutcome(
            record: try RunRecord(
                classCount: scenario.classes.count, measuresStages: scenario.stages != nil),
            window: RecordingWindow(scenario, startNanoseconds: now), measuredEndNanoseconds: now,
            ending: ending, verdicts: LedgerMerge.verdicts(scenario, []), usages: [],
            incidents: IncidentLog(), failedCount: 0, unansweredCount: 0, unsentCount: 0,
            refusedCount: 0, inFlightArea: 0, stages: nil, drainCutCount: 0, strayTokenCount: 0,
            deferredRotationCount: 0, targetFailure: nil, promises: [], statistics: ([:], [:]),
            statisticsNanoseconds: 0)
    }
}

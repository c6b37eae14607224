// Which interval a moment belongs to.

/// Where an interval lies in a run.
package enum RunPhase: String, Sendable, CaseIterable {
    /// Before the measured window; reported, never part of the result.
    case warmup
    /// The measured window.
    case measure
    /// After the window: messages of the window that are still under way.
    case drain
}

/// The time plan of a run: warm-up, measured window and drain, cut into intervals.
///
/// Intervals are counted from 0 through all phases. The last one of the warm-up and of the window
/// may be short; the drain is one interval however long it takes.
@usableFromInline package struct RecordingWindow: Sendable, Equatable {
    /// Start of the load, ns of the monotonic clock.
    @usableFromInline package let startNanoseconds: Int64
    /// Start of the measured window.
    @usableFromInline package private(set) var measureStartNanoseconds: Int64
    /// End of the measured window.
    @usableFromInline package private(set) var measureEndNanoseconds: Int64
    /// Length of an interval.
    package let intervalNanoseconds: Int64

    /// - Parameters: lengths in nanoseconds; `intervalNanoseconds` and `durationNanoseconds` > 0.
    @usableFromInline package init(
        startNanoseconds: Int64, warmupNanoseconds: Int64, durationNanoseconds: Int64,
        intervalNanoseconds: Int64
    ) {
        precondition(intervalNanoseconds > 0 && durationNanoseconds > 0, "a window has a length")
        precondition(warmupNanoseconds >= 0, "a warm-up cannot be negative")
        self.startNanoseconds = startNanoseconds
        measureStartNanoseconds = startNanoseconds + warmupNanoseconds
        measureEndNanoseconds = measureStartNanoseconds + durationNanoseconds
        self.intervalNanoseconds = intervalNanoseconds
    }

    /// The window of `scenario` for a load that starts at `startNanoseconds`.
    @usableFromInline package init(_ scenario: Scenario, startNanoseconds: Int64) {
        self.init(
            startNanoseconds: startNanoseconds, warmupNanoseconds: scenario.warmupNanoseconds,
            durationNanoseconds: scenario.durationNanoseconds,
            intervalNanoseconds: scenario.intervalNanoseconds)
    }

    /// The same plan with a shorter warm-up and a window of the same length.
    ///
    /// - Parameter nanoseconds: The new start of the window: the end of one of the warm-up's
    ///   intervals.
    @usableFromInline package func measuring(from nanoseconds: Int64) -> RecordingWindow {
        precondition(
            nanoseconds >= startNanoseconds && nanoseconds <= measureStartNanoseconds,
            "a warm-up is cut, never prolonged")
        precondition(
            (nanoseconds - startNanoseconds) % intervalNanoseconds == 0
                || nanoseconds == measureStartNanoseconds,
            "a warm-up ends with an interval")
        var window = self
        window.measureEndNanoseconds -= measureStartNanoseconds - nanoseconds
        window.measureStartNanoseconds = nanoseconds
        return window
    }

    /// The end of the first interval of the warm-up that all workers are certain to hear of in
    /// time, or the planned end.
    package func nextCut(afterNanoseconds nowNanoseconds: Int64) -> Int64 {
        // Half an interval is long for a loop that looks once a turn.
        let earliest = nowNanoseconds + intervalNanoseconds / 2 - startNanoseconds
        let count = (earliest + intervalNanoseconds - 1) / intervalNanoseconds
        return min(measureStartNanoseconds, startNanoseconds + count * intervalNanoseconds)
    }

    /// Intervals of the warm-up; also the index of the first measured one.
    package var warmupIntervalCount: Int {
        intervalCount(measureStartNanoseconds - startNanoseconds)
    }

    /// Intervals of the measured window.
    package var measuredIntervalCount: Int {
        intervalCount(measureEndNanoseconds - measureStartNanoseconds)
    }

    /// One interval of the plan.
    package struct Slot: Sendable, Equatable {
        /// Position among all intervals of the run.
        package let index: Int
        /// The phase it belongs to.
        package let phase: RunPhase
        /// When the next one begins; `Int64.max` for the drain.
        package let endNanoseconds: Int64
    }

    /// The interval that `nowNanoseconds` falls into; times before the start are in the first.
    package func slot(atNanoseconds nowNanoseconds: Int64) -> Slot {
        let now = max(nowNanoseconds, startNanoseconds)
        if now < measureStartNanoseconds {
            let index = (now - startNanoseconds) / intervalNanoseconds
            let end = startNanoseconds + (index + 1) * intervalNanoseconds
            return Slot(
                index: Int(index), phase: .warmup,
                endNanoseconds: min(end, measureStartNanoseconds))
        }
        guard now < measureEndNanoseconds else {
            return Slot(
                index: warmupIntervalCount + measuredIntervalCount, phase: .drain,
                endNanoseconds: .max)
        }
        let index = (now - measureStartNanoseconds) / intervalNanoseconds
        let end = measureStartNanoseconds + (index + 1) * intervalNanoseconds
        return Slot(
            index: warmupIntervalCount + Int(index), phase: .measure,
            endNanoseconds: min(end, measureEndNanoseconds))
    }

    private func intervalCount(_ nanoseconds: Int64) -> Int {
        Int((nanoseconds + intervalNanoseconds - 1) / intervalNanoseconds)
    }
}

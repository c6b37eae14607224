// Gathers what all workers of a run record.

import AeroIO
package import HDRHistogram

/// The collecting ends of all workers and what they have brought in so far.
package struct RunCollection: ~Copyable {
    private let collectors: UnsafeMutablePointer<IntervalCollector>
    private var isFinished: [Bool] = []
    /// The latest interval that each worker has handed over; -1 for none.
    private var latestIndices: [Int] = []
    private var record: RunRecord
    private var arrivals: [Int: Int] = [:]
    private var reported: Set<Int> = []

    // BOUND: workers of a scenario.
    private static var collectorCountMax: Int { ScenarioLimits.workers.upperBound }

    /// - Parameters:
    ///   - classCount: Classes of the scenario.
    ///   - measuresStages: Whether the workers' recorders have series for stages.
    /// - Throws: What the histograms' constructor throws.
    package init(classCount: Int, measuresStages: Bool = false) throws(HistogramError) {
        record = try RunRecord(classCount: classCount, measuresStages: measuresStages)
        collectors = .allocate(capacity: Self.collectorCountMax)
    }

    deinit {
        collectors.deinitialize(count: isFinished.count)
        collectors.deallocate()
    }

    /// Takes the collecting end of one more worker; all are added before the first `drain`.
    package mutating func add(_ collector: consuming IntervalCollector) {
        precondition(isFinished.count < Self.collectorCountMax, "more workers than allowed")
        (collectors + isFinished.count).initialize(to: collector)
        isFinished.append(false)
        latestIndices.append(-1)
    }

    /// Takes what has been handed over.
    ///
    /// - Parameter progress: Called once for each interval that no worker will add to.
    /// - Returns: True when all workers have finished and everything is in.
    package mutating func drain(
        _ progress: (RunRecord, IntervalRecord) -> Void
    ) throws(HistogramError) -> Bool {
        var hasNews = false
        for index in isFinished.indices where !isFinished[index] {
            var indices: [Int] = []
            isFinished[index] = try Self.absorb(collectors + index, &record, &indices)
            for interval in indices {
                arrivals[interval, default: 0] += 1
                latestIndices[index] = max(latestIndices[index], interval)
            }
            hasNews = hasNews || isFinished[index] || !indices.isEmpty
        }
        if hasNews { reportComplete(progress) }
        return isFinished.allSatisfy { $0 }
    }

    private mutating func reportComplete(_ progress: (RunRecord, IntervalRecord) -> Void) {
        for interval in record.intervals
        where !reported.contains(interval.index) && isComplete(interval) {
            reported.insert(interval.index)
            progress(record, interval)
        }
    }

    /// True when no worker will add to an interval.
    ///
    /// A worker that was held up has nothing for the intervals it missed. The last interval of the
    /// warm-up stays open for late answers and comes after others, so that a later one says
    /// nothing about it.
    private func isComplete(_ interval: IntervalRecord) -> Bool {
        if arrivals[interval.index] == isFinished.count { return true }
        return isFinished.indices.allSatisfy { worker in
            isFinished[worker]
                || interval.phase != .warmup && latestIndices[worker] >= interval.index
        }
    }

    /// Takes what one worker has handed over; true when it has finished.
    private static func absorb(
        _ collector: UnsafeMutablePointer<IntervalCollector>, _ record: inout RunRecord,
        _ indices: inout [Int]
    ) throws(HistogramError) -> Bool {
        try collector.pointee.drain { (interval) throws(HistogramError) in
            try record.absorb(interval)
            indices.append(interval.index)
        }
    }

    /// Takes everything until all workers have finished.
    ///
    /// - Parameters:
    ///   - isInterrupted: Asked several times a second.
    ///   - stop: Called once when it says yes.
    /// - Returns: When it said yes, or nil.
    mutating func drainToEnd(
        _ isInterrupted: () -> Bool, _ progress: (RunRecord, IntervalRecord) -> Void,
        stop: () -> Void
    ) throws(HistogramError) -> Int64? {
        var interruptedNanoseconds: Int64?
        while try !drain(progress) {
            if isInterrupted(), interruptedNanoseconds == nil {
                interruptedNanoseconds = MonotonicClock.nowNanoseconds()
                stop()
            }
            SystemThread.sleep(nanoseconds: 20_000_000)
        }
        return interruptedNanoseconds
    }

    /// Gives out what was gathered.
    package consuming func finish() -> RunRecord { record }
}

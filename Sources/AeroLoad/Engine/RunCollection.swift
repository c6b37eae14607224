// Gathers what all workers of a run record.

import AeroIO
package import HDRHistogram

/// The collecting ends of all workers and what they have brought in so far.
///
/// A process that has merged its workers' intervals already takes the place of a worker: `take`
/// and `finish` are told what it sends.
package struct RunCollection: ~Copyable {
    private let collectors: UnsafeMutablePointer<IntervalCollector>
    /// Workers of this process; other processes' come behind them.
    private var collectorCount = 0
    private var isFinished: [Bool] = []
    /// The latest interval that each worker has handed over; -1 for none.
    private var latestIndices: [Int] = []
    private var record: RunRecord
    /// Intervals that somebody may add to, by index.
    private var open: [Int: OpenInterval] = [:]
    /// Whether anything has come in since intervals were last reported.
    private var hasNews = false

    /// An interval with what has arrived of it.
    private struct OpenInterval {
        var merged: IntervalRecord
        /// Workers that have brought their part.
        var arrivalCount: Int
    }

    // BOUND: workers of a scenario.
    private static var collectorCountMax: Int { ScenarioLimits.workers.upperBound }

    /// - Parameters:
    ///   - classCount: Classes of the scenario.
    ///   - measuresStages: Whether the workers' recorders have series for stages.
    ///   - kept: Where intervals go.
    /// - Throws: What the histograms' constructor throws.
    package init(
        classCount: Int, measuresStages: Bool = false, kept: KeptIntervals = KeptIntervals()
    ) throws(HistogramError) {
        record = try RunRecord(
            classCount: classCount, measuresStages: measuresStages, kept: kept)
        collectors = .allocate(capacity: Self.collectorCountMax)
    }

    /// The collection of a run of a scenario.
    ///
    /// - Throws: What the histograms' constructor throws.
    init(_ scenario: Scenario) throws(HistogramError) {
        try self.init(
            classCount: scenario.classes.count, measuresStages: scenario.stages != nil,
            kept: KeptIntervals(scenario))
    }

    deinit {
        collectors.deinitialize(count: collectorCount)
        collectors.deallocate()
    }

    /// Takes the collecting end of one more worker; all are added before the first `drain`.
    package mutating func add(_ collector: consuming IntervalCollector) {
        precondition(collectorCount == isFinished.count, "own workers come first")
        precondition(collectorCount < Self.collectorCountMax, "more workers than allowed")
        (collectors + collectorCount).initialize(to: collector)
        collectorCount += 1
        expectProcess()
    }

    /// Makes a place for a process; places are numbered in the order of these calls.
    package mutating func expectProcess() {
        isFinished.append(false)
        latestIndices.append(-1)
    }

    /// Whether an interval is of this run.
    package func fits(_ interval: IntervalRecord) -> Bool {
        interval.counts.count == record.classes.count
            && interval.series.count == record.classes.reduce(0) { $0 + $1.measured.count }
    }

    /// Takes an interval that all workers of a process have added to.
    ///
    /// - Throws: When its histograms do not decode.
    package mutating func take(
        _ interval: IntervalRecord, ofProcess place: Int
    ) throws(HistogramError) {
        try record.count(interval)
        try note(interval, place)
    }

    /// A process has sent its last interval, or will send none any more.
    package mutating func finish(process place: Int) {
        hasNews = hasNews || !isFinished[place]
        isFinished[place] = true
    }

    private mutating func note(
        _ interval: IntervalRecord, _ place: Int
    ) throws(HistogramError) {
        if open[interval.index] == nil {
            open[interval.index] = OpenInterval(merged: interval, arrivalCount: 1)
        } else {
            try open[interval.index]?.merged.add(interval)
            open[interval.index]?.arrivalCount += 1
        }
        latestIndices[place] = max(latestIndices[place], interval.index)
        hasNews = true
    }

    /// Takes what has been handed over.
    ///
    /// - Parameter progress: Called once for each interval that no worker will add to.
    /// - Returns: True when all workers have finished and everything is in.
    package mutating func drain(
        _ progress: (RunRecord, IntervalRecord) -> Void
    ) throws(HistogramError) -> Bool {
        for index in 0..<collectorCount where !isFinished[index] {
            var arrived: [IntervalRecord] = []
            if try Self.absorb(collectors + index, &record, &arrived) { finish(process: index) }
            for interval in arrived { try note(interval, index) }
        }
        if hasNews { try reportComplete(progress) }
        hasNews = false
        return isFinished.allSatisfy { $0 }
    }

    private mutating func reportComplete(
        _ progress: (RunRecord, IntervalRecord) -> Void
    ) throws(HistogramError) {
        for index in open.keys.sorted() {
            guard let interval = open[index], isComplete(interval) else { continue }
            open[index] = nil
            try record.keep(interval.merged)
            progress(record, interval.merged)
        }
    }

    /// True when no worker will add to an interval.
    ///
    /// A worker that was held up has nothing for the intervals it missed. The last interval of the
    /// warm-up stays open for late answers and comes after others, so that a later one says
    /// nothing about it.
    private func isComplete(_ interval: OpenInterval) -> Bool {
        if interval.arrivalCount == isFinished.count { return true }
        return isFinished.indices.allSatisfy { worker in
            isFinished[worker]
                || interval.merged.phase != .warmup
                    && latestIndices[worker] >= interval.merged.index
        }
    }

    /// Takes what one worker has handed over; true when it has finished.
    private static func absorb(
        _ collector: UnsafeMutablePointer<IntervalCollector>, _ record: inout RunRecord,
        _ arrived: inout [IntervalRecord]
    ) throws(HistogramError) -> Bool {
        try collector.pointee.drain { (interval) throws(HistogramError) in
            arrived.append(try record.count(interval))
        }
    }

    /// Takes everything until all workers have finished.
    ///
    /// - Parameters:
    ///   - isInterrupted: Asked several times a second.
    ///   - feed: Brings in what other processes have sent.
    ///   - stop: Called once when `isInterrupted` says yes.
    /// - Returns: When it said yes, or nil.
    mutating func drainToEnd(
        _ isInterrupted: () -> Bool, _ progress: (RunRecord, IntervalRecord) -> Void,
        feed: (inout RunCollection) throws(HistogramError) -> Void, stop: () -> Void
    ) throws(HistogramError) -> Int64? {
        var interruptedNanoseconds: Int64?
        while true {
            try feed(&self)
            if try drain(progress) { return interruptedNanoseconds }
            if isInterrupted(), interruptedNanoseconds == nil {
                interruptedNanoseconds = MonotonicClock.nowNanoseconds()
                stop()
            }
            SystemThread.sleep(nanoseconds: 20_000_000)
        }
    }

    /// Gives out what was gathered: of everything, once `drain` has said that all is in.
    package consuming func finish() -> RunRecord { record }
}

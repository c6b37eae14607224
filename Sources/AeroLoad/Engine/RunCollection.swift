// Gathers what all workers of a run record.

import AeroIO
import HDRHistogram

/// The collecting ends of all workers and what they have brought in so far.
struct RunCollection: ~Copyable {
    private let collectors: UnsafeMutablePointer<IntervalCollector>
    private var isFinished: [Bool] = []
    private var record: RunRecord
    private var arrivals: [Int: Int] = [:]
    private var reported: Set<Int> = []

    // BOUND: workers of a scenario.
    private static var collectorCountMax: Int { ScenarioLimits.workers.upperBound }

    init(classCount: Int) throws(HistogramError) {
        record = try RunRecord(classCount: classCount)
        collectors = .allocate(capacity: Self.collectorCountMax)
    }

    deinit {
        collectors.deinitialize(count: isFinished.count)
        collectors.deallocate()
    }

    mutating func add(_ collector: consuming IntervalCollector) {
        precondition(isFinished.count < Self.collectorCountMax, "more workers than allowed")
        (collectors + isFinished.count).initialize(to: collector)
        isFinished.append(false)
    }

    /// Takes what has been handed over.
    ///
    /// - Parameter progress: Called for each interval that has come in from all workers.
    /// - Returns: True when all workers have finished and everything is in.
    mutating func drain(
        _ progress: (RunRecord, IntervalRecord) -> Void
    ) throws(HistogramError) -> Bool {
        for index in isFinished.indices where !isFinished[index] {
            isFinished[index] = try take(from: collectors + index)
        }
        // The last interval of the warm-up stays open for late answers, and comes after others.
        for interval in record.intervals
        where arrivals[interval.index] == isFinished.count && !reported.contains(interval.index) {
            reported.insert(interval.index)
            progress(record, interval)
        }
        return isFinished.allSatisfy { $0 }
    }

    /// Takes what one worker has handed over; true when it has finished.
    private mutating func take(
        from collector: UnsafeMutablePointer<IntervalCollector>
    ) throws(HistogramError) -> Bool {
        var indices: [Int] = []
        let isDone = try Self.absorb(collector, &record, &indices)
        for index in indices { arrivals[index, default: 0] += 1 }
        return isDone
    }

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
            if interruptedNanoseconds == nil, isInterrupted() {
                interruptedNanoseconds = MonotonicClock.nowNanoseconds()
                stop()
            }
            SystemThread.sleep(nanoseconds: 20_000_000)
        }
        return interruptedNanoseconds
    }

    consuming func finish() -> RunRecord { record }
}

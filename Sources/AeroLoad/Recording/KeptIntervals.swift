// The intervals of a run that are kept, however long it is.

import HDRHistogram

/// Intervals in order, within a bound of bytes.
///
/// When they would take more, neighbours are merged in pairs: every interval is then twice as long,
/// and so will be those to come. No sample is lost by it, and a run of a day takes the memory and
/// the file of one of minutes.
package struct KeptIntervals: Sendable {
    /// In order of their indices.
    package private(set) var intervals: [IntervalRecord] = []
    /// Intervals of the run in one that is kept: a power of two.
    package private(set) var mergeCount = 1

    private let byteCountMax: Int
    private let countMin: Int
    private var byteCount = 0
    /// The first index that was kept of each phase, from which neighbours are counted.
    private var firstIndices: [RunPhase: Int] = [:]

    /// What a result file may take for intervals by itself; 5 MB an hour were asked for, and no run
    /// takes more than its first hour may.
    package static let byteCountMax = 4_500_000
    /// So many are kept whatever they take: fewer show no course of events.
    package static let countMin = 120

    /// - Parameters:
    ///   - byteCountMax: What the intervals may take in a result file.
    ///   - countMin: How many are kept in any case: one for each phase at least.
    package init(byteCountMax: Int = Self.byteCountMax, countMin: Int = Self.countMin) {
        precondition(countMin >= RunPhase.allCases.count, "phases are never merged")
        self.byteCountMax = byteCountMax
        self.countMin = countMin
    }

    /// The index of the kept interval that an interval of the run went into, or would have.
    package func index(of index: Int) -> Int {
        intervals.last { $0.index <= index }?.index ?? index
    }

    /// Takes an interval, or a part of one.
    ///
    /// - Throws: Decoding errors, only if memory is damaged.
    /// - Complexity: O(intervals) where neighbours are merged, which doubles the time to the next.
    mutating func add(_ interval: IntervalRecord) throws(HistogramError) {
        try place(interval)
        // BOUND: each round halves what there is, down to a few intervals of each phase.
        while byteCount > byteCountMax, intervals.count > countMin {
            mergeCount *= 2
            let before = intervals
            intervals = []
            byteCount = 0
            for interval in before { try place(interval) }
        }
    }

    private mutating func place(_ interval: IntervalRecord) throws(HistogramError) {
        if firstIndices[interval.phase] == nil { firstIndices[interval.phase] = interval.index }
        let next = intervals.lastIndex { $0.index <= interval.index }.map { $0 + 1 } ?? 0
        // What it belongs to begins before it, or was begun by a part that came earlier.
        for place in max(0, next - 1)..<min(next + 1, intervals.count)
        where intervals[place].phase == interval.phase
            && group(intervals[place]) == group(interval)
        {
            byteCount -= intervals[place].fileByteCount
            try intervals[place].add(interval)
            byteCount += intervals[place].fileByteCount
            return
        }
        intervals.insert(interval, at: next)
        byteCount += interval.fileByteCount
    }

    /// Which intervals of a phase are kept as one.
    private func group(_ interval: IntervalRecord) -> Int {
        let first = firstIndices[interval.phase] ?? interval.index
        // A worker may bring the first one later than another its second.
        return max(0, interval.index - first) / mergeCount
    }
}

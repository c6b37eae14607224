// The intervals of a run that are kept, however long it is.

import HDRHistogram

/// Intervals in order, so many neighbours in one as the scenario's length asks for.
///
/// No sample is lost by it, and a run of a day takes the memory and the file of one of an hour.
package struct KeptIntervals: Sendable {
    /// In order of their indices.
    package private(set) var intervals: [IntervalRecord] = []
    /// Intervals of the run in one that is kept.
    package let mergeCount: Int

    /// The first index that was kept of each phase, from which neighbours are counted.
    private var firstIndices: [RunPhase: Int] = [:]

    /// What intervals may take in a result file: 5 MB an hour were asked for, and no run takes more
    /// than its first hour may.
    package static let byteCountMax = 5_000_000
    /// What a series of a class takes in a result file in an interval of a busy run: saturated
    /// brokers gave 10,000 in a second and 16,000 in eight; series with a schedule to keep take
    /// half of it.
    package static let seriesByteCount = 15_000
    /// What the file says of a class in an interval beside its series, its verdict included.
    package static let classByteCount = 700
    /// Runs up to this length keep every interval.
    package static let unmergedNanoseconds: Int64 = 600_000_000_000

    /// - Parameter mergeCount: Intervals of the run in one that is kept, at least 1.
    package init(mergeCount: Int = 1) {
        precondition(mergeCount >= 1, "an interval is kept as one at least")
        self.mergeCount = mergeCount
    }

    /// Those of a run of a scenario.
    ///
    /// What decides is the scenario alone: runs that are compared have windows of one length,
    /// whatever the sizes of their histograms.
    package init(_ scenario: Scenario) {
        let length = scenario.warmupNanoseconds + scenario.durationNanoseconds
        guard length > Self.unmergedNanoseconds else {
            self.init()
            return
        }
        let seriesCount = LatencySeries.count + (scenario.stages != nil ? StageSeries.count : 0)
        let each =
            scenario.classes.count * (Self.classByteCount + seriesCount * Self.seriesByteCount)
        let byteCount = Int(length / scenario.intervalNanoseconds + 1) * each
        self.init(mergeCount: (byteCount + Self.byteCountMax - 1) / Self.byteCountMax)
    }

    /// The index of the kept interval that an interval of the run went into, or would have.
    package func index(of index: Int) -> Int {
        intervals.last { $0.index <= index }?.index ?? index
    }

    /// Takes an interval, or a part of one.
    ///
    /// - Throws: Decoding errors, only if memory is damaged.
    mutating func add(_ interval: IntervalRecord) throws(HistogramError) {
        if firstIndices[interval.phase] == nil { firstIndices[interval.phase] = interval.index }
        let next = intervals.lastIndex { $0.index <= interval.index }.map { $0 + 1 } ?? 0
        // What it belongs to begins before it, or was begun by a part that came earlier.
        for place in max(0, next - 1)..<min(next + 1, intervals.count)
        where intervals[place].phase == interval.phase
            && group(intervals[place]) == group(interval)
        {
            return try intervals[place].add(interval)
        }
        intervals.insert(interval, at: next)
    }

    /// Which intervals of a phase are kept as one.
    private func group(_ interval: IntervalRecord) -> Int {
        let first = firstIndices[interval.phase] ?? interval.index
        // A worker may bring the first one later than another its second.
        return max(0, interval.index - first) / mergeCount
    }
}

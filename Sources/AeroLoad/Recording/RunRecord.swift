// Everything a run measured, merged over workers.

package import HDRHistogram

/// The measurements of a run: every interval and the totals, merged over all workers.
///
/// Belongs to the collecting thread. Intervals are kept encoded (a few KiB each), totals as
/// histograms. Nothing is averaged or left out: the samples of all intervals are the samples of the
/// totals.
package struct RunRecord: Sendable {
    /// Measurements of each class, in the scenario's order.
    package private(set) var classes: [ClassRecord]
    /// Intervals in order.
    package private(set) var intervals: [IntervalRecord] = []

    /// The totals of one class.
    package struct ClassRecord: Sendable {
        /// Latencies of messages of the measured window, by series, drain included.
        package internal(set) var measured: [Histogram]
        /// Latencies of messages of the warm-up, by series.
        package internal(set) var warmup: [Histogram]
        /// Events of the measured window.
        package internal(set) var measuredCounts = IntervalCounts()
        /// Events of the whole run.
        package internal(set) var counts = IntervalCounts()

        /// Latencies of the measured window.
        package func histogram(_ series: LatencySeries) -> Histogram { measured[series.index] }

        /// Lengths of a stage in the measured window; nil in a run that does not measure stages.
        package func histogram(_ stage: StageSeries) -> Histogram? {
            stage.index < measured.count ? measured[stage.index] : nil
        }
    }

    /// An empty record.
    ///
    /// - Throws: What the histograms' constructor throws; not with the built-in configuration.
    @usableFromInline package init(
        classCount: Int, measuresStages: Bool = false
    ) throws(HistogramError) {
        let seriesCount = LatencySeries.count + (measuresStages ? StageSeries.count : 0)
        classes = []
        for _ in 0..<classCount {
            classes.append(
                ClassRecord(
                    measured: try Self.makeSeries(seriesCount),
                    warmup: try Self.makeSeries(seriesCount)))
        }
    }

    /// Adds one interval of one worker.
    ///
    /// - Throws: `.countOverflow` beyond 2^63 samples; decoding errors only if memory is damaged.
    package mutating func absorb(
        _ interval: borrowing RecordedInterval
    ) throws(HistogramError) {
        precondition(interval.classCount == classes.count, "an interval of another scenario")
        var merged = IntervalRecord(interval)
        for classIndex in classes.indices {
            let counts = interval.counts(classIndex: classIndex)
            classes[classIndex].counts.add(counts)
            if interval.phase == .measure { classes[classIndex].measuredCounts.add(counts) }
            for index in 0..<interval.seriesCount {
                let histogram = interval.histogram(classIndex: classIndex, index: index)
                if interval.phase == .warmup {
                    try classes[classIndex].warmup[index].add(histogram)
                } else {
                    try classes[classIndex].measured[index].add(histogram)
                }
            }
        }
        let place = intervals.firstIndex { $0.index >= merged.index } ?? intervals.count
        if place < intervals.count, intervals[place].index == merged.index {
            try merged.add(intervals[place])
            intervals[place] = merged
        } else {
            intervals.insert(merged, at: place)
        }
    }

    private static func makeSeries(_ count: Int) throws(HistogramError) -> [Histogram] {
        var series: [Histogram] = []
        for _ in 0..<count { series.append(try IntervalBuffer.makeHistogram()) }
        return series
    }
}

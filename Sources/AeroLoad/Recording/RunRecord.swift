// Everything a run measured, merged over workers.

package import HDRHistogram

/// The measurements of a run: every interval and the totals, merged over all workers.
///
/// Belongs to the collecting thread. Intervals are kept encoded, merged as `KeptIntervals` says,
/// totals as histograms. Nothing is averaged or left out: the samples of all intervals
/// are the samples of the totals.
package struct RunRecord: Sendable {
    /// Measurements of each class, in the scenario's order.
    package private(set) var classes: [ClassRecord]
    /// Intervals, neighbours merged where they are many.
    package private(set) var kept: KeptIntervals

    /// Intervals in order.
    package var intervals: [IntervalRecord] { kept.intervals }

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
    /// - Parameters:
    ///   - classCount: Classes of the scenario.
    ///   - measuresStages: Whether there are series for stages, too.
    ///   - kept: Where intervals go.
    /// - Throws: What the histograms' constructor throws; not with the built-in configuration.
    package init(
        classCount: Int, measuresStages: Bool = false, kept: KeptIntervals = KeptIntervals()
    ) throws(HistogramError) {
        self.kept = kept
        let seriesCount = LatencySeries.count + (measuresStages ? StageSeries.count : 0)
        classes = []
        for _ in 0..<classCount {
            classes.append(
                ClassRecord(
                    measured: try Self.makeSeries(seriesCount),
                    warmup: try Self.makeSeries(seriesCount)))
        }
    }

    /// Adds one interval of one worker, and keeps it.
    ///
    /// - Throws: `.countOverflow` beyond 2^63 samples; decoding errors only if memory is damaged.
    package mutating func absorb(
        _ interval: borrowing RecordedInterval
    ) throws(HistogramError) {
        try keep(try count(interval))
    }

    /// Keeps an interval that `count` was given before.
    ///
    /// - Throws: As `absorb`.
    package mutating func keep(_ interval: IntervalRecord) throws(HistogramError) {
        try kept.add(interval)
    }

    /// Adds one interval of one worker to the totals.
    ///
    /// - Returns: The interval, to be merged with other workers' and kept.
    /// - Throws: As `absorb`.
    package mutating func count(
        _ interval: borrowing RecordedInterval
    ) throws(HistogramError) -> IntervalRecord {
        precondition(interval.classCount == classes.count, "an interval of another scenario")
        let encoded = IntervalRecord(interval)
        try count(encoded) { classIndex, index in
            interval.histogram(classIndex: classIndex, index: index)
        }
        return encoded
    }

    /// Adds one interval to the totals that was merged and encoded elsewhere.
    ///
    /// - Throws: As `absorb`, and when its histograms do not decode.
    package mutating func count(_ interval: IntervalRecord) throws(HistogramError) {
        precondition(interval.counts.count == classes.count, "an interval of another scenario")
        let seriesCount = interval.series.count / classes.count
        try count(interval) { (classIndex, index) throws(HistogramError) in
            try interval.series[classIndex * seriesCount + index].decoded()
        }
    }

    private mutating func count(
        _ interval: IntervalRecord,
        _ histogram: (_ classIndex: Int, _ index: Int) throws(HistogramError) -> Histogram
    ) throws(HistogramError) {
        for classIndex in classes.indices {
            let counts = interval.counts[classIndex]
            classes[classIndex].counts.add(counts)
            if interval.phase == .measure { classes[classIndex].measuredCounts.add(counts) }
            for index in classes[classIndex].measured.indices {
                let samples = try histogram(classIndex, index)
                if interval.phase == .warmup {
                    try classes[classIndex].warmup[index].add(samples)
                } else {
                    try classes[classIndex].measured[index].add(samples)
                }
            }
        }
    }

    private static func makeSeries(_ count: Int) throws(HistogramError) -> [Histogram] {
        var series: [Histogram] = []
        for _ in 0..<count { series.append(try IntervalBuffer.makeHistogram()) }
        return series
    }
}

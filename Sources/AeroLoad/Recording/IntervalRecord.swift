// One interval of a run as it is kept and written.

package import HDRHistogram

/// One interval, merged over workers, with encoded histograms; in a long run several neighbours in
/// one.
package struct IntervalRecord: Sendable, Equatable {
    /// Position among all intervals of the run; of several, that of the first.
    package private(set) var index: Int
    /// The phase it lies in.
    package let phase: RunPhase
    /// When the first worker began it, ns of the monotonic clock.
    @usableFromInline package private(set) var startNanoseconds: Int64
    /// When the last worker ended it.
    package private(set) var endNanoseconds: Int64
    /// Events, by class.
    package private(set) var counts: [IntervalCounts]
    /// Samples, `seriesCount` for each class.
    package private(set) var series: [EncodedSeries]

    /// The samples of one series in one interval.
    package struct EncodedSeries: Sendable, Equatable {
        /// HdrHistogram V2 encoding (not compressed).
        package let bytes: [UInt8]
        /// Samples that fitted.
        package let sampleCount: Int64
        /// Samples that did not; the encoding has no place for them.
        package let outOfRangeCount: Int64

        init(_ histogram: Histogram) {
            bytes = histogram.encoded()
            sampleCount = histogram.totalCount
            outOfRangeCount = histogram.outOfRangeCount
        }

        /// The samples as a histogram; those that did not fit are in its count of such.
        package func decoded() throws(HistogramError) -> Histogram {
            var histogram = try Histogram(decoding: bytes)
            if outOfRangeCount > 0 { histogram.record(.max, count: outOfRangeCount) }
            return histogram
        }
    }

    init(
        index: Int, phase: RunPhase, startNanoseconds: Int64, endNanoseconds: Int64,
        counts: [IntervalCounts], series: [EncodedSeries]
    ) {
        self.index = index
        self.phase = phase
        self.startNanoseconds = startNanoseconds
        self.endNanoseconds = endNanoseconds
        self.counts = counts
        self.series = series
    }

    init(_ interval: borrowing RecordedInterval) {
        index = interval.index
        phase = interval.phase
        startNanoseconds = interval.startNanoseconds
        endNanoseconds = interval.endNanoseconds
        counts = []
        series = []
        for classIndex in 0..<interval.classCount {
            counts.append(interval.counts(classIndex: classIndex))
            for index in 0..<interval.seriesCount {
                series.append(
                    EncodedSeries(interval.histogram(classIndex: classIndex, index: index)))
            }
        }
    }

    /// The samples of one series of a class.
    package func series(_ series: LatencySeries, classIndex: Int) -> EncodedSeries {
        self.series[classIndex * seriesCount + series.index]
    }

    /// The samples of one stage of a class; nil in a run that does not measure stages.
    package func stage(_ stage: StageSeries, classIndex: Int) -> EncodedSeries? {
        stage.index < seriesCount ? series[classIndex * seriesCount + stage.index] : nil
    }

    /// Series of a class.
    private var seriesCount: Int { series.count / counts.count }

    /// Adds the same interval of another worker, or a neighbour of the same phase.
    mutating func add(_ other: IntervalRecord) throws(HistogramError) {
        precondition(phase == other.phase, "latencies of different phases are kept apart")
        index = min(index, other.index)
        startNanoseconds = min(startNanoseconds, other.startNanoseconds)
        endNanoseconds = max(endNanoseconds, other.endNanoseconds)
        for classIndex in counts.indices { counts[classIndex].add(other.counts[classIndex]) }
        for position in series.indices {
            series[position] = try series[position].adding(other.series[position])
        }
    }
}

extension IntervalRecord.EncodedSeries {
    /// The samples of both.
    fileprivate func adding(
        _ other: IntervalRecord.EncodedSeries
    ) throws(HistogramError) -> IntervalRecord.EncodedSeries {
        var sum = try decoded()
        try sum.add(try other.decoded())
        return IntervalRecord.EncodedSeries(
            bytes: sum.encoded(), sampleCount: sampleCount + other.sampleCount,
            outOfRangeCount: outOfRangeCount + other.outOfRangeCount)
    }

    init(bytes: [UInt8], sampleCount: Int64, outOfRangeCount: Int64) {
        self.bytes = bytes
        self.sampleCount = sampleCount
        self.outOfRangeCount = outOfRangeCount
    }
}

// Latency series made from histograms, and histograms read back from them.

package import HDRHistogram

extension LatencySummary {
    /// The summary of a histogram of nanoseconds; all zero when it is empty.
    package init(_ histogram: Histogram) {
        self.init(outOfRange: histogram.outOfRangeCount)
        guard histogram.totalCount > 0 else { return }
        count = histogram.totalCount
        min = histogram.minimum
        p50 = histogram.value(atPercentile: 50)
        p90 = histogram.value(atPercentile: 90)
        p99 = histogram.value(atPercentile: 99)
        p999 = histogram.value(atPercentile: 99.9)
        p9999 = histogram.value(atPercentile: 99.99)
        max = histogram.maximum
        mean = Int64(clamping: histogram.mean)
    }
}

/// The samples of one interval of a series, as the recorder hands them over.
package struct IntervalSamples: Sendable {
    /// The interval's number, counted from the start of the warm-up.
    package var index: Int
    /// Start, counted from the start of the warm-up.
    package var startNanoseconds: Int64
    /// True when the summary must not include it.
    package var isWarmup: Bool
    /// The samples, in nanoseconds.
    package var histogram: Histogram

    /// Makes the interval from its parts; each parameter is the property of the same name.
    package init(index: Int, startNanoseconds: Int64, isWarmup: Bool, histogram: Histogram) {
        self.index = index
        self.startNanoseconds = startNanoseconds
        self.isWarmup = isWarmup
        self.histogram = histogram
    }
}

extension SeriesRecord {
    /// The record of a series: the summary comes from the sum of all intervals after the warm-up.
    ///
    /// - Parameters:
    ///   - empty: An empty histogram of the configuration that the sum shall have.
    ///   - intervals: Every interval, in order.
    /// - Throws: `HistogramError` when an interval does not fit the sum's range.
    package init(
        summingInto empty: Histogram, intervals: [IntervalSamples]
    ) throws(HistogramError) {
        var sum = empty
        var records: [SeriesInterval] = []
        for interval in intervals {
            if !interval.isWarmup { try sum.add(interval.histogram) }
            let summary = LatencySummary(interval.histogram)
            records.append(
                SeriesInterval(
                    index: interval.index, startNanoseconds: interval.startNanoseconds,
                    isWarmup: interval.isWarmup, count: summary.count, p50: summary.p50,
                    p99: summary.p99, max: summary.max,
                    histogram: interval.histogram.encodedBase64()))
        }
        let summary = LatencySummary(sum)
        self.init(
            summary: summary, histogram: sum.encodedBase64(), intervals: records,
            unsupported: summary.unsupportedPercentiles)
    }
}

extension LatencySummary {
    /// Samples that a percentile needs above it.
    ///
    /// The number above a percentile varies by its square root: with ten by a third.
    package static let supportMin: Int64 = 10

    /// Names of the percentiles with fewer samples above them than `supportMin`.
    package var unsupportedPercentiles: [String] {
        // Samples above a percentile, from counts: of 10,000 samples ten are above p99.9.
        [("p50", 2), ("p90", 10), ("p99", 100), ("p999", 1_000), ("p9999", 10_000)]
            .filter { count / $0.1 < Self.supportMin }
            .map(\.0)
    }
}

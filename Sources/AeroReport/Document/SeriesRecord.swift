// One latency series: summary, whole histogram and intervals.

/// A latency series in nanoseconds. The histogram holds everything; the rest is derived from it.
package struct SeriesRecord: Codable, Equatable, Sendable {
    /// Percentiles of the measured window.
    package var summary: LatencySummary
    /// The measured window's histogram: HdrHistogram V2, compressed, base64.
    package var histogram: String
    /// The same, interval by interval, warm-up included.
    package var intervals: [SeriesInterval]
    /// Percentiles of the summary with fewer than ten samples above them, such as `p999`: they
    /// may be off by a third and more by chance alone. Absent in results of early releases.
    package var unsupported: [String]?

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        summary: LatencySummary, histogram: String, intervals: [SeriesInterval],
        unsupported: [String]? = nil
    ) {
        self.unsupported = unsupported
        self.summary = summary
        self.histogram = histogram
        self.intervals = intervals
    }
}

/// Percentiles of a histogram. All values are in nanoseconds; `count` and `outOfRange` count
/// samples.
package struct LatencySummary: Codable, Equatable, Sendable {
    /// Samples inside the histogram's range.
    package var count: Int64
    /// The smallest sample.
    package var min: Int64
    /// The median.
    package var p50: Int64
    /// The 90th percentile.
    package var p90: Int64
    /// The 99th percentile.
    package var p99: Int64
    /// The 99.9th percentile.
    package var p999: Int64
    /// The 99.99th percentile.
    package var p9999: Int64
    /// The largest sample.
    package var max: Int64
    /// The mean, rounded to a nanosecond.
    package var mean: Int64
    /// Samples outside the histogram's range: counted, in no percentile.
    package var outOfRange: Int64

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        count: Int64 = 0, min: Int64 = 0, p50: Int64 = 0, p90: Int64 = 0, p99: Int64 = 0,
        p999: Int64 = 0, p9999: Int64 = 0, max: Int64 = 0, mean: Int64 = 0, outOfRange: Int64 = 0
    ) {
        self.count = count
        self.min = min
        self.p50 = p50
        self.p90 = p90
        self.p99 = p99
        self.p999 = p999
        self.p9999 = p9999
        self.max = max
        self.mean = mean
        self.outOfRange = outOfRange
    }
}

/// One interval of a series. Times are in nanoseconds.
package struct SeriesInterval: Codable, Equatable, Sendable {
    /// The interval's number, counted from the start of the warm-up.
    package var index: Int
    /// Start, counted from the start of the warm-up.
    package var startNanoseconds: Int64
    /// True when the summary does not include this interval.
    package var isWarmup: Bool
    /// Samples.
    package var count: Int64
    /// The median.
    package var p50: Int64
    /// The 99th percentile.
    package var p99: Int64
    /// The largest sample.
    package var max: Int64
    /// The interval's histogram: HdrHistogram V2, compressed, base64.
    package var histogram: String

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        index: Int, startNanoseconds: Int64, isWarmup: Bool, count: Int64, p50: Int64,
        p99: Int64, max: Int64, histogram: String
    ) {
        self.index = index
        self.startNanoseconds = startNanoseconds
        self.isWarmup = isWarmup
        self.count = count
        self.p50 = p50
        self.p99 = p99
        self.max = max
        self.histogram = histogram
    }
}

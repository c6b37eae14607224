// Percentiles of one or more runs, from the sum of their histograms.

import HDRHistogram

/// All samples of a series in the measured windows of one or more runs.
struct LatencyDistribution {
    private var histogram: Histogram
    /// Samples that were outside the histograms' range: in no percentile.
    private(set) var outOfRangeCount: Int64

    /// Sums the histograms of several records of one series; percentiles are never averaged.
    ///
    /// - Parameters:
    ///   - records: At least one.
    ///   - path: Where the series stands in a document, for errors.
    /// - Throws: `.invalidValue` when a histogram does not decode or they do not fit each other.
    init(summing records: [SeriesRecord], path: String) throws(ResultFileError) {
        var sum: Histogram?
        outOfRangeCount = 0
        for record in records {
            outOfRangeCount.addSaturating(record.summary.outOfRange)
            do {
                let histogram = try Histogram(base64: record.histogram)
                if sum == nil { sum = histogram } else { try sum?.add(histogram) }
            } catch {
                throw .invalidValue(path: "\(path).histogram", detail: "\(error)")
            }
        }
        guard let sum else { preconditionFailure("a distribution needs at least one record") }
        histogram = sum
    }

    /// Samples inside the range.
    var count: Int64 { histogram.totalCount }

    /// A statistic in nanoseconds; `nil` when there are no samples.
    func value(_ statistic: LatencyStatistic) -> Double? {
        guard count > 0 else { return nil }
        switch statistic {
        case .minimum: return Double(histogram.minimum)
        case .maximum: return Double(histogram.maximum)
        case .mean: return histogram.mean
        case .percentile(let percentile):
            return Double(histogram.value(atPercentile: percentile))
        }
    }

    /// How many samples lie beyond a statistic: few of them make it a matter of luck.
    func samplesBeyond(_ statistic: LatencyStatistic) -> Int64 {
        switch statistic {
        case .percentile(let percentile):
            // 100 - 99.9 is a little less than 0.1; a sample must not vanish in that.
            let beyond = Double(count) * (100 - percentile) / 100 + 1e-6
            return Int64(clamping: beyond.rounded(.down))
        case .minimum, .maximum: return 0
        case .mean: return count
        }
    }
}

// The recorded values of one histogram, walked once.

import Glibc
import HDRHistogram

/// Values and how many samples there are up to each: what percentiles and bins are read from.
struct LatencyProfile {
    /// Samples.
    let count: Int64
    /// The largest sample in nanoseconds; 0 without samples.
    let maximum: Int64
    /// Values with samples, ascending, each with the number of samples up to it.
    private let steps: [(value: Int64, total: Int64)]

    /// - Complexity: One pass over the counters of the histogram.
    init(_ histogram: Histogram) {
        count = histogram.totalCount
        maximum = count > 0 ? histogram.maximum : 0
        steps = histogram.recordedValues.map { ($0.valueIteratedTo, $0.totalCount) }
    }

    /// Values at percentiles, in one pass.
    ///
    /// - Parameter levels: Percentiles, ascending.
    /// - Returns: Nanoseconds, one for each level; empty without samples.
    func values(atPercentiles levels: [Double]) -> [Int64] {
        guard count > 0 else { return [] }
        var index = 0
        return levels.map { level in
            // As the histogram counts: the sample at or just above the level, at least the first.
            let exact = min(level, 100) / 100 * Double(count)
            let wanted = max(1, min(count, Int64((exact - 1e-9).rounded(.up))))
            while index < steps.count - 1, steps[index].total < wanted { index += 1 }
            return min(steps[index].value, maximum)
        }
    }

    /// How many samples lie in each of some neighbouring bins.
    func counts(in bins: LatencyBins) -> [Int64] {
        var counts = [Int64](repeating: 0, count: bins.count)
        var previous: Int64 = 0
        for step in steps {
            counts[bins.index(of: step.value)] += step.total - previous
            previous = step.total
        }
        return counts
    }
}

/// Bins of equal width on a logarithmic scale.
struct LatencyBins {
    /// The lower end of the first bin, in nanoseconds.
    let lower: Double
    /// Bins in each factor of ten.
    let countPerDecade: Double
    /// How many bins there are.
    let count: Int

    // BOUND: as many rows as an eye tells apart in a chart.
    private static let countMax = 40.0

    /// Bins that cover a scale: ten in a decade, fewer where there are many decades.
    init(covering scale: ChartScale) {
        lower = scale.lower
        let decades = log10(scale.upper / scale.lower)
        countPerDecade = min(10, (Self.countMax / decades).rounded(.down))
        count = max(1, Int((decades * countPerDecade - 1e-9).rounded(.up)))
    }

    /// The bin of a value; values beyond the ends belong to the outermost bins.
    func index(of nanoseconds: Int64) -> Int {
        guard nanoseconds > 0 else { return 0 }
        let place = (log10(Double(nanoseconds) / lower) * countPerDecade).rounded(.down)
        return min(max(Int(place), 0), count - 1)
    }

    /// The lower end of a bin in nanoseconds; `count` gives the upper end of the last.
    func lowerEnd(of index: Int) -> Double { lower * pow(10, Double(index) / countPerDecade) }
}

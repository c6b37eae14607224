// Whether a series drifts: the test of Mann and Kendall, the slope of Theil and Sen.

/// The trend of values at equal distances.
///
/// Both are rank statistics: a single outlier neither makes a trend nor hides one, and nothing is
/// supposed of the distribution.
/// Source: Mann, "Nonparametric tests against trend", Econometrica 13 (1945); Kendall, "Rank
/// Correlation Methods" (1975) for ties; Sen, JASA 63 (1968).
package struct SeriesTrend: Equatable, Sendable {
    /// Pairs that rise less pairs that fall.
    package let score: Int
    /// The score in standard deviations, continuity corrected; 0 when nothing rises or falls.
    package let deviations: Double
    /// The median of the slopes of all pairs, per step.
    package let slope: Double
    /// The median of the values.
    package let median: Double
    /// Values that the trend was found in, after joining neighbours of a long series.
    package let valueCount: Int

    /// Fewer values cannot be significant.
    package static let valueCountMin = 8
    // BOUND: pairs are looked at one by one; neighbours of a longer series are joined first.
    private static let valueCountMax = 400

    /// The trend of a series; nil for fewer than `valueCountMin` values.
    package init?(_ series: [Double]) {
        guard series.count >= Self.valueCountMin else { return nil }
        let width = (series.count + Self.valueCountMax - 1) / Self.valueCountMax
        let values = width == 1 ? series : Self.joined(series, width)
        var slopes: [Double] = []
        slopes.reserveCapacity(values.count * (values.count - 1) / 2)
        var score = 0
        for (first, early) in values.enumerated() {
            for (second, late) in values.enumerated().dropFirst(first + 1) {
                score += late > early ? 1 : late < early ? -1 : 0
                slopes.append((late - early) / Double((second - first) * width))
            }
        }
        self.score = score
        slope = Self.median(slopes)
        median = Self.median(values)
        valueCount = values.count
        let spread = Self.variance(values).squareRoot()
        deviations = score == 0 || spread == 0 ? 0 : Double(score - score.signum()) / spread
    }

    /// How far the series moves from its start to its end, as a share of its median.
    ///
    /// - Parameter stepCount: Steps of the whole series.
    package func driftShare(stepCount: Int) -> Double {
        median == 0 ? 0 : slope * Double(stepCount) / median
    }

    /// Whether the trend is more than chance, at one in a hundred series without a trend.
    package var isSignificant: Bool { abs(deviations) > 2.5758 }

    /// The variance of the score without a trend, with Kendall's correction for ties.
    private static func variance(_ values: [Double]) -> Double {
        func term(_ count: Int) -> Double {
            Double(count) * Double(count - 1) * Double(2 * count + 5)
        }
        var sum = term(values.count)
        var run = 1
        let ordered = values.sorted()
        for (value, next) in zip(ordered, ordered.dropFirst()) {
            if value == next {
                run += 1
            } else {
                sum -= term(run)
                run = 1
            }
        }
        return (sum - term(run)) / 18
    }

    private static func joined(_ series: [Double], _ width: Int) -> [Double] {
        stride(from: 0, to: series.count - width + 1, by: width).map {
            median(Array(series[$0..<$0 + width]))
        }
    }

    static func median(_ values: [Double]) -> Double {
        let ordered = values.sorted()
        let middle = ordered.count / 2
        return ordered.count % 2 == 1
            ? ordered[middle] : (ordered[middle - 1] + ordered[middle]) / 2
    }
}

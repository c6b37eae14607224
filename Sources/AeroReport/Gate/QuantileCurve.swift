// By how much one series is slower at every quantile, as part of a gate's report.

/// The ratio of candidate to baseline at the quantiles of one series.
package struct QuantileCurve: Codable, Equatable, Sendable {
    /// The two-sided error of the band.
    package static let bandLevel = 0.05

    /// The scenario, as labelled by the pairing.
    package var scenario: String
    /// The message class.
    package var className: String
    /// The latency series.
    package var series: String
    /// Pairs of runs behind it.
    package var pairCount: Int
    /// The points, by percentile. Without pairs that were measured in turn, and with too few of
    /// them, no point has a band.
    package var points: [QuantileRatio]
}

/// The values of one series at its quantiles, pair by pair.
struct SeriesQuantiles {
    let scenario: String
    let className: String
    let series: String
    private let percentiles: [Double]
    /// For each percentile the log-ratios of all pairs.
    private let differences: [[Double]]

    /// - Parameter columns: Percentiles with the values of all pairs, those of the baseline first.
    ///   What a pair lacks, for want of samples, is left out for all pairs.
    init(
        scenario: String, className: String, series: String,
        columns: [(percentile: Double, baseline: [Double], candidate: [Double])]
    ) {
        self.scenario = scenario
        self.className = className
        self.series = series
        var percentiles: [Double] = []
        var differences: [[Double]] = []
        for column in columns.sorted(by: { $0.percentile < $1.percentile }) {
            let list = zip(column.baseline, column.candidate).compactMap {
                MetricScale.ratio.difference(baseline: $0, candidate: $1)
            }
            guard list.count == column.baseline.count else { continue }
            percentiles.append(column.percentile)
            differences.append(list)
        }
        self.percentiles = percentiles
        self.differences = differences
    }

    /// The curve.
    ///
    /// - Parameters:
    ///   - hasBand: Whether the pairs allow a test.
    ///   - seed: Chooses the sign changes.
    /// - Returns: Nil without any value.
    func curve(hasBand: Bool, seed: UInt64) -> QuantileCurve? {
        guard let pairCount = differences.first?.count, pairCount > 0 else { return nil }
        var points = QuantileRatioBand.curve(
            differences, percentiles: percentiles, level: QuantileCurve.bandLevel,
            group: FlipGroup(pairCount: pairCount, seed: seed))
        if !hasBand {
            for index in points.indices { (points[index].lower, points[index].upper) = (nil, nil) }
        }
        return QuantileCurve(
            scenario: scenario, className: className, series: series, pairCount: pairCount,
            points: points)
    }
}

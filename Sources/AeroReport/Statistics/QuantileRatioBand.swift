// By how much the candidate is slower at every quantile, with a band that holds for all at once.

/// One point of the ratio curve. Ratios are candidate over base: 1.1 is 10 % longer.
package struct QuantileRatio: Codable, Equatable, Sendable {
    /// The percentile.
    package var percentile: Double
    /// The estimated ratio.
    package var ratio: Double
    /// The band's lower edge; nil when there are too few pairs for one.
    package var lower: Double?
    /// The band's upper edge; nil when there are too few pairs for one.
    package var upper: Double?
}

/// The ratio of candidate to base over the quantiles (the shift function, on a log scale).
package enum QuantileRatioBand {
    /// The percentiles of the curve.
    package static let percentiles: [Double] = [
        1, 5, 10, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 99.95, 99.99,
    ]

    /// Estimates the curve.
    ///
    /// The band is simultaneous: it holds at all quantiles together with the level's error. Its
    /// width comes from the joint sign changes of what is left of the pairs after the estimate,
    /// and its edges are Walsh averages, as for a single interval.
    ///
    /// - Parameters:
    ///   - differences: One list for each percentile: the log-ratios of all pairs, equally many.
    ///   - percentiles: What the lists are of.
    ///   - level: The two-sided probability of error, such as 0.05.
    ///   - group: The sign changes, for as many pairs or more.
    package static func curve(
        _ differences: [[Double]], percentiles: [Double], level: Double, group: FlipGroup
    ) -> [QuantileRatio] {
        precondition(differences.count == percentiles.count, "one list for each percentile")
        guard let pairCount = differences.first?.count, pairCount > 0 else { return [] }
        let averages = differences.map { ShiftEstimate.walshAverages($0) }
        let values = averages.map { ShiftEstimate(averages: $0, outside: 0).value }
        let outside = criticalCount(
            zip(differences, values).map { list, value in list.map { $0 - value } },
            pairCount: pairCount, level: level, group: group)
        return percentiles.indices.map { index in
            let estimate = ShiftEstimate(averages: averages[index], outside: outside)
            func ratio(_ shift: Double) -> Double? {
                shift.isFinite ? 1 + MetricScale.ratio.worsening(difference: shift) : nil
            }
            return QuantileRatio(
                percentile: percentiles[index], ratio: ratio(values[index]) ?? .nan,
                lower: ratio(estimate.lower), upper: ratio(estimate.upper))
        }
    }

    /// How many Walsh averages lie outside the band at each end.
    private static func criticalCount(
        _ residuals: [[Double]], pairCount: Int, level: Double, group: FlipGroup
    ) -> Int {
        let columns = residuals.map { SignedRanks($0) }
        let upper = group.maxima(columns)
        let lower = group.maxima(residuals.map { SignedRanks($0.map { -$0 }) })
        var sizes = zip(upper, lower).map { max($0, $1) }
        sizes.sort(by: >)
        // At most this many sign vectors may be at or beyond the critical size.
        let allowed = Int(level * Double(sizes.count) + 1e-9)
        if allowed == 0 { return 0 }
        var index = allowed
        // Ties of the first one that is inside are inside too.
        while index > 0, index < sizes.count, sizes[index - 1] == sizes[index] { index -= 1 }
        if index == 0 { return 0 }
        let critical = sizes[index - 1]
        // The sum of doubled ranks S belongs to (N - S/2)/2 averages on the other side.
        let count = Double(pairCount)
        let spread = (2 * count * (count + 1) * (2 * count + 1) / 3).squareRoot()
        let averageCount = count * (count + 1) / 2
        let outside = (averageCount - critical * spread / 2) / 2
        return max(0, Int((outside + 1e-9).rounded(.down)) + 1)
    }
}

// One test of many metrics: p-values that hold for all of them together.

/// Step-down maxT of Westfall and Young over the sign changes of pairs.
///
/// The columns' sums under one sign vector belong together, so that however the metrics depend on
/// each other, the probability that any metric without a change gets an adjusted p-value of at
/// most alpha is at most alpha. Step-down rather than single-step: it is never worse, and a metric
/// that has clearly changed does not hide another. Source: Westfall and Young 1993, algorithm 4.1.
package enum MaximumTest {
    /// Adjusted one-sided p-values: small for columns that tend to be positive.
    ///
    /// - Parameters:
    ///   - columns: Signed ranks of each metric's differences; a metric with fewer pairs than the
    ///     others has the first ones.
    ///   - group: The sign changes.
    /// - Returns: One p-value for each column; multiples of one over the group's size.
    package static func adjustedProbabilities(
        _ columns: [SignedRanks], group: FlipGroup
    ) -> [Double] {
        let scales = columns.map(\.scale)
        let observed = columns.map(\.standardisedSum)
        let ascending = columns.indices.sorted { (observed[$0], $1) < (observed[$1], $0) }
        var maxima = [Double](repeating: -.infinity, count: group.memberCount)
        var raw = [Double](repeating: 1, count: columns.count)
        for column in ascending {
            let scale = scales[column]
            let sums = group.sums(columns[column])
            // BOUND: rounding of equal statistics in different columns; a wider tie is no danger,
            // as it only makes the p-value larger.
            let limit = observed[column] - 1e-9
            var count = 0
            for index in sums.indices {
                let larger = max(maxima[index], Double(sums[index]) * scale)
                maxima[index] = larger
                if larger >= limit { count += 1 }
            }
            raw[column] = Double(count) / Double(group.memberCount)
        }
        var adjusted = raw
        var largest = 0.0
        for column in ascending.reversed() {
            largest = max(largest, raw[column])
            adjusted[column] = largest
        }
        return adjusted
    }
}

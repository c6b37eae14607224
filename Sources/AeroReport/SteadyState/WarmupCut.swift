// Where a warm-up ends: the truncation rule MSER.

/// How much of the start of a series to leave out.
///
/// MSER takes the cut at which the standard error of the mean of what is left is least: leaving a
/// transient out lowers the spread, leaving good values out lowers their number. Values here are
/// medians of intervals, each of thousands of samples, so that they are batches already (MSER-5
/// makes batches of five single observations).
/// Source: White, "An effective truncation heuristic for bias reduction in simulation output",
/// Simulation 69 (1997); White, Cobb and Spratt, "A comparison of five steady-state truncation
/// heuristics for simulation", WSC 2000.
package struct WarmupCut: Equatable, Sendable {
    /// Values to leave out at the start.
    package let count: Int
    /// Whether the series settled: the best cut lies before its second half. A cut beyond is the
    /// rule's own sign that the series is too short for its transient.
    package let isSettled: Bool

    /// Fewer values tell nothing: half of them may be the transient's, and five have to be left.
    package static let valueCountMin = 10
    /// The last few values have hardly any spread by chance: White leaves five out.
    package static let tailCount = 5

    /// The cut of a series; nil for fewer than `valueCountMin` values.
    ///
    /// - Complexity: O(values).
    package init?(_ series: [Double]) {
        guard series.count >= Self.valueCountMin else { return nil }
        // From the end: mean and squared deviations of what is left (Welford).
        var (mean, squares) = (0.0, 0.0)
        var best = (error: Double.infinity, count: 0)
        for (used, value) in series.reversed().enumerated() {
            let number = Double(used + 1)
            let distance = value - mean
            mean += distance / number
            squares += distance * (value - mean)
            let left = used + 1
            guard left >= Self.tailCount else { continue }
            let error = squares / (number * number)
            // The earlier cut where two are as good.
            if error <= best.error { best = (error, series.count - left) }
        }
        count = best.count
        isSettled = 2 * best.count < series.count
    }
}

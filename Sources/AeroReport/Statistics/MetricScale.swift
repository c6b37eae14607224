// How two measurements of one metric become one difference, and a difference a number for people.

import Glibc

/// How a pair's two values are compared. Differences are positive when the candidate is worse.
package enum MetricScale: String, Codable, Equatable, Sendable {
    /// The logarithm of candidate over baseline: latencies.
    case ratio
    /// The logarithm of baseline over candidate: rates, where more is better.
    case inverseRatio = "inverse-ratio"
    /// Candidate minus baseline, in the metric's own unit: counts, which may be zero.
    case difference

    /// The difference of one pair.
    ///
    /// - Returns: nil when a value is not finite, or a ratio has a side that is not positive.
    package func difference(baseline: Double, candidate: Double) -> Double? {
        guard baseline.isFinite, candidate.isFinite else { return nil }
        let result: Double
        switch self {
        case .ratio:
            guard baseline > 0, candidate > 0 else { return nil }
            result = log(candidate / baseline)
        case .inverseRatio:
            guard baseline > 0, candidate > 0 else { return nil }
            result = log(baseline / candidate)
        case .difference: result = candidate - baseline
        }
        return result.isFinite ? result : nil
    }

    /// The difference that a worsening amounts to.
    ///
    /// - Parameter worsening: A share of the baseline of at least 0, for rates below 1; for
    ///   `difference` a number in the metric's unit.
    package func difference(worsening: Double) -> Double {
        switch self {
        case .ratio: return log1p(worsening)
        case .inverseRatio: return worsening < 1 ? -log1p(-worsening) : .infinity
        case .difference: return worsening
        }
    }

    /// The worsening that a difference amounts to; what `difference(worsening:)` undoes.
    package func worsening(difference: Double) -> Double {
        switch self {
        case .ratio: return expm1(difference)
        case .inverseRatio: return -expm1(-difference)
        case .difference: return difference
        }
    }
}

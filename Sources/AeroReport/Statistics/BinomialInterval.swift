// How much a count of successes says about their probability.

import Glibc

/// The exact (Clopper-Pearson) interval of a probability.
///
/// Source: Clopper, Pearson, "The use of confidence or fiducial limits", Biometrika 26, 1934.
package struct BinomialInterval: Codable, Equatable, Sendable {
    /// Probabilities below it are refuted.
    package let lower: Double
    /// Probabilities above it are refuted.
    package let upper: Double

    /// - Parameters:
    ///   - successes: 0...`trials`.
    ///   - trials: 0 or more; without any the interval is everything.
    ///   - level: How often the interval may miss, both ends together.
    package init(successes: Int, trials: Int, level: Double = 0.05) {
        precondition((0...trials).contains(successes))
        let missed = level / 2
        lower =
            successes == 0
            ? 0
            : Self.solve { Self.tail(atLeast: successes, of: trials, probability: $0) < missed }
        upper =
            successes == trials
            ? 1
            : Self.solve {
                1 - Self.tail(atLeast: successes + 1, of: trials, probability: $0) > missed
            }
    }

    /// The probability up to which something holds that holds at 0 and not at 1.
    private static func solve(_ holds: (Double) -> Bool) -> Double {
        var (low, high) = (0.0, 1.0)
        // BOUND: halvings until the doubles are used up.
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if holds(middle) { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }

    private static func tail(atLeast count: Int, of trials: Int, probability: Double) -> Double {
        guard probability > 0, probability < 1 else { return probability >= 1 ? 1 : 0 }
        var sum = 0.0
        for successes in count...trials {
            let (n, k) = (Double(trials), Double(successes))
            let ways = lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
            sum += exp(ways + k * log(probability) + (n - k) * log1p(-probability))
        }
        return min(sum, 1)
    }
}

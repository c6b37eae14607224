// How large a difference is: the Hodges-Lehmann estimate and its interval.

/// The middle of differences, and how far it may be off.
package struct ShiftEstimate: Equatable, Sendable {
    /// The Hodges-Lehmann estimate: the median of all averages of two differences.
    package let value: Double
    /// Every smaller shift is refuted at the level; minus infinity when there are too few values.
    package let lower: Double
    /// Every larger shift is refuted at the level; infinity when there are too few values.
    package let upper: Double

    /// Estimates the shift.
    ///
    /// The interval is what the exact signed-rank test does not refute: with `n` differences it
    /// ends at Walsh averages, and it has no end when 2^-n exceeds the level.
    ///
    /// - Parameters:
    ///   - differences: At least one, at most `SignedRankDistribution.valueCountMax`.
    ///   - level: The one-sided probability of error at each end, such as 0.05.
    /// - Complexity: O(n^2 log n).
    package init(_ differences: [Double], level: Double) {
        let averages = Self.walshAverages(differences)
        let distribution = SignedRankDistribution(valueCount: differences.count)
        self.init(averages: averages, outside: distribution.criticalCount(level: level))
    }

    /// - Parameters:
    ///   - averages: Walsh averages, ascending, at least one.
    ///   - outside: How many are left out at each end; 0 for an interval without ends.
    init(averages: [Double], outside: Int) {
        let middle = averages.count / 2
        value =
            averages.count % 2 == 1
            ? averages[middle] : (averages[middle - 1] + averages[middle]) / 2
        let bound = min(outside, middle + averages.count % 2)
        lower = bound > 0 ? averages[bound - 1] : -.infinity
        upper = bound > 0 ? averages[averages.count - bound] : .infinity
    }

    /// The Hodges-Lehmann estimate alone.
    package static func value(of differences: [Double]) -> Double {
        ShiftEstimate(averages: walshAverages(differences), outside: 0).value
    }

    /// The averages of every two differences and of each with itself, ascending.
    static func walshAverages(_ differences: [Double]) -> [Double] {
        precondition(!differences.isEmpty, "nothing has no middle")
        var averages: [Double] = []
        averages.reserveCapacity(differences.count * (differences.count + 1) / 2)
        for (index, left) in differences.enumerated() {
            for right in differences[index...] { averages.append((left + right) / 2) }
        }
        averages.sort()
        return averages
    }

    /// A robust standard deviation: 1.4826 times the median distance from the median.
    package static func spread(of differences: [Double]) -> Double {
        let middle = Median.of(differences)
        return 1.4826 * Median.of(differences.map { ($0 - middle).magnitude })
    }
}

/// The median.
package enum Median {
    /// The middle value; the mean of the two middle ones; 0 of nothing.
    package static func of(_ values: [Double]) -> Double {
        if values.isEmpty { return 0 }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}

// A test that may look several times while pairs come in, and still keeps its level.

/// A sign-flip test with looks.
///
/// At each look the sign vectors with the largest statistics are *spent*, as many as the plan's
/// share of alpha allows; a vector is spent only once. The test rejects when the observed vector is
/// spent. Exchanging the sides of pairs permutes the vectors, so each of them would have been the
/// observed one with equal probability, and at most a share alpha of them is ever spent: the
/// probability of a false rejection at any look is at most alpha, without any approximation.
package struct SequentialFlipTest: Sendable {
    private let group: FlipGroup
    private var isSpent: [Bool]
    private var spentCount = 0
    /// Whether a look has rejected.
    package private(set) var isRejected = false

    /// What one look says.
    package struct Look: Equatable, Sendable {
        /// Whether this look rejects.
        package let isRejected: Bool
        /// The smallest statistic that was spent; infinity when none was.
        package let threshold: Double
    }

    /// A test that has not looked yet.
    package init(group: FlipGroup) {
        self.group = group
        isSpent = [Bool](repeating: false, count: group.memberCount)
    }

    /// Looks at all pairs so far.
    ///
    /// - Parameters:
    ///   - columns: Signed ranks of each metric, of all pairs so far.
    ///   - level: The share of alpha that may be spent up to and with this look.
    package mutating func look(_ columns: [SignedRanks], level: Double) -> Look {
        let statistics = group.maxima(columns)
        // BOUND: 1e-9 keeps a share such as 0.004 x 16,384 from losing a vector to rounding.
        let allowed = Int(level * Double(group.memberCount) + 1e-9) - spentCount
        let threshold = Self.threshold(statistics, isSpent: isSpent, count: allowed)
        guard threshold < .infinity else { return Look(isRejected: false, threshold: threshold) }
        var isHit = false
        for index in statistics.indices where !isSpent[index] && statistics[index] >= threshold {
            isSpent[index] = true
            spentCount += 1
            if index == 0 { isHit = true }
        }
        if isHit { isRejected = true }
        return Look(isRejected: isHit, threshold: threshold)
    }

    /// The smallest statistic such that no more than `count` unspent ones are at least as large.
    ///
    /// - Complexity: O(members): one pass to sort into buckets, then the sort of one bucket.
    private static func threshold(
        _ statistics: [Double], isSpent: [Bool], count: Int
    ) -> Double {
        if count <= 0 { return .infinity }
        var largest = 0.0
        for index in statistics.indices where !isSpent[index] {
            largest = max(largest, statistics[index])
        }
        // A vector that speaks against a worsening is never spent.
        if largest <= 0 { return .infinity }
        let bucketCount = 2_048
        let scale = Double(bucketCount - 1) / largest
        var buckets = [Int](repeating: 0, count: bucketCount)
        for index in statistics.indices where !isSpent[index] && statistics[index] > 0 {
            buckets[Int(statistics[index] * scale)] += 1
        }
        var bucket = bucketCount
        var above = 0
        while bucket > 0, above + buckets[bucket - 1] <= count {
            bucket -= 1
            above += buckets[bucket]
        }
        var candidates: [Double] = []
        var smallestAbove = Double.infinity
        for index in statistics.indices where !isSpent[index] && statistics[index] > 0 {
            let own = Int(statistics[index] * scale)
            if own >= bucket {
                smallestAbove = min(smallestAbove, statistics[index])
            } else if own == bucket - 1 {
                candidates.append(statistics[index])
            }
        }
        candidates.sort(by: >)
        var taken = 0
        while taken < candidates.count {
            var end = taken + 1
            while end < candidates.count, candidates[end] == candidates[taken] { end += 1 }
            if above + end > count { break }
            taken = end
        }
        return taken > 0 ? candidates[taken - 1] : smallestAbove
    }
}

// The exact distribution of a sum of scores under random signs, by convolution.

/// What the sum of signed ranks comes to when every sign is a fair coin.
///
/// With equal sizes it is the distribution of Wilcoxon's signed-rank statistic; ties are exact too,
/// because it is made from the very scores. Source: Wilcoxon 1945; Lehmann, "Nonparametrics", 1975.
package struct SignedRankDistribution: Sendable {
    /// Most values that it takes: the work grows with the cube of their number.
    package static let valueCountMax = 200

    /// The probability that the positive scores sum to at least each number.
    private let tail: [Double]
    private let total: Int

    /// The distribution for the sizes of some scores.
    ///
    /// - Complexity: O(n x sum of sizes).
    package init(sizesOf ranks: SignedRanks) {
        self.init(sizes: ranks.scores.map { Int($0.magnitude) })
    }

    /// Wilcoxon's distribution for differences of distinct sizes, in units of half a rank.
    package init(valueCount: Int) {
        self.init(sizes: (0..<valueCount).map { 2 * ($0 + 1) })
    }

    private init(sizes: [Int]) {
        precondition(sizes.count <= Self.valueCountMax, "too many values for a convolution")
        total = sizes.reduce(0, +)
        var probability = [Double](repeating: 0, count: total + 1)
        probability[0] = 1
        var reached = 0
        for size in sizes where size > 0 {
            reached += size
            var sum = reached
            while sum >= 0 {
                let without = probability[sum]
                let with = sum >= size ? probability[sum - size] : 0
                probability[sum] = 0.5 * (without + with)
                sum -= 1
            }
        }
        // From the small end of the tail on, so that small probabilities keep their digits.
        var running = 0.0
        for sum in stride(from: total, through: 0, by: -1) {
            running += probability[sum]
            probability[sum] = min(running, 1)
        }
        tail = probability
    }

    /// The probability of a sum of scores of at least this one: the one-sided p-value.
    ///
    /// - Parameter sum: `SignedRanks.sum`, within plus or minus the sum of sizes.
    package func probability(ofAtLeast sum: Int) -> Double {
        // Positive minus negative scores is the sum, both together are the total.
        let positive = (sum + total) / 2
        if positive <= 0 { return 1 }
        return positive <= total ? tail[positive] : 0
    }

    /// The most Walsh averages that may lie at or below a bound of a level.
    ///
    /// - Returns: The largest `count` with P(T+ <= count - 1) <= level for distinct sizes, where T+
    ///   is in whole ranks; 0 when even the outermost average is not beyond the level.
    func criticalCount(level: Double) -> Int {
        // By symmetry P(T+ <= c - 1) = P(T+ >= N - c + 1).
        let averageCount = total / 2
        var count = 0
        while count < averageCount, tail[2 * (averageCount - count)] <= level { count += 1 }
        return count
    }
}

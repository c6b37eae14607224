// The combinations of a matrix, and the order in which they are run.

/// Every combination of the values of some keys, and a random order of runs.
package struct MatrixOrder: Equatable, Sendable {
    /// One entry for each combination, the last key varying fastest.
    package let combinations: [[String]]
    /// Indices of `combinations`: each repetition runs every combination once, in an order of its
    /// own, so that a drift of the machine meets all of them alike.
    package let runs: [Int]

    /// - Parameters:
    ///   - varied: Keys with their values; none gives one combination.
    ///   - repeatCount: How often each combination is run, at least 1.
    ///   - seed: Equal seeds give equal orders.
    package init(_ varied: [VariedKey], repeatCount: Int, seed: UInt64) {
        var combinations: [[String]] = [[]]
        for key in varied {
            combinations = combinations.flatMap { head in key.values.map { head + [$0] } }
        }
        self.combinations = combinations
        var random = OrderRandom(state: seed)
        var runs: [Int] = []
        for _ in 0..<repeatCount { runs += combinations.indices.shuffled(using: &random) }
        self.runs = runs
    }

    /// How many runs there would be; nil when that is more than can be counted.
    package static func runCount(_ varied: [VariedKey], repeatCount: Int) -> Int? {
        var count = repeatCount
        for key in varied {
            let (product, overflow) = count.multipliedReportingOverflow(by: key.values.count)
            if overflow { return nil }
            count = product
        }
        return count
    }
}

/// Random bits that are the same on every machine. Source: SplitMix64, Steele et al., 2014.
private struct OrderRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}

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
        var random = SeededGenerator(seed: seed)
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

// Signed ranks: what the sign-flip tests sum.

/// The signed ranks of differences, as whole numbers so that sums of them are exact.
///
/// A score is twice the mid-rank of a difference's size among all that are not zero, with the
/// difference's sign; a difference of zero scores zero. Sizes do not depend on signs, so every
/// change of signs of the differences is the same change of signs of the scores.
package struct SignedRanks: Equatable, Sendable {
    /// One score for each difference, in their order.
    package let scores: [Int32]

    /// Ranks differences.
    ///
    /// - Parameter differences: Finite numbers, fewer than 10,000.
    /// - Complexity: O(n log n).
    package init(_ differences: [Double]) {
        precondition(differences.count < 10_000, "sums of scores have to fit 32 bits")
        precondition(differences.allSatisfy(\.isFinite), "only finite differences have a rank")
        var scores = [Int32](repeating: 0, count: differences.count)
        let order = differences.indices.filter { differences[$0] != 0 }.sorted {
            (differences[$0].magnitude, $0) < (differences[$1].magnitude, $1)
        }
        var start = 0
        while start < order.count {
            let size = differences[order[start]].magnitude
            var end = start + 1
            while end < order.count, differences[order[end]].magnitude == size { end += 1 }
            // Ranks start+1 through end share their mean, which is half of this sum.
            let doubledRank = Int32(start + 1 + end)
            for position in start..<end {
                let index = order[position]
                scores[index] = differences[index] < 0 ? -doubledRank : doubledRank
            }
            start = end
        }
        self.scores = scores
    }

    /// The sum of all scores: large when the differences tend to be positive.
    package var sum: Int { scores.reduce(0) { $0 + Int($1) } }

    /// The square root of the sum of squares: the spread of `sum` under random signs.
    package var spread: Double {
        Double(scores.reduce(0) { $0 + Int($1) * Int($1) }).squareRoot()
    }

    /// What the sum is multiplied with to be comparable between columns; 0 when all scores are.
    var scale: Double {
        let spread = spread
        return spread > 0 ? 1 / spread : 0
    }

    /// The sum on the scale of `FlipGroup.maxima`, to the last bit: a tie has to stay one.
    var standardisedSum: Double { Double(sum) * scale }
}

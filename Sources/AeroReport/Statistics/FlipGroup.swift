// The sign changes that a randomisation test goes through, and their sums, all at once.

/// A group of sign changes of a sequence of pairs.
///
/// Under the null hypothesis that base and candidate are the same, exchanging the two sides of a
/// pair changes nothing: every vector of signs is as likely as the observed one. A test over *all*
/// 2^n vectors is exact, and so is one over any **subgroup** of them (Hemerik and Goeman 2018,
/// Koning and Hemerik 2024). This group has 2^d members: all of them for up to d pairs; beyond that
/// each further pair's sign is the product of a seeded choice of the first d signs (a random linear
/// code). No Monte-Carlo error is left: the seed chooses the test, not its level.
///
/// The sums of all members are one Walsh-Hadamard transform of the scores.
package struct FlipGroup: Equatable, Sendable {
    /// The dimension used when nobody says otherwise: 16,384 sign vectors.
    package static let defaultDimension = 14

    /// `memberCount` is two to this power.
    package let dimension: Int
    /// For each pair the bits of a member's number whose parity is its sign.
    package let codes: [Int]

    /// The number of sign vectors, the observed one (number 0) among them.
    package var memberCount: Int { 1 << dimension }

    /// Makes the group.
    ///
    /// - Parameters:
    ///   - pairCount: How many pairs there will be at most, 1...10,000.
    ///   - seed: Chooses the signs of pairs beyond the dimension.
    ///   - dimension: 1...20; at most as many as there are pairs are used.
    package init(pairCount: Int, seed: UInt64, dimension: Int = FlipGroup.defaultDimension) {
        precondition((1..<10_000).contains(pairCount), "a group needs pairs")
        precondition((1...20).contains(dimension), "dimension out of range")
        let dimension = min(dimension, pairCount)
        var codes = (0..<dimension).map { 1 << $0 }
        var generator = SeededGenerator(seed: seed)
        var used = Set(codes)
        while codes.count < pairCount {
            let code = Int(generator.next() & UInt64((1 << dimension) - 1))
            // Equal signs for two pairs in every member would waste one of them; there are fewer
            // distinct codes than pairs only when the dimension is tiny.
            let isScarce = used.count >= (1 << dimension) - 1
            if code == 0 || (!isScarce && !used.insert(code).inserted) { continue }
            codes.append(code)
        }
        self.dimension = dimension
        self.codes = codes
    }

    /// The sum of scores under every sign vector; element 0 is the sum as observed.
    ///
    /// - Parameter ranks: Scores of the first pairs, not more than the group has.
    /// - Complexity: O(d x 2^d), whatever the number of pairs.
    package func sums(_ ranks: SignedRanks) -> [Int32] {
        precondition(ranks.scores.count <= codes.count, "more scores than pairs")
        var sums = [Int32](repeating: 0, count: memberCount)
        for (score, code) in zip(ranks.scores, codes) { sums[code] &+= score }
        let count = memberCount
        // SAFETY: every index is below count: left < block + half <= count - half.
        sums.withUnsafeMutableBufferPointer { sums in
            var half = 1
            while half < count {
                var block = 0
                while block < count {
                    for left in block..<(block + half) {
                        let a = sums[left]
                        let b = sums[left + half]
                        sums[left] = a &+ b
                        sums[left + half] = a &- b
                    }
                    block += 2 * half
                }
                half *= 2
            }
        }
        return sums
    }

    /// The sign of a pair in a member: 1 or -1.
    package func sign(member: Int, pair: Int) -> Int {
        (member & codes[pair]).nonzeroBitCount % 2 == 0 ? 1 : -1
    }

    /// For every sign vector the largest standardised sum over several columns.
    ///
    /// A column's sum is divided by its spread, so that columns count alike. Columns that are all
    /// zero take no part; without any other the result is all zero.
    func maxima(_ columns: [SignedRanks]) -> [Double] {
        var maxima: [Double] = []
        for column in columns {
            let scale = column.scale
            if scale == 0 { continue }
            let sums = sums(column)
            if maxima.isEmpty {
                maxima = sums.map { Double($0) * scale }
            } else {
                for index in sums.indices {
                    maxima[index] = max(maxima[index], Double(sums[index]) * scale)
                }
            }
        }
        return maxima.isEmpty ? [Double](repeating: 0, count: memberCount) : maxima
    }
}

// Draws from a finite distribution in constant time.

/// The alias method: every column has room for two outcomes and as much weight as any other.
///
/// Source: M. D. Vose, "A Linear Algorithm for Generating Random Numbers with a Given
/// Distribution", IEEE Transactions on Software Engineering 17(9), 1991.
@usableFromInline package final class AliasTable: Sendable {
    private struct Column {
        /// Below it the column's own outcome is meant, in 2^-32 of the column.
        var threshold: UInt32
        var alias: UInt32
    }

    private let columns: [Column]

    /// - Parameter weights: 1 to 2^32 - 1 of them, none negative, not all 0.
    @usableFromInline package init(weights: [Double]) {
        let count = weights.count
        precondition(count > 0 && count < Int(UInt32.max), "a distribution has outcomes")
        let total = weights.reduce(0, +)
        precondition(total > 0, "a distribution has weight")
        // 1 is a whole column.
        var rest = weights.map { $0 * Double(count) / total }
        var columns = (0..<count).map { Column(threshold: .max, alias: UInt32($0)) }
        var small: [Int] = []
        var large: [Int] = []
        for index in 0..<count {
            if rest[index] < 1 { small.append(index) } else { large.append(index) }
        }
        while let low = small.last, let high = large.last {
            small.removeLast()
            columns[low] = Column(
                threshold: UInt32((rest[low] * 0x1p32).rounded(.down)), alias: UInt32(high))
            rest[high] -= 1 - rest[low]
            if rest[high] < 1 {
                large.removeLast()
                small.append(high)
            }
        }
        // What is left in either list is a whole column but for rounding: its own alias.
        self.columns = columns
    }

    /// The outcome of a uniformly random word.
    ///
    /// - Allocations: none.
    @usableFromInline package func index(_ word: UInt64) -> Int {
        // The high half chooses the column, the low half is uniform within it.
        let (high, low) = word.multipliedFullWidth(by: UInt64(columns.count))
        let column = columns[Int(high)]
        return UInt32(low >> 32) < column.threshold ? Int(high) : Int(column.alias)
    }
}

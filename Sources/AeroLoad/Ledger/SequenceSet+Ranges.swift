// Whole ranges, unions and differences of sequence sets.

extension SequenceSet {
    /// Puts `count` sequences from `first` on into the set.
    ///
    /// - Returns: How many of them were new.
    /// - Complexity: O(1) when `first` is the next sequence, else O(count × gaps).
    @inlinable package mutating func insert(from first: Int64, count: Int64) -> Int64 {
        if first == end {
            end = first &+ count
            return count
        }
        var newCount: Int64 = 0
        var sequence = first
        while sequence < first &+ count {
            switch insert(sequence) {
            case .inOrder, .jumped, .filledGap: newCount &+= 1
            case .duplicate: break
            }
            sequence &+= 1
        }
        return newCount
    }

    /// Adds every sequence of `other`.
    ///
    /// - Returns: How many sequences both sets had. Exact when both sets are.
    /// - Complexity: O(gaps of both).
    package mutating func formUnion(_ other: SequenceSet) -> Int64 {
        let common = intersectionCount(other)
        let newEnd = max(end, other.end)
        gaps = Self.intersection(missing(below: newEnd), other.missing(below: newEnd))
        untrackedCount += other.untrackedCount
        end = newEnd
        return common
    }

    /// Sequences that both sets have.
    package func intersectionCount(_ other: SequenceSet) -> Int64 {
        let end = min(next, other.next)
        // |A ∩ B| = |A| + |B| - |A ∪ B|, each below `end`.
        let inA = end - Self.length(missing(below: end))
        let inB = end - Self.length(other.missing(below: end))
        let inNeither = Self.length(
            Self.intersection(missing(below: end), other.missing(below: end)))
        return max(0, inA + inB - (end - inNeither))
    }

    /// The ranges of 0 up to `end` that are not in the set.
    package func missing(below end: Int64) -> [Gap] {
        if end >= next {
            guard end > next else { return gaps }
            // The list's own gaps never touch `next`, so the tail stays a range of its own.
            return gaps + [Gap(lower: next, upper: end)]
        }
        var result = Array(gaps.prefix { $0.lower < end })
        if let last = result.last, last.upper > end { result[result.count - 1].upper = end }
        return result
    }

    /// Sequences in the set that are `end` or later.
    package func count(from end: Int64) -> Int64 {
        guard end < next else { return 0 }
        let missingFromEnd = gaps.reduce(0) { sum, gap in
            sum + max(0, gap.upper - max(gap.lower, end))
        }
        return next - max(0, end) - missingFromEnd
    }

    /// Sequences in `gaps`.
    static func length(_ gaps: [Gap]) -> Int64 { gaps.reduce(0) { $0 + ($1.upper - $1.lower) } }

    /// The ranges that are in both lists, each ascending and without overlap.
    static func intersection(_ a: [Gap], _ b: [Gap]) -> [Gap] {
        var result: [Gap] = []
        var (i, j) = (0, 0)
        while i < a.count, j < b.count {
            let lower = max(a[i].lower, b[j].lower)
            let upper = min(a[i].upper, b[j].upper)
            if lower < upper { result.append(Gap(lower: lower, upper: upper)) }
            if a[i].upper < b[j].upper { i += 1 } else { j += 1 }
        }
        return result
    }
}

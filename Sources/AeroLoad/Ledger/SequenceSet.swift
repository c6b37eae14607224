// A set of sequence numbers that are nearly contiguous.

/// The sequences seen of one stream: everything below `next` except the gaps.
///
/// Memory is O(gaps), and there are gaps only where something is missing. Used for what arrived and
/// for what was acknowledged.
@usableFromInline package struct SequenceSet: Sendable, Equatable {
    /// Sequences `lower` to `upper - 1`, none of which is in the set.
    @usableFromInline package struct Gap: Sendable, Equatable {
        /// First missing sequence.
        @usableFromInline package var lower: Int64
        /// First sequence after the gap.
        @usableFromInline package var upper: Int64

        @inlinable init(lower: Int64, upper: Int64) {
            self.lower = lower
            self.upper = upper
        }
    }

    /// What an insertion found.
    @usableFromInline package enum Insertion: Sendable, Equatable {
        /// The next one, as it should be.
        case inOrder
        /// A later one than the next: a gap opened.
        case jumped
        /// One that was missing: it came late.
        case filledGap
        /// One that is in the set already.
        case duplicate
    }

    // BOUND: 2^20 gaps (16 MiB) of one stream; beyond, `isExact` turns false and says so.
    @usableFromInline static var gapCountLimit: Int { 1 << 20 }

    /// One more than the highest sequence in the set; 0 when empty.
    @inlinable package var next: Int64 { end }
    @usableFromInline var end: Int64 = 0
    /// Missing ranges below `next`: ascending, not empty, not touching.
    @usableFromInline var gaps: [Gap] = []
    /// Sequences missing in gaps that were given up because there were too many.
    @usableFromInline var untrackedCount: Int64 = 0

    /// An empty set.
    @inlinable package init() {}

    /// Whether every gap is known; when false, losses are still counted, but a late arrival in a
    /// gap that was given up counts as a duplicate.
    package var isExact: Bool { untrackedCount == 0 }

    /// Sequences in the set.
    package var count: Int64 {
        gaps.reduce(next - untrackedCount) { $0 - ($1.upper - $1.lower) }
    }

    /// The ranges missing below `next`.
    package var missing: [Gap] { gaps }

    /// Puts `sequence` (>= 0) into the set.
    ///
    /// - Complexity: O(1) for the next sequence and for a jump, O(gaps) for a late one.
    /// - Allocations: none for the next sequence; a gap may grow the gap list.
    @inlinable package mutating func insert(_ sequence: Int64) -> Insertion {
        if sequence == end {
            end = sequence &+ 1
            return .inOrder
        }
        return insertOutOfOrder(sequence)
    }

    /// Whether `sequence` is in the set.
    package func contains(_ sequence: Int64) -> Bool {
        guard sequence >= 0, sequence < next else { return false }
        let index = firstGap(endingAfter: sequence)
        return index == gaps.count || gaps[index].lower > sequence
    }

    @usableFromInline mutating func insertOutOfOrder(_ sequence: Int64) -> Insertion {
        precondition(sequence >= 0, "sequences are counted from 0")
        if sequence > next {
            openGap(from: next, to: sequence)
            end = sequence + 1
            return .jumped
        }
        let index = firstGap(endingAfter: sequence)
        guard index < gaps.count, gaps[index].lower <= sequence else { return .duplicate }
        let gap = gaps[index]
        switch (gap.lower == sequence, gap.upper == sequence + 1) {
        case (true, true): gaps.remove(at: index)
        case (true, false): gaps[index].lower = sequence + 1
        case (false, true): gaps[index].upper = sequence
        case (false, false):
            gaps[index].lower = sequence + 1
            // A split past the limit gives up the lower half, so that the list never outgrows it.
            if gaps.count < Self.gapCountLimit {
                gaps.insert(Gap(lower: gap.lower, upper: sequence), at: index)
            } else {
                untrackedCount += sequence - gap.lower
            }
        }
        return .filledGap
    }

    private mutating func openGap(from lower: Int64, to upper: Int64) {
        if gaps.count < Self.gapCountLimit {
            gaps.append(Gap(lower: lower, upper: upper))
        } else {
            untrackedCount += upper - lower
        }
    }

    /// Index of the first gap whose end is after `sequence`; `gaps.count` when there is none.
    func firstGap(endingAfter sequence: Int64) -> Int {
        var (low, high) = (0, gaps.count)
        while low < high {
            let middle = (low + high) / 2
            if gaps[middle].upper > sequence { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

// Sticky: balanced within one, and no partition moves that balance leaves where it is.

import AeroWire

/// Everybody keeps what it had up to its quota; the rest goes to those below theirs.
///
/// The members that had most get the odd partitions, so the number of moves is the least that a
/// balanced assignment allows.
internal enum StickyAssignment {
    static func share(
        _ pool: PartitionPool, _ members: [AssignmentMember],
        into shares: inout [[TopicPartition]]
    ) {
        var previousOwner: [TopicPartition: Int] = [:]
        for member in pool.candidates {
            for partition in members[member].previous
            where previousOwner[partition] == nil {
                previousOwner[partition] = member
            }
        }
        var kept = [[TopicPartition]](repeating: [], count: members.count)
        var free: [TopicPartition] = []
        for place in pool.places {
            if let owner = previousOwner[place.partition] {
                kept[owner].append(place.partition)
            } else {
                free.append(place.partition)
            }
        }
        let quotas = quotas(pool, kept: kept, loads: shares.map(\.count))
        for member in pool.candidates where kept[member].count > quotas[member] {
            free += kept[member][quotas[member]...]
            kept[member].removeSubrange(quotas[member]...)
        }
        var next = free.makeIterator()
        for member in pool.candidates {
            while kept[member].count < quotas[member], let partition = next.next() {
                kept[member].append(partition)
            }
            shares[member] += kept[member]
        }
        precondition(next.next() == nil, "the quotas sum up to the partitions")
    }

    /// How many partitions each member gets, by its index.
    ///
    /// - Parameter loads: What members have of other pools: the less, the sooner an odd one.
    private static func quotas(
        _ pool: PartitionPool, kept: [[TopicPartition]], loads: [Int]
    ) -> [Int] {
        let count = pool.candidates.count
        let (length, rest) = pool.places.count.quotientAndRemainder(dividingBy: count)
        let ranks = (0..<count).sorted { left, right in
            let (one, other) = (pool.candidates[left], pool.candidates[right])
            return (-kept[one].count, loads[one], left) < (-kept[other].count, loads[other], right)
        }
        var quotas = [Int](repeating: 0, count: kept.count)
        for (rank, candidate) in ranks.enumerated() {
            quotas[pool.candidates[candidate]] = length + (rank < rest ? 1 : 0)
        }
        return quotas
    }
}

// Consistent hash: of a member that comes or goes, only its own partitions move.

import AeroWire

/// Source: RocketMQ, AllocateMessageQueueConsistentHash. Needs no memory of what was before, and
/// promises no balance.
internal enum ConsistentHashAssignment {
    /// Places of one member on the ring: more of them make shares more even.
    private static let virtualNodeCount = 64

    private struct Node {
        let hash: UInt32
        /// The member's place among the candidates, which come in order of their names.
        let rank: Int
    }

    static func share(
        _ pool: PartitionPool, _ members: [AssignmentMember],
        into shares: inout [[TopicPartition]]
    ) {
        var ring: [Node] = []
        ring.reserveCapacity(pool.candidates.count * virtualNodeCount)
        for (rank, member) in pool.candidates.enumerated() {
            for number in 0..<virtualNodeCount {
                ring.append(Node(hash: hash("\(members[member].name)#\(number)"), rank: rank))
            }
        }
        ring.sort { ($0.hash, $0.rank) < ($1.hash, $1.rank) }
        for place in pool.places {
            let hash = hash("\(place.topic)#\(place.partition.partition)")
            let node = ring[firstNode(at: hash, in: ring)]
            shares[pool.candidates[node.rank]].append(place.partition)
        }
    }

    /// The first node at or behind a hash; the ring's first behind its last. Binary search.
    private static func firstNode(at hash: UInt32, in ring: [Node]) -> Int {
        var low = 0
        var high = ring.count
        while low < high {
            let middle = (low + high) / 2
            if ring[middle].hash < hash { low = middle + 1 } else { high = middle }
        }
        return low % ring.count
    }

    /// MurmurHash2 with the finalizer of MurmurHash3: names that differ at the end only must still
    /// land far apart.
    private static func hash(_ text: String) -> UInt32 {
        var word = Array(text.utf8).withUnsafeBytes { MurmurHash2.hash($0) }
        word = (word ^ (word >> 16)) &* 0x85EB_CA6B
        word = (word ^ (word >> 13)) &* 0xC2B2_AE35
        return word ^ (word >> 16)
    }
}

// Averagely: neighbouring partitions in ranges, as long as each other within one.

import AeroWire

/// Source: RocketMQ, AllocateMessageQueueAveragely; over all topics of a pool at once, so that the
/// first member does not get the odd partition of every topic.
internal enum AverageAssignment {
    static func share(_ pool: PartitionPool, into shares: inout [[TopicPartition]]) {
        share(pool.places, among: pool.candidates, into: &shares)
    }

    /// - Parameter members: Indices into `shares`; not empty.
    static func share(
        _ places: [PartitionPool.Place], among members: [Int],
        into shares: inout [[TopicPartition]]
    ) {
        let (length, rest) = places.count.quotientAndRemainder(dividingBy: members.count)
        var start = 0
        for (rank, member) in members.enumerated() {
            let end = start + length + (rank < rest ? 1 : 0)
            shares[member] += places[start..<end].map(\.partition)
            start = end
        }
    }
}

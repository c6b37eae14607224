// By circle: one partition to each member in turn.

import AeroWire

/// Source: RocketMQ, AllocateMessageQueueAveragelyByCircle; over all topics of a pool at once.
internal enum CircleAssignment {
    static func share(_ pool: PartitionPool, into shares: inout [[TopicPartition]]) {
        for (number, place) in pool.places.enumerated() {
            shares[pool.candidates[number % pool.candidates.count]].append(place.partition)
        }
    }
}

// The partitioners at work: pure and deterministic.

import AeroWire

/// Chooses partitions for one producer.
package struct PartitionChooser: Sendable {
    private let partitioner: PartitionerKind
    private var next: Int

    /// The rules, as `Partitioner` documents them.
    package enum PartitionerKind: Sendable { case keyHash, roundRobin, sticky, consistentHash }

    /// - Parameters:
    ///   - partitioner: The rule.
    ///   - start: Where rotation starts: gives each producer another first partition.
    package init(_ partitioner: PartitionerKind, start: Int = 0) {
        self.partitioner = partitioner
        next = max(start, 0)
    }

    /// The partition of a message.
    ///
    /// - Parameters:
    ///   - key: The message's key, if it has one.
    ///   - partitionCount: More than 0.
    package mutating func choose(key: [UInt8]?, partitionCount: Int) -> Int {
        precondition(partitionCount > 0, "a topic has at least one partition")
        switch partitioner {
        case .roundRobin:
            defer { next = (next + 1) % partitionCount }
            return next % partitionCount
        case .sticky: return next % partitionCount
        case .keyHash:
            guard let key else { return next % partitionCount }
            return key.withUnsafeBytes {
                Int(MurmurHash2.partition(ofKey: $0, partitionCount: UInt32(partitionCount)))
            }
        case .consistentHash:
            guard let key else { return next % partitionCount }
            return ConsistentHash.bucket(ConsistentHash.digest(key), bucketCount: partitionCount)
        }
    }

    /// The partition's batch is closed: keyless messages go on to the next partition.
    package mutating func batchClosed(partition: Int, partitionCount: Int) {
        guard partitioner != .roundRobin, next % partitionCount == partition else { return }
        next = (partition + 1) % partitionCount
    }
}

extension Partitioner {
    var kind: PartitionChooser.PartitionerKind {
        switch self {
        case .keyHash: .keyHash
        case .roundRobin: .roundRobin
        case .sticky: .sticky
        case .consistentHash: .consistentHash
        }
    }
}

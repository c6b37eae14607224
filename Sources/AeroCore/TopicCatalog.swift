// Which topics exist, and with what properties. A value: whoever holds it decides on locking.

package import AeroWire

/// Bounds of the catalog and defaults of a topic.
package struct TopicLimits: Sendable, Equatable {
    /// Topics at one time.
    package var topicCountMax = 10_000
    /// Partitions of one topic.
    package var partitionCountMax: UInt32 = 10_000
    /// Bytes kept per partition after everybody has acknowledged them, when not said otherwise.
    package var defaultRetentionByteCount: UInt64 = 1 << 20
    /// Bytes held per partition at most, when not said otherwise.
    package var defaultMaximumByteCount: UInt64 = 64 << 20

    package init() {}
}

/// A topic's properties, fixed at creation.
package struct TopicProperties: Sendable, Equatable {
    /// The id that data-path requests name the topic by; never given twice.
    package let topicId: UInt32
    /// The name, valid by `TopicName`.
    package let name: String
    /// At least 1.
    package let partitionCount: UInt32
    /// What an acknowledgement promises.
    package let durability: TopicDurability
    /// Bytes kept per partition for replay.
    package let retentionByteCount: UInt64
    /// Bytes held per partition at most.
    package let maximumByteCount: UInt64
}

/// The topics of a broker.
package struct TopicCatalog: Sendable {
    private let limits: TopicLimits
    private var byName: [String: TopicProperties] = [:]
    private var byID: [UInt32: TopicProperties] = [:]
    private var nextID: UInt32 = 1

    /// - Parameter limits: Bounds and defaults.
    package init(limits: TopicLimits) { self.limits = limits }

    /// Creates a topic.
    ///
    /// - Throws: `.invalidTopicName`, `.invalidPartitionCount`, `.topicAlreadyExists`,
    ///   `.tooManyTopics`, or `.durabilityNotSupported` for anything but volatile: this broker
    ///   keeps messages in memory and will not pretend otherwise.
    package mutating func create(
        _ request: CreateTopicRequest
    ) throws(ErrorCode) -> TopicProperties {
        guard TopicName.isValid(request.name) else { throw .invalidTopicName }
        guard (1...limits.partitionCountMax).contains(request.partitionCount) else {
            throw .invalidPartitionCount
        }
        guard request.durability == .volatile else { throw .durabilityNotSupported }
        guard byName[request.name] == nil else { throw .topicAlreadyExists }
        guard byName.count < limits.topicCountMax else { throw .tooManyTopics }
        let maximum = positive(request.maximumByteCount, or: limits.defaultMaximumByteCount)
        let topic = TopicProperties(
            topicId: nextID, name: request.name, partitionCount: request.partitionCount,
            durability: request.durability,
            retentionByteCount: min(
                positive(request.retentionByteCount, or: limits.defaultRetentionByteCount),
                maximum),
            maximumByteCount: min(maximum, UInt64(Int.max)))
        nextID += 1
        byName[topic.name] = topic
        byID[topic.topicId] = topic
        return topic
    }

    /// Deletes a topic.
    ///
    /// - Throws: `.unknownTopic`.
    package mutating func delete(_ name: String) throws(ErrorCode) -> TopicProperties {
        guard let topic = byName.removeValue(forKey: name) else { throw .unknownTopic }
        byID[topic.topicId] = nil
        return topic
    }

    /// The topic of this name.
    package func topic(named name: String) -> TopicProperties? { byName[name] }

    /// The topic of this id.
    package func topic(id: UInt32) -> TopicProperties? { byID[id] }

    /// All names in order.
    package var names: [String] { byName.keys.sorted() }

    private func positive(_ value: UInt64, or fallback: UInt64) -> UInt64 {
        value == 0 ? fallback : value
    }
}

/// Which shard owns a partition.
package enum PartitionPlacement {
    /// The owning shard: neighbouring partitions of a topic go to neighbouring shards.
    ///
    /// - Parameter shardCount: More than 0.
    package static func shard(topicId: UInt32, partition: UInt32, shardCount: Int) -> Int {
        // Knuth's multiplicative hash spreads one-partition topics; adding the partition keeps
        // the load of one topic even.
        let base = UInt64(topicId &* 2_654_435_761 >> 8)
        return Int((base + UInt64(partition)) % UInt64(shardCount))
    }
}

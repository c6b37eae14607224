// Which topics exist, and with what properties. A value: whoever holds it decides on locking.

package import AeroWire

/// Bounds of the catalog and defaults of a topic.
package struct TopicLimits: Sendable, Equatable {
    /// Topics at one time.
    package var topicCountMax = 10_000
    /// Partitions of one topic.
    package var partitionCountMax: UInt32 = 10_000
    /// Partitions of all topics together.
    package var totalPartitionCountMax = 100_000
    /// Bytes kept per partition after everybody has acknowledged them, when not said otherwise.
    package var defaultRetentionByteCount: UInt64 = 1 << 20
    /// Bytes held per partition at most, when not said otherwise.
    package var defaultMaximumByteCount: UInt64 = 64 << 20
    /// Whether topics can be kept on disk. When they can, that is the default.
    package var hasDisk = false

    package init() {}
}

/// A topic's properties. All but the settings are fixed at creation.
package struct TopicProperties: Sendable, Equatable {
    /// The id that data-path requests name the topic by; never given twice.
    package let topicId: UInt32
    /// The name, valid by `TopicName`.
    package let name: String
    /// At least 1.
    package let partitionCount: UInt32
    /// What an acknowledgement promises.
    package let durability: TopicDurability
    /// How often a topic of durability `interval` is synced; more than 0 there, else 0.
    package let durabilityIntervalMilliseconds: UInt32
    /// Bytes kept per partition for replay: of a volatile topic in memory.
    package let retentionByteCount: UInt64
    /// Bytes held per partition at most: of a volatile topic in memory, of others unsettled.
    package let maximumByteCount: UInt64
    /// Segments and cleanup.
    package var settings: TopicSettings

    /// All that DESCRIBE_TOPIC tells by name.
    package var listedSettings: [TopicSetting] {
        let interval = TopicSetting(
            "durability.interval.ms", "\(durabilityIntervalMilliseconds)")
        return (durability == .interval ? [interval] : []) + settings.listed
    }

    /// Makes properties from their parts, as a topic's file has them.
    package init(
        topicId: UInt32, name: String, partitionCount: UInt32, durability: TopicDurability,
        durabilityIntervalMilliseconds: UInt32, retentionByteCount: UInt64,
        maximumByteCount: UInt64, settings: TopicSettings
    ) {
        self.topicId = topicId
        self.name = name
        self.partitionCount = partitionCount
        self.durability = durability
        self.durabilityIntervalMilliseconds = durabilityIntervalMilliseconds
        self.retentionByteCount = retentionByteCount
        self.maximumByteCount = maximumByteCount
        self.settings = settings
    }
}

/// The topics of a broker.
package struct TopicCatalog: Sendable {
    private let limits: TopicLimits
    private var byName: [String: TopicProperties] = [:]
    private var byID: [UInt32: TopicProperties] = [:]
    /// The id that the next topic is given.
    package private(set) var nextID: UInt32 = 1
    private var totalPartitionCount = 0

    /// - Parameter limits: Bounds and defaults.
    package init(limits: TopicLimits) { self.limits = limits }

    /// Creates a topic.
    ///
    /// - Throws: `.invalidTopicName`, `.invalidPartitionCount`, `.topicAlreadyExists`,
    ///   `.tooManyTopics`, `.tooManyPartitions`, `.invalidSetting`, or `.durabilityNotSupported`
    ///   for anything but volatile where there is no disk: the broker will not pretend otherwise.
    package mutating func create(
        _ request: CreateTopicRequest
    ) throws(ErrorCode) -> TopicProperties {
        guard TopicName.isValid(request.name) else { throw .invalidTopicName }
        guard (1...limits.partitionCountMax).contains(request.partitionCount) else {
            throw .invalidPartitionCount
        }
        let durability = request.durability ?? (limits.hasDisk ? .sync : .volatile)
        guard durability == .volatile || limits.hasDisk else { throw .durabilityNotSupported }
        guard byName[request.name] == nil else { throw .topicAlreadyExists }
        // The last id cannot be given, as none would follow.
        guard byName.count < limits.topicCountMax, nextID < .max else { throw .tooManyTopics }
        let room = limits.totalPartitionCountMax - totalPartitionCount
        guard request.partitionCount <= room else { throw .tooManyPartitions }
        var settings = TopicSettings()
        if durability != .volatile, request.retentionByteCount > 0 {
            settings.retentionByteCount = Int(clamping: request.retentionByteCount)
        }
        try settings.apply(request.settings)
        let maximum = positive(request.maximumByteCount, or: limits.defaultMaximumByteCount)
        let topic = TopicProperties(
            topicId: nextID, name: request.name, partitionCount: request.partitionCount,
            durability: durability,
            durabilityIntervalMilliseconds: durability == .interval
                ? max(request.durabilityIntervalMilliseconds, 1) : 0,
            retentionByteCount: min(
                positive(request.retentionByteCount, or: limits.defaultRetentionByteCount),
                maximum),
            maximumByteCount: min(maximum, UInt64(Int.max)), settings: settings)
        nextID += 1
        enter(topic)
        return topic
    }

    /// Enters a topic that was created before this broker started.
    ///
    /// - Returns: False when its name or id is taken; nothing is entered then.
    package mutating func restore(_ topic: TopicProperties) -> Bool {
        guard byName[topic.name] == nil, byID[topic.topicId] == nil else { return false }
        nextID = max(nextID, topic.topicId + 1)
        enter(topic)
        return true
    }

    /// Gives no id below `end` from here on: some topic may have had it.
    package mutating func skipIds(below end: UInt32) { nextID = max(nextID, end) }

    /// Changes a topic's settings.
    ///
    /// - Throws: `.unknownTopic`, `.invalidSetting`; nothing is changed then.
    package mutating func alter(
        _ request: AlterTopicRequest
    ) throws(ErrorCode) -> TopicProperties {
        guard var topic = byName[request.name] else { throw .unknownTopic }
        try topic.settings.apply(request.settings)
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
        totalPartitionCount -= Int(topic.partitionCount)
        return topic
    }

    /// The topic of this name.
    package func topic(named name: String) -> TopicProperties? { byName[name] }

    /// The topic of this id.
    package func topic(id: UInt32) -> TopicProperties? { byID[id] }

    /// All topics, in no order.
    package var all: some Collection<TopicProperties> { byID.values }

    /// All names in order.
    package var names: [String] { byName.keys.sorted() }

    private mutating func enter(_ topic: TopicProperties) {
        byName[topic.name] = topic
        byID[topic.topicId] = topic
        totalPartitionCount += Int(topic.partitionCount)
    }

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

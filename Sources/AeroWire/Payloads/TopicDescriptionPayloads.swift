// DESCRIBE_TOPIC: a topic's options and its partitions' state.

/// Asks for a topic's description. `name string`
package struct DescribeTopicRequest: RequestPayload {
    /// The topic's name.
    package var name: String

    /// Makes a request.
    package init(name: String) { self.name = name }

    package static var command: Command { .describeTopic }

    package var encodedByteCount: Int { 2 + name.utf8.count }

    package static func decode(
        from reader: inout WireReader
    ) throws(WireError) -> DescribeTopicRequest {
        DescribeTopicRequest(name: try reader.readText())
    }

    package func encode(into writer: inout WireWriter) throws(WireError) {
        try writer.write(text: name)
    }
}

/// One partition's state.
///
/// `logStartOffset i64 | highWatermark i64 | storedByteCount u64 | groupCount u32`
package struct PartitionDescription: Equatable, Sendable {
    /// Bytes on the wire.
    static let encodedByteCount = 28

    /// The first offset that the partition still has.
    package var logStartOffset: Int64
    /// The offset that the next record to become readable will have.
    package var highWatermark: Int64
    /// Bytes of batches kept.
    package var storedByteCount: UInt64
    /// Consumer groups with a position in the partition.
    package var groupCount: UInt32

    /// Makes a description from its fields.
    package init(
        logStartOffset: Int64, highWatermark: Int64, storedByteCount: UInt64, groupCount: UInt32
    ) {
        self.logStartOffset = logStartOffset
        self.highWatermark = highWatermark
        self.storedByteCount = storedByteCount
        self.groupCount = groupCount
    }
}

/// A topic's options and partitions.
///
/// `topicId u32 | durability u8 | retentionByteCount u64 | maximumByteCount u64 |
/// partitionCount u32 | PartitionDescription ... |
/// ``TopicSetting`` list`
package struct DescribeTopicReply: ReplyPayload {
    /// The topic's number.
    package var topicId: UInt32
    /// The promise about acknowledged records.
    package var durability: TopicDurability
    /// Old batches are dropped above this many bytes per partition.
    package var retentionByteCount: UInt64
    /// Producers are held back at this many bytes per partition.
    package var maximumByteCount: UInt64
    /// The partitions, from 0 on.
    package var partitions: [PartitionDescription]
    /// Everything else, by name.
    package var settings: [TopicSetting]

    /// Makes a reply from its fields.
    package init(
        topicId: UInt32, durability: TopicDurability, retentionByteCount: UInt64,
        maximumByteCount: UInt64, partitions: [PartitionDescription],
        settings: [TopicSetting] = []
    ) {
        self.topicId = topicId
        self.durability = durability
        self.retentionByteCount = retentionByteCount
        self.maximumByteCount = maximumByteCount
        self.partitions = partitions
        self.settings = settings
    }

    package var encodedByteCount: Int {
        4 + 1 + 8 + 8 + 4 + partitions.count * PartitionDescription.encodedByteCount
            + settings.listByteCount
    }

    package static func decode(
        from reader: inout WireReader
    ) throws(WireError) -> DescribeTopicReply {
        var reply = DescribeTopicReply(
            topicId: try reader.readInteger(), durability: try reader.readEnumeration(),
            retentionByteCount: try reader.readInteger(),
            maximumByteCount: try reader.readInteger(), partitions: [])
        let count = try reader.readCount(
            limit: WireLimits.partitionsPerTopicMax,
            elementByteCountMin: PartitionDescription.encodedByteCount)
        reply.partitions.reserveCapacity(count)
        for _ in 0..<count {
            reply.partitions.append(
                PartitionDescription(
                    logStartOffset: try reader.readInteger(),
                    highWatermark: try reader.readInteger(),
                    storedByteCount: try reader.readInteger(),
                    groupCount: try reader.readInteger()))
        }
        reply.settings = try reader.readSettings()
        return reply
    }

    package func encode(into writer: inout WireWriter) throws(WireError) {
        try writer.write(topicId)
        try writer.write(durability.rawValue)
        try writer.write(retentionByteCount)
        try writer.write(maximumByteCount)
        try writer.write(count: partitions.count, limit: WireLimits.partitionsPerTopicMax)
        for partition in partitions {
            try writer.write(partition.logStartOffset)
            try writer.write(partition.highWatermark)
            try writer.write(partition.storedByteCount)
            try writer.write(partition.groupCount)
        }
        try writer.write(settings: settings)
    }
}

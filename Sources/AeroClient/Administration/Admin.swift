// Topics, offsets and statistics of a broker.

import AeroWire

/// Asks the broker about its topics and itself.
///
/// A call made while the connection is down waits for it, up to `requestTimeout`. One that was
/// under way when it broke fails with `.connectionLost`: it may have been carried out.
public struct Admin: Sendable {
    let handle: ClientHandle

    init(_ handle: ClientHandle) { self.handle = handle }

    /// Creates a topic.
    ///
    /// - Throws: `.topicAlreadyExists`, `.invalidTopic`, `.notSupported` for a durability that
    ///   the broker cannot keep, `.invalidConfiguration`.
    public func create(
        _ topic: String, options: TopicOptions = TopicOptions()
    ) async throws(ClientError) {
        try options.validate()
        try checkName(topic)
        let (durability, interval) = options.durability?.onTheWire ?? (nil, 0)
        let _: CreateTopicReply = try await handle.runtime.call(
            CreateTopicRequest(
                name: topic, partitionCount: UInt32(options.partitionCount),
                durability: durability, durabilityIntervalMilliseconds: interval,
                retentionByteCount: UInt64(options.retentionByteCount ?? 0),
                maximumByteCount: UInt64(options.maximumByteCount ?? 0),
                settings: options.settings.onTheWire))
    }

    /// Changes settings of a topic by name; those not named stay.
    ///
    /// - Throws: `.unknownTopic`, `.invalidTopic` for a setting that does not exist or is out of
    ///   its bounds.
    public func alter(
        _ topic: String, settings: [String: String]
    ) async throws(ClientError) {
        try checkName(topic)
        let _: AlterTopicReply = try await handle.runtime.call(
            AlterTopicRequest(name: topic, settings: settings.onTheWire))
    }

    /// Deletes a topic and its records.
    ///
    /// - Throws: `.unknownTopic`.
    public func delete(_ topic: String) async throws(ClientError) {
        try checkName(topic)
        let _: DeleteTopicReply = try await handle.runtime.call(DeleteTopicRequest(name: topic))
    }

    /// The names of all topics, in order.
    ///
    /// - Parameter includesInternal: Whether the broker's own topics are named too.
    public func list(includesInternal: Bool = false) async throws(ClientError) -> [String] {
        let reply: ListTopicsReply = try await handle.runtime.call(
            ListTopicsRequest(includesInternal: includesInternal))
        return reply.names
    }

    /// A topic's properties and partitions.
    ///
    /// - Throws: `.unknownTopic`.
    public func describe(_ topic: String) async throws(ClientError) -> TopicDescription {
        try checkName(topic)
        let reply: DescribeTopicReply = try await handle.runtime.call(
            DescribeTopicRequest(name: topic))
        return TopicDescription(topic, reply)
    }

    /// The ends of one partition's log.
    ///
    /// - Throws: `.unknownTopic`, `.unknownPartition`.
    public func offsets(
        topic: String, partition: Int
    ) async throws(ClientError) -> PartitionOffsets {
        let reply: ListOffsetsReply = try await handle.runtime.call(
            ListOffsetsRequest(
                topicId: try await topicId(of: topic, having: partition),
                partition: UInt32(partition)))
        return PartitionOffsets(earliest: reply.logStartOffset, next: reply.highWatermark)
    }

    /// Where in a partition a time is: the offset of the first batch whose latest record is not
    /// older, or the next offset when all are.
    ///
    /// - Parameter milliseconds: Since 1970-01-01 UTC.
    /// - Throws: `.unknownTopic`, `.unknownPartition`.
    public func offset(
        topic: String, partition: Int, atOrAfterMilliseconds milliseconds: Int64
    ) async throws(ClientError) -> Int64 {
        let reply: FindOffsetReply = try await handle.runtime.call(
            FindOffsetRequest(
                topicId: try await topicId(of: topic, having: partition),
                partition: UInt32(partition), timestampMilliseconds: milliseconds))
        return reply.offset
    }

    /// Deletes the records of a partition below an offset.
    ///
    /// - Parameter offset: The first to keep; nil deletes all that can be read now.
    /// - Returns: The first offset that the partition still has.
    /// - Throws: `.unknownTopic`, `.unknownPartition`, `.offsetOutOfRange`.
    @discardableResult
    public func deleteRecords(
        topic: String, partition: Int, below offset: Int64?
    ) async throws(ClientError) -> Int64 {
        let reply: DeleteRecordsReply = try await handle.runtime.call(
            DeleteRecordsRequest(
                topicId: try await topicId(of: topic, having: partition),
                partition: UInt32(partition), offset: offset ?? -1))
        return reply.logStartOffset
    }

    private func topicId(
        of topic: String, having partition: Int
    ) async throws(ClientError) -> UInt32 {
        let description = try await describe(topic)
        guard description.partitions.indices.contains(partition) else {
            throw ClientError(
                .unknownPartition,
                "topic \(topic) has \(description.partitions.count) partitions; there is no "
                    + "partition \(partition)",
                brokerAddress: handle.runtime.brokerAddress)
        }
        return description.topicId
    }

    /// The broker's counters by name.
    public func statistics() async throws(ClientError) -> [String: Int64] {
        let reply: StatisticsReply = try await handle.runtime.call(StatisticsRequest())
        return Dictionary(
            reply.entries.map { ($0.name, $0.value) }, uniquingKeysWith: { _, last in last })
    }

    /// The wire cannot carry any name; what is wrong with one that it can, the broker says.
    private func checkName(_ topic: String) throws(ClientError) {
        guard topic.utf8.count <= WireLimits.topicNameByteCountMax else {
            throw ClientError(
                .invalidTopic,
                "a topic's name has at most \(WireLimits.topicNameByteCountMax) bytes")
        }
    }
}

extension [String: String] {
    fileprivate var onTheWire: [TopicSetting] {
        sorted { $0.key < $1.key }.map { TopicSetting($0.key, $0.value) }
    }
}

extension Durability {
    fileprivate var onTheWire: (TopicDurability, intervalMilliseconds: UInt32) {
        switch self {
        case .volatile: (.volatile, 0)
        case .os: (.os, 0)
        case .interval(let interval):
            (.interval, UInt32(clamping: interval.wholeNanoseconds / 1_000_000))
        case .sync: (.sync, 0)
        }
    }
}

// CREATE_TOPIC, ALTER_TOPIC, DELETE_TOPIC and LIST_TOPICS.

/// What a topic promises about acknowledged records, with the loss window in its name.
package enum TopicDurability: UInt8, CaseIterable, Sendable {
    /// Memory only: lost with the broker's process.
    case volatile = 0
    /// In the page cache: lost with the machine.
    case os = 1
    /// Synced every so often: the last interval is lost with the machine.
    case interval = 2
    /// Synced before the acknowledgement: nothing acknowledged is lost.
    case sync = 3
}

/// Creates a topic.
///
/// `name string | partitionCount u32 | durability u8, 255 for the broker's default |
/// durabilityIntervalMilliseconds u32 | retentionByteCount u64 | maximumByteCount u64 |
/// ``TopicSetting`` list`
package struct CreateTopicRequest: RequestPayload {
    /// The topic's name; the broker checks it as ``TopicName``.
    package var name: String
    /// How many partitions; > 0.
    package var partitionCount: UInt32
    /// The promise about acknowledged records; nil for the broker's default.
    package var durability: TopicDurability?
    /// How often to sync when `durability` is `.interval`, else 0.
    package var durabilityIntervalMilliseconds: UInt32
    /// Old batches are dropped above this many bytes per partition; 0 for the broker's default.
    package var retentionByteCount: UInt64
    /// Producers are held back at this many bytes per partition; 0 for the broker's default.
    package var maximumByteCount: UInt64
    /// Everything else, by name.
    package var settings: [TopicSetting]

    /// The code of a durability that is left to the broker.
    private static let defaultDurabilityCode: UInt8 = 255

    /// Makes a request from its fields.
    package init(
        name: String, partitionCount: UInt32, durability: TopicDurability?,
        durabilityIntervalMilliseconds: UInt32 = 0, retentionByteCount: UInt64 = 0,
        maximumByteCount: UInt64 = 0, settings: [TopicSetting] = []
    ) {
        self.name = name
        self.partitionCount = partitionCount
        self.durability = durability
        self.durabilityIntervalMilliseconds = durabilityIntervalMilliseconds
        self.retentionByteCount = retentionByteCount
        self.maximumByteCount = maximumByteCount
        self.settings = settings
    }

    package static var command: Command { .createTopic }

    package var encodedByteCount: Int {
        2 + name.utf8.count + 4 + 1 + 4 + 8 + 8 + settings.listByteCount
    }

    package static func decode(
        from reader: inout WireReader
    ) throws(WireError) -> CreateTopicRequest {
        CreateTopicRequest(
            name: try reader.readText(), partitionCount: try reader.readInteger(),
            durability: try decodeDurability(from: &reader),
            durabilityIntervalMilliseconds: try reader.readInteger(),
            retentionByteCount: try reader.readInteger(),
            maximumByteCount: try reader.readInteger(),
            settings: try reader.readSettings())
    }

    private static func decodeDurability(
        from reader: inout WireReader
    ) throws(WireError) -> TopicDurability? {
        let code: UInt8 = try reader.readInteger()
        guard code != defaultDurabilityCode else { return nil }
        guard let known = TopicDurability(rawValue: code) else {
            throw .unknownValue(UInt64(code))
        }
        return known
    }

    package func encode(into writer: inout WireWriter) throws(WireError) {
        try writer.write(text: name)
        try writer.write(partitionCount)
        try writer.write(durability?.rawValue ?? Self.defaultDurabilityCode)
        try writer.write(durabilityIntervalMilliseconds)
        try writer.write(retentionByteCount)
        try writer.write(maximumByteCount)
        try writer.write(settings: settings)
    }
}

/// `topicId u32`
package struct CreateTopicReply: ReplyPayload {
    /// The number by which SEND, FETCH and SUBSCRIBE name the topic.
    package var topicId: UInt32

    /// Makes a reply.
    package init(topicId: UInt32) { self.topicId = topicId }

    package var encodedByteCount: Int { 4 }

    package static func decode(
        from reader: inout WireReader
    ) throws(WireError) -> CreateTopicReply {
        CreateTopicReply(topicId: try reader.readInteger())
    }

    package func encode(into writer: inout WireWriter) throws(WireError) {
        try writer.write(topicId)
    }
}

/// Deletes a topic and its records. `name string`
package struct DeleteTopicRequest: RequestPayload {
    /// The topic's name.
    package var name: String

    /// Makes a request.
    package init(name: String) { self.name = name }

    package static var command: Command { .deleteTopic }

    package var encodedByteCount: Int { 2 + name.utf8.count }

    package static func decode(
        from reader: inout WireReader
    ) throws(WireError) -> DeleteTopicRequest {
        DeleteTopicRequest(name: try reader.readText())
    }

    package func encode(into writer: inout WireWriter) throws(WireError) {
        try writer.write(text: name)
    }
}

/// Answers DELETE_TOPIC.
package typealias DeleteTopicReply = EmptyReply

/// Asks for all topics' names. `includesInternal u8`
package struct ListTopicsRequest: RequestPayload {
    /// Whether the broker's own topics are named too.
    package var includesInternal: Bool

    /// Makes the request.
    package init(includesInternal: Bool = false) { self.includesInternal = includesInternal }

    package static var command: Command { .listTopics }

    package var encodedByteCount: Int { 1 }

    package static func decode(
        from reader: inout WireReader
    ) throws(WireError) -> ListTopicsRequest {
        let flag: UInt8 = try reader.readInteger()
        guard flag <= 1 else { throw .unknownValue(UInt64(flag)) }
        return ListTopicsRequest(includesInternal: flag == 1)
    }

    package func encode(into writer: inout WireWriter) throws(WireError) {
        try writer.write(UInt8(includesInternal ? 1 : 0))
    }
}

/// `count u32 | name string ...`
package struct ListTopicsReply: ReplyPayload {
    /// The topics' names.
    package var names: [String]

    /// Makes a reply.
    package init(names: [String]) { self.names = names }

    package var encodedByteCount: Int { names.reduce(4) { $0 + 2 + $1.utf8.count } }

    package static func decode(
        from reader: inout WireReader
    ) throws(WireError) -> ListTopicsReply {
        let count = try reader.readCount(
            limit: WireLimits.topicsPerListMax, elementByteCountMin: 2)
        var names: [String] = []
        names.reserveCapacity(count)
        for _ in 0..<count {
            names.append(try reader.readText(limit: WireLimits.topicNameByteCountMax))
        }
        return ListTopicsReply(names: names)
    }

    package func encode(into writer: inout WireWriter) throws(WireError) {
        try writer.write(count: names.count, limit: WireLimits.topicsPerListMax)
        for name in names {
            try writer.write(text: name, limit: WireLimits.topicNameByteCountMax)
        }
    }
}

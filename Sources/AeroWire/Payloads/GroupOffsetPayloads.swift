// COMMIT_OFFSETS and FETCH_OFFSETS: how far a group has got.

/// An offset to store.
///
/// `topicId u32 | partition u32 | offset i64 | metadata string`
package struct OffsetCommit: Hashable, Sendable {
    /// The least bytes on the wire.
    static let encodedByteCountMin = 18

    /// The topic's number.
    package var topicId: UInt32
    /// The partition, from 0.
    package var partition: UInt32
    /// The first offset that is not worked off; >= 0.
    package var offset: Int64
    /// The consumer's own note; may be empty.
    package var metadata: String

    /// Makes a commit from its fields.
    package init(topicId: UInt32, partition: UInt32, offset: Int64, metadata: String = "") {
        self.topicId = topicId
        self.partition = partition
        self.offset = offset
        self.metadata = metadata
    }
}

/// Stores offsets of a group, answered once they are as durable as the group's log promises.
///
/// A member commits what is assigned to it. A tool, which names no member, may commit only
/// while the group has none.
///
/// `group string | memberId string | generation i32 | count u32 | OffsetCommit ...`
package struct CommitOffsetsRequest: RequestPayload {
    /// The group's name.
    package var group: String
    /// The member's id; empty for a tool.
    package var memberId: String
    /// The member's generation; -1 for a tool.
    package var generation: Int32
    /// What to store.
    package var offsets: [OffsetCommit]

    /// Makes a request from its fields.
    package init(
        group: String, memberId: String = "", generation: Int32 = -1, offsets: [OffsetCommit]
    ) {
        self.group = group
        self.memberId = memberId
        self.generation = generation
        self.offsets = offsets
    }

    package static var command: Command { .commitOffsets }

    package var encodedByteCount: Int {
        offsets.reduce(2 + group.utf8.count + 2 + memberId.utf8.count + 4 + 4) {
            $0 + OffsetCommit.encodedByteCountMin + $1.metadata.utf8.count
        }
    }

    package static func decode(
        from reader: inout WireReader
    ) throws(WireError) -> CommitOffsetsRequest {
        var request = CommitOffsetsRequest(
            group: try reader.readText(limit: WireLimits.groupNameByteCountMax),
            memberId: try reader.readText(limit: WireLimits.memberIdByteCountMax),
            generation: try reader.readInteger(), offsets: [])
        let count = try reader.readCount(
            limit: WireLimits.offsetsPerFrameMax,
            elementByteCountMin: OffsetCommit.encodedByteCountMin)
        request.offsets.reserveCapacity(count)
        for _ in 0..<count {
            request.offsets.append(
                OffsetCommit(
                    topicId: try reader.readInteger(), partition: try reader.readInteger(),
                    offset: try reader.readInteger(),
                    metadata: try reader.readText(limit: WireLimits.offsetMetadataByteCountMax)))
        }
        return request
    }

    package func encode(into writer: inout WireWriter) throws(WireError) {
        try writer.write(text: group, limit: WireLimits.groupNameByteCountMax)
        try writer.write(text: memberId, limit: WireLimits.memberIdByteCountMax)
        try writer.write(generation)
        try writer.write(count: offsets.count, limit: WireLimits.offsetsPerFrameMax)
        for offset in offsets {
            try writer.write(offset.topicId)
            try writer.write(offset.partition)
            try writer.write(offset.offset)
            try writer.write(
                text: offset.metadata, limit: WireLimits.offsetMetadataByteCountMax)
        }
    }
}

/// What became of each offset, in the order of the request. `count u32 | code u16 ...`
package struct CommitOffsetsReply: ReplyPayload {
    /// One code an offset as it stands on the wire; 0 for stored.
    package var rawCodes: [UInt16]

    /// Makes a reply.
    package init(codes: [ErrorCode]) { rawCodes = codes.map(\.rawValue) }

    /// One code an offset; `.unrecognized` for those that this version does not know.
    package var codes: [ErrorCode] {
        rawCodes.map { ErrorCode(rawValue: $0) ?? .unrecognized }
    }

    package var encodedByteCount: Int { 4 + 2 * rawCodes.count }

    package static func decode(
        from reader: inout WireReader
    ) throws(WireError) -> CommitOffsetsReply {
        let count = try reader.readCount(
            limit: WireLimits.offsetsPerFrameMax, elementByteCountMin: 2)
        var reply = CommitOffsetsReply(codes: [])
        reply.rawCodes.reserveCapacity(count)
        for _ in 0..<count { reply.rawCodes.append(try reader.readInteger()) }
        return reply
    }

    package func encode(into writer: inout WireWriter) throws(WireError) {
        try writer.write(count: rawCodes.count, limit: WireLimits.offsetsPerFrameMax)
        for code in rawCodes { try writer.write(code) }
    }
}

/// One partition that FETCH_OFFSETS asks for. `topicId u32 | partition u32`
package struct TopicPartition: Hashable, Comparable, Sendable {
    /// Bytes on the wire.
    static let encodedByteCount = 8

    /// The topic's number.
    package var topicId: UInt32
    /// The partition, from 0.
    package var partition: UInt32

    /// Names a partition.
    package init(topicId: UInt32, partition: UInt32) {
        self.topicId = topicId
        self.partition = partition
    }

    package static func < (left: TopicPartition, right: TopicPartition) -> Bool {
        (left.topicId, left.partition) < (right.topicId, right.partition)
    }
}

/// Asks how far a group has got.
///
/// `group string | count u32 | TopicPartition ...`
package struct FetchOffsetsRequest: RequestPayload {
    /// The group's name.
    package var group: String
    /// The partitions asked for; empty for all that the group has an offset of.
    package var partitions: [TopicPartition]

    /// Makes a request.
    package init(group: String, partitions: [TopicPartition] = []) {
        self.group = group
        self.partitions = partitions
    }

    package static var command: Command { .fetchOffsets }

    package var encodedByteCount: Int {
        2 + group.utf8.count + 4 + TopicPartition.encodedByteCount * partitions.count
    }

    package static func decode(
        from reader: inout WireReader
    ) throws(WireError) -> FetchOffsetsRequest {
        var request = FetchOffsetsRequest(
            group: try reader.readText(limit: WireLimits.groupNameByteCountMax))
        let count = try reader.readCount(
            limit: WireLimits.offsetsPerFrameMax,
            elementByteCountMin: TopicPartition.encodedByteCount)
        request.partitions.reserveCapacity(count)
        for _ in 0..<count {
            request.partitions.append(
                TopicPartition(
                    topicId: try reader.readInteger(), partition: try reader.readInteger()))
        }
        return request
    }

    package func encode(into writer: inout WireWriter) throws(WireError) {
        try writer.write(text: group, limit: WireLimits.groupNameByteCountMax)
        try writer.write(count: partitions.count, limit: WireLimits.offsetsPerFrameMax)
        for partition in partitions {
            try writer.write(partition.topicId)
            try writer.write(partition.partition)
        }
    }
}

/// An offset that a group has committed.
///
/// `topicId u32 | partition u32 | offset i64 | timestampMilliseconds i64 | metadata string`
package struct CommittedOffset: Hashable, Sendable {
    /// The least bytes on the wire.
    static let encodedByteCountMin = 26

    /// The topic's number.
    package var topicId: UInt32
    /// The partition, from 0.
    package var partition: UInt32
    /// The first offset that is not worked off.
    package var offset: Int64
    /// When it was committed, in milliseconds since 1970.
    package var timestampMilliseconds: Int64
    /// The consumer's own note; may be empty.
    package var metadata: String

    /// Makes an offset from its fields.
    package init(
        topicId: UInt32, partition: UInt32, offset: Int64, timestampMilliseconds: Int64,
        metadata: String
    ) {
        self.topicId = topicId
        self.partition = partition
        self.offset = offset
        self.timestampMilliseconds = timestampMilliseconds
        self.metadata = metadata
    }
}

/// Offsets of those partitions that have one, by topic and partition.
///
/// `count u32 | CommittedOffset ...`
package struct FetchOffsetsReply: ReplyPayload {
    /// The offsets; what was asked for and is not here has never been committed.
    package var offsets: [CommittedOffset]

    /// Makes a reply.
    package init(offsets: [CommittedOffset]) { self.offsets = offsets }

    package var encodedByteCount: Int {
        offsets.reduce(4) { $0 + CommittedOffset.encodedByteCountMin + $1.metadata.utf8.count }
    }

    package static func decode(
        from reader: inout WireReader
    ) throws(WireError) -> FetchOffsetsReply {
        let count = try reader.readCount(
            limit: WireLimits.offsetsPerFrameMax,
            elementByteCountMin: CommittedOffset.encodedByteCountMin)
        var offsets: [CommittedOffset] = []
        offsets.reserveCapacity(count)
        for _ in 0..<count {
            offsets.append(
                CommittedOffset(
                    topicId: try reader.readInteger(), partition: try reader.readInteger(),
                    offset: try reader.readInteger(),
                    timestampMilliseconds: try reader.readInteger(),
                    metadata: try reader.readText(limit: WireLimits.offsetMetadataByteCountMax)))
        }
        return FetchOffsetsReply(offsets: offsets)
    }

    package func encode(into writer: inout WireWriter) throws(WireError) {
        try writer.write(count: offsets.count, limit: WireLimits.offsetsPerFrameMax)
        for offset in offsets {
            try writer.write(offset.topicId)
            try writer.write(offset.partition)
            try writer.write(offset.offset)
            try writer.write(offset.timestampMilliseconds)
            try writer.write(
                text: offset.metadata, limit: WireLimits.offsetMetadataByteCountMax)
        }
    }
}

// LIST_OFFSETS, FIND_OFFSET and DELETE_RECORDS: the ends of a log, and places in it.

/// `topicId u32 | partition u32`
package struct ListOffsetsRequest: RequestPayload {
    /// The topic's number.
    package var topicId: UInt32
    /// The partition, from 0.
    package var partition: UInt32

    /// Makes a request.
    @inlinable
    package init(topicId: UInt32, partition: UInt32) {
        self.topicId = topicId
        self.partition = partition
    }

    @inlinable
    package static var command: Command { .listOffsets }

    @inlinable
    package var encodedByteCount: Int { 8 }

    @inlinable
    package static func decode(
        from reader: inout WireReader
    ) throws(WireError) -> ListOffsetsRequest {
        ListOffsetsRequest(topicId: try reader.readInteger(), partition: try reader.readInteger())
    }

    @inlinable
    package func encode(into writer: inout WireWriter) throws(WireError) {
        try writer.write(topicId)
        try writer.write(partition)
    }
}

/// `logStartOffset i64 | highWatermark i64`
package struct ListOffsetsReply: ReplyPayload {
    /// The first offset that the partition still has.
    package var logStartOffset: Int64
    /// The offset that the next record to become readable will have.
    package var highWatermark: Int64

    /// Makes a reply.
    @inlinable
    package init(logStartOffset: Int64, highWatermark: Int64) {
        self.logStartOffset = logStartOffset
        self.highWatermark = highWatermark
    }

    @inlinable
    package var encodedByteCount: Int { 16 }

    @inlinable
    package static func decode(
        from reader: inout WireReader
    ) throws(WireError) -> ListOffsetsReply {
        ListOffsetsReply(
            logStartOffset: try reader.readInteger(), highWatermark: try reader.readInteger())
    }

    @inlinable
    package func encode(into writer: inout WireWriter) throws(WireError) {
        try writer.write(logStartOffset)
        try writer.write(highWatermark)
    }
}

/// Asks for the first record at or after a time. `topicId u32 | partition u32 | timestamp i64`
package struct FindOffsetRequest: RequestPayload {
    /// The topic's number.
    package var topicId: UInt32
    /// The partition, from 0.
    package var partition: UInt32
    /// Milliseconds since 1970-01-01 UTC.
    package var timestampMilliseconds: Int64

    /// Makes a request.
    package init(topicId: UInt32, partition: UInt32, timestampMilliseconds: Int64) {
        self.topicId = topicId
        self.partition = partition
        self.timestampMilliseconds = timestampMilliseconds
    }

    package static var command: Command { .findOffset }

    package var encodedByteCount: Int { 16 }

    package static func decode(
        from reader: inout WireReader
    ) throws(WireError) -> FindOffsetRequest {
        FindOffsetRequest(
            topicId: try reader.readInteger(), partition: try reader.readInteger(),
            timestampMilliseconds: try reader.readInteger())
    }

    package func encode(into writer: inout WireWriter) throws(WireError) {
        try writer.write(topicId)
        try writer.write(partition)
        try writer.write(timestampMilliseconds)
    }
}

/// `offset i64`
package struct FindOffsetReply: ReplyPayload {
    /// The offset of the first batch whose latest record is not older than the time asked for;
    /// the high watermark when there is none.
    package var offset: Int64

    /// Makes a reply.
    package init(offset: Int64) { self.offset = offset }

    package var encodedByteCount: Int { 8 }

    package static func decode(
        from reader: inout WireReader
    ) throws(WireError) -> FindOffsetReply {
        FindOffsetReply(offset: try reader.readInteger())
    }

    package func encode(into writer: inout WireWriter) throws(WireError) {
        try writer.write(offset)
    }
}

/// Deletes what lies below an offset. `topicId u32 | partition u32 | offset i64`
package struct DeleteRecordsRequest: RequestPayload {
    /// The topic's number.
    package var topicId: UInt32
    /// The partition, from 0.
    package var partition: UInt32
    /// The first offset to keep; -1 for the high watermark.
    package var offset: Int64

    /// Makes a request.
    package init(topicId: UInt32, partition: UInt32, offset: Int64) {
        self.topicId = topicId
        self.partition = partition
        self.offset = offset
    }

    package static var command: Command { .deleteRecords }

    package var encodedByteCount: Int { 16 }

    package static func decode(
        from reader: inout WireReader
    ) throws(WireError) -> DeleteRecordsRequest {
        DeleteRecordsRequest(
            topicId: try reader.readInteger(), partition: try reader.readInteger(),
            offset: try reader.readInteger())
    }

    package func encode(into writer: inout WireWriter) throws(WireError) {
        try writer.write(topicId)
        try writer.write(partition)
        try writer.write(offset)
    }
}

/// `logStartOffset i64`
package struct DeleteRecordsReply: ReplyPayload {
    /// The first offset that the partition still has.
    package var logStartOffset: Int64

    /// Makes a reply.
    package init(logStartOffset: Int64) { self.logStartOffset = logStartOffset }

    package var encodedByteCount: Int { 8 }

    package static func decode(
        from reader: inout WireReader
    ) throws(WireError) -> DeleteRecordsReply {
        DeleteRecordsReply(logStartOffset: try reader.readInteger())
    }

    package func encode(into writer: inout WireWriter) throws(WireError) {
        try writer.write(logStartOffset)
    }
}

// LIST_OFFSETS: the two ends of a partition's log.

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

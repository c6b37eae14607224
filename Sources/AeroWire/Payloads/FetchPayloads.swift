// FETCH: whole batches from an offset on, waiting for them if asked to.

/// Asks for batches.
///
/// `topicId u32 | partition u32 | offset i64 | minByteCount u32 | maxByteCount u32 |
/// maxWaitMilliseconds u32`
package struct FetchRequest: RequestPayload {
    /// The topic's number.
    package var topicId: UInt32
    /// The partition, from 0.
    package var partition: UInt32
    /// The first offset wanted; the reply starts with the batch that holds it.
    package var offset: Int64
    /// The reply waits until this many bytes are there, or `maxWaitMilliseconds` are over.
    package var minByteCount: UInt32
    /// The most bytes of batches, except that the first batch always comes whole.
    package var maxByteCount: UInt32
    /// How long the reply may wait; 0 not at all.
    package var maxWaitMilliseconds: UInt32

    /// Makes a request from its fields.
    @inlinable
    package init(
        topicId: UInt32, partition: UInt32, offset: Int64, minByteCount: UInt32,
        maxByteCount: UInt32, maxWaitMilliseconds: UInt32
    ) {
        self.topicId = topicId
        self.partition = partition
        self.offset = offset
        self.minByteCount = minByteCount
        self.maxByteCount = maxByteCount
        self.maxWaitMilliseconds = maxWaitMilliseconds
    }

    @inlinable
    package static var command: Command { .fetch }

    @inlinable
    package var encodedByteCount: Int { 28 }

    @inlinable
    package static func decode(from reader: inout WireReader) throws(WireError) -> FetchRequest {
        FetchRequest(
            topicId: try reader.readInteger(), partition: try reader.readInteger(),
            offset: try reader.readInteger(), minByteCount: try reader.readInteger(),
            maxByteCount: try reader.readInteger(), maxWaitMilliseconds: try reader.readInteger())
    }

    @inlinable
    package func encode(into writer: inout WireWriter) throws(WireError) {
        try writer.write(topicId)
        try writer.write(partition)
        try writer.write(offset)
        try writer.write(minByteCount)
        try writer.write(maxByteCount)
        try writer.write(maxWaitMilliseconds)
    }
}

/// The batches found.
///
/// | Bytes of payload | Field |
/// |---|---|
/// | 0..<2 | code u16, 0 |
/// | 2..<10 | logStartOffset i64 |
/// | 10..<18 | highWatermark i64 |
/// | 18... | whole record batches, none to many |
///
/// Encode with `encodePrefix` in front of the batches, which may stand elsewhere; plain `encode`
/// writes the fixed fields alone.
package struct FetchReply: ReplyPayload {
    /// Bytes in front of the batches in a payload.
    package static let fixedByteCount = 18
    /// Bytes in front of the batches in a frame: header, code and fixed part.
    package static let prefixByteCount = WireLimits.frameHeaderByteCount + fixedByteCount

    /// The first offset that the partition still has.
    package var logStartOffset: Int64
    /// The offset that the next record to become readable will have.
    package var highWatermark: Int64
    /// Where the batches stand in the bytes decoded. In encoding only its count matters.
    package var batches: Range<Int>

    /// Makes a reply from its fields.
    @inlinable
    package init(logStartOffset: Int64, highWatermark: Int64, batches: Range<Int> = 0..<0) {
        self.logStartOffset = logStartOffset
        self.highWatermark = highWatermark
        self.batches = batches
    }

    /// Writes frame header, code 0 and fixed part at `position`; `batches.count` bytes of batches
    /// stand, or are sent, right behind.
    ///
    /// - Throws: `.full`; `.frameTooLarge` above the ceiling.
    @inlinable
    package func encodePrefix(
        replyingTo requestId: UInt64, into buffer: UnsafeMutableRawBufferPointer,
        at position: Int = 0
    ) throws(WireError) {
        var frame = try FrameBuilder(into: buffer, at: position)
        try frame.payload.write(ErrorCode.ok.rawValue)
        try encode(into: &frame.payload)
        _ = try frame.finish(
            commandCode: Command.fetch.replyCode, requestId: requestId,
            trailingByteCount: batches.count)
    }

    @inlinable
    package var encodedByteCount: Int { 16 }

    @inlinable
    package static func decode(from reader: inout WireReader) throws(WireError) -> FetchReply {
        FetchReply(
            logStartOffset: try reader.readInteger(), highWatermark: try reader.readInteger(),
            batches: reader.readRemaining())
    }

    @inlinable
    package func encode(into writer: inout WireWriter) throws(WireError) {
        try writer.write(logStartOffset)
        try writer.write(highWatermark)
    }
}

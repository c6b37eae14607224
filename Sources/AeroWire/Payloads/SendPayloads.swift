// SEND: one record batch for one partition, built in place behind the request's prefix.

/// What has to have happened before SEND is answered.
package enum RequiredAcks: UInt8, CaseIterable, Sendable {
    /// No reply is sent at all.
    case none = 0
    /// The partition's leader has kept the batch as the topic's durability says.
    case leader = 1
    /// So have all in-sync replicas.
    case all = 255
}

/// Appends one record batch.
///
/// | Bytes of payload | Field |
/// |---|---|
/// | 0..<4 | topicId u32 |
/// | 4..<8 | partition u32 |
/// | 8..<9 | acks u8 |
/// | 9..<10 | flags u8, 0 |
/// | 10..<14 | timeoutMilliseconds u32 |
/// | 14... | one record batch v2 |
///
/// A producer builds the batch at `prefixByteCount` of its buffer and then calls `encodePrefix`:
/// the frame is whole without a byte of the batch having moved.
package struct SendRequest: Equatable, Sendable {
    /// Bytes in front of the batch in a payload.
    package static let fixedByteCount = 14
    /// Bytes in front of the batch in a frame: header and fixed part.
    package static let prefixByteCount = WireLimits.frameHeaderByteCount + fixedByteCount

    /// The topic, as CREATE_TOPIC and DESCRIBE_TOPIC number it.
    package var topicId: UInt32
    /// The partition, from 0.
    package var partition: UInt32
    /// When to answer.
    package var acks: RequiredAcks
    /// No flag is assigned yet; 0.
    package var flags: UInt8
    /// How long the broker may take; 0 for the broker's default.
    package var timeoutMilliseconds: UInt32
    /// Where the batch stands in the bytes decoded. In encoding only its count matters.
    package var batch: Range<Int>

    /// Makes a request from its fields.
    @inlinable
    package init(
        topicId: UInt32, partition: UInt32, acks: RequiredAcks, flags: UInt8 = 0,
        timeoutMilliseconds: UInt32, batch: Range<Int>
    ) {
        self.topicId = topicId
        self.partition = partition
        self.acks = acks
        self.flags = flags
        self.timeoutMilliseconds = timeoutMilliseconds
        self.batch = batch
    }

    /// Reads the payload in `range` of `bytes`. The batch is not looked at: validate it next.
    ///
    /// - Throws: `.truncated`; `.unknownValue` for acks or flags.
    @inlinable
    package static func decode(
        in bytes: UnsafeRawBufferPointer, range: Range<Int>
    ) throws(WireError) -> SendRequest {
        var reader = WireReader(bytes, in: range)
        let request = SendRequest(
            topicId: try reader.readInteger(), partition: try reader.readInteger(),
            acks: try reader.readEnumeration(), flags: try reader.readInteger(),
            timeoutMilliseconds: try reader.readInteger(), batch: reader.readRemaining())
        guard request.flags == 0 else { throw .unknownValue(UInt64(request.flags)) }
        return request
    }

    /// Writes frame header and fixed part at `position`; the batch of `batch.count` bytes stands,
    /// or is sent, right behind.
    ///
    /// - Throws: `.full`; `.frameTooLarge` above the ceiling.
    @inlinable
    package func encodePrefix(
        requestId: UInt64, into buffer: UnsafeMutableRawBufferPointer, at position: Int = 0
    ) throws(WireError) {
        var frame = try FrameBuilder(into: buffer, at: position)
        try frame.payload.write(topicId)
        try frame.payload.write(partition)
        try frame.payload.write(acks.rawValue)
        try frame.payload.write(flags)
        try frame.payload.write(timeoutMilliseconds)
        _ = try frame.finish(
            commandCode: Command.send.rawValue, requestId: requestId,
            trailingByteCount: batch.count)
    }
}

/// `baseOffset i64`
package struct SendReply: ReplyPayload {
    /// The offset given to the batch's first record.
    package var baseOffset: Int64

    /// Makes a reply.
    @inlinable
    package init(baseOffset: Int64) { self.baseOffset = baseOffset }

    @inlinable
    package var encodedByteCount: Int { 8 }

    @inlinable
    package static func decode(from reader: inout WireReader) throws(WireError) -> SendReply {
        SendReply(baseOffset: try reader.readInteger())
    }

    @inlinable
    package func encode(into writer: inout WireWriter) throws(WireError) {
        try writer.write(baseOffset)
    }
}

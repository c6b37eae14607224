// MARK_SEND and STAGE_TIMES: when a batch passed from one part of its way to the next.

/// Optional parts of the protocol, one bit each in the `features` of CONNECT and of its answer.
///
/// A client names what it would use, the broker answers with what both have: one that does not
/// know a feature leaves its bit out, and the client can say so.
package enum ProtocolFeatures {
    /// MARK_SEND goes in front of the client's batches, STAGE_TIMES in front of its deliveries.
    package static let stageTimes: UInt64 = 1
    /// Everything that this build has.
    package static let all: UInt64 = stageTimes
}

/// Tells when what follows on the connection was handed to the kernel. One-way.
///
/// Holds for every SEND behind it up to the next mark. Times are of the machine's monotonic clock,
/// which all its processes share; between two machines they mean nothing.
///
/// `sentNanoseconds i64`
package struct MarkSendRequest: RequestPayload {
    /// When the client gave the bytes to the kernel.
    package var sentNanoseconds: Int64

    /// Makes a mark.
    @inlinable
    package init(sentNanoseconds: Int64) { self.sentNanoseconds = sentNanoseconds }

    @inlinable
    package static var command: Command { .markSend }

    @inlinable
    package var encodedByteCount: Int { 8 }

    @inlinable
    package static func decode(from reader: inout WireReader) throws(WireError) -> MarkSendRequest {
        MarkSendRequest(sentNanoseconds: try reader.readInteger())
    }

    @inlinable
    package func encode(into writer: inout WireWriter) throws(WireError) {
        try writer.write(sentNanoseconds)
    }
}

/// The times of one batch, in front of the DELIVER that carries it; the frame's request id is the
/// subscription id. Takes no credit.
///
/// `baseOffset i64 | sentNanoseconds i64 | receivedNanoseconds i64 | appendedNanoseconds i64 |
/// durableNanoseconds i64 | dispatchedNanoseconds i64`
package struct StageTimesPush: RequestPayload {
    /// The offset of the batch's first record.
    package var baseOffset: Int64
    /// When its producer handed it to the kernel.
    package var sentNanoseconds: Int64
    /// When the broker had its last byte.
    package var receivedNanoseconds: Int64
    /// When it stood in the partition's log, in memory.
    package var appendedNanoseconds: Int64
    /// When it was as durable as its topic promises, and consumers might have it.
    package var durableNanoseconds: Int64
    /// When it was put into the connection's output.
    package var dispatchedNanoseconds: Int64

    /// Makes a push from its fields.
    @inlinable
    package init(
        baseOffset: Int64, sentNanoseconds: Int64, receivedNanoseconds: Int64,
        appendedNanoseconds: Int64, durableNanoseconds: Int64, dispatchedNanoseconds: Int64
    ) {
        self.baseOffset = baseOffset
        self.sentNanoseconds = sentNanoseconds
        self.receivedNanoseconds = receivedNanoseconds
        self.appendedNanoseconds = appendedNanoseconds
        self.durableNanoseconds = durableNanoseconds
        self.dispatchedNanoseconds = dispatchedNanoseconds
    }

    @inlinable
    package static var command: Command { .stageTimes }

    @inlinable
    package var encodedByteCount: Int { 48 }

    @inlinable
    package static func decode(from reader: inout WireReader) throws(WireError) -> StageTimesPush {
        StageTimesPush(
            baseOffset: try reader.readInteger(), sentNanoseconds: try reader.readInteger(),
            receivedNanoseconds: try reader.readInteger(),
            appendedNanoseconds: try reader.readInteger(),
            durableNanoseconds: try reader.readInteger(),
            dispatchedNanoseconds: try reader.readInteger())
    }

    @inlinable
    package func encode(into writer: inout WireWriter) throws(WireError) {
        try writer.write(baseOffset)
        try writer.write(sentNanoseconds)
        try writer.write(receivedNanoseconds)
        try writer.write(appendedNanoseconds)
        try writer.write(durableNanoseconds)
        try writer.write(dispatchedNanoseconds)
    }
}

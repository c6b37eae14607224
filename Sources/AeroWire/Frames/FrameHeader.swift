// The fourteen bytes in front of every payload.

/// The header of a frame.
///
/// | Bytes | Field | Meaning |
/// |---|---|---|
/// | 0..<4 | length u32 | bytes that follow this field: 10 + payload |
/// | 4..<6 | command u16 | a ``Command``, with 0x8000 set in a reply |
/// | 6..<14 | requestId u64 | chosen by the requester; in DELIVER the subscription id |
package struct FrameHeader: Equatable, Sendable {
    /// The command as it stands on the wire, reply bit included; may be unknown.
    package var commandCode: UInt16
    /// The requester's id, repeated in the reply.
    package var requestId: UInt64
    /// Bytes behind the header.
    package var payloadByteCount: Int

    /// Makes a header from its fields.
    @inlinable
    package init(commandCode: UInt16, requestId: UInt64, payloadByteCount: Int) {
        self.commandCode = commandCode
        self.requestId = requestId
        self.payloadByteCount = payloadByteCount
    }

    /// The command, reply bit aside, or `nil` when this version does not know it.
    @inlinable
    package var command: Command? { Command(rawValue: commandCode & ~Command.replyBit) }

    /// Whether the frame answers a request.
    @inlinable
    package var isReply: Bool { commandCode & Command.replyBit != 0 }

    /// The code that a reply to this request carries, also when the command is unknown.
    @inlinable
    package var replyCode: UInt16 { commandCode | Command.replyBit }

    /// Bytes of the whole frame.
    @inlinable
    package var frameByteCount: Int { WireLimits.frameHeaderByteCount + payloadByteCount }

    /// Writes the header at an index of `buffer`.
    ///
    /// - Precondition: `payloadByteCount` is within 0 and `WireLimits.frameByteCountMaxCeiling`.
    /// - Throws: `.full` when fewer than 14 bytes are there.
    @inlinable
    package func encode(
        into buffer: UnsafeMutableRawBufferPointer, at position: Int = 0
    ) throws(WireError) {
        precondition(
            payloadByteCount >= 0 && payloadByteCount <= WireLimits.frameByteCountMaxCeiling,
            "payload size outside the format")
        var writer = WireWriter(buffer, at: position)
        try writer.write(UInt32(WireLimits.frameLengthMin + payloadByteCount))
        try writer.write(commandCode)
        try writer.write(requestId)
    }
}

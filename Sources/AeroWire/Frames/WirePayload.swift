// What every payload can do, and what follows from it for whole frames.

/// The fields of a frame behind its header.
package protocol WirePayload: Equatable, Sendable {
    /// Bytes that `encode` writes.
    var encodedByteCount: Int { get }

    /// Reads the fields; ranges of variable parts index the reader's bytes.
    static func decode(from reader: inout WireReader) throws(WireError) -> Self

    /// Writes the fields.
    ///
    /// - Throws: `.full`, or `.fieldTooLong` for a field above its limit.
    func encode(into writer: inout WireWriter) throws(WireError)
}

/// A payload that a client sends, or DELIVER.
package protocol RequestPayload: WirePayload {
    /// The command whose frames carry this payload.
    static var command: Command { get }
}

/// The payload of a successful reply, without the code in front of it.
package protocol ReplyPayload: WirePayload {}

extension WirePayload {
    /// Reads a payload that must fill `range` of `bytes`.
    ///
    /// - Throws: What the fields throw, and `.trailingBytes`.
    @inlinable
    package static func decode(
        in bytes: UnsafeRawBufferPointer, range: Range<Int>
    ) throws(WireError) -> Self {
        var reader = WireReader(bytes, in: range)
        let payload = try decode(from: &reader)
        try reader.expectEnd()
        return payload
    }
}

extension RequestPayload {
    /// Bytes of the whole frame.
    @inlinable
    package var frameByteCount: Int { WireLimits.frameHeaderByteCount + encodedByteCount }

    /// Writes header and payload at an index of `buffer`.
    ///
    /// - Returns: The range of the frame's bytes in the buffer.
    /// - Throws: `.full`, `.fieldTooLong`.
    @inlinable
    @discardableResult
    package func encodeFrame(
        requestId: UInt64, into buffer: UnsafeMutableRawBufferPointer, at position: Int = 0
    ) throws(WireError) -> Range<Int> {
        var frame = try FrameBuilder(into: buffer, at: position)
        try encode(into: &frame.payload)
        return try frame.finish(commandCode: Self.command.rawValue, requestId: requestId)
    }

    /// The whole frame in memory of its own. For the control plane.
    package func frameBytes(requestId: UInt64) throws(WireError) -> [UInt8] {
        try makeFrameBytes(byteCount: frameByteCount) { (buffer) throws(WireError) in
            try encodeFrame(requestId: requestId, into: buffer)
        }
    }
}

/// Makes an array of `byteCount` bytes that `fill` writes.
func makeFrameBytes(
    byteCount: Int,
    _ fill: (UnsafeMutableRawBufferPointer) throws(WireError) -> Range<Int>
) throws(WireError) -> [UInt8] {
    var failure: WireError?
    // SAFETY: the count becomes non-zero only when `fill` has written that many bytes.
    let bytes = [UInt8](unsafeUninitializedCapacity: byteCount) { memory, count in
        do throws(WireError) {
            count = try fill(UnsafeMutableRawBufferPointer(memory)).upperBound
        } catch {
            failure = error
        }
    }
    if let failure { throw failure }
    return bytes
}

// Writes a payload first and its header afterwards, when the length is known.

/// A frame under construction in borrowed memory: header room, then the payload as it is written.
///
/// Write fields with `payload`, then call `finish`. Nothing is allocated.
package struct FrameBuilder {
    /// Where the frame starts in the buffer.
    package let start: Int
    /// Writes the payload, from behind the header on.
    package var payload: WireWriter

    /// Leaves room for a header at an index of `buffer`.
    ///
    /// - Throws: `.full` when not even a header fits.
    @inlinable
    package init(
        into buffer: UnsafeMutableRawBufferPointer, at position: Int = 0
    ) throws(WireError) {
        start = position
        payload = WireWriter(buffer, at: position)
        _ = try payload.reserve(WireLimits.frameHeaderByteCount)
    }

    /// Writes the header, now that the payload's length is known.
    ///
    /// - Parameter trailingByteCount: Payload bytes that will be sent right behind from elsewhere.
    /// - Returns: The range of the frame's bytes in the buffer.
    /// - Throws: `.frameTooLarge` above the ceiling.
    @inlinable
    package func finish(
        commandCode: UInt16, requestId: UInt64, trailingByteCount: Int = 0
    ) throws(WireError) -> Range<Int> {
        let byteCount = payload.position - start + trailingByteCount
        guard byteCount <= WireLimits.frameByteCountMaxCeiling else {
            throw .frameTooLarge(byteCount: byteCount, limit: WireLimits.frameByteCountMaxCeiling)
        }
        let header = FrameHeader(
            commandCode: commandCode, requestId: requestId,
            payloadByteCount: byteCount - WireLimits.frameHeaderByteCount)
        try header.encode(into: payload.buffer, at: start)
        return start..<payload.position
    }
}

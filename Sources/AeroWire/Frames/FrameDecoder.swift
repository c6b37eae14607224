// Finds frames in a stream of bytes.

/// What stands at a position of the stream.
package enum FrameParse: Equatable, Sendable {
    /// A whole frame; `payload` indexes the bytes given, and ends where the next frame starts.
    case frame(FrameHeader, payload: Range<Int>)
    /// Not a whole frame yet. It takes this many bytes from its start, or, when even the length is
    /// unknown, at least this many.
    case needMoreBytes(Int)
}

/// Cuts a stream into frames without copying or allocating.
package enum FrameDecoder {
    /// Looks for a frame at `position`.
    ///
    /// A bad length is found as soon as its four bytes are there, so a peer cannot make the caller
    /// wait for, or make room for, a frame that would be refused.
    ///
    /// - Parameters:
    ///   - bytes: What has been received and not consumed yet.
    ///   - position: Where the frame starts; 0...bytes.count.
    ///   - limit: The most bytes of a whole frame, header included.
    /// - Throws: `.frameTooShort` or `.frameTooLarge`; the stream is out of step from there on.
    @inlinable
    package static func next(
        in bytes: UnsafeRawBufferPointer, at position: Int = 0,
        limit: Int = WireLimits.frameByteCountMaxDefault
    ) throws(WireError) -> FrameParse {
        precondition(position >= 0 && position <= bytes.count, "position outside the bytes")
        let available = bytes.count - position
        guard available >= WireLimits.frameLengthFieldByteCount else {
            return .needMoreBytes(WireLimits.frameHeaderByteCount)
        }
        let length = Int(
            UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self)))
        guard length >= WireLimits.frameLengthMin else { throw .frameTooShort(length: length) }
        let byteCount = length + WireLimits.frameLengthFieldByteCount
        guard byteCount <= limit else { throw .frameTooLarge(byteCount: byteCount, limit: limit) }
        guard available >= byteCount else { return .needMoreBytes(byteCount) }
        let header = header(in: bytes, at: position, length: length)
        let payloadStart = position + WireLimits.frameHeaderByteCount
        return .frame(header, payload: payloadStart..<position + byteCount)
    }

    /// Reads a header alone, so that a frame that is refused for its length can still be answered.
    ///
    /// - Returns: `nil` when fewer than 14 bytes are there or the length field is below 10.
    @inlinable
    package static func header(
        in bytes: UnsafeRawBufferPointer, at position: Int = 0
    ) -> FrameHeader? {
        precondition(position >= 0 && position <= bytes.count, "position outside the bytes")
        guard bytes.count - position >= WireLimits.frameHeaderByteCount else { return nil }
        let length = Int(
            UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self)))
        guard length >= WireLimits.frameLengthMin else { return nil }
        return header(in: bytes, at: position, length: length)
    }

    @inlinable
    static func header(
        in bytes: UnsafeRawBufferPointer, at position: Int, length: Int
    ) -> FrameHeader {
        let command = bytes.loadUnaligned(fromByteOffset: position + 4, as: UInt16.self)
        let requestId = bytes.loadUnaligned(fromByteOffset: position + 6, as: UInt64.self)
        return FrameHeader(
            commandCode: UInt16(bigEndian: command), requestId: UInt64(bigEndian: requestId),
            payloadByteCount: length - WireLimits.frameLengthMin)
    }
}

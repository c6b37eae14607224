// A bounds-checked cursor that writes fields into memory the caller owns.

/// Writes big-endian fields into borrowed memory, front to back; never allocates.
///
/// A write that does not fit throws `.full` and leaves the position where it was. Room for a whole
/// payload is known beforehand from `encodedByteCount`, so `.full` is a caller's sizing error or a
/// full batch buffer.
package struct WireWriter {
    /// The memory written to, borrowed from the caller.
    package let buffer: UnsafeMutableRawBufferPointer
    /// Where the next field goes.
    package var position: Int

    /// Starts at an index of `buffer`.
    ///
    /// - Precondition: `position` lies within `buffer` or at its end.
    @inlinable
    package init(_ buffer: UnsafeMutableRawBufferPointer, at position: Int = 0) {
        precondition(position >= 0 && position <= buffer.count, "position outside the buffer")
        self.buffer = buffer
        self.position = position
    }

    /// Steps over room for `byteCount` bytes.
    ///
    /// - Returns: Where the room starts in `buffer`.
    /// - Throws: `.full`.
    @inlinable
    package mutating func reserve(_ byteCount: Int) throws(WireError) -> Int {
        let start = position
        guard byteCount <= buffer.count - start else {
            throw .full(neededByteCount: byteCount, availableByteCount: buffer.count - start)
        }
        position = start + byteCount
        return start
    }

    /// Writes a big-endian integer of the type's width.
    ///
    /// - Throws: `.full`.
    @inlinable
    package mutating func write<Integer: FixedWidthInteger>(
        _ value: Integer
    ) throws(WireError) {
        let start = try reserve(MemoryLayout<Integer>.size)
        buffer.storeBytes(of: value.bigEndian, toByteOffset: start, as: Integer.self)
    }

    /// Writes a `u16` length and the text's UTF-8.
    ///
    /// - Throws: `.full`; `.fieldTooLong` above `limit`.
    package mutating func write(
        text: String, limit: Int = WireLimits.textByteCountMax
    ) throws(WireError) {
        let count = text.utf8.count
        guard count <= limit else { throw .fieldTooLong(count: count, limit: limit) }
        var next = try reserve(2 + count)
        buffer.storeBytes(of: UInt16(count).bigEndian, toByteOffset: next, as: UInt16.self)
        next += 2
        for byte in text.utf8 {
            buffer[next] = byte
            next += 1
        }
    }

    /// Writes a `u32` length and the bytes.
    ///
    /// - Throws: `.full`; `.fieldTooLong` above `limit`.
    package mutating func write(bytes: [UInt8], limit: Int) throws(WireError) {
        guard bytes.count <= limit else {
            throw .fieldTooLong(count: bytes.count, limit: limit)
        }
        let start = try reserve(4 + bytes.count)
        buffer.storeBytes(of: UInt32(bytes.count).bigEndian, toByteOffset: start, as: UInt32.self)
        UnsafeMutableRawBufferPointer(rebasing: buffer[(start + 4)...]).copyBytes(from: bytes)
    }

    /// Writes a `u32` element count.
    ///
    /// - Throws: `.full`; `.fieldTooLong` above `limit`.
    package mutating func write(count: Int, limit: Int) throws(WireError) {
        guard count <= limit else { throw .fieldTooLong(count: count, limit: limit) }
        try write(UInt32(count))
    }
}

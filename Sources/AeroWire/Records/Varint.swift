// Zig-zag varints, the integers inside records.

/// Variable-length integers: seven bits a byte, least significant first, the top bit set on all
/// bytes but the last; signed values are zig-zag mapped so that small magnitudes stay short.
///
/// Source: the Protocol Buffers encoding, as the record batch v2 layout uses it.
@usableFromInline package enum Varint {
    /// Maps 0, -1, 1, -2, ... to 0, 1, 2, 3, ...
    @inlinable
    package static func zigZag(_ value: Int64) -> UInt64 {
        UInt64(bitPattern: (value &<< 1) ^ (value &>> 63))
    }

    /// Undoes `zigZag`.
    @inlinable
    package static func unZigZag(_ word: UInt64) -> Int64 {
        Int64(bitPattern: word &>> 1) ^ -Int64(bitPattern: word & 1)
    }

    /// Bytes that a value takes: 1...10.
    @inlinable
    package static func byteCount(_ value: Int64) -> Int {
        // Seven bits a byte, and one byte for 0; 9/64 stands for 1/7 exactly in this range.
        let bitCount = 64 - (zigZag(value) | 1).leadingZeroBitCount
        return (bitCount &* 9 &+ 64) &>> 6
    }

    /// Writes a value and steps `position` over it.
    ///
    /// - Precondition: `byteCount(value)` bytes are there.
    @inlinable
    package static func write(
        _ value: Int64, to memory: UnsafeMutableRawPointer, at position: inout Int
    ) {
        var word = zigZag(value)
        while word >= 0x80 {
            memory.storeBytes(
                of: UInt8(truncatingIfNeeded: word) | 0x80, toByteOffset: position, as: UInt8.self)
            position &+= 1
            word &>>= 7
        }
        memory.storeBytes(
            of: UInt8(truncatingIfNeeded: word), toByteOffset: position, as: UInt8.self)
        position &+= 1
    }

    /// Reads a value of up to 64 bits and steps `position` over it.
    ///
    /// - Parameters:
    ///   - bytes: Where to read; `end` is within.
    ///   - position: Where the varint starts, at most `end`.
    ///   - end: Where reading must stop.
    /// - Throws: `.truncated` at `end`; `.invalidVarint` past ten bytes or 64 bits.
    @inlinable
    package static func read(
        from bytes: UnsafeRawBufferPointer, at position: inout Int, end: Int
    ) throws(WireError) -> Int64 {
        guard position < end else {
            throw .truncated(neededByteCount: 1, availableByteCount: 0)
        }
        let first = bytes.load(fromByteOffset: position, as: UInt8.self)
        position &+= 1
        if first < 0x80 { return unZigZag(UInt64(first)) }
        return try readLong(first, from: bytes, at: &position, end: end)
    }

    /// Reads on behind a first byte that announced more.
    @usableFromInline
    static func readLong(
        _ first: UInt8, from bytes: UnsafeRawBufferPointer, at position: inout Int, end: Int
    ) throws(WireError) -> Int64 {
        var word = UInt64(first & 0x7F)
        var shift: UInt64 = 7
        while position < end {
            let byte = bytes.load(fromByteOffset: position, as: UInt8.self)
            position &+= 1
            // The tenth byte has room for one bit.
            if shift == 63 && byte > 1 { throw .invalidVarint }
            word |= UInt64(byte & 0x7F) &<< shift
            if byte < 0x80 { return unZigZag(word) }
            shift &+= 7
        }
        throw .truncated(neededByteCount: 1, availableByteCount: 0)
    }

    /// Reads a value of up to 32 bits and steps `position` over it.
    ///
    /// - Throws: As `read`; `.invalidVarint` outside `Int32`.
    @inlinable
    package static func readInt32(
        from bytes: UnsafeRawBufferPointer, at position: inout Int, end: Int
    ) throws(WireError) -> Int {
        let value = try read(from: bytes, at: &position, end: end)
        guard value == Int64(Int32(truncatingIfNeeded: value)) else { throw .invalidVarint }
        return Int(value)
    }

    /// Reads a varint length and steps `position` over that many bytes.
    ///
    /// - Returns: Where the bytes stand; `nil` for a length of -1, which stands for no field.
    /// - Throws: As `readInt32`; `.invalidFieldLength` below -1 or past `end`.
    @inlinable
    package static func readField(
        from bytes: UnsafeRawBufferPointer, at position: inout Int, end: Int
    ) throws(WireError) -> Range<Int>? {
        let count = try readInt32(from: bytes, at: &position, end: end)
        guard count >= 0 else {
            guard count == -1 else { throw .invalidFieldLength(count) }
            return nil
        }
        guard count <= end - position else { throw .invalidFieldLength(count) }
        let start = position
        position = start + count
        return start..<position
    }
}

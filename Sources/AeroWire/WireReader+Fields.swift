// The field types of the wire: integers, strings and byte strings.

extension WireReader {
    /// Steps over `byteCount` bytes.
    ///
    /// - Returns: Where they start in `bytes`.
    /// - Throws: `.truncated` when fewer are left.
    @inlinable
    package mutating func skip(_ byteCount: Int) throws(WireError) -> Int {
        let start = position
        guard byteCount <= end - start else {
            throw .truncated(neededByteCount: byteCount, availableByteCount: end - start)
        }
        position = start + byteCount
        return start
    }

    /// Reads a big-endian integer of the type's width.
    ///
    /// - Throws: `.truncated`.
    @inlinable
    package mutating func readInteger<Integer: FixedWidthInteger>(
        _ type: Integer.Type = Integer.self
    ) throws(WireError) -> Integer {
        let start = try skip(MemoryLayout<Integer>.size)
        return Integer(bigEndian: bytes.loadUnaligned(fromByteOffset: start, as: type))
    }

    /// Reads a `u16` length and that many bytes of UTF-8.
    ///
    /// - Parameter limit: The most bytes to accept, from ``WireLimits``.
    /// - Throws: `.truncated`, `.fieldTooLong`, `.invalidText`.
    package mutating func readText(
        limit: Int = WireLimits.textByteCountMax
    ) throws(WireError) -> String {
        let range = try readTextRange(limit: limit)
        guard
            let text = String(
                validating: UnsafeRawBufferPointer(rebasing: bytes[range]), as: UTF8.self)
        else { throw .invalidText }
        return text
    }

    /// Reads a `u16` length and steps over that many bytes, whose UTF-8 is not looked at.
    ///
    /// - Throws: `.truncated`, `.fieldTooLong`.
    @inlinable
    package mutating func readTextRange(
        limit: Int = WireLimits.textByteCountMax
    ) throws(WireError) -> Range<Int> {
        let count = Int(try readInteger(UInt16.self))
        guard count <= limit else { throw .fieldTooLong(count: count, limit: limit) }
        let start = try skip(count)
        return start..<start + count
    }

    /// Reads a `u32` length and copies that many bytes.
    ///
    /// - Parameter limit: The most bytes to accept, from ``WireLimits``.
    /// - Throws: `.truncated`, `.fieldTooLong`.
    package mutating func readByteArray(limit: Int) throws(WireError) -> [UInt8] {
        let count = Int(try readInteger(UInt32.self))
        guard count <= limit else { throw .fieldTooLong(count: count, limit: limit) }
        let start = try skip(count)
        return [UInt8](bytes[start..<start + count])
    }

    /// Reads a `u32` element count that the bytes left could hold.
    ///
    /// - Parameters:
    ///   - limit: The most elements to accept, from ``WireLimits``.
    ///   - elementByteCountMin: The fewest bytes one element takes; > 0.
    /// - Throws: `.truncated`, `.fieldTooLong`.
    package mutating func readCount(
        limit: Int, elementByteCountMin: Int
    ) throws(WireError) -> Int {
        let count = Int(try readInteger(UInt32.self))
        guard count <= limit else { throw .fieldTooLong(count: count, limit: limit) }
        let neededByteCount = count * elementByteCountMin
        guard neededByteCount <= remainingByteCount else {
            throw .truncated(
                neededByteCount: neededByteCount, availableByteCount: remainingByteCount)
        }
        return count
    }

    /// Reads a value that enumerates.
    ///
    /// - Throws: `.truncated`; `.unknownValue` when the type has no such case.
    @inlinable
    package mutating func readEnumeration<Value: RawRepresentable<UInt8>>(
        _ type: Value.Type = Value.self
    ) throws(WireError) -> Value {
        let raw = try readInteger(UInt8.self)
        guard let value = Value(rawValue: raw) else { throw .unknownValue(UInt64(raw)) }
        return value
    }

    /// Takes all that is left.
    @inlinable
    package mutating func readRemaining() -> Range<Int> {
        let range = position..<end
        position = end
        return range
    }

    /// Checks that nothing is left.
    ///
    /// - Throws: `.trailingBytes`.
    @inlinable
    package func expectEnd() throws(WireError) {
        guard position == end else { throw .trailingBytes(end - position) }
    }
}

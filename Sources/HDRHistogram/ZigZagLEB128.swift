// The variable-length integers of the V2 payload.

/// ZigZag LEB128-64b9B: 7 bits a byte, low bits first, the ninth byte holding 8; sign in bit 0.
///
/// Source: `ZigZagEncoding` of the Java reference.
enum ZigZagLEB128 {
    /// The longest encoding of one number.
    static let maximumByteCount = 9

    static func append(_ value: Int64, to bytes: inout [UInt8]) {
        var rest = UInt64(bitPattern: (value << 1) ^ (value >> 63))
        for _ in 1..<maximumByteCount {
            guard rest > 0x7F else { break }
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// Reads the number at `position` and moves the position past it.
    ///
    /// - Returns: The number, or nil when the bytes end within it; the position is then undefined.
    static func decode(_ bytes: ArraySlice<UInt8>, at position: inout Int) -> Int64? {
        var zigZag: UInt64 = 0
        for byteIndex in 0..<maximumByteCount {
            guard position < bytes.endIndex else { return nil }
            let byte = UInt64(bytes[position])
            position += 1
            if byte & 0x80 == 0 || byteIndex == maximumByteCount - 1 {
                zigZag |= byte << UInt64(7 * byteIndex)
                break
            }
            zigZag |= (byte & 0x7F) << UInt64(7 * byteIndex)
        }
        return Int64(bitPattern: zigZag >> 1) ^ -Int64(bitPattern: zigZag & 1)
    }
}

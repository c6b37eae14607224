// The fixed part of the V2 encoding.

/// The 40 bytes in front of the counts, all numbers big-endian.
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 4 | cookie, 0x1c849303 with any bits in the mask 0xf0; written as 0x1c849313 |
/// | 4 | 4 | byte count of the payload that follows the header |
/// | 8 | 4 | normalizing index offset; written as 0 |
/// | 12 | 4 | significant digits |
/// | 16 | 8 | lowest discernible value |
/// | 24 | 8 | highest trackable value |
/// | 32 | 8 | integer to double conversion ratio (IEEE 754); written as 1.0 |
///
/// The payload holds counts in order of their values, whatever the index offset, and the ratio
/// concerns only the reference's floating-point wrapper: neither is needed to read the counts.
///
/// A compressed encoding is a cookie 0x1c849304 (likewise masked), the byte count of what follows,
/// and a zlib stream of the above.
///
/// Source: `encodeIntoByteBuffer` and `encodeIntoCompressedByteBuffer` of the Java reference.
struct V2Header: Equatable {
    static let byteCount = 40
    /// Cookie and length in front of the zlib stream.
    static let compressedPrefixByteCount = 8
    /// Bits of a cookie that hold a word size, which V2 does not use.
    private static let wordSizeMask: UInt32 = 0xF0
    private static let writtenWordSize: UInt32 = 0x10

    let layout: BucketLayout
    let payloadByteCount: Int

    /// What a cookie announces.
    enum Cookie: UInt32 {
        case plain = 0x1C84_9303
        case compressed = 0x1C84_9304

        init(reading bytes: [UInt8]) throws(HistogramError) {
            guard bytes.count >= 4 else {
                throw .truncated(neededByteCount: 4, availableByteCount: bytes.count)
            }
            let word = UInt32(truncatingIfNeeded: BigEndian.load(bytes, at: 0, byteCount: 4))
            guard let cookie = Cookie(rawValue: word & ~V2Header.wordSizeMask) else {
                throw .unknownCookie(word)
            }
            self = cookie
        }

        var written: UInt32 { rawValue | V2Header.writtenWordSize }
    }

    init(layout: BucketLayout, payloadByteCount: Int) {
        self.layout = layout
        self.payloadByteCount = payloadByteCount
    }

    /// Reads and checks the header at the start of `bytes`.
    init(reading bytes: [UInt8]) throws(HistogramError) {
        guard bytes.count >= Self.byteCount else {
            throw .truncated(neededByteCount: Self.byteCount, availableByteCount: bytes.count)
        }
        guard try Cookie(reading: bytes) == .plain else {
            throw .unknownCookie(
                UInt32(truncatingIfNeeded: BigEndian.load(bytes, at: 0, byteCount: 4)))
        }
        layout = try BucketLayout(
            lowestDiscernibleValue: Int64(
                bitPattern: BigEndian.load(bytes, at: 16, byteCount: 8)),
            highestTrackableValue: Int64(
                bitPattern: BigEndian.load(bytes, at: 24, byteCount: 8)),
            significantDigits: Int(BigEndian.load(bytes, at: 12, byteCount: 4)))
        let length = BigEndian.load(bytes, at: 4, byteCount: 4)
        guard length <= UInt64(layout.countsLength * ZigZagLEB128.maximumByteCount) else {
            throw .invalidPayloadLength(UInt32(truncatingIfNeeded: length))
        }
        payloadByteCount = Int(length)
    }

    func append(to bytes: inout [UInt8]) {
        BigEndian.append(UInt64(Cookie.plain.written), byteCount: 4, to: &bytes)
        BigEndian.append(UInt64(payloadByteCount), byteCount: 4, to: &bytes)
        BigEndian.append(0, byteCount: 4, to: &bytes)
        BigEndian.append(UInt64(layout.significantDigits), byteCount: 4, to: &bytes)
        BigEndian.append(UInt64(layout.lowestDiscernibleValue), byteCount: 8, to: &bytes)
        BigEndian.append(UInt64(layout.highestTrackableValue), byteCount: 8, to: &bytes)
        BigEndian.append((1.0).bitPattern, byteCount: 8, to: &bytes)
    }
}

/// Big-endian integers in byte arrays.
enum BigEndian {
    /// - Precondition: `byteCount` bytes from `offset` on exist.
    static func load(_ bytes: [UInt8], at offset: Int, byteCount: Int) -> UInt64 {
        bytes[offset..<offset + byteCount].reduce(0) { $0 << 8 | UInt64($1) }
    }

    static func append(_ value: UInt64, byteCount: Int, to bytes: inout [UInt8]) {
        for shift in (0..<UInt64(byteCount)).reversed() {
            bytes.append(UInt8(truncatingIfNeeded: value >> (8 * shift)))
        }
    }
}

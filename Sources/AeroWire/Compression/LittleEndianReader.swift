// Reading the frames of compression formats, which are little-endian.

/// Steps over the fields of a compressed frame; what is not there is damage.
struct LittleEndianReader {
    private let bytes: UnsafeRawBufferPointer
    private let codec: CompressionCodec
    private(set) var position = 0

    /// - Parameter codec: What damage is said to be of.
    init(_ bytes: UnsafeRawBufferPointer, codec: CompressionCodec) {
        self.bytes = bytes
        self.codec = codec
    }

    /// Whether all has been read.
    var isAtEnd: Bool { position == bytes.count }

    /// The next integer.
    ///
    /// - Throws: `.corruptCompression` when it is not all there.
    mutating func integer<Integer: FixedWidthInteger>(
        _ type: Integer.Type
    ) throws(WireError) -> Integer {
        let start = position
        try skip(MemoryLayout<Integer>.size)
        return Integer(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: type))
    }

    /// Steps over bytes.
    ///
    /// - Parameter byteCount: >= 0.
    /// - Throws: `.corruptCompression` when they are not all there.
    mutating func skip(_ byteCount: Int) throws(WireError) {
        guard byteCount <= bytes.count - position else { throw .corruptCompression(codec) }
        position += byteCount
    }
}

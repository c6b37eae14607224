// How much an LZ4 frame can become, found before any memory is taken for it.

/// Walks the blocks of a frame by their lengths.
///
/// | Bytes | |
/// |---|---|
/// | 0..<4 | magic u32, 0x184D2204 |
/// | 4 | version in bits 6...7; flags: block checksums 4, content size 3, dictionary 0 |
/// | 5 | largest block in bits 4...6: 4 for 64 KiB, each step four times as much |
/// | | content size u64, dictionary id u32, each when flagged; header checksum u8 |
/// | then | blocks: length u32, top bit set for stored bytes; bytes; checksum u32 when flagged |
/// | end | 0 u32; checksum of the content u32 when bit 2 of the flags says so |
///
/// Integers are little-endian. Source: the LZ4 frame format 1.6.1.
enum LZ4FrameSize {
    private static let magic: UInt32 = 0x184D_2204
    /// No block expands further: each byte of a match length stands for 255.
    private static let expansionMax = 255
    private static let storedBit: UInt32 = 1 << 31

    /// The content size that the frame states, when its blocks can hold so much; without one, the
    /// most that they can.
    ///
    /// - Throws: `.corruptCompression`.
    static func byteCountBound(of source: UnsafeRawBufferPointer) throws(WireError) -> Int {
        var reader = LittleEndianReader(source, codec: .lz4)
        guard try reader.integer(UInt32.self) == magic else { throw .corruptCompression(.lz4) }
        let flags = try reader.integer(UInt8.self)
        let blockSize = try reader.integer(UInt8.self) >> 4 & 0b111
        guard flags >> 6 == 0b01, blockSize >= 4 else { throw .corruptCompression(.lz4) }
        let blockByteCountMax = 1 << (8 + 2 * Int(blockSize))
        let stated = flags & 0b1000 != 0 ? try reader.integer(UInt64.self) : nil
        if flags & 0b1 != 0 { try reader.skip(4) }
        try reader.skip(1)
        let checksumByteCount = flags & 0b1_0000 != 0 ? 4 : 0
        var sum = 0
        // BOUND: each block has at least its length of the source.
        while true {
            let length = try reader.integer(UInt32.self)
            guard length != 0 else { break }
            let byteCount = Int(length & ~storedBit)
            try reader.skip(byteCount + checksumByteCount)
            let expansion = length & storedBit != 0 ? 1 : expansionMax
            sum += min(byteCount * expansion, blockByteCountMax)
        }
        // Zero stands for a size that the writer did not know.
        guard let stated, stated > 0 else { return sum }
        guard stated <= UInt64(sum) else { throw .corruptCompression(.lz4) }
        return Int(stated)
    }
}

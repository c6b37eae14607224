// How much Zstandard frames can become, found before any memory is taken for them.

/// Walks frames and their blocks by their headers.
///
/// | Bytes of a frame | |
/// |---|---|
/// | 0..<4 | magic u32, 0xFD2FB528 |
/// | 4 | bits 6...7: size of content size; 0...1: of dictionary id; 5: one segment; 2: checksum |
/// | | window u8 unless single segment; dictionary id, 0 to 4 bytes; content size, 0 to 8 bytes |
/// | then | blocks: header u24 (last in bit 0, type 1...2, size 3...23), bytes |
/// | end | checksum u32 when flagged |
///
/// Integers are little-endian. Frames to be skipped have a magic of 0x184D2A50 to 0x184D2A5F and a
/// length u32. Source: RFC 8878, section 3.
enum ZstdFrameSize {
    private static let magic: UInt32 = 0xFD2F_B528
    private static let skippableMagics: ClosedRange<UInt32> = 0x184D_2A50...0x184D_2A5F
    private static let blockByteCountMax = 128 << 10

    /// The kinds of a block.
    private enum BlockType: UInt32 {
        case stored, repeated, compressed
    }

    /// The sum over all frames of the content size that each states, when its blocks can hold so
    /// much; for a frame without one, of the most that they can.
    ///
    /// - Throws: `.corruptCompression`.
    static func byteCountBound(of source: UnsafeRawBufferPointer) throws(WireError) -> Int {
        var reader = LittleEndianReader(source, codec: .zstd)
        var sum = 0
        // BOUND: each frame has at least its magic of the source.
        repeat {
            let found = try reader.integer(UInt32.self)
            if found == magic {
                sum += try frameByteCountBound(&reader)
            } else {
                guard skippableMagics.contains(found) else { throw .corruptCompression(.zstd) }
                try reader.skip(Int(reader.integer(UInt32.self)))
            }
        } while !reader.isAtEnd
        return sum
    }

    private static func frameByteCountBound(
        _ reader: inout LittleEndianReader
    ) throws(WireError) -> Int {
        let descriptor = try reader.integer(UInt8.self)
        let isSingleSegment = descriptor & 0b10_0000 != 0
        var window = isSingleSegment ? nil : windowByteCount(try reader.integer(UInt8.self))
        let dictionaryByteCounts: [4 of Int] = [0, 1, 2, 4]
        try reader.skip(dictionaryByteCounts[Int(descriptor & 0b11)])
        let stated: UInt64? =
            switch descriptor >> 6 {
            case 0: isSingleSegment ? UInt64(try reader.integer(UInt8.self)) : nil
            // Two bytes have no need to tell again what one could.
            case 1: UInt64(try reader.integer(UInt16.self)) + 256
            case 2: UInt64(try reader.integer(UInt32.self))
            default: try reader.integer(UInt64.self)
            }
        window = window ?? stated
        let blockMax = Int(min(window ?? 0, UInt64(blockByteCountMax)))
        let sum = try blocksByteCountBound(&reader, blockMax)
        if descriptor & 0b100 != 0 { try reader.skip(4) }
        guard let stated else { return sum }
        guard stated <= UInt64(sum) else { throw .corruptCompression(.zstd) }
        return Int(stated)
    }

    /// A power of two from 1 KiB on, and eighths of it.
    private static func windowByteCount(_ descriptor: UInt8) -> UInt64 {
        let power: UInt64 = 1 << (10 + UInt64(descriptor >> 3))
        return power + power / 8 * UInt64(descriptor & 0b111)
    }

    private static func blocksByteCountBound(
        _ reader: inout LittleEndianReader, _ blockMax: Int
    ) throws(WireError) -> Int {
        var sum = 0
        // BOUND: each block has at least its header of the source.
        while true {
            let low = UInt32(try reader.integer(UInt16.self))
            let header = low | UInt32(try reader.integer(UInt8.self)) << 16
            let size = Int(header >> 3)
            switch BlockType(rawValue: header >> 1 & 0b11) {
            case .stored:
                try reader.skip(size)
                sum += size
            case .repeated:
                try reader.skip(1)
                sum += min(size, blockMax)
            case .compressed:
                try reader.skip(size)
                sum += blockMax
            case nil: throw .corruptCompression(.zstd)
            }
            if header & 1 != 0 { return sum }
        }
    }
}

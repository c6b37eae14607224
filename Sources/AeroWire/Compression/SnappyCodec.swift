// Snappy, in the framing that batches carry it in.

import CSnappy

/// Compresses into xerial's framing of Snappy blocks, and reads that and bare blocks.
///
/// | Bytes | |
/// |---|---|
/// | 0..<8 | 0x82 "SNAPPY" 0x00 |
/// | 8..<12 | version i32, 1 |
/// | 12..<16 | least compatible version i32, 1 |
/// | then, to the end | block length i32, block: each on its own |
///
/// Integers are big-endian. A block begins with a varint: how many bytes it becomes. A bare block
/// cannot be taken for the framing: it would begin with a copy of bytes that do not exist.
///
/// Source: SnappyOutputStream of snappy-java, and Snappy's format description.
enum SnappyCodec {
    /// What snappy-java puts into a block.
    static let blockByteCount = 32 << 10

    private static let magic: [8 of UInt8] = [0x82, 0x53, 0x4E, 0x41, 0x50, 0x50, 0x59, 0x00]
    private static let version: Int32 = 1
    private static let headerByteCount = 16
    private static let lengthByteCount = 4
    /// No element of a block expands further: 64 bytes from the 3 of a copy.
    private static let expansionMax = 22

    /// Most bytes that framing and blocks of so many bytes take.
    static func byteCountBound(_ byteCount: Int) -> Int {
        let block = lengthByteCount + snappy_max_compressed_length(blockByteCount)
        return headerByteCount + (byteCount + blockByteCount - 1) / blockByteCount * block
    }

    /// Compresses all of `source`.
    ///
    /// - Returns: Bytes written, or nil when `target` has too little room.
    static func compress(
        _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
    ) -> Int? {
        guard target.count >= headerByteCount else { return nil }
        for index in magic.indices { target[index] = magic[index] }
        target.storeBytes(of: version.bigEndian, toByteOffset: 8, as: Int32.self)
        target.storeBytes(of: version.bigEndian, toByteOffset: 12, as: Int32.self)
        var position = headerByteCount
        var start = 0
        while start < source.count {
            let end = min(start + blockByteCount, source.count)
            guard target.count - position >= lengthByteCount else { return nil }
            let room = UnsafeMutableRawBufferPointer(
                rebasing: target[(position + lengthByteCount)...])
            var written = room.count
            let status = snappy_compress(
                UnsafeRawBufferPointer(rebasing: source[start..<end]).characters, end - start,
                room.characters, &written)
            guard status == SNAPPY_OK else { return nil }
            target.storeBytes(
                of: Int32(written).bigEndian, toByteOffset: position, as: Int32.self)
            position += lengthByteCount + written
            start = end
        }
        return position
    }

    /// The sum of the sizes that the blocks state, when their bytes can hold so much.
    ///
    /// - Throws: `.corruptCompression`.
    static func byteCount(of source: UnsafeRawBufferPointer) throws(WireError) -> Int {
        guard isFramed(source) else { return try blockByteCount(of: source) }
        var sum = 0
        var position = headerByteCount
        while let block = try nextBlock(of: source, at: &position) {
            sum += try blockByteCount(of: block)
        }
        return sum
    }

    /// Decompresses all of `source`.
    ///
    /// - Returns: Bytes written.
    /// - Throws: `.corruptCompression`, also for content that `target` has no room for.
    static func decompress(
        _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
    ) throws(WireError) -> Int {
        guard isFramed(source) else { return try decompress(block: source, into: target) }
        var written = 0
        var position = headerByteCount
        while let block = try nextBlock(of: source, at: &position) {
            written += try decompress(
                block: block, into: UnsafeMutableRawBufferPointer(rebasing: target[written...]))
        }
        return written
    }

    private static func isFramed(_ source: UnsafeRawBufferPointer) -> Bool {
        source.count >= headerByteCount && magic.indices.allSatisfy { source[$0] == magic[$0] }
    }

    /// The next block of the framing; nil at the end.
    private static func nextBlock(
        of source: UnsafeRawBufferPointer, at position: inout Int
    ) throws(WireError) -> UnsafeRawBufferPointer? {
        guard position < source.count else { return nil }
        guard source.count - position >= lengthByteCount else {
            throw .corruptCompression(.snappy)
        }
        let stated = source.loadUnaligned(fromByteOffset: position, as: Int32.self)
        let length = Int(Int32(bigEndian: stated))
        let start = position + lengthByteCount
        guard length > 0, length <= source.count - start else {
            throw .corruptCompression(.snappy)
        }
        position = start + length
        return UnsafeRawBufferPointer(rebasing: source[start..<position])
    }

    private static func blockByteCount(
        of block: UnsafeRawBufferPointer
    ) throws(WireError) -> Int {
        var byteCount = 0
        guard
            snappy_uncompressed_length(block.characters, block.count, &byteCount) == SNAPPY_OK,
            byteCount <= block.count * expansionMax
        else { throw .corruptCompression(.snappy) }
        return byteCount
    }

    private static func decompress(
        block: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
    ) throws(WireError) -> Int {
        var written = target.count
        let status = snappy_uncompress(
            block.characters, block.count, target.characters, &written)
        guard status == SNAPPY_OK else { throw .corruptCompression(.snappy) }
        return written
    }
}

extension UnsafeRawBufferPointer {
    /// The bytes as C's `char`.
    fileprivate var characters: UnsafePointer<CChar>? {
        bindMemory(to: CChar.self).baseAddress
    }
}

extension UnsafeMutableRawBufferPointer {
    /// The bytes as C's `char`.
    fileprivate var characters: UnsafeMutablePointer<CChar>? {
        bindMemory(to: CChar.self).baseAddress
    }
}

// Compressed data that is cut, damaged or made to hurt: an error, never a crash, never much memory.

import AeroWire
import TestSupport
import Testing

@Suite struct HostileCompressionTests {
    static let codecs = CompressionSamples.codecs

    /// A batch of a few hundred bytes by every codec, of text that has something to compress.
    private static func smallBatch(_ codec: CompressionCodec) throws -> [UInt8] {
        var random = SplitMix64(seed: TestSeed.current)
        let batch = CompressionSamples.batch(valueByteCount: 900, .text, &random)
        return try #require(
            CompressionSamples.compress(batch, BatchCompression(codec), by: BatchCompressor()))
    }

    /// Decompresses and reads whatever comes out. Errors are expected outcomes.
    ///
    /// - Returns: Whether a batch came out.
    @discardableResult
    private static func open(
        _ batch: [UInt8], _ decompressor: BatchDecompressor, limit: Int = 1 << 20
    ) -> Bool {
        do throws(WireError) {
            let plain = try CompressionSamples.decompress(
                batch, by: decompressor, limit: limit)
            #expect(plain.count <= limit)
            withExactCopy(plain) { BatchChecks.walk(UnsafeRawBufferPointer($0), 0..<plain.count) }
            return true
        } catch {
            return false
        }
    }

    @Test(arguments: codecs)
    func everyTruncationIsAnError(_ codec: CompressionCodec) throws {
        let batch = try Self.smallBatch(codec)
        let decompressor = BatchDecompressor()
        for count in 0..<batch.count - 61 {
            let cut = CompressionSamples.batch(
                carrying: Array(batch[61..<61 + count]), codec: codec)
            let isRead = Self.open(cut, decompressor)
            // Snappy's frame has no end of its own: without any block it is empty.
            let isEmptySnappy = codec == .snappy && count == 16
            #expect(isRead == isEmptySnappy, "\(count) of \(batch.count - 61) bytes")
        }
        #expect(Self.open(batch, decompressor), "the whole batch after all that damage")
    }

    @Test(arguments: codecs)
    func bytesBehindTheEndAreAnError(_ codec: CompressionCodec) throws {
        let batch = try Self.smallBatch(codec)
        for tail in [[0], [0xFF], [0, 0, 0, 0], Array(batch[61...])] as [[UInt8]] {
            let extended = CompressionSamples.batch(
                carrying: Array(batch[61...]) + tail, codec: codec)
            let isRead = Self.open(extended, BatchDecompressor())
            // Zstandard frames may follow each other; that the records then end early is found.
            #expect(isRead == (codec == .zstd && tail.count > 4), "\(tail.count)")
        }
    }

    /// With the CRC made right again, so that the codec sees the damage.
    @Test(arguments: codecs)
    func everyBitFlipIsSurvived(_ codec: CompressionCodec) throws {
        let batch = try Self.smallBatch(codec)
        let decompressor = BatchDecompressor()
        for bit in 61 * 8..<batch.count * 8 {
            Self.open(BatchSamples.resealed(batch.flippingBit(bit)), decompressor)
        }
        #expect(Self.open(batch, decompressor), "the whole batch after all that damage")
    }

    /// Without that, no flipped bit gets as far as a codec.
    @Test(arguments: codecs)
    func theChecksumFindsEveryBitFlip(_ codec: CompressionCodec) throws {
        let batch = try Self.smallBatch(codec)
        for bit in 21 * 8..<batch.count * 8 {
            withExactCopy(batch.flippingBit(bit)) { block in
                #expect(throws: WireError.self, "bit \(bit)") {
                    try RecordBatchHeader.validate(
                        in: UnsafeRawBufferPointer(block), range: 0..<batch.count)
                }
            }
        }
    }

    @Test(arguments: codecs)
    func mutationsAndNoiseAreSurvived(_ codec: CompressionCodec) throws {
        var random = SplitMix64(seed: TestSeed.current)
        let compressor = BatchCompressor()
        let decompressor = BatchDecompressor()
        var readCount = 0
        for _ in 0..<1_500 {
            let size = Int(random.next() % 3_000)
            let batch = CompressionSamples.batch(valueByteCount: size, .text, &random)
            var records = random.bytes(max: 400)
            if random.next() % 8 != 0,
                let small = CompressionSamples.compress(
                    batch, BatchCompression(codec), by: compressor)
            {
                records = Array(small[61...])
                for _ in 0...random.next() % 4 { Self.mutate(&records, &random) }
            }
            let mutated = CompressionSamples.batch(carrying: records, codec: codec)
            readCount += Self.open(mutated, decompressor) ? 1 : 0
        }
        #expect(readCount < 1_500, "some damage is found, seed \(TestSeed.current)")
    }

    private static func mutate(_ bytes: inout [UInt8], _ random: inout SplitMix64) {
        guard !bytes.isEmpty else { return }
        let position = Int(random.next() % UInt64(bytes.count))
        switch random.next() % 5 {
        case 0: bytes[position] = UInt8(truncatingIfNeeded: random.next())
        case 1: bytes = bytes.flippingBit(position * 8 + Int(random.next() % 8))
        case 2: bytes.removeSubrange(position...)
        case 3: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: position)
        default:
            let end = min(bytes.count, position + 4)
            for index in position..<end { bytes[index] = 0xFF }
        }
    }

    // MARK: - Bombs

    /// What opening a batch with these compressed records says.
    private static func error(
        opening records: [UInt8], _ codec: CompressionCodec, limit: Int = 1 << 20
    ) -> WireError? {
        do throws(WireError) {
            _ = try CompressionSamples.decompress(
                CompressionSamples.batch(carrying: records, codec: codec),
                by: BatchDecompressor(), limit: limit)
            return nil
        } catch {
            return error
        }
    }

    /// 4 MiB of zeros, honestly declared, where 1 MiB is allowed.
    @Test(arguments: codecs)
    func moreThanTheLimitIsRefused(_ codec: CompressionCodec) throws {
        var random = SplitMix64(seed: TestSeed.current)
        let batch = CompressionSamples.batch(valueByteCount: 4 << 20, .zeros, &random)
        let bomb = try #require(
            CompressionSamples.compress(batch, BatchCompression(codec), by: BatchCompressor()))
        #expect(throws: WireError.decompressedTooLarge(byteCount: batch.count, limit: 1 << 20)) {
            try CompressionSamples.decompress(bomb, by: BatchDecompressor(), limit: 1 << 20)
        }
        let atLimit = try CompressionSamples.decompress(
            bomb, by: BatchDecompressor(), limit: batch.count)
        #expect(atLimit == batch)
    }

    @Test func statedSizesMustBePossible() {
        // gzip: the trailer says 4 GiB less one, or far less than there is.
        let member: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0]
        #expect(
            Self.error(opening: member + [0xFF, 0xFF, 0xFF, 0xFF], .gzip)
                == .corruptCompression(.gzip))
        // Snappy: a varint of 2^32 - 1 in front of a literal of one byte, bare and framed.
        let block: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0x00, 0x41]
        let framing: [UInt8] = [0x82] + Array("SNAPPY".utf8) + [0, 0, 0, 0, 1, 0, 0, 0, 1]
        #expect(Self.error(opening: block, .snappy) == .corruptCompression(.snappy))
        #expect(
            Self.error(opening: framing + [0, 0, 0, 7] + block, .snappy)
                == .corruptCompression(.snappy))
        #expect(
            Self.error(opening: framing + [0xFF, 0xFF, 0xFF, 0xFF] + block, .snappy)
                == .corruptCompression(.snappy))
        // LZ4: a content size of 2^63 in front of one stored byte.
        let lz4: [UInt8] =
            [0x04, 0x22, 0x4D, 0x18, 0x68, 0x40] + [0, 0, 0, 0, 0, 0, 0, 0x80] + [0]
            + [1, 0, 0, 0x80, 0x41, 0, 0, 0, 0]
        #expect(Self.error(opening: lz4, .lz4) == .corruptCompression(.lz4))
        // Zstandard: the same.
        let zstd: [UInt8] =
            [0x28, 0xB5, 0x2F, 0xFD, 0b1110_0000] + [0, 0, 0, 0, 0, 0, 0, 0x80]
            + [0b0000_1001, 0, 0, 0x41]
        #expect(Self.error(opening: zstd, .zstd) == .corruptCompression(.zstd))
    }

    /// 1,000 blocks of four bytes that each become 128 KiB, without a content size.
    @Test func repeatedZstandardBlocksCount() {
        // A window of 8 MiB; blocks of type 1 (one byte repeated) of 128 KiB.
        var frame: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0, 13 << 3]
        for index in 0..<1_000 {
            let header = UInt32(131_072 << 3 | 1 << 1 | (index == 999 ? 1 : 0))
            frame += [0, 8, 16].map { UInt8(truncatingIfNeeded: header >> $0) } + [0x41]
        }
        #expect(
            Self.error(opening: frame, .zstd)
                == .decompressedTooLarge(byteCount: 61 + 1_000 * 131_072, limit: 1 << 20))
    }

    /// The same idea in Snappy's framing: many blocks of 64 bytes from three.
    @Test func manySnappyBlocksCount() {
        var framed: [UInt8] = [0x82] + Array("SNAPPY".utf8) + [0, 0, 0, 0, 1, 0, 0, 0, 1]
        // A literal, then copies of 64 bytes at distance 1.
        let copies = [[UInt8]](repeating: [0b1111_1110, 1, 0], count: 300).flatMap(\.self)
        let becomes = 1 + 300 * 64
        let block =
            [UInt8(becomes & 0x7F | 0x80), UInt8(becomes >> 7 & 0x7F | 0x80), UInt8(becomes >> 14)]
            + [0x00, 0x41] + copies
        for _ in 0..<100 {
            framed += [0, 0, UInt8(block.count >> 8), UInt8(block.count & 0xFF)] + block
        }
        #expect(
            Self.error(opening: framed, .snappy)
                == .decompressedTooLarge(byteCount: 61 + 100 * becomes, limit: 1 << 20))
        #expect(Self.error(opening: framed, .snappy, limit: 4 << 20) == nil)
    }

    /// A trailer that states less than comes out: gzip stops at the memory it was given.
    @Test func understatedGzipIsDamaged() throws {
        var random = SplitMix64(seed: TestSeed.current)
        let batch = CompressionSamples.batch(valueByteCount: 100_000, .zeros, &random)
        var small = try #require(
            CompressionSamples.compress(batch, BatchCompression(.gzip), by: BatchCompressor()))
        small[small.count - 3] = 0
        small[small.count - 2] = 0
        #expect(Self.error(opening: Array(small[61...]), .gzip) == .corruptCompression(.gzip))
    }
}

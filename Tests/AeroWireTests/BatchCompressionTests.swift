// Batches compressed and back again: the same records, a valid batch at every step.

import AeroMemory
import AeroWire
import TestSupport
import Testing

@Suite struct BatchCompressionTests {
    /// Around the edges of blocks of 32, 64 and 128 KiB, and up to 1 MiB.
    static let sizes = [
        0, 1, 2, 60, 61, 62, 100, 255, 256, 1_000, 4_096, 32_700, 32_767, 32_768, 32_769, 65_500,
        65_536, 65_600, 131_072, 200_000, 1 << 20,
    ]

    @Test(arguments: CompressionSamples.compressions, CompressionSamples.Body.allCases)
    func roundTrips(_ compression: BatchCompression, _ body: CompressionSamples.Body) throws {
        var random = SplitMix64(seed: TestSeed.current)
        let compressor = BatchCompressor()
        let decompressor = BatchDecompressor()
        var compressedCount = 0
        // One compressor for all sizes, so that state left over from the last one would show.
        for size in Self.sizes {
            let batch = CompressionSamples.batch(valueByteCount: size, body, &random)
            guard
                let small = CompressionSamples.compress(batch, compression, by: compressor)
            else { continue }
            compressedCount += 1
            #expect(small.count < batch.count, "\(size), seed \(TestSeed.current)")
            try expectHeader(of: small, like: batch, compression.codec)
            let back = try CompressionSamples.decompress(small, by: decompressor)
            #expect(back == batch, "\(size), seed \(TestSeed.current)")
        }
        // Noise is never smaller, all else is from a few hundred bytes on.
        #expect(compressedCount >= (body == .noise ? 0 : 13), "\(compressedCount)")
        if body == .noise { #expect(compressedCount == 0) }
    }

    /// Everything but length, CRC and codec stays, and a broker would take the batch.
    private func expectHeader(
        of small: [UInt8], like batch: [UInt8], _ codec: CompressionCodec
    ) throws {
        let original = try decode(batch)
        let header = try decode(small)
        #expect(header.attributes.codec == codec)
        #expect(header.byteCount == small.count)
        var undone = header
        undone.attributes = undone.attributes.with(codec: .none)
        undone.byteCount = original.byteCount
        undone.crc = original.crc
        #expect(undone == original)
    }

    private func decode(_ batch: [UInt8]) throws -> RecordBatchHeader {
        try withExactCopy(batch) {
            try RecordBatchHeader.validate(in: UnsafeRawBufferPointer($0), range: 0..<batch.count)
        }
    }

    @Test(arguments: CompressionSamples.codecs)
    func recordsOfAllKindsComeBack(_ codec: CompressionCodec) throws {
        var random = SplitMix64(seed: TestSeed.current)
        let compressor = BatchCompressor()
        let decompressor = BatchDecompressor()
        for _ in 0..<50 {
            // Much of it is noise: repeated, there is something for every codec to find.
            let once = BatchSamples.random(&random, recordCountMax: 20) + BatchSamples.golden
            let records = once + once
            let batch = CompressionSamples.batch(records)
            let small = try #require(
                CompressionSamples.compress(batch, BatchCompression(codec), by: compressor))
            let back = try CompressionSamples.decompress(small, by: decompressor)
            #expect(try BatchSamples.read(back) == records, "seed \(TestSeed.current)")
        }
    }

    /// One compressor serves producers with different codecs and levels in turn.
    @Test func codecsAndLevelsMayAlternate() throws {
        var random = SplitMix64(seed: TestSeed.current)
        let batch = CompressionSamples.batch(valueByteCount: 50_000, .text, &random)
        let shared = BatchCompressor()
        for compression in CompressionSamples.compressions + CompressionSamples.compressions {
            let fresh = CompressionSamples.compress(batch, compression, by: BatchCompressor())
            #expect(CompressionSamples.compress(batch, compression, by: shared) == fresh)
        }
    }

    @Test(arguments: CompressionSamples.codecs)
    func batchesAreCompressedWhereTheyStand(_ codec: CompressionCodec) throws {
        var random = SplitMix64(seed: TestSeed.current)
        let pool = try BufferPool(configuration: BufferPoolConfiguration(capacityBytes: 1 << 20))
        let compressor = BatchCompressor()
        for body in CompressionSamples.Body.allCases {
            let batch = CompressionSamples.batch(valueByteCount: 60_000, body, &random)
            let result = withExactCopy(batch) { block in
                let byteCount = compressor.compressInPlace(
                    block, by: BatchCompression(codec), pool: pool)
                return Array(block[..<byteCount])
            }
            #expect((result.count < batch.count) == (body != .noise))
            let back = try CompressionSamples.decompress(result, by: BatchDecompressor())
            #expect(back == batch)
        }
        #expect(pool.statistics.bytesOutstanding == 0)
    }

    /// A batch is sent as it is rather than not at all.
    @Test(arguments: CompressionSamples.codecs)
    func withoutMemoryTheBatchStays(_ codec: CompressionCodec) throws {
        var random = SplitMix64(seed: TestSeed.current)
        let pool = try BufferPool(configuration: BufferPoolConfiguration(capacityBytes: 1 << 12))
        let batch = CompressionSamples.batch(valueByteCount: 60_000, .zeros, &random)
        withExactCopy(batch) { block in
            let byteCount = BatchCompressor().compressInPlace(
                block, by: BatchCompression(codec), pool: pool)
            #expect(byteCount == batch.count && Array(block) == batch)
        }
    }

    @Test(arguments: CompressionSamples.codecs)
    func tooLittleRoomIsNoBatch(_ codec: CompressionCodec) throws {
        var random = SplitMix64(seed: TestSeed.current)
        let batch = CompressionSamples.batch(valueByteCount: 20_000, .text, &random)
        let compressor = BatchCompressor()
        for capacity in [62, 63, 70, 80, 100, 200, 500] {
            withExactCopy(batch) { source in
                withBlock(capacity) { target in
                    let byteCount = compressor.compress(
                        UnsafeRawBufferPointer(source), into: target, by: BatchCompression(codec))
                    #expect(byteCount == nil, "\(capacity)")
                }
            }
        }
        // And the state is as good as new afterwards.
        let small = try #require(
            CompressionSamples.compress(batch, BatchCompression(codec), by: compressor))
        #expect(try CompressionSamples.decompress(small, by: BatchDecompressor()) == batch)
    }

    @Test func uncompressedBatchesAreCopied() throws {
        let batch = CompressionSamples.batch(BatchSamples.golden)
        #expect(try CompressionSamples.decompress(batch, by: BatchDecompressor()) == batch)
    }

    /// What snappy-java writes around a block, byte for byte.
    @Test func snappyHasXerialFraming() throws {
        var random = SplitMix64(seed: TestSeed.current)
        let batch = CompressionSamples.batch(valueByteCount: 40_000, .zeros, &random)
        let small = try #require(
            CompressionSamples.compress(batch, BatchCompression(.snappy), by: BatchCompressor()))
        let framing = Array(small[61..<77])
        #expect(framing == [0x82] + Array("SNAPPY".utf8) + [0, 0, 0, 0, 1, 0, 0, 0, 1])
        let first = small[77..<81].reduce(0) { $0 << 8 | Int($1) }
        // The first block becomes 32 KiB: the varint 0x80 0x80 0x02.
        #expect(Array(small[81..<84]) == [0x80, 0x80, 0x02])
        let second = 81 + first
        let last = small[second..<second + 4].reduce(0) { $0 << 8 | Int($1) }
        #expect(second + 4 + last == small.count)
    }

    /// Source: the LZ4 frame format: magic, version 1, independent, content size; blocks of 64 KiB.
    @Test func lz4FramesAreAsKafkaWantsThem() throws {
        var random = SplitMix64(seed: TestSeed.current)
        let batch = CompressionSamples.batch(valueByteCount: 40_000, .zeros, &random)
        let small = try #require(
            CompressionSamples.compress(batch, BatchCompression(.lz4), by: BatchCompressor()))
        #expect(Array(small[61..<67]) == [0x04, 0x22, 0x4D, 0x18, 0b0110_1000, 0x40])
        #expect(Array(small.suffix(4)) == [0, 0, 0, 0])
    }
}

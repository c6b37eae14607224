// Compressed batches of other implementations, read to the same records.

import AeroWire
import Testing

@Suite struct GoldenCompressedTests {
    /// What a client wrote, by codec, and which records it holds.
    struct Golden: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let bytes: [UInt8]
        let codec: CompressionCodec
        var isLarge = false
        /// Whether the codec's data states how much it becomes.
        var statesSize = true
    }

    static let all: [Golden] = [
        Golden(
            testDescription: "kafka-python gzip", bytes: GoldenCompressedBatches.kafkaPythonGzip,
            codec: .gzip),
        Golden(
            testDescription: "kafka-python snappy",
            bytes: GoldenCompressedBatches.kafkaPythonSnappy, codec: .snappy),
        Golden(
            testDescription: "kafka-python lz4", bytes: GoldenCompressedBatches.kafkaPythonLZ4,
            codec: .lz4),
        Golden(
            testDescription: "kafka-python zstd", bytes: GoldenCompressedBatches.kafkaPythonZstd,
            codec: .zstd),
        Golden(
            testDescription: "aiokafka snappy", bytes: GoldenCompressedBatches.aiokafkaSnappy,
            codec: .snappy),
        Golden(
            testDescription: "aiokafka lz4", bytes: GoldenCompressedBatches.aiokafkaLZ4,
            codec: .lz4, statesSize: false),
        Golden(
            testDescription: "aiokafka zstd", bytes: GoldenCompressedBatches.aiokafkaZstd,
            codec: .zstd, statesSize: false),
        Golden(
            testDescription: "large gzip", bytes: GoldenCompressedBatches.largeGzip, codec: .gzip,
            isLarge: true),
        Golden(
            testDescription: "large snappy", bytes: GoldenCompressedBatches.largeSnappy,
            codec: .snappy, isLarge: true),
        Golden(
            testDescription: "large lz4", bytes: GoldenCompressedBatches.largeLZ4, codec: .lz4,
            isLarge: true),
        Golden(
            testDescription: "large zstd", bytes: GoldenCompressedBatches.largeZstd, codec: .zstd,
            isLarge: true),
        Golden(
            testDescription: "raw snappy", bytes: GoldenCompressedBatches.rawSnappy,
            codec: .snappy, isLarge: true),
        Golden(
            testDescription: "streamed lz4", bytes: GoldenCompressedBatches.streamedLZ4,
            codec: .lz4, isLarge: true, statesSize: false),
        Golden(
            testDescription: "streamed zstd", bytes: GoldenCompressedBatches.streamedZstd,
            codec: .zstd, isLarge: true, statesSize: false),
    ]

    /// `large_records` of scripts/fixtures/golden-compressed-batches.py.
    static let large: [SampleRecord] = (0..<20).map { index in
        let digits = "\(index)"
        let text =
            String(repeating: "0", count: 6 - digits.count) + digits
            + String(repeating: "abcdefghij", count: 400)
        return SampleRecord(Int64(index), nil, Array(text.utf8))
    }

    @Test(arguments: all)
    func readsTheSameRecords(_ golden: Golden) throws {
        let header = try withExactCopy(golden.bytes) {
            try RecordBatchHeader.validate(
                in: UnsafeRawBufferPointer($0), range: 0..<golden.bytes.count)
        }
        #expect(header.attributes.codec == golden.codec)
        let plain = try CompressionSamples.decompress(golden.bytes, by: BatchDecompressor())
        let records = golden.isLarge ? Self.large : BatchSamples.golden
        #expect(try BatchSamples.read(plain) == records)
    }

    /// Exact where the data states its size; at most a block too much for each block where not.
    @Test(arguments: all)
    func memoryIsFoundBeforehand(_ golden: Golden) throws {
        let plain = try CompressionSamples.decompress(golden.bytes, by: BatchDecompressor())
        let bound = try withExactCopy(golden.bytes) { block in
            let bytes = UnsafeRawBufferPointer(block)
            return try BatchDecompressor.byteCountBound(
                of: RecordBatchHeader.decode(in: bytes, range: 0..<bytes.count), at: 0, in: bytes,
                limit: 1 << 20)
        }
        if golden.statesSize {
            #expect(bound == plain.count)
        } else {
            #expect(bound >= plain.count && bound <= plain.count + 256 << 10)
        }
    }
}

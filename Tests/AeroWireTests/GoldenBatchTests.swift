// Batches of other implementations: read, and rebuilt byte for byte.

import AeroWire
import Testing

@Suite struct GoldenBatchTests {
    /// Name, bytes, how many of `BatchSamples.golden` they hold, and the producer's identity.
    static let uncompressed: [(name: String, bytes: [UInt8], count: Int, isIdempotent: Bool)] = [
        ("kafka-python", GoldenBatches.kafkaPythonPlain, 6, false),
        ("aiokafka", GoldenBatches.aiokafkaPlain, 6, false),
        ("kafka-python, idempotent", GoldenBatches.kafkaPythonIdempotent, 6, true),
        ("aiokafka, idempotent", GoldenBatches.aiokafkaIdempotent, 6, true),
        ("kafka-python, many", GoldenBatches.kafkaPythonMany, 76, false),
    ]

    static func properties(isIdempotent: Bool) -> RecordBatchProperties {
        var properties = BatchSamples.goldenProperties
        if isIdempotent {
            properties.producerId = 4_000_000_123
            properties.producerEpoch = 7
            properties.baseSequence = 2_000_000_000
        }
        return properties
    }

    @Test(arguments: uncompressed)
    func readsTheSameRecords(name: String, bytes: [UInt8], count: Int, isIdempotent: Bool) throws {
        #expect(try BatchSamples.read(bytes) == Array(BatchSamples.golden[..<count]))
    }

    @Test(arguments: uncompressed)
    func buildsTheSameBytes(name: String, bytes: [UInt8], count: Int, isIdempotent: Bool) {
        var properties = Self.properties(isIdempotent: isIdempotent)
        // The broker sets the leader epoch; the clients differ in what they leave there.
        properties.partitionLeaderEpoch = name.hasPrefix("aiokafka") ? -1 : 0
        let built = BatchSamples.build(Array(BatchSamples.golden[..<count]), properties)
        #expect(built == bytes)
    }

    @Test(arguments: uncompressed)
    func headersRoundTrip(name: String, bytes: [UInt8], count: Int, isIdempotent: Bool) throws {
        let header = try withExactCopy(bytes) {
            try RecordBatchHeader.decode(in: UnsafeRawBufferPointer($0), range: 0..<bytes.count)
        }
        let properties = Self.properties(isIdempotent: isIdempotent)
        #expect(header.baseOffset == 0)
        #expect(header.lastOffset == Int64(count - 1))
        #expect(header.baseTimestamp == BatchSamples.baseTimestamp)
        #expect(header.maxTimestamp == BatchSamples.baseTimestamp + 1 << 40)
        #expect(header.producerId == properties.producerId)
        #expect(header.producerEpoch == properties.producerEpoch)
        #expect(header.baseSequence == properties.baseSequence)
        let stored = withBlock(61) { block in
            header.store(into: block)
            return Array(block)
        }
        #expect(stored == Array(bytes[..<61]))
    }

    /// Validated and passed on without being opened; opening it says what is missing.
    @Test func aCompressedBatchIsRecognised() throws {
        let bytes = GoldenBatches.kafkaPythonGzip
        try withExactCopy(bytes) { block in
            let header = try RecordBatchHeader.validate(
                in: UnsafeRawBufferPointer(block), range: 0..<bytes.count)
            #expect(header.attributes.codec == .gzip)
            #expect(header.recordCount == 6)
            #expect(throws: WireError.batchIsCompressed(.gzip)) { try RecordCursor(header) }
        }
    }
}

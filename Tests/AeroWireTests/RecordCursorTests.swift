// Records whose batch has a right CRC and that are malformed all the same.

import AeroWire
import TestSupport
import Testing

@Suite struct RecordCursorTests {
    /// A sealed batch around record bytes written by hand.
    static func batch(count: UInt8, lastOffsetDelta: UInt8? = nil, _ records: [UInt8]) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 61) + records
        let length = bytes.count - 12
        bytes[10] = UInt8(length >> 8)
        bytes[11] = UInt8(length & 0xFF)
        bytes[16] = 2
        bytes[26] = lastOffsetDelta ?? count - 1
        bytes[60] = count
        return BatchSamples.resealed(bytes)
    }

    /// The record 'length, attributes, delta 0, offset 0, no key, value "v", no headers'.
    static let good: [UInt8] = [14, 0, 0, 0, 1, 2, 0x76, 0]

    static func readAll(_ batch: [UInt8]) throws {
        try withExactCopy(batch) { block in
            let bytes = UnsafeRawBufferPointer(block)
            let header = try RecordBatchHeader.decode(in: bytes, range: 0..<batch.count)
            var cursor = try RecordCursor(header)
            while let record = try cursor.next(in: bytes) {
                var headers = RecordHeaderCursor(record)
                while try headers.next(in: bytes) != nil {}
            }
        }
    }

    @Test func theHandWrittenRecordIsGood() throws {
        #expect(
            try BatchSamples.read(Self.batch(count: 1, Self.good)) == [SampleRecord(0, nil, [0x76])]
        )
    }

    static let malformed: [(String, UInt8, [UInt8], WireError)] = [
        ("bytes behind the last record", 1, good + [0], .trailingBytes(1)),
        (
            "fewer records than counted", 2, good,
            .truncated(neededByteCount: 1, availableByteCount: 0)
        ),
        ("length below the least", 1, [10, 0, 0, 0, 1, 1, 0], .invalidRecordLength(5)),
        ("negative length", 1, [1, 0, 0, 0, 1, 1, 0], .invalidRecordLength(-1)),
        ("length past the batch", 1, [16, 0, 0, 0, 1, 2, 0x76, 0], .invalidRecordLength(8)),
        (
            "varint without end", 1, [14, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80],
            .truncated(neededByteCount: 1, availableByteCount: 0)
        ),
        ("negative offset delta", 1, [14, 0, 0, 1, 1, 2, 0x76, 0], .invalidOffsetDelta(-1)),
        ("offset delta past the last", 1, [14, 0, 0, 2, 1, 2, 0x76, 0], .invalidOffsetDelta(1)),
        ("offset delta twice", 2, good + good, .invalidOffsetDelta(0)),
        ("key length of -2", 1, [14, 0, 0, 0, 3, 2, 0x76, 0], .invalidFieldLength(-2)),
        ("key past the record", 1, [14, 0, 0, 0, 8, 2, 0x76, 0], .invalidFieldLength(4)),
        ("value past the record", 1, [14, 0, 0, 0, 1, 6, 0x76, 0], .invalidFieldLength(3)),
        (
            "no header count", 1, [14, 0, 0, 0, 1, 4, 0x76, 0],
            .truncated(neededByteCount: 1, availableByteCount: 0)
        ),
        ("negative header count", 1, [14, 0, 0, 0, 1, 2, 0x76, 1], .invalidFieldLength(-1)),
        (
            "headers the record cannot hold", 1, [16, 0, 0, 0, 1, 2, 0x76, 4, 0],
            .invalidFieldLength(2)
        ),
        ("bytes behind no headers", 1, [16, 0, 0, 0, 1, 2, 0x76, 0, 0], .invalidFieldLength(0)),
        ("header without a key", 1, [18, 0, 0, 0, 1, 2, 0x76, 2, 1, 1], .invalidFieldLength(-1)),
        (
            "header value past the record", 1, [18, 0, 0, 0, 1, 2, 0x76, 2, 0, 2],
            .invalidFieldLength(1)
        ),
        ("bytes behind the headers", 1, [20, 0, 0, 0, 1, 2, 0x76, 2, 0, 0, 0], .trailingBytes(1)),
    ]

    @Test(arguments: malformed)
    func malformedRecordsAreTyped(
        name: String, count: UInt8, records: [UInt8], error: WireError
    ) {
        #expect(throws: error) { try Self.readAll(Self.batch(count: count, records)) }
    }

    /// As compaction leaves it: ascending, inside the batch's range, with holes.
    @Test func offsetDeltasMayHaveHoles() throws {
        let records = [14, 0, 0, 2, 1, 2, 0x76, 0] + [14, 0, 0, 10, 1, 2, 0x76, 0] as [UInt8]
        try Self.readAll(Self.batch(count: 2, lastOffsetDelta: 9, records))
    }

    /// A record's field cannot reach into the next record, however its length is set.
    @Test func rangesStayInsideTheirRecord() throws {
        var random = SplitMix64(seed: TestSeed.current)
        for _ in 0..<2_000 {
            let records = BatchSamples.random(&random, recordCountMax: 4)
            var batch = try #require(
                BatchSamples.build(records, RecordBatchProperties(baseTimestamp: 0)))
            for _ in 0..<3 {
                batch[Int.random(in: 61..<batch.count, using: &random)] = random.value()
            }
            withExactCopy(batch) { block in
                BatchChecks.walk(UnsafeRawBufferPointer(block), 0..<batch.count)
            }
        }
    }

    @Test func randomBatchesRoundTrip() throws {
        var random = SplitMix64(seed: TestSeed.current)
        for _ in 0..<300 {
            let records = BatchSamples.random(&random, recordCountMax: 40)
            var properties = RecordBatchProperties(baseTimestamp: random.value())
            properties.baseTimestamp &>>= 2
            properties.producerId = random.value()
            properties.baseSequence = random.value()
            let batch = try #require(BatchSamples.build(records, properties))
            #expect(try BatchSamples.read(batch) == records, "seed \(TestSeed.current)")
        }
    }
}

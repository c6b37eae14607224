// Records to build batches from, and the batches read back.

import AeroWire
import TestSupport

/// A record as tests hold it.
struct SampleRecord: Equatable {
    struct Header: Equatable {
        var key: [UInt8]
        var value: [UInt8]?
    }

    var timestampDelta: Int64
    var key: [UInt8]?
    var value: [UInt8]?
    var headers: [Header] = []

    init(_ delta: Int64, _ key: [UInt8]?, _ value: [UInt8]?, _ headers: [Header] = []) {
        timestampDelta = delta
        self.key = key
        self.value = value
        self.headers = headers
    }

    static func text(_ text: String) -> [UInt8] { Array(text.utf8) }
}

enum BatchSamples {
    static let baseTimestamp: Int64 = 1_700_000_000_000

    /// `RECORDS` of scripts/fixtures/golden-batches.py.
    static let golden: [SampleRecord] =
        [
            SampleRecord(0, nil, text("plain")),
            SampleRecord(5, text("key"), text("value")),
            SampleRecord(-700, [], []),
            SampleRecord(64, text("tombstone"), nil),
            SampleRecord(
                9_000_000, nil, [UInt8](0...255),
                [.init(key: text("trace"), value: [1, 2]), .init(key: text("empty"), value: [])]),
            SampleRecord(
                1 << 40, [UInt8](repeating: 0x6B, count: 70), [UInt8](repeating: 0x78, count: 300),
                [
                    .init(key: text("nothing"), value: nil),
                    .init(key: text("grüße"), value: text("é")),
                ]),
        ] + (0..<70).map { SampleRecord(65 + $0, nil, text("n\($0)")) }

    static func text(_ text: String) -> [UInt8] { SampleRecord.text(text) }

    /// What Kafka's clients put into the fields that the broker sets.
    static var goldenProperties: RecordBatchProperties {
        var properties = RecordBatchProperties(baseTimestamp: baseTimestamp)
        properties.partitionLeaderEpoch = 0
        return properties
    }

    static func random(_ random: inout SplitMix64, recordCountMax: Int) -> [SampleRecord] {
        (0...random.count(max: recordCountMax - 1)).map { _ in
            SampleRecord(
                Int64.random(in: -1_000_000...1_000_000, using: &random),
                random.next() % 3 == 0 ? nil : random.bytes(max: 80),
                random.next() % 5 == 0 ? nil : random.bytes(max: 300),
                (0..<random.count(max: 3)).map { _ in
                    SampleRecord.Header(
                        key: random.bytes(max: 70),
                        value: random.next() % 3 == 0 ? nil : random.bytes(max: 70))
                })
        }
    }

    /// Builds a batch in a block of exactly `capacity` bytes; `nil` when a record did not fit.
    static func build(
        _ records: [SampleRecord], _ properties: RecordBatchProperties, capacity: Int = 1 << 17
    ) -> [UInt8]? {
        withBlock(capacity) { block in
            var builder = RecordBatchBuilder(into: block)
            for record in records {
                let byteCount = builder.byteCount
                guard append(record, to: &builder) else {
                    precondition(builder.byteCount == byteCount, "a refused record left bytes")
                    return nil
                }
            }
            return Array(block[..<builder.finish(properties)])
        }
    }

    static func append(_ record: SampleRecord, to builder: inout RecordBatchBuilder) -> Bool {
        withHeaders(record.headers[...], []) { headers in
            withBytes(record.key) { key in
                withBytes(record.value) { value in
                    builder.append(
                        timestampDelta: record.timestampDelta, key: key, value: value,
                        headers: headers)
                }
            }
        }
    }

    /// Reads all records of a batch that passes validation.
    static func read(_ batch: [UInt8]) throws -> [SampleRecord] {
        try withExactCopy(batch) { block in
            let bytes = UnsafeRawBufferPointer(block)
            let header = try RecordBatchHeader.validate(in: bytes, range: 0..<batch.count)
            var records: [SampleRecord] = []
            var cursor = try RecordCursor(header)
            while let view = try cursor.next(in: bytes) {
                var record = SampleRecord(
                    view.timestampDelta, view.key.map { Array(bytes[$0]) },
                    view.value.map { Array(bytes[$0]) })
                var headers = RecordHeaderCursor(view)
                while let header = try headers.next(in: bytes) {
                    record.headers.append(
                        SampleRecord.Header(
                            key: Array(bytes[header.key]),
                            value: header.value.map { Array(bytes[$0]) }))
                }
                precondition(view.offsetDelta == records.count, "offset deltas are dense")
                records.append(record)
            }
            return records
        }
    }

    /// A batch with its CRC made right again, so that what lies behind the CRC is reached.
    static func resealed(_ batch: [UInt8]) -> [UInt8] {
        guard batch.count > 21 else { return batch }
        let crc = withExactCopy(Array(batch[21...])) { CRC32C.checksum(UnsafeRawBufferPointer($0)) }
        var copy = batch
        for index in 0..<4 { copy[17 + index] = UInt8(truncatingIfNeeded: crc >> (24 - 8 * index)) }
        return copy
    }

    private static func withBytes<Result>(
        _ bytes: [UInt8]?, _ body: (UnsafeRawBufferPointer?) -> Result
    ) -> Result {
        guard let bytes else { return body(nil) }
        return withExactCopy(bytes) { body(UnsafeRawBufferPointer($0)) }
    }

    private static func withHeaders<Result>(
        _ headers: ArraySlice<SampleRecord.Header>, _ done: [RecordHeaderBytes],
        _ body: (UnsafeBufferPointer<RecordHeaderBytes>) -> Result
    ) -> Result {
        guard let first = headers.first else { return done.withUnsafeBufferPointer(body) }
        return withExactCopy(first.key) { key in
            withBytes(first.value) { value in
                let header = RecordHeaderBytes(key: UnsafeRawBufferPointer(key), value: value)
                return withHeaders(headers.dropFirst(), done + [header], body)
            }
        }
    }
}

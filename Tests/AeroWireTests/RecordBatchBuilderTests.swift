// Batches built in place, and read back.

import AeroWire
import Testing

@Suite struct RecordBatchBuilderTests {
    @Test func aSendFrameIsBuiltAroundItsBatchWithoutMovingIt() throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 16)
        defer { buffer.deallocate() }
        var builder = RecordBatchBuilder(into: buffer, at: SendRequest.prefixByteCount)
        for index in 0..<10 {
            let room = builder.reserveRecord(timestampDelta: 3, valueByteCount: 100)
            let value = try #require(room)
            value.initializeMemory(as: UInt8.self, repeating: UInt8(index), count: 100)
        }
        let batchByteCount = builder.finish(RecordBatchProperties(baseTimestamp: 1_000))
        let prefix = SendRequest.prefixByteCount
        let request = SendRequest(
            topicId: 1, partition: 2, acks: .leader, timeoutMilliseconds: 5,
            batch: prefix..<prefix + batchByteCount)
        try request.encodePrefix(requestId: 77, into: buffer)

        let bytes = UnsafeRawBufferPointer(buffer)
        guard case .frame(let header, let payload) = try FrameDecoder.next(in: bytes) else {
            Issue.record("no frame")
            return
        }
        #expect(header.command == .send)
        #expect(header.requestId == 77)
        #expect(try SendRequest.decode(in: bytes, range: payload) == request)
        let batch = try RecordBatchHeader.validate(in: bytes, range: request.batch)
        #expect(batch.recordCount == 10)
        #expect(batch.maxTimestamp == 1_003)
        var cursor = try RecordCursor(batch, at: prefix)
        for index in 0..<10 {
            let next = try cursor.next(in: bytes)
            let record = try #require(next)
            #expect(record.offsetDelta == index)
            #expect(bytes[try #require(record.value)].allSatisfy { $0 == UInt8(index) })
        }
        let end = try cursor.next(in: bytes)
        #expect(end == nil)
    }
}

extension RecordBatchBuilderTests {
    /// In memory one byte too small the last record is refused, and what was there still stands.
    @Test func aRecordThatDoesNotFitLeavesTheBatchAsItWas() throws {
        let records = Array(BatchSamples.golden[..<6])
        let properties = BatchSamples.goldenProperties
        let whole = try #require(BatchSamples.build(records, properties))
        for capacity in [whole.count - 1, whole.count] {
            try withBlock(capacity) { block in
                var builder = RecordBatchBuilder(into: block)
                let fitted = records.filter { BatchSamples.append($0, to: &builder) }
                #expect(fitted.count == (capacity == whole.count ? 6 : 5))
                let batch = Array(block[..<builder.finish(properties)])
                let found = try BatchSamples.read(batch)
                #expect(found == fitted)
            }
        }
    }

    @Test func reservingAndAppendingWriteTheSameBytes() {
        let record = SampleRecord(-3, [1, 2], [UInt8](repeating: 0xA5, count: 200))
        let properties = RecordBatchProperties(baseTimestamp: 10)
        let reserved = withBlock(1_000) { block in
            var builder = RecordBatchBuilder(into: block)
            let key: [UInt8] = [1, 2]
            for _ in 0..<3 {
                let value = key.withUnsafeBytes {
                    builder.reserveRecord(timestampDelta: -3, key: $0, valueByteCount: 200)
                }
                value?.initializeMemory(as: UInt8.self, repeating: 0xA5, count: 200)
            }
            return Array(block[..<builder.finish(properties)])
        }
        #expect(reserved == BatchSamples.build([record, record, record], properties))
    }

    @Test func aBuilderStartsOverInTheSameMemory() {
        let properties = RecordBatchProperties(baseTimestamp: 10)
        withBlock(500) { block in
            var builder = RecordBatchBuilder(into: block)
            var batches: [[UInt8]] = []
            for _ in 0..<2 {
                builder.begin()
                #expect(builder.isEmpty && builder.byteCount == 61)
                #expect(BatchSamples.append(SampleRecord(7, nil, [1]), to: &builder))
                batches.append(Array(block[..<builder.finish(properties)]))
            }
            #expect(batches[0] == batches[1])
        }
    }

    @Test func theBoundHoldsForTheLargestDeltas() {
        for sizes in [(0, 0), (1, 63), (64, 8_191), (70, 8_192)] {
            let bound = RecordBatchBuilder.recordByteCountBound(
                keyByteCount: sizes.0, valueByteCount: sizes.1)
            withBlock(61 + bound) { block in
                var builder = RecordBatchBuilder(into: block)
                let key = [UInt8](repeating: 0, count: sizes.0)
                let value = key.withUnsafeBytes {
                    builder.reserveRecord(
                        timestampDelta: .min, key: $0, valueByteCount: sizes.1)
                }
                #expect(value != nil)
            }
        }
    }

    @Test func anEmptyBatchIsACallersError() async {
        await #expect(processExitsWith: .failure) {
            withBlock(100) { block in
                _ = RecordBatchBuilder(into: block)
                    .finish(RecordBatchProperties(baseTimestamp: 0))
            }
        }
    }
}

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

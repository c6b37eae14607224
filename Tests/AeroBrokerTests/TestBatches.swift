// Batches and frames for tests of the broker, and what stands in those that come back.

import AeroWire

/// A record as it was stored.
struct StoredRecord: Equatable {
    let offset: Int64
    let value: [UInt8]
}

enum TestBatches {
    /// A batch of these values.
    static func make(_ values: [[UInt8]], timestamp: Int64 = 1) -> [UInt8] {
        let roof = values.reduce(WireLimits.batchHeaderByteCount) {
            $0 + RecordBatchBuilder.recordByteCountBound(keyByteCount: 0, valueByteCount: $1.count)
        }
        return [UInt8](unsafeUninitializedCapacity: roof) { memory, count in
            var builder = RecordBatchBuilder(into: UnsafeMutableRawBufferPointer(memory))
            builder.begin()
            for value in values {
                let isAppended = value.withUnsafeBytes { builder.append(key: nil, value: $0) }
                precondition(isAppended, "the buffer was measured for the values")
            }
            count = builder.finish(RecordBatchProperties(baseTimestamp: timestamp))
        }
    }

    /// A batch of one value of this size, filled with a byte.
    static func make(byteCount: Int, filledWith byte: UInt8 = 7) -> [UInt8] {
        make([[UInt8](repeating: byte, count: byteCount)])
    }

    /// A batch of numbered values.
    static func numbered(_ range: Range<Int>, timestamp: Int64 = 1) -> [UInt8] {
        make(range.map(number), timestamp: timestamp)
    }

    static func number(_ number: Int) -> [UInt8] { Array("message \(number)".utf8) }

    /// The records of a sequence of batches, each batch checked as a client would.
    static func records(in batches: [UInt8]) throws -> [StoredRecord] {
        var records: [StoredRecord] = []
        try batches.withUnsafeBytes { bytes in
            var position = 0
            while position < bytes.count {
                let header = try RecordBatchHeader.decode(in: bytes, range: position..<bytes.count)
                let whole = position..<position + header.byteCount
                _ = try RecordBatchHeader.validate(in: bytes, range: whole)
                var cursor = try RecordCursor(header, at: position)
                while let record = try cursor.next(in: bytes) {
                    records.append(
                        StoredRecord(
                            offset: header.baseOffset + Int64(record.offsetDelta),
                            value: record.value.map { Array(bytes[$0]) } ?? []))
                }
                position = whole.upperBound
            }
        }
        return records
    }
}

enum TestFrames {
    static func send(
        _ batch: [UInt8], topic: UInt32, partition: UInt32 = 0, acks: RequiredAcks = .leader,
        timeoutMilliseconds: UInt32 = 30_000, requestId: UInt64
    ) throws -> [UInt8] {
        let request = SendRequest(
            topicId: topic, partition: partition, acks: acks,
            timeoutMilliseconds: timeoutMilliseconds, batch: 0..<batch.count)
        var prefix = [UInt8](repeating: 0, count: SendRequest.prefixByteCount)
        try prefix.withUnsafeMutableBytes {
            try request.encodePrefix(requestId: requestId, into: $0)
        }
        return prefix + batch
    }

    /// A frame with any command and payload.
    static func raw(command: UInt16, requestId: UInt64 = 1, payload: [UInt8] = []) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: WireLimits.frameHeaderByteCount)
        let header = FrameHeader(
            commandCode: command, requestId: requestId, payloadByteCount: payload.count)
        bytes.withUnsafeMutableBytes { buffer in
            do throws(WireError) {
                try header.encode(into: buffer)
            } catch {
                preconditionFailure("a header fits its own size: \(error)")
            }
        }
        return bytes + payload
    }
}

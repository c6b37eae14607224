// Frames, record batches and CRC-32C.

import AeroWire

extension MicroBenchmark {
    /// `crc`: one checksum of a block. `batch/build`, `batch/read`: one record of 100 B in batches
    /// of 64. `frame/parse`: one frame of a stream of small ones.
    static var codec: [MicroBenchmark] {
        let sizes = [("100B", 100), ("1KiB", 1 << 10), ("64KiB", 64 << 10), ("1MiB", 1 << 20)]
        return sizes.map { name, byteCount in
            MicroBenchmark("crc/hardware/\(name)", setUp: { makeChecksum(byteCount, hardware) })
        } + [
            MicroBenchmark("crc/portable/64KiB", setUp: { makeChecksum(64 << 10, portable) }),
            MicroBenchmark("batch/build/100B", setUp: makeBatchBuilds),
            MicroBenchmark("batch/read/100B", setUp: makeBatchReads),
            MicroBenchmark("frame/parse/ping", setUp: makeFrameParses),
        ]
    }
}

private let recordsPerBatch = 64
private let valueByteCount = 100

/// Memory that lives as long as the benchmark that captured it.
private final class Block {
    let bytes: UnsafeMutableRawBufferPointer

    init(byteCount: Int) {
        bytes = .allocate(byteCount: byteCount, alignment: 64)
        for index in bytes.indices { bytes[index] = UInt8(truncatingIfNeeded: index &* 31) }
    }

    deinit { bytes.deallocate() }
}

private func hardware(_ bytes: UnsafeRawBufferPointer, _ seed: UInt32) -> UInt32 {
    CRC32C.checksum(bytes, seed: seed)
}

private func portable(_ bytes: UnsafeRawBufferPointer, _ seed: UInt32) -> UInt32 {
    CRC32C.portableChecksum(bytes, seed: seed)
}

private func makeChecksum(
    _ byteCount: Int, _ checksum: @escaping (UnsafeRawBufferPointer, UInt32) -> UInt32
) -> MicroBenchmark.Body {
    let block = Block(byteCount: byteCount)
    return { operationCount in
        var state: UInt32 = 0
        for _ in 0..<operationCount {
            state = checksum(UnsafeRawBufferPointer(block.bytes), state)
        }
        return UInt64(state)
    }
}

private func buildBatch(_ block: Block) -> Int {
    var builder = RecordBatchBuilder(into: block.bytes)
    for index in 0..<recordsPerBatch {
        guard let value = builder.reserveRecord(valueByteCount: valueByteCount) else {
            preconditionFailure("the block holds a whole batch")
        }
        value.storeBytes(of: UInt64(index), as: UInt64.self)
    }
    return builder.finish(RecordBatchProperties(baseTimestamp: 0))
}

private func makeBatchBuilds() -> MicroBenchmark.Body {
    let block = Block(byteCount: 64 << 10)
    return { operationCount in
        var hash = ResultHash()
        // At least one batch, so that the smoke run does the work, too.
        for _ in 0..<(operationCount + recordsPerBatch - 1) / recordsPerBatch {
            hash.fold(UInt64(buildBatch(block)))
        }
        return hash.value
    }
}

private func makeBatchReads() -> MicroBenchmark.Body {
    let block = Block(byteCount: 64 << 10)
    let byteCount = buildBatch(block)
    return { operationCount in
        let bytes = UnsafeRawBufferPointer(rebasing: block.bytes[0..<byteCount])
        var hash = ResultHash()
        for _ in 0..<(operationCount + recordsPerBatch - 1) / recordsPerBatch {
            do throws(WireError) {
                let header = try RecordBatchHeader.decode(in: bytes, range: 0..<byteCount)
                var records = try RecordCursor(header)
                while let record = try records.next(in: bytes) {
                    hash.fold(UInt64(record.offsetDelta))
                }
            } catch {
                preconditionFailure("a batch just built is read: \(error)")
            }
        }
        return hash.value
    }
}

private func makeFrameParses() -> MicroBenchmark.Body {
    let block = Block(byteCount: 22)
    do throws(WireError) {
        try PingRequest(opaque: 7).encodeFrame(requestId: 9, into: block.bytes)
    } catch {
        preconditionFailure("a PING has 22 bytes: \(error)")
    }
    return { operationCount in
        let bytes = UnsafeRawBufferPointer(block.bytes)
        var hash = ResultHash()
        for _ in 0..<operationCount {
            do throws(WireError) {
                if case .frame(let header, _) = try FrameDecoder.next(in: bytes) {
                    hash.fold(header.requestId)
                }
            } catch {
                preconditionFailure("a frame just built is read: \(error)")
            }
        }
        return hash.value
    }
}

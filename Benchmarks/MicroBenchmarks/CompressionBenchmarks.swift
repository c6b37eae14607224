// Compressing record batches: what each codec, level and batch size costs and saves.

import AeroLoad
import AeroWire

extension MicroBenchmark {
    /// One operation is one message of JSON in a batch; the share is what is left of the batch.
    /// - `compress/CODEC-LEVEL/64x1KiB`: every level that somebody may choose, in the batches of
    ///   the scenario `compression`;
    /// - `compress/CODEC-LEVEL/NxSIZE`: each default level in small batches, down to a message by
    ///   itself: where compressing begins to be worth it;
    /// - `decompress/CODEC/64x1KiB`: what consumers pay.
    static var compression: [MicroBenchmark] {
        let levels: [(CompressionCodec, [Int])] = [
            (.gzip, [1, 6, 9]), (.snappy, [0]), (.lz4, [0, 9]), (.zstd, [-5, 1, 3, 6, 12]),
        ]
        let small = [(1, "256B"), (2, "256B"), (4, "256B"), (8, "256B"), (16, "256B")]
        let single = [(1, "512B"), (1, "1KiB"), (1, "2KiB"), (1, "4KiB")]
        let codecs = levels.map(\.0)
        return levels.flatMap { codec, levels in
            levels.map { compressing(codec, $0, 64, "1KiB") }
        }
            + codecs.flatMap { codec in
                (small + single).map { count, size in
                    compressing(codec, BatchCompression.levelDefault(of: codec), count, size)
                }
            }
            + codecs.map { codec in
                MicroBenchmark(
                    "decompress/\(codec)/64x1KiB",
                    setUp: { makeDecompressions(JSONBatch(64, "1KiB"), codec) })
            }
    }

    private static func compressing(
        _ codec: CompressionCodec, _ level: Int, _ messageCount: Int, _ size: String
    ) -> MicroBenchmark {
        let compression = BatchCompression(codec, level: level)
        return MicroBenchmark(
            "compress/\(codec)-\(level)/\(messageCount)x\(size)",
            setUp: { makeCompressions(JSONBatch(messageCount, size), compression) },
            share: { JSONBatch(messageCount, size).share(after: compression) })
    }
}

/// A finished batch of different JSON messages, and room for what becomes of it.
private final class JSONBatch {
    let messageCount: Int
    let bytes: UnsafeMutableRawBufferPointer
    let room: UnsafeMutableRawBufferPointer
    let byteCount: Int
    let compressor = BatchCompressor()

    init(_ messageCount: Int, _ size: String) {
        self.messageCount = messageCount
        let sizes = ["256B": 256, "512B": 512, "1KiB": 1_024, "2KiB": 2_048, "4KiB": 4_096]
        guard let messageByteCount = sizes[size] else {
            preconditionFailure("sizes are those of the list")
        }
        bytes = .allocate(byteCount: messageCount * (messageByteCount + 64) + 64, alignment: 64)
        let bounds = CompressionCodec.allCases.map { [bytes] codec in
            BatchCompressor.byteCountBound(bytes.count, by: codec)
        }
        room = .allocate(byteCount: bounds.max() ?? 0, alignment: 64)
        let bodies = PayloadBodies(
            messageByteCount: messageByteCount, seed: 1, payload: .json,
            variantCountMin: messageCount)
        var builder = RecordBatchBuilder(into: bytes)
        for sequence in 0..<messageCount {
            guard let value = builder.reserveRecord(valueByteCount: messageByteCount) else {
                preconditionFailure("the memory holds a whole batch")
            }
            let nanoseconds = Int64(sequence) * 33_333
            bodies.fill(
                value,
                Stamp(
                    classIndex: 0, producer: 0, destination: 0, sequence: Int64(sequence),
                    intendedNanoseconds: nanoseconds, actualNanoseconds: nanoseconds + 1_234))
        }
        byteCount = builder.finish(RecordBatchProperties(baseTimestamp: 0))
    }

    deinit {
        bytes.deallocate()
        room.deallocate()
    }

    /// Bytes of the batch in `room`; nil when it would not be smaller.
    func compress(by compression: BatchCompression) -> Int? {
        compressor.compress(
            UnsafeRawBufferPointer(rebasing: bytes[..<byteCount]), into: room, by: compression)
    }

    func share(after compression: BatchCompression) -> Double {
        Double(compress(by: compression) ?? byteCount) / Double(byteCount)
    }
}

private func makeCompressions(
    _ batch: JSONBatch, _ compression: BatchCompression
) -> MicroBenchmark.Body {
    { operationCount in
        var hash = ResultHash()
        // At least one batch, so that the smoke run does the work, too.
        for _ in 0..<(operationCount + batch.messageCount - 1) / batch.messageCount {
            // Not the bytes: those depend on the version of the codec's library.
            hash.fold(batch.compress(by: compression) == nil ? 0 : 1)
        }
        return hash.value
    }
}

private func makeDecompressions(
    _ batch: JSONBatch, _ codec: CompressionCodec
) -> MicroBenchmark.Body {
    guard let byteCount = batch.compress(by: BatchCompression(codec)) else {
        preconditionFailure("64 KiB of JSON become smaller by any codec")
    }
    let decompressor = BatchDecompressor()
    return { operationCount in
        let bytes = UnsafeRawBufferPointer(rebasing: batch.room[..<byteCount])
        var hash = ResultHash()
        for _ in 0..<(operationCount + batch.messageCount - 1) / batch.messageCount {
            do throws(WireError) {
                let header = try RecordBatchHeader.decode(in: bytes, range: 0..<byteCount)
                hash.fold(
                    UInt64(
                        try decompressor.decompress(header, at: 0, in: bytes, into: batch.bytes)))
            } catch {
                preconditionFailure("what was just compressed is decompressed: \(error)")
            }
        }
        return hash.value
    }
}

// Batches to compress, and compression as tests call it.

import AeroMemory
import AeroWire
import TestSupport

enum CompressionSamples {
    /// The codecs that compress.
    static let codecs = CompressionCodec.allCases.filter { $0 != .none }

    /// Every codec with its default and its outermost levels.
    static let compressions: [BatchCompression] = codecs.flatMap { codec in
        let levels =
            BatchCompression.levels(of: codec).map { [$0.lowerBound, $0.upperBound] } ?? []
        return [BatchCompression(codec)] + levels.map { BatchCompression(codec, level: $0) }
    }

    /// How well a body compresses.
    enum Body: CaseIterable {
        case zeros, text, noise
    }

    /// A batch of one record whose value has so many bytes.
    static func batch(
        valueByteCount: Int, _ body: Body, _ random: inout SplitMix64
    ) -> [UInt8] {
        batch([SampleRecord(0, nil, value(valueByteCount, body, &random))])
    }

    /// A finished batch with nothing else in it.
    static func batch(_ records: [SampleRecord]) -> [UInt8] {
        let byteCount = records.reduce(0) { $0 + ($1.value?.count ?? 0) + 4_096 }
        var properties = RecordBatchProperties(baseTimestamp: BatchSamples.baseTimestamp)
        properties.baseOffset = 71
        properties.partitionLeaderEpoch = 3
        properties.producerId = 9
        properties.producerEpoch = 2
        properties.baseSequence = 17
        guard let batch = BatchSamples.build(records, properties, capacity: byteCount) else {
            preconditionFailure("the capacity was computed for these records")
        }
        return batch
    }

    static func value(_ byteCount: Int, _ body: Body, _ random: inout SplitMix64) -> [UInt8] {
        switch body {
        case .zeros: return [UInt8](repeating: 0, count: byteCount)
        case .text:
            var text: [UInt8] = []
            while text.count < byteCount {
                text += Array(#"{"order":\#(random.next() >> 40),"state":"shipped","lines":["#.utf8)
            }
            return Array(text[..<byteCount])
        case .noise: return (0..<byteCount).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        }
    }

    /// The compressed batch, or nil when it would not be smaller; in memory of exactly the bound.
    static func compress(
        _ batch: [UInt8], _ compression: BatchCompression, by compressor: BatchCompressor
    ) -> [UInt8]? {
        withExactCopy(batch) { source in
            let bound = BatchCompressor.byteCountBound(batch.count, by: compression.codec)
            return withBlock(bound) { target in
                let byteCount = compressor.compress(
                    UnsafeRawBufferPointer(source), into: target, by: compression)
                return byteCount.map { Array(target[..<$0]) }
            }
        }
    }

    /// The batch without its compression, in memory of exactly the bound.
    static func decompress(
        _ batch: [UInt8], by decompressor: BatchDecompressor, limit: Int = 8 << 20
    ) throws(WireError) -> [UInt8] {
        let outcome: Result<[UInt8], WireError> = withExactCopy(batch) { source in
            do throws(WireError) {
                let bytes = UnsafeRawBufferPointer(source)
                let header = try RecordBatchHeader.decode(in: bytes, range: 0..<batch.count)
                let bound = try BatchDecompressor.byteCountBound(
                    of: header, at: 0, in: bytes, limit: limit)
                return withBlock(bound) { target in
                    do throws(WireError) {
                        let byteCount = try decompressor.decompress(
                            header, at: 0, in: bytes, into: target)
                        return .success(Array(target[..<byteCount]))
                    } catch {
                        return .failure(error)
                    }
                }
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }

    /// A batch that says to be compressed and carries these bytes, with a valid CRC.
    static func batch(carrying records: [UInt8], codec: CompressionCodec) -> [UInt8] {
        let plain = batch([SampleRecord(0, nil, [1])])
        var batch = Array(plain[..<61]) + records
        let length = UInt32(batch.count - 12)
        for index in 0..<4 {
            batch[8 + index] = UInt8(truncatingIfNeeded: length >> (24 - 8 * index))
        }
        batch[22] = codec.rawValue
        return BatchSamples.resealed(batch)
    }
}

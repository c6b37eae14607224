// Records with keys, in batches of any codec, and what a log holds of them.

import AeroMemory
import AeroStorage
import AeroWire
import TestSupport

/// A record as a consumer gets it.
struct KeyedRecord: Equatable {
    var offset: Int64
    let key: [UInt8]?
    let value: [UInt8]?
    let timestamp: Int64

    /// Whether it deletes its key.
    var isTombstone: Bool { key != nil && value == nil }
}

extension ModelBatch {
    /// A batch of these records, of which the first gives the base timestamp.
    static func keyed(_ records: [KeyedRecord], _ codec: CompressionCodec) -> [UInt8] {
        let plain = [UInt8](
            unsafeUninitializedCapacity: records.reduce(WireLimits.batchHeaderByteCount) {
                $0
                    + RecordBatchBuilder.recordByteCountBound(
                        keyByteCount: $1.key?.count ?? 0, valueByteCount: $1.value?.count ?? 0)
            }
        ) { memory, count in
            var builder = RecordBatchBuilder(into: UnsafeMutableRawBufferPointer(memory))
            builder.begin()
            for record in records {
                let isAppended = lend(record.key) { key in
                    lend(record.value) { value in
                        builder.append(
                            timestampDelta: record.timestamp - records[0].timestamp, key: key,
                            value: value)
                    }
                }
                precondition(isAppended, "the buffer was measured for the records")
            }
            count = builder.finish(RecordBatchProperties(baseTimestamp: records[0].timestamp))
        }
        guard codec != .none else { return plain }
        let compressor = BatchCompressor()
        var isSmaller = false
        let compressed = [UInt8](
            unsafeUninitializedCapacity: BatchCompressor.byteCountBound(plain.count, by: codec)
        ) { memory, count in
            let written = plain.withUnsafeBytes {
                compressor.compress(
                    $0, into: UnsafeMutableRawBufferPointer(memory), by: BatchCompression(codec))
            }
            isSmaller = written != nil
            count = written ?? 0
        }
        return isSmaller ? compressed : plain
    }

    private static func lend<Result>(
        _ bytes: [UInt8]?, _ body: (UnsafeRawBufferPointer?) -> Result
    ) -> Result {
        guard let bytes else { return body(nil) }
        return bytes.withUnsafeBytes { body($0) }
    }
}

/// Batches that do not follow on each other as a consumer relies on.
struct GapFound: Error {
    let offset: Int64
}

extension [UInt8] {
    /// The records of batches that follow on each other without a gap.
    func keyedRecords() throws -> [KeyedRecord] {
        var found: [KeyedRecord] = []
        let decompressor = BatchDecompressor()
        try withUnsafeBytes { bytes in
            var batches = RecordBatchCursor(0..<bytes.count)
            var next: Int64?
            while let batch = try batches.next(in: bytes) {
                let header = try RecordBatchHeader.validateStored(in: bytes, range: batch.range)
                if let next, next != header.baseOffset { throw GapFound(offset: next) }
                next = header.nextOffset
                let bound = try BatchDecompressor.byteCountBound(
                    of: header, at: batch.range.lowerBound, in: bytes, limit: 1 << 20)
                let plain = try [UInt8](unsafeUninitializedCapacity: bound) { memory, count in
                    count = try decompressor.decompress(
                        header, at: batch.range.lowerBound, in: bytes,
                        into: UnsafeMutableRawBufferPointer(memory))
                }
                try plain.withUnsafeBytes { plain in
                    let header = try RecordBatchHeader.decode(in: plain, range: 0..<plain.count)
                    var records = try RecordCursor(header)
                    while let record = try records.next(in: plain) {
                        found.append(
                            KeyedRecord(
                                offset: header.baseOffset + Int64(record.offsetDelta),
                                key: record.key.map { Array(plain[$0]) },
                                value: record.value.map { Array(plain[$0]) },
                                timestamp: header.baseTimestamp + record.timestampDelta))
                    }
                }
            }
        }
        return found
    }
}

/// Everything that was appended, and what compaction may take of it.
struct KeyedModel {
    /// By their offsets.
    private(set) var records: [KeyedRecord] = []
    /// As they were appended.
    private(set) var batches: [ModelBatch] = []

    var logEnd: Int64 { Int64(records.count) }

    mutating func append(_ batch: [UInt8], _ new: [KeyedRecord]) {
        batches.append(
            ModelBatch(bytes: batch, baseOffset: logEnd, recordCount: new.count))
        for var record in new {
            record.offset = logEnd
            records.append(record)
        }
    }

    /// What is wrong with the records that a log holds below an offset; nil when it is what a
    /// compacted log may hold.
    ///
    /// - Parameters:
    ///   - found: What was read.
    ///   - end: The log's end.
    ///   - cleaned: Below it nothing superseded may be left.
    ///   - keepsTombstones: Whether the deletion retention is not over for any of them.
    func fault(
        of found: [KeyedRecord], end: Int64, cleaned: Int64 = 0, keepsTombstones: Bool = true
    ) -> String? {
        var latest: [[UInt8]: Int64] = [:]
        var latestCleaned: [[UInt8]: Int64] = [:]
        for record in records where record.offset < end {
            guard let key = record.key else { continue }
            latest[key] = record.offset
            if record.offset < cleaned { latestCleaned[key] = record.offset }
        }
        var kept = Set<Int64>()
        var previous: Int64 = -1
        for record in found {
            guard record.offset > previous, record.offset < end,
                record == records[Int(record.offset)]
            else { return "\(record) is not what was appended, behind \(previous)" }
            previous = record.offset
            kept.insert(record.offset)
            if let key = record.key, record.offset < cleaned, latestCleaned[key] != record.offset {
                return "\(record) is superseded by \(latestCleaned[key] ?? -1)"
            }
        }
        for record in records where record.offset < end && !kept.contains(record.offset) {
            guard let key = record.key else { return "\(record) has no key and is gone" }
            guard latest[key] == record.offset else { continue }
            guard record.isTombstone, !keepsTombstones else { return "\(record) is gone" }
            // What it deleted may not come back.
            if let older = found.first(where: { $0.key == key }) {
                return "\(older) is back, and \(record) is gone"
            }
        }
        return nil
    }
}

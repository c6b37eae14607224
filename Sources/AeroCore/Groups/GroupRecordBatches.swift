// Records of groups as the batches of a log, and back.

package import AeroWire

/// Puts records of groups into record batches.
package enum GroupRecordBatches {
    /// Bytes of a batch at most, so that it fits whatever frame reads it.
    private static let byteCountMax = 256 << 10

    /// A record as bytes, and how much of a batch it takes at most.
    private struct Encoded {
        let key: [UInt8]
        let value: [UInt8]?
        let byteCountBound: Int

        init(_ record: GroupRecord) {
            key = record.key
            value = record.value
            byteCountBound = RecordBatchBuilder.recordByteCountBound(
                keyByteCount: key.count, valueByteCount: value?.count ?? 0)
        }
    }

    /// The records in as few batches as they fit in, in order.
    ///
    /// - Returns: Whole batches of format 2, without base offsets; none for no records.
    package static func encode(
        _ records: [GroupRecord], timestampMilliseconds: Int64
    ) -> [[UInt8]] {
        var batches: [[UInt8]] = []
        var pending: [Encoded] = []
        var byteCount = WireLimits.batchHeaderByteCount
        for record in records.lazy.map(Encoded.init) {
            if byteCount + record.byteCountBound > byteCountMax, !pending.isEmpty {
                batches.append(batch(of: pending, byteCount, timestampMilliseconds))
                pending = []
                byteCount = WireLimits.batchHeaderByteCount
            }
            pending.append(record)
            byteCount += record.byteCountBound
        }
        if !pending.isEmpty {
            batches.append(batch(of: pending, byteCount, timestampMilliseconds))
        }
        return batches
    }

    private static func batch(
        of records: [Encoded], _ byteCountBound: Int, _ timestampMilliseconds: Int64
    ) -> [UInt8] {
        // SAFETY: the builder writes the batch from the start, and `finish` counts its bytes.
        [UInt8](unsafeUninitializedCapacity: byteCountBound) { memory, count in
            var builder = RecordBatchBuilder(into: UnsafeMutableRawBufferPointer(memory))
            for record in records {
                let isWritten = record.key.withUnsafeBytes { key in
                    guard let value = record.value else {
                        return builder.append(key: key, value: nil)
                    }
                    return value.withUnsafeBytes { builder.append(key: key, value: $0) }
                }
                precondition(isWritten, "the records were counted to fit")
            }
            count = builder.finish(RecordBatchProperties(baseTimestamp: timestampMilliseconds))
        }
    }

    /// Reads the records of whole batches, oldest first.
    ///
    /// - Parameters:
    ///   - bytes: Batches back to back.
    ///   - take: Is given each record; nil stands for one that this build cannot read.
    /// - Throws: When a batch does not have the format.
    package static func decode(
        _ bytes: UnsafeRawBufferPointer, _ take: (GroupRecord?) -> Void
    ) throws(WireError) {
        var batches = RecordBatchCursor(0..<bytes.count)
        while let batch = try batches.next(in: bytes) {
            // A compacted batch may have lost all of its records.
            guard batch.header.recordCount > 0 else { continue }
            var records = try RecordCursor(batch.header, at: batch.range.lowerBound)
            while let record = try records.next(in: bytes) { take(decode(record, in: bytes)) }
        }
    }

    private static func decode(
        _ record: RecordView, in bytes: UnsafeRawBufferPointer
    ) -> GroupRecord? {
        guard let key = record.key else { return nil }
        do throws(WireError) {
            return try GroupRecord.decode(
                key: UnsafeRawBufferPointer(rebasing: bytes[key]),
                value: record.value.map { UnsafeRawBufferPointer(rebasing: bytes[$0]) })
        } catch {
            // The batch's CRC was right, so it was written like this: by another version.
            return nil
        }
    }
}

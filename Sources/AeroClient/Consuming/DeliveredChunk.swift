// Batches that arrived together, in pooled memory that lives as long as anybody looks at them.

import AeroMemory
import AeroWire

/// Whole record batches of one partition, as they came.
///
/// SAFETY: immutable after init but for `slice`, which only `deinit` clears: the memory has to be
/// home before the pool may go, and the order in which properties are destroyed is not promised.
final class DeliveredChunk: @unchecked Sendable {
    private var slice: SharedSlice?
    private let keeper: PoolKeeper
    /// The topic.
    let topic: String
    /// The consumer's lane it came by, and that lane's partition.
    let lane: Int
    let partition: Int
    /// The first record that is new; the first batch may hold earlier ones.
    let firstOffset: Int64
    /// The last record's offset.
    let lastOffset: Int64
    /// The offset that the partition's next record will have.
    let highWatermark: Int64
    /// Bytes of credit that it used.
    let creditByteCount: Int
    /// Records in its batches.
    let recordCount: Int

    init(
        _ slice: SharedSlice, keeper: PoolKeeper, topic: String, lane: Int, partition: Int,
        offsets: ClosedRange<Int64>, highWatermark: Int64, creditByteCount: Int,
        recordCount: Int
    ) {
        self.slice = slice
        self.keeper = keeper
        self.topic = topic
        self.lane = lane
        self.partition = partition
        firstOffset = offsets.lowerBound
        lastOffset = offsets.upperBound
        self.highWatermark = highWatermark
        self.creditByteCount = creditByteCount
        self.recordCount = recordCount
    }

    deinit { slice = nil }

    /// The bytes of the batches; they never change.
    var bytes: UnsafeRawBufferPointer {
        guard let slice else { preconditionFailure("a chunk keeps its memory to its end") }
        return slice.bytes
    }

    /// Checks every batch's CRC and every record's structure.
    ///
    /// - Returns: How many records from `firstOffset` on there are.
    func validate() throws(WireError) -> Int {
        var count = 0
        var batches = RecordBatchCursor(0..<bytes.count)
        while let batch = try batches.next(in: bytes) {
            let header = try RecordBatchHeader.validate(in: bytes, range: batch.range)
            var records = try RecordCursor(header, at: batch.range.lowerBound)
            while let record = try records.next(in: bytes) {
                var headers = RecordHeaderCursor(record)
                while try headers.next(in: bytes) != nil {}
                if header.baseOffset + Int64(record.offsetDelta) >= firstOffset { count += 1 }
            }
        }
        return count
    }
}

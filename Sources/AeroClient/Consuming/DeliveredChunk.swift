// Batches that arrived together, in pooled memory that lives as long as anybody looks at them.

import AeroMemory
import AeroWire

/// Whole record batches of one partition, none of them compressed; or the news that one of them is
/// damaged, which is told to whoever takes it.
///
/// SAFETY: immutable after init but for `slice`, which only `deinit` clears: the memory has to be
/// home before the pool may go, and the order in which properties are destroyed is not promised.
final class DeliveredChunk: @unchecked Sendable {
    private var slice: SharedSlice?
    private let damage: WireError?
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
    /// Which log of the partition it is from, of those that the consumer has met.
    let incarnation: Int
    /// Bytes of the receive window that it takes.
    let windowByteCount: Int
    /// Records in its batches.
    let recordCount: Int

    init(
        _ piece: DeliveredPiece, keeper: PoolKeeper, topic: String, lane: Int, partition: Int,
        highWatermark: Int64, incarnation: Int = 0
    ) {
        switch piece.content {
        case .success(let slice):
            self.slice = slice
            damage = nil
        case .failure(let error):
            slice = nil
            damage = error
        }
        self.keeper = keeper
        self.topic = topic
        self.lane = lane
        self.partition = partition
        firstOffset = piece.offsets.lowerBound
        lastOffset = piece.offsets.upperBound
        self.highWatermark = highWatermark
        self.incarnation = incarnation
        windowByteCount = piece.windowByteCount
        recordCount = piece.recordCount
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
    /// - Throws: What is wrong with them.
    func validate() throws(WireError) -> Int {
        if let damage { throw damage }
        var count = 0
        var batches = RecordBatchCursor(0..<bytes.count)
        while let batch = try batches.next(in: bytes) {
            let header = try RecordBatchHeader.validateStored(in: bytes, range: batch.range)
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

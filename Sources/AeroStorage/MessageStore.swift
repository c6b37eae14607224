// The promise of everything that keeps the batches of one partition.

package import AeroIO
package import AeroMemory
package import AeroWire

/// What became of an append.
package enum AppendOutcome: Equatable, Sendable {
    /// The batch is stored; its first record has this offset.
    case appended(baseOffset: Int64)
    /// The store is at its byte limit: the producer has to wait.
    case full
    /// A batch that could never fit, whatever is released first.
    case tooLarge(limitByteCount: Int)
    /// The batch was stored before, at these offsets: an idempotent producer sent it again.
    case duplicate(baseOffset: Int64, nextOffset: Int64)
    /// Not stored, and why.
    case refused(ErrorCode)
}

/// What a read found.
package enum ReadOutcome: Sendable {
    /// Whole batches, contiguous in one buffer; the cursor stands behind them.
    case batches(SharedSlice)
    /// The cursor is at the log end.
    case atEnd
    /// The cursor's offset is not, or no longer, in the log.
    case outOfRange
    /// Whole batches, contiguous in a file; the cursor stands behind them.
    case file(FileSlice)
    /// The batches are there and cannot be read.
    case failed(ErrorCode)
}

/// A place in a partition that sequential reads move forward in constant time.
///
/// The hint speaks of the store that made it; a cursor with a stale hint is looked up again by
/// its offset, so a cursor never becomes wrong, only slower once.
package struct StoreCursor: Sendable {
    /// The next record to read.
    package internal(set) var offset: Int64
    /// Which buffer of the store holds it, counted from the store's first; -1 when not known.
    internal var chunkNumber: Int
    /// Where in that buffer its batch starts, in bytes.
    internal var position: Int
    /// Which segment of a log holds it, by its base offset; -1 when not known. At most one of the
    /// places in memory and in a file is known: the one of the last read.
    internal var segmentBaseOffset: Int64
    /// Which version of that segment, as compaction replaces them.
    internal var segmentVersion = 0
    /// Where in that segment its batch starts, in bytes.
    internal var filePosition: Int

    /// - Parameter offset: The next record to read.
    package init(offset: Int64) {
        self.offset = offset
        chunkNumber = -1
        position = 0
        segmentBaseOffset = -1
        filePosition = 0
    }
}

/// Keeps the record batches of one partition, in the order in which they were appended.
///
/// One thread owns a store. The bytes of a batch are kept as they came; only the base offset and
/// the leader epoch, which stand outside the CRC, are set in place.
package protocol MessageStore: ~Copyable {
    /// The first offset that can be read.
    var logStartOffset: Int64 { get }
    /// The offset that the next appended record will get.
    var logEndOffset: Int64 { get }
    /// Everything below this offset is as durable as the topic asks, and may be consumed.
    var highWatermark: Int64 { get }
    /// Bytes of batches kept.
    var storedByteCount: Int { get }

    /// Appends one valid batch.
    ///
    /// - Parameters:
    ///   - batch: Exactly the bytes of the batch; borrowed for the call.
    ///   - header: Its decoded and validated header.
    ///   - nowMilliseconds: Since 1970-01-01 UTC.
    /// - Throws: `PoolError.exhausted` at the memory cap of the shard.
    mutating func append(
        _ batch: UnsafeRawBufferPointer, header: RecordBatchHeader, nowMilliseconds: Int64
    ) throws(PoolError) -> AppendOutcome

    /// Reads whole batches below the high watermark from the cursor on, and moves it behind them.
    ///
    /// - Parameters:
    ///   - cursor: Where to start; when its offset lies inside a batch, that whole batch is read.
    ///   - maximumByteCount: No more than this, but always at least one batch.
    func read(_ cursor: inout StoreCursor, maximumByteCount: Int) -> ReadOutcome

    /// Lets go of what is below `offset` and beyond the retention, in whole buffers.
    ///
    /// - Parameters:
    ///   - offset: Everything below may go; nothing at or above it does.
    ///   - byteCount: Go below the retention, too, until this much more fits; `Int.max` lets go
    ///     of all that may go.
    /// - Returns: Bytes released.
    mutating func release(below offset: Int64, reserving byteCount: Int) -> Int
}

// Batches of one partition in pooled memory: all of a volatile one, the tail of a durable one.

package import AeroMemory
package import AeroWire

/// How much a memory store keeps.
package struct MemoryStoreLimits: Sendable, Equatable {
    /// Released data is kept up to this many bytes, for replay.
    package var retentionByteCount: Int
    /// Never more than this many bytes of batches.
    package var maximumByteCount: Int

    /// - Parameters:
    ///   - retentionByteCount: At least 0, at most `maximumByteCount`.
    ///   - maximumByteCount: More than 0.
    package init(retentionByteCount: Int, maximumByteCount: Int) {
        precondition(maximumByteCount > 0 && retentionByteCount >= 0, "limits are positive")
        self.maximumByteCount = maximumByteCount
        self.retentionByteCount = min(retentionByteCount, maximumByteCount)
    }
}

/// Keeps batches back to back in buffers of growing size, oldest first.
///
/// A batch is copied once, from the receive buffer to the tail buffer: so memory is accounted
/// to the byte, a stored batch never pins a half-empty receive buffer, and a reader gets many
/// batches as one contiguous slice.
package struct MemoryStore: ~Copyable {
    /// A buffer and the offsets that its batches cover.
    private struct Chunk {
        let buffer: SharedBuffer
        let firstOffset: Int64
        var endOffset: Int64
    }

    /// Buffer sizes, first to last: a quiet partition costs little, a busy one works in large ones.
    private static let chunkByteCounts = [8 * 1024, 64 * 1024, 256 * 1024]

    private let source: ChunkSource
    private let limits: MemoryStoreLimits
    private var chunks: [Chunk] = []
    private var firstChunkNumber = 0

    package private(set) var logStartOffset: Int64 = 0
    package private(set) var logEndOffset: Int64 = 0
    package private(set) var storedByteCount = 0

    /// - Parameters:
    ///   - source: The owning shard's buffers.
    ///   - limits: How much to keep.
    ///   - startOffset: The offset of the first record to come.
    package init(source: ChunkSource, limits: MemoryStoreLimits, startOffset: Int64 = 0) {
        self.source = source
        self.limits = limits
        logStartOffset = startOffset
        logEndOffset = startOffset
    }

    /// Appends one valid batch, and sets its base offset and leader epoch in place.
    ///
    /// - Throws: `PoolError.exhausted` at the memory cap of the shard.
    package mutating func append(
        _ batch: UnsafeRawBufferPointer, header: RecordBatchHeader
    ) throws(PoolError) -> AppendOutcome {
        guard batch.count <= limits.maximumByteCount else {
            return .tooLarge(limitByteCount: limits.maximumByteCount)
        }
        guard storedByteCount + batch.count <= limits.maximumByteCount else { return .full }
        try makeRoom(for: batch.count)
        let last = chunks.count - 1
        let position = chunks[last].buffer.append(batch)
        let baseOffset = logEndOffset
        let stored = UnsafeMutableRawBufferPointer(
            start: chunks[last].buffer.baseAddress + position, count: batch.count)
        RecordBatchHeader.setBaseOffset(baseOffset, in: stored)
        RecordBatchHeader.setPartitionLeaderEpoch(0, in: stored)
        logEndOffset = baseOffset + Int64(header.lastOffsetDelta) + 1
        chunks[last].endOffset = logEndOffset
        storedByteCount += batch.count
        return .appended(baseOffset: baseOffset)
    }

    /// Reads whole batches from the cursor on, and moves it behind them.
    ///
    /// - Parameters:
    ///   - cursor: Where to start.
    ///   - limit: Nothing at or above this offset is read; between two batches.
    ///   - maximumByteCount: No more than this, but always at least one batch.
    package func read(
        _ cursor: inout StoreCursor, below limit: Int64, maximumByteCount: Int
    ) -> ReadOutcome {
        if cursor.offset == limit { return .atEnd }
        guard cursor.offset >= logStartOffset, cursor.offset < limit else { return .outOfRange }
        locate(&cursor)
        let chunk = chunks[cursor.chunkNumber - firstChunkNumber]
        let start = cursor.position
        var end = start
        var endOffset = cursor.offset
        if chunk.endOffset <= limit, chunk.buffer.count - start <= maximumByteCount {
            end = chunk.buffer.count
            endOffset = chunk.endOffset
        } else {
            while end < chunk.buffer.count {
                let batch = BatchExtent(in: chunk.buffer, at: end)
                if end > start, end + batch.byteCount - start > maximumByteCount { break }
                if batch.endOffset > limit { break }
                end += batch.byteCount
                endOffset = batch.endOffset
            }
        }
        cursor.offset = endOffset
        cursor.position = end
        return .batches(
            SharedSlice(owner: chunk.buffer, position: start, byteCount: end - start))
    }

    /// Lets go of whole buffers: see `MessageStore.release`.
    package mutating func release(below offset: Int64, reserving byteCount: Int) -> Int {
        var released = 0
        while !chunks.isEmpty, chunks[0].endOffset <= offset {
            let left = storedByteCount - chunks[0].buffer.count
            let isFull = byteCount > limits.maximumByteCount - storedByteCount
            guard left >= limits.retentionByteCount || isFull else { break }
            logStartOffset = chunks[0].endOffset
            released += chunks[0].buffer.count
            storedByteCount = left
            firstChunkNumber += 1
            source.giveBack(chunks.removeFirst().buffer)
        }
        return released
    }

    // MARK: - Buffers

    /// Makes the last buffer one that has room for `byteCount`.
    private mutating func makeRoom(for byteCount: Int) throws(PoolError) {
        if let last = chunks.last, last.buffer.remaining >= byteCount { return }
        let grown = Self.chunkByteCounts.first { $0 > (chunks.last?.buffer.capacity ?? 0) }
        let size = max(byteCount, grown ?? Self.chunkByteCounts[Self.chunkByteCounts.count - 1])
        let buffer = try source.take(size, storedByteCount: storedByteCount)
        chunks.append(
            Chunk(buffer: buffer, firstOffset: logEndOffset, endOffset: logEndOffset))
    }

    // MARK: - Finding an offset

    /// Points the cursor at the start of the batch that holds its offset.
    private func locate(_ cursor: inout StoreCursor) {
        if cursor.chunkNumber >= firstChunkNumber {
            let index = cursor.chunkNumber - firstChunkNumber
            let chunk = chunks[index]
            if cursor.position < chunk.buffer.count { return }
            if index + 1 < chunks.count, cursor.offset == chunks[index + 1].firstOffset {
                cursor.chunkNumber += 1
                cursor.position = 0
                return
            }
        }
        let index = chunkIndex(of: cursor.offset)
        cursor.chunkNumber = firstChunkNumber + index
        var position = 0
        while true {
            let batch = BatchExtent(in: chunks[index].buffer, at: position)
            if cursor.offset < batch.endOffset { break }
            position += batch.byteCount
        }
        cursor.position = position
    }

    /// The buffer that covers `offset`, which must be in the log. Binary search.
    private func chunkIndex(of offset: Int64) -> Int {
        var low = 0
        var high = chunks.count - 1
        while low < high {
            let middle = (low + high) / 2
            if offset < chunks[middle].endOffset { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

/// Length and end of a stored batch, from the header fields that a valid batch is known to have.
private struct BatchExtent {
    let byteCount: Int
    let endOffset: Int64

    init(in buffer: SharedBuffer, at position: Int) {
        let bytes = UnsafeRawBufferPointer(start: buffer.baseAddress, count: buffer.count)
        do throws(WireError) {
            let header = try RecordBatchHeader.decode(in: bytes, range: position..<buffer.count)
            byteCount = header.byteCount
            endOffset = header.nextOffset
        } catch {
            preconditionFailure("a stored batch is damaged: \(error)")
        }
    }
}

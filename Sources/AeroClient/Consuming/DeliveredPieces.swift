// A delivery, brought into the client's memory in pieces that can be read.

import AeroMemory
import AeroWire

/// Batches of a delivery in the client's memory.
struct DeliveredPiece {
    /// The batches, none of them compressed; or what is wrong with one of them.
    let content: Result<SharedSlice, WireError>
    /// The new records.
    let offsets: ClosedRange<Int64>
    /// Records in the batches.
    let recordCount: Int
    /// Bytes that the broker sent.
    let deliveredByteCount: Int

    /// Bytes that it takes of the receive window: no less than what it holds of memory.
    var windowByteCount: Int {
        guard case .success(let slice) = content else { return deliveredByteCount }
        return max(slice.byteCount, deliveredByteCount)
    }
}

/// What bounds the memory for batches that were compressed.
struct DecompressionBounds {
    /// Bytes of one batch without its compression.
    let batchByteCountMax: Int
    /// Bytes of memory that one piece may take of the pool.
    let pieceByteCountMax: Int

    /// Batches are put together up to so many bytes, so that small ones do not come one by one.
    static let gatheredByteCountMax = 256 << 10

    /// - Parameter batchByteCountMax: Of the consumer's options.
    init(batchByteCountMax: Int, within connection: ConnectionOptions) {
        self.batchByteCountMax = batchByteCountMax
        // The rest is for frames as they arrive.
        pieceByteCountMax = connection.poolByteCountMax / 2
    }
}

/// Brings what is new of a delivery into the client's memory: in one piece as it came, or
/// decompressed in pieces of some batches each, so that what came small need not find memory for
/// all that it becomes at once.
struct DeliveredPieces {
    private let found: NewBatches
    private let bytes: UnsafeRawBufferPointer
    private let bounds: DecompressionBounds
    private var cursor: RecordBatchCursor

    /// - Parameters:
    ///   - found: What is new in `bytes`.
    ///   - bytes: The delivery, valid as long as this value is used.
    init(
        _ found: NewBatches, of bytes: UnsafeRawBufferPointer, within bounds: DecompressionBounds
    ) {
        self.found = found
        self.bytes = bytes
        self.bounds = bounds
        cursor = RecordBatchCursor(found.range)
    }

    /// The next piece; nil behind the last.
    ///
    /// - Throws: When the pool has no memory for it.
    mutating func next(
        _ decompressor: BatchDecompressor, from pool: BufferPool
    ) throws(PoolError) -> DeliveredPiece? {
        let gathered = found.hasCompressed ? gather() : gatherAll()
        guard let gathered else { return nil }
        let content: Result<SharedSlice, WireError>
        if let damage = gathered.damage {
            content = .failure(damage)
        } else {
            let memory = SharedBuffer(
                try pool.allocate(minimumByteCount: gathered.memoryByteCount))
            content = fill(memory, with: gathered, decompressor)
        }
        return DeliveredPiece(
            content: content,
            offsets: max(found.firstOffset, gathered.firstOffset)...gathered.lastOffset,
            recordCount: gathered.recordCount, deliveredByteCount: gathered.range.count)
    }

    // MARK: - Gathering

    /// Batches for one piece.
    private struct Gathered {
        var range: Range<Int>
        var firstOffset: Int64
        var lastOffset: Int64
        var recordCount = 0
        /// At most so much will be written.
        var memoryByteCount = 0
        var damage: WireError?

        init(_ batch: RecordBatchView) {
            range = batch.range.lowerBound..<batch.range.lowerBound
            firstOffset = batch.header.baseOffset
            lastOffset = batch.header.lastOffset
        }

        mutating func add(_ batch: RecordBatchView, memoryByteCount byteCount: Int) {
            range = range.lowerBound..<batch.range.upperBound
            lastOffset = batch.header.lastOffset
            recordCount += Int(batch.header.recordCount)
            memoryByteCount += byteCount
        }
    }

    /// All that is left, as it is.
    private mutating func gatherAll() -> Gathered? {
        var all: Gathered?
        while let batch = step(&cursor) {
            if all == nil { all = Gathered(batch) }
            all?.add(batch, memoryByteCount: batch.range.count)
        }
        return all
    }

    /// The next batch, and those behind it that fit beside it. A damaged one stands alone.
    private mutating func gather() -> Gathered? {
        var ahead = cursor
        guard let first = step(&ahead) else { return nil }
        cursor = ahead
        var gathered = Gathered(first)
        do throws(WireError) {
            gathered.add(first, memoryByteCount: try memoryByteCount(of: first))
        } catch {
            gathered.add(first, memoryByteCount: 0)
            gathered.damage = error
            return gathered
        }
        while let batch = step(&ahead) {
            do throws(WireError) {
                let byteCount = try memoryByteCount(of: batch)
                let sum = gathered.memoryByteCount + byteCount
                guard
                    sum <= min(DecompressionBounds.gatheredByteCountMax, bounds.pieceByteCountMax)
                else { return gathered }
                gathered.add(batch, memoryByteCount: byteCount)
                cursor = ahead
            } catch {
                // The next call finds the same, with this batch in front.
                return gathered
            }
        }
        return gathered
    }

    /// Bytes to have ready for a batch.
    ///
    /// - Throws: What is wrong with it; that it would need too many.
    private func memoryByteCount(of batch: RecordBatchView) throws(WireError) -> Int {
        let byteCount: Int
        do throws(WireError) {
            byteCount = try BatchDecompressor.byteCountBound(
                of: batch.header, at: batch.range.lowerBound, in: bytes,
                limit: bounds.batchByteCountMax)
        } catch {
            // Damage on the way says so rather than what it made of the size.
            try batch.header.validateChecksum(in: bytes, at: batch.range.lowerBound)
            throw error
        }
        let capacity = BufferSizeClass.containing(byteCount).byteCount ?? byteCount
        guard capacity <= bounds.pieceByteCountMax else {
            throw .decompressedTooLarge(byteCount: byteCount, limit: bounds.pieceByteCountMax)
        }
        return byteCount
    }

    private func step(_ cursor: inout RecordBatchCursor) -> RecordBatchView? {
        do throws(WireError) {
            return try cursor.next(in: bytes)
        } catch {
            preconditionFailure("batches that were read once cannot be read: \(error)")
        }
    }

    // MARK: - Filling

    private func fill(
        _ memory: SharedBuffer, with gathered: Gathered, _ decompressor: BatchDecompressor
    ) -> Result<SharedSlice, WireError> {
        guard found.hasCompressed else {
            let position = memory.append(UnsafeRawBufferPointer(rebasing: bytes[gathered.range]))
            return .success(
                SharedSlice(owner: memory, position: position, byteCount: gathered.range.count))
        }
        var batches = RecordBatchCursor(gathered.range)
        do throws(WireError) {
            while let batch = try batches.next(in: bytes) {
                try batch.header.validateChecksum(in: bytes, at: batch.range.lowerBound)
                let room = UnsafeMutableRawBufferPointer(
                    start: memory.baseAddress + memory.count, count: memory.remaining)
                let byteCount = try decompressor.decompress(
                    batch.header, at: batch.range.lowerBound, in: bytes, into: room)
                _ = memory.claim(byteCount)
            }
        } catch {
            return .failure(error)
        }
        return .success(SharedSlice(owner: memory, position: 0, byteCount: memory.count))
    }
}

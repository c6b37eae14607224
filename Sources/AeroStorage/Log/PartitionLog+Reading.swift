// Reading: the tail from memory, everything older from the files.

import AeroIO
import AeroMemory
package import AeroWire

extension PartitionLog {
    package func read(_ cursor: inout StoreCursor, maximumByteCount: Int) -> ReadOutcome {
        let limit = highWatermark
        if cursor.offset == limit { return .atEnd }
        guard cursor.offset >= logStartOffset, cursor.offset < limit else { return .outOfRange }
        if cursor.offset >= tail.logStartOffset {
            // Its place in a file is left behind now, and would be believed later.
            cursor.segmentBaseOffset = -1
            return tail.read(&cursor, below: limit, maximumByteCount: maximumByteCount)
        }
        guard let files else { preconditionFailure("a volatile log is all tail") }
        do throws(ErrorCode) {
            return .file(try readFile(&cursor, in: files, below: limit, maximumByteCount))
        } catch {
            return .failed(error)
        }
    }

    /// A slice of the segment that holds the cursor's offset.
    private func readFile(
        _ cursor: inout StoreCursor, in files: LogFiles, below limit: Int64,
        _ maximumByteCount: Int
    ) throws(ErrorCode) -> FileSlice {
        let segment = segments[segmentNumber(of: cursor.offset)]
        let (file, index) = try open(segment, files)
        // What may be read of it: all of a segment below the watermark, else what the watermark
        // stands for.
        let end =
            segment.nextOffset <= limit
            ? (offset: segment.nextOffset, position: segment.byteCount)
            : (
                offset: limit,
                position: settings.durability == .sync
                    ? segment.synchronizedByteCount : segment.writtenByteCount
            )
        var start = cursor.filePosition
        let isKnown =
            cursor.segmentBaseOffset == segment.baseOffset
            && cursor.segmentVersion == segment.version
        if !isKnown || start >= end.position {
            start = try position(of: cursor.offset, index, file)
        }
        let stop = try self.stop(from: start, index, file, end, maximumByteCount)
        if isKnown, cursor.filePosition == start, stop.position < end.position {
            let ahead = min(stop.position + 4 * (stop.position - start), end.position)
            file.willRead(stop.position..<ahead)
        }
        cursor.offset = stop.offset
        cursor.segmentBaseOffset = segment.baseOffset
        cursor.segmentVersion = segment.version
        cursor.filePosition = stop.position
        cursor.chunkNumber = -1
        return FileSlice(file: file, position: start, byteCount: stop.position - start)
    }

    /// Where a read ends: behind as many whole batches as fit, at least one.
    private func stop(
        from start: Int, _ index: SparseIndex, _ file: any DiskFile,
        _ end: (offset: Int64, position: Int), _ maximumByteCount: Int
    ) throws(ErrorCode) -> (offset: Int64, position: Int) {
        if end.position - start <= maximumByteCount { return end }
        if let entry = index.entry(atOrBefore: start + maximumByteCount),
            entry.position > start
        {
            return (entry.offset, entry.position)
        }
        var stop: (offset: Int64, position: Int) = (0, start)
        while stop.position < end.position {
            let header = try batchHeader(at: stop.position, in: file)
            let next = stop.position + header.byteCount
            if stop.position > start, next - start > maximumByteCount { break }
            stop = (header.nextOffset, next)
        }
        return stop
    }

    /// Where the batch that holds an offset starts.
    private func position(
        of offset: Int64, _ index: SparseIndex, _ file: any DiskFile
    ) throws(ErrorCode) -> Int {
        var position = index.entry(atOrBelow: offset)?.position ?? 0
        while true {
            let header = try batchHeader(at: position, in: file)
            if offset < header.nextOffset { return position }
            position += header.byteCount
        }
    }

    private func batchHeader(
        at position: Int, in file: any DiskFile
    ) throws(ErrorCode) -> RecordBatchHeader {
        var failure: ErrorCode?
        var found: RecordBatchHeader?
        withUnsafeTemporaryAllocation(
            byteCount: WireLimits.batchHeaderByteCount, alignment: 8
        ) { memory in
            do throws(Errno) {
                let count = try file.read(into: memory, at: position)
                guard count == memory.count else { return }
                found = RecordBatchHeader.peek(in: UnsafeRawBufferPointer(memory), at: 0)
            } catch {
                failure = .logFailed
            }
        }
        if let failure { throw failure }
        // The file was whole when it was recovered or written.
        guard let found else { throw .logDamaged }
        return found
    }

    private func open(
        _ segment: Segment, _ files: LogFiles
    ) throws(ErrorCode) -> (file: any DiskFile, index: SparseIndex) {
        do throws(Errno) {
            return try segment.open(files)
        } catch {
            throw .logFailed
        }
    }

    /// The segment that holds an offset, which must be on disk. Binary search.
    internal func segmentNumber(of offset: Int64) -> Int {
        var low = 0
        var high = segments.count - 1
        while low < high {
            let middle = (low + high) / 2
            if offset < segments[middle].nextOffset { high = middle } else { low = middle + 1 }
        }
        return low
    }

    // MARK: - By time

    /// The base offset of the first batch whose latest record is not older than a time; the high
    /// watermark when there is none.
    ///
    /// - Throws: `.logFailed` when a file cannot be read, `.logDamaged` when it holds no batches.
    package func findOffset(atOrAfter timestampMilliseconds: Int64) throws(ErrorCode) -> Int64 {
        guard let files else { return findInTail(timestampMilliseconds) }
        let limit = highWatermark
        for segment in segments where segment.maxTimestamp >= timestampMilliseconds {
            guard segment.writtenByteCount > 0 else { break }
            let (file, index) = try open(segment, files)
            var position = index.entry(before: timestampMilliseconds)?.position ?? 0
            while position < segment.writtenByteCount {
                let header = try batchHeader(at: position, in: file)
                // A batch whose records compaction took out has no time of its own.
                if header.nextOffset > logStartOffset, header.recordCount > 0,
                    header.maxTimestamp >= timestampMilliseconds
                {
                    return min(max(header.baseOffset, logStartOffset), limit)
                }
                position += header.byteCount
            }
        }
        return limit
    }

    private func findInTail(_ timestampMilliseconds: Int64) -> Int64 {
        var cursor = StoreCursor(offset: logStartOffset)
        // One batch at a time: the smallest bound still gives a whole batch.
        while case .batches(let slice) = tail.read(
            &cursor, below: tail.logEndOffset, maximumByteCount: 1)
        {
            guard let header = RecordBatchHeader.peek(in: slice.bytes, at: 0) else { break }
            if header.maxTimestamp >= timestampMilliseconds {
                return max(header.baseOffset, logStartOffset)
            }
        }
        return tail.logEndOffset
    }
}

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
            return tail.read(&cursor, below: limit, maximumByteCount: maximumByteCount)
        }
        do throws(Errno) {
            return .file(try readFile(&cursor, below: limit, maximumByteCount))
        } catch {
            return .failed(.logFailed)
        }
    }

    /// A slice of the segment that holds the cursor's offset.
    private func readFile(
        _ cursor: inout StoreCursor, below limit: Int64, _ maximumByteCount: Int
    ) throws(Errno) -> FileSlice {
        let number = segmentNumber(of: cursor.offset)
        let segment = segments[number]
        guard let file = segment.file else {
            preconditionFailure("what is below the high watermark was written")
        }
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
        if cursor.segmentBaseOffset != segment.baseOffset || start >= end.position {
            start = try position(of: cursor.offset, in: segment, file)
        }
        let stop = try self.stop(from: start, in: segment, file, end, maximumByteCount)
        let isSequential =
            cursor.segmentBaseOffset == segment.baseOffset && cursor.filePosition == start
        if isSequential, stop.position < end.position {
            let ahead = min(stop.position + 4 * (stop.position - start), end.position)
            file.willRead(stop.position..<ahead)
        }
        cursor.offset = stop.offset
        cursor.segmentBaseOffset = segment.baseOffset
        cursor.filePosition = stop.position
        return FileSlice(file: file, position: start, byteCount: stop.position - start)
    }

    /// Where a read ends: behind as many whole batches as fit, at least one.
    private func stop(
        from start: Int, in segment: Segment, _ file: any DiskFile,
        _ end: (offset: Int64, position: Int), _ maximumByteCount: Int
    ) throws(Errno) -> (offset: Int64, position: Int) {
        if end.position - start <= maximumByteCount { return end }
        if let entry = segment.index.entry(atOrBefore: start + maximumByteCount),
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
        of offset: Int64, in segment: Segment, _ file: any DiskFile
    ) throws(Errno) -> Int {
        var position = segment.index.entry(atOrBelow: offset)?.position ?? 0
        while true {
            let header = try batchHeader(at: position, in: file)
            if offset < header.nextOffset { return position }
            position += header.byteCount
        }
    }

    private func batchHeader(
        at position: Int, in file: any DiskFile
    ) throws(Errno) -> RecordBatchHeader {
        var failure: Errno?
        var found: RecordBatchHeader?
        withUnsafeTemporaryAllocation(
            byteCount: WireLimits.batchHeaderByteCount, alignment: 8
        ) { memory in
            do throws(Errno) {
                let count = try file.read(into: memory, at: position)
                guard count == memory.count else { return }
                found = RecordBatchHeader.peek(in: UnsafeRawBufferPointer(memory), at: 0)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        // The file was whole when it was recovered or written.
        guard let found else { throw .ioError }
        return found
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
    /// - Throws: `.logFailed` when a file cannot be read.
    package func findOffset(atOrAfter timestampMilliseconds: Int64) throws(ErrorCode) -> Int64 {
        guard files != nil else { return findInTail(timestampMilliseconds) }
        let limit = highWatermark
        do throws(Errno) {
            for segment in segments where segment.maxTimestamp >= timestampMilliseconds {
                guard let file = segment.file else { break }
                var position =
                    segment.index.entry(before: timestampMilliseconds)?.position ?? 0
                while position < segment.writtenByteCount {
                    let header = try batchHeader(at: position, in: file)
                    if header.maxTimestamp >= timestampMilliseconds {
                        return min(max(header.baseOffset, logStartOffset), limit)
                    }
                    position += header.byteCount
                }
            }
            return limit
        } catch {
            throw .logFailed
        }
    }

    private func findInTail(_ timestampMilliseconds: Int64) -> Int64 {
        var cursor = StoreCursor(offset: logStartOffset)
        // One batch at a time: the smallest bound still gives a whole batch.
        while case .batches(let slice) = tail.read(
            &cursor, below: tail.logEndOffset, maximumByteCount: 1)
        {
            guard let header = RecordBatchHeader.peek(in: slice.bytes, at: 0) else { break }
            if header.maxTimestamp >= timestampMilliseconds { return header.baseOffset }
        }
        return tail.logEndOffset
    }
}

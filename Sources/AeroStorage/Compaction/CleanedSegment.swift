// The file that a compaction writes: a segment that waits to take others' place.

import AeroIO
import AeroWire

/// Batches on their way into a new segment's file, with its index.
internal final class CleanedSegment {
    private static let bufferByteCount = 1 << 20

    private let files: LogFiles
    private let path: String
    private let file: any DiskFile
    private let indexInterval: Int
    private let segment: Segment
    private let buffer: UnsafeMutableRawBufferPointer
    private var filledByteCount = 0
    private var writtenByteCount = 0

    /// Begins the file; what an earlier compaction left of it is removed.
    init(_ baseOffset: Int64, _ files: LogFiles, indexInterval: Int) throws(StorageError) {
        let path = files.cleaned(baseOffset)
        do throws(Errno) {
            try files.removeIfThere(path)
            file = try files.disk.create(path)
        } catch {
            throw .system(action: "create", path: path, error)
        }
        self.files = files
        self.path = path
        self.indexInterval = indexInterval
        segment = Segment(baseOffset: baseOffset)
        buffer = .allocate(byteCount: Self.bufferByteCount, alignment: 64)
    }

    deinit { buffer.deallocate() }

    /// Bytes of batches so far.
    var byteCount: Int { segment.byteCount }

    /// Adds a batch; the offsets between the last one and it are taken by an empty batch.
    func append(_ bytes: UnsafeRawBufferPointer, _ header: RecordBatchHeader) throws(StorageError) {
        try fillGap(to: header.baseOffset)
        try add(bytes, header)
    }

    /// Writes all that is missing.
    ///
    /// - Parameter nextOffset: Where the segment has to end.
    /// - Returns: Its index.
    func finish(at nextOffset: Int64) throws(StorageError) -> StoredIndex {
        try fillGap(to: nextOffset)
        try flush()
        return segment.storedIndex
    }

    /// Makes the bytes durable.
    func synchronize() throws(StorageError) {
        try attempt("synchronize") { () throws(Errno) in try file.synchronize() }
    }

    /// Removes the file, which is not needed.
    func discard() throws(StorageError) {
        try attempt("remove") { () throws(Errno) in try files.removeIfThere(path) }
    }

    /// Removes the file after a failure, so that it takes no room.
    func abandon() {
        do throws(Errno) {
            try files.removeIfThere(path)
        } catch {
            // The next compaction writes over it, and the next start removes it.
            return
        }
    }

    private func fillGap(to offset: Int64) throws(StorageError) {
        while segment.nextOffset < offset {
            let count = min(offset - segment.nextOffset, Int64(Int32.max))
            var header = RecordBatchHeader.empty(
                baseOffset: segment.nextOffset, lastOffsetDelta: Int32(count - 1))
            var failure: StorageError?
            // SAFETY: lent for the call only, and filled before it is read.
            withUnsafeTemporaryAllocation(byteCount: header.byteCount, alignment: 8) { memory in
                header.seal(into: memory)
                do throws(StorageError) {
                    try add(UnsafeRawBufferPointer(memory), header)
                } catch {
                    failure = error
                }
            }
            if let failure { throw failure }
        }
    }

    private func add(
        _ bytes: UnsafeRawBufferPointer, _ header: RecordBatchHeader
    ) throws(StorageError) {
        precondition(
            header.baseOffset == segment.nextOffset && header.byteCount == bytes.count,
            "batches follow on each other")
        if bytes.count > buffer.count - filledByteCount { try flush() }
        if bytes.count > buffer.count {
            try write(bytes)
        } else {
            UnsafeMutableRawBufferPointer(rebasing: buffer[filledByteCount...])
                .copyMemory(from: bytes)
            filledByteCount += bytes.count
        }
        segment.extend(header, indexInterval: indexInterval)
    }

    private func flush() throws(StorageError) {
        try write(UnsafeRawBufferPointer(rebasing: buffer[..<filledByteCount]))
        filledByteCount = 0
    }

    private func write(_ bytes: UnsafeRawBufferPointer) throws(StorageError) {
        guard !bytes.isEmpty else { return }
        try attempt("write") { () throws(Errno) in
            try file.write(bytes, at: writtenByteCount)
        }
        writtenByteCount += bytes.count
    }

    private func attempt(
        _ action: String, _ body: () throws(Errno) -> Void
    ) throws(StorageError) {
        do throws(Errno) {
            try body()
        } catch {
            throw .system(action: action, path: path, error)
        }
    }
}

// From memory to the kernel, and what is to be synchronized.

package import AeroIO
import AeroMemory

extension PartitionLog {
    /// Hands everything that was appended to the kernel: whole buffers of the tail, each with one
    /// call.
    ///
    /// After `.diskFull` the batches are still in memory, and the next call writes them.
    package mutating func write() -> WriteOutcome {
        guard files != nil, writtenOffset < tail.logEndOffset else { return .nothing }
        if case .failed(let errno) = state { return .failed(errno) }
        let before = writtenByteTotal
        do throws(Errno) {
            while writtenOffset < tail.logEndOffset { try writeSlice() }
        } catch .noSpace, .quotaExceeded {
            state = .diskFull
            return .diskFull
        } catch {
            state = .failed(error)
            return .failed(error)
        }
        state = .writable
        return .written(byteCount: writtenByteTotal - before)
    }

    /// Writes the next slice of the tail that belongs to one segment.
    private mutating func writeSlice() throws(Errno) {
        let segment = segments[writeIndex]
        if segment.writtenByteCount == segment.byteCount, writeIndex + 1 < segments.count {
            try seal(segment)
            writeIndex += 1
            return
        }
        if let files { try segment.createFile(files) }
        var cursor = writeCursor
        let read = tail.read(&cursor, below: segment.nextOffset, maximumByteCount: .max)
        guard case .batches(let slice) = read else {
            preconditionFailure("what was not written is in memory")
        }
        try segment.file?.write(slice.bytes, at: segment.writtenByteCount)
        segment.writtenByteCount += slice.byteCount
        writtenByteTotal += slice.byteCount
        writeCursor = cursor
        writtenOffset = cursor.offset
    }

    /// Leaves the index of a segment that is complete beside it.
    func seal(_ segment: Segment) throws(Errno) {
        try files?.storeIndex(segment.storedIndex, segment.baseOffset)
    }

    /// What to synchronize so that everything written is durable; nil when it is.
    ///
    /// One synchronization at a time: either `synchronized` or `fail` follows.
    package mutating func takeSyncTarget() -> SyncTarget? {
        guard synchronizedOffset < writtenOffset else { return nil }
        if case .failed = state { return nil }
        synchronizing.removeAll(keepingCapacity: true)
        var pending: [any DiskFile] = []
        for segment in segments.reversed() {
            // Behind a durable segment everything is; in front of it one may have a file and no
            // bytes yet, because the disk was full.
            if segment.byteCount > 0, segment.synchronizedByteCount == segment.byteCount { break }
            guard let file = segment.file,
                segment.synchronizedByteCount < segment.writtenByteCount
            else { continue }
            synchronizing.append((segment, segment.writtenByteCount))
            pending.append(file)
        }
        synchronizingByteTotal = writtenByteTotal
        return SyncTarget(files: pending, offset: writtenOffset)
    }

    /// The files of the last target are durable.
    package mutating func synchronized(through offset: Int64) {
        guard offset > synchronizedOffset else { return }
        precondition(offset <= writtenOffset, "only what was written can be durable")
        synchronizedOffset = offset
        synchronizedByteTotal = synchronizingByteTotal
        for (segment, byteCount) in synchronizing { segment.synchronizedByteCount = byteCount }
        synchronizing.removeAll(keepingCapacity: true)
    }

    /// A synchronization failed, so nobody knows what is durable: the log takes nothing more.
    ///
    /// Source: Rebello et al., "Can Applications Recover from fsync Failures?", ATC 2020.
    package mutating func fail(_ errno: Errno) {
        state = .failed(errno)
        synchronizing.removeAll()
    }
}

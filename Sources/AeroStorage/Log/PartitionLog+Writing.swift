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
            segment.isIndexPending = true
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

    // MARK: - Synchronizing

    /// Whether anything is to be synchronized: batches, or what a new segment needs.
    package var needsSynchronization: Bool {
        synchronizedOffset < writtenOffset || hasNewNames
    }

    /// Whether a segment was begun whose name, or what is known of producers in front of it, is not
    /// durable.
    package var hasNewNames: Bool {
        if isSnapshotDue { return true }
        guard let last = segments.last, last.file != nil else { return false }
        return !last.isNameDurable
    }

    /// Bytes that the log keeps and that are written and not durable.
    package var unsynchronizedByteCount: Int {
        var byteCount = 0
        for segment in segments.reversed() {
            if segment.byteCount > 0, segment.isSettled { break }
            byteCount += segment.writtenByteCount - segment.synchronizedByteCount
        }
        return byteCount
    }

    /// Whether everything in front of the pending snapshot is written.
    private var isSnapshotDue: Bool {
        pendingSnapshot.map { $0.offset <= writtenOffset } ?? false
    }

    /// What to synchronize so that everything written is durable; nil when it is.
    ///
    /// One synchronization at a time: either `synchronized` or `fail` follows.
    ///
    /// - Parameter isOfNamesOnly: Leaves the batches to the kernel, as far as it has them: for a
    ///   log that promises nothing about power loss, and only wants old segments to go.
    package mutating func takeSyncTarget(isOfNamesOnly: Bool = false) -> SyncTarget? {
        guard let files, isOfNamesOnly ? hasNewNames : needsSynchronization else { return nil }
        if case .failed = state { return nil }
        synchronizing.removeAll(keepingCapacity: true)
        var target = SyncTarget(
            files, offset: isOfNamesOnly ? synchronizedOffset : writtenOffset)
        for segment in segments.reversed() {
            // Behind a settled segment all are; in front of it one may have a file and no bytes
            // yet, because the disk was full.
            if segment.byteCount > 0, segment.isSettled { break }
            guard let file = segment.file else { continue }
            if !segment.isNameDurable { target.hasNewNames = true }
            guard !isOfNamesOnly else {
                // For its name; no more of its bytes is durable than before.
                synchronizing.append((segment, segment.synchronizedByteCount, false))
                continue
            }
            synchronizing.append((segment, segment.writtenByteCount, segment.isIndexPending))
            if segment.synchronizedByteCount < segment.writtenByteCount {
                target.pending.append(file)
            }
            if segment.isIndexPending {
                target.indexes.append((segment.baseOffset, segment.storedIndex))
            }
        }
        if isSnapshotDue {
            target.snapshot = pendingSnapshot
            target.hasNewNames = true
        }
        synchronizingSnapshotOffset = target.snapshot?.offset
        synchronizingByteTotal = isOfNamesOnly ? synchronizedByteTotal : writtenByteTotal
        return target
    }

    /// The last target is durable. Changes nothing when the log has failed meanwhile.
    ///
    /// - Parameters:
    ///   - offset: The target's.
    ///   - isSnapshotStored: Whether what is known of producers could be stored with it; otherwise
    ///     the next target has it again, and no old segment is deleted until it could.
    package mutating func synchronized(through offset: Int64, isSnapshotStored: Bool = true) {
        precondition(offset <= writtenOffset, "only what was written can be durable")
        // Whoever waited was told that it failed, and `fail` has forgotten how much of which
        // segment the target stood for: the watermark may not move without that.
        if case .failed = state { return }
        // What was given up meanwhile counts as durable.
        synchronizedOffset = max(synchronizedOffset, offset)
        synchronizedByteTotal = synchronizingByteTotal
        for (segment, byteCount, hasIndex) in synchronizing {
            segment.synchronizedByteCount = byteCount
            segment.isNameDurable = true
            if hasIndex { segment.isIndexPending = false }
        }
        synchronizing.removeAll(keepingCapacity: true)
        guard let stored = synchronizingSnapshotOffset else { return }
        synchronizingSnapshotOffset = nil
        guard isSnapshotStored else { return }
        durableSnapshotOffset = stored
        snapshotOffset = max(snapshotOffset, stored)
        if pendingSnapshot?.offset == stored { pendingSnapshot = nil }
    }

    /// A synchronization failed, so nobody knows what is durable: the log takes nothing more.
    ///
    /// Source: Rebello et al., "Can Applications Recover from fsync Failures?", ATC 2020.
    package mutating func fail(_ errno: Errno) {
        state = .failed(errno)
        synchronizing.removeAll()
        synchronizingSnapshotOffset = nil
    }
}

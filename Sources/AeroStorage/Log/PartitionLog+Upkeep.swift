// Old records go: by size, by age, and on request.

package import AeroIO
package import AeroWire

/// What upkeep has done.
package struct MaintenanceOutcome: Sendable, Equatable {
    /// Bytes of the segments that were given up.
    package var deletedByteCount = 0
    /// Whether more is to go, once what was written is synchronized.
    package var isHeldBack = false
    /// Why no new segment could be begun.
    package var failure: Errno?
}

extension PartitionLog {
    /// Closes a segment that is old enough, and gives up what retention no longer keeps.
    ///
    /// Whole segments go, oldest first, and never the last one or what is not durable yet. Their
    /// files are removed by what `takeRemoval` returns. Call it every second or so.
    package mutating func maintain(nowMilliseconds: Int64) -> MaintenanceOutcome {
        var outcome = MaintenanceOutcome()
        expireProducers(nowMilliseconds)
        guard files != nil else { return outcome }
        do throws(Errno) {
            if isLastSegmentOld(nowMilliseconds) { try roll() }
        } catch .noSpace, .quotaExceeded {
            // Rolling takes a new file; old ones can be deleted next time, and make room.
            mustRoll = true
        } catch {
            outcome.failure = error
        }
        giveUpExpired(&outcome, nowMilliseconds)
        for segment in segments.dropLast() where segment.isSettled { segment.rest() }
        return outcome
    }

    /// The files of the segments that were given up since the last call, to be removed once a
    /// checkpoint is durable that was made of `recoveryPoint` now or later.
    package mutating func takeRemoval() -> SegmentRemoval? {
        guard let files, !abandonedBaseOffsets.isEmpty else { return nil }
        defer { abandonedBaseOffsets.removeAll() }
        return SegmentRemoval(files: files, baseOffsets: abandonedBaseOffsets)
    }

    /// Gives up everything below an offset; segments that lie below it go with `maintain`.
    ///
    /// - Returns: The first offset that can be read from now on. It survives a restart once a
    ///   checkpoint is durable whose `recoveryPoint.logStartOffset` is there.
    /// - Throws: `.offsetOutOfRange` above the high watermark.
    package mutating func deleteRecords(below offset: Int64) throws(ErrorCode) -> Int64 {
        guard offset >= 0, offset <= highWatermark else { throw .offsetOutOfRange }
        deletedOffset = max(deletedOffset, offset)
        if files == nil { _ = tail.release(below: offset, reserving: .max) }
        return logStartOffset
    }

    // MARK: - Producers

    /// Producers are looked through for idle ones this often.
    private static var expiryIntervalMilliseconds: Int64 { 60_000 }

    private mutating func expireProducers(_ nowMilliseconds: Int64) {
        let wait = nextExpiryMilliseconds.subtractingSaturated(nowMilliseconds)
        guard wait <= 0 || wait > Self.expiryIntervalMilliseconds else { return }
        nextExpiryMilliseconds = nowMilliseconds &+ Self.expiryIntervalMilliseconds
        producers.expire(
            idleSince: nowMilliseconds.subtractingSaturated(settings.producerIdleMilliseconds))
    }

    /// Leaves what is known of producers at the log's end, so that the next opening begins there.
    ///
    /// For an orderly stop, when everything is synchronized; does nothing otherwise. What a crash
    /// makes of the file does not matter: the batches behind the last durable snapshot say the
    /// same. That one is not written again: it may be all that is left of what it says.
    package mutating func storeProducers() throws(Errno) {
        guard let files, synchronizedOffset == logEndOffset, snapshotOffset < logEndOffset
        else { return }
        try files.storeProducers(producers.snapshot(at: logEndOffset))
        snapshotOffset = logEndOffset
    }

    // MARK: - Rolling

    private func isLastSegmentOld(_ nowMilliseconds: Int64) -> Bool {
        guard let last = segments.last, last.byteCount > 0,
            let first = last.firstAppendMilliseconds
        else { return false }
        return nowMilliseconds.subtractingSaturated(first) >= settings.segmentMilliseconds
    }

    /// Begins a new segment: now, so that the retention can have the old one of a log that gets no
    /// more batches, or with the next append when there is something to write first.
    private mutating func roll() throws(Errno) {
        guard let files, let last = segments.last, state == .writable,
            last.writtenByteCount == last.byteCount, writeIndex == segments.count - 1
        else {
            mustRoll = true
            return
        }
        let segment = makeSegment(at: last.nextOffset)
        try segment.createFile(files)
        last.isIndexPending = true
        segments.append(segment)
        writeIndex += 1
        mustRoll = false
    }

    // MARK: - Deleting

    private mutating func giveUpExpired(
        _ outcome: inout MaintenanceOutcome, _ nowMilliseconds: Int64
    ) {
        while segments.count > 1, isExpired(segments[0], nowMilliseconds) {
            guard isOldestDeletable else {
                outcome.isHeldBack = true
                return
            }
            let oldest = segments.removeFirst()
            abandonedBaseOffsets.append(oldest.baseOffset)
            // Nothing below the log's start can be lost any more.
            synchronizedOffset = max(synchronizedOffset, oldest.nextOffset)
            outcome.deletedByteCount += oldest.byteCount
            segmentByteTotal -= oldest.byteCount
            writeIndex -= 1
        }
    }

    /// Whether the log has outgrown what it may keep by a segment.
    package var isOverfull: Bool {
        guard segments.count > 1, settings.cleanup.deletes,
            let limit = settings.retentionByteCount
        else { return false }
        return storedByteCount - segments[0].byteCount >= limit
    }

    private func isExpired(_ oldest: Segment, _ nowMilliseconds: Int64) -> Bool {
        if oldest.nextOffset <= deletedOffset { return true }
        guard settings.cleanup.deletes else { return false }
        if isOverfull { return true }
        guard let limit = settings.retentionMilliseconds else { return false }
        return nowMilliseconds.subtractingSaturated(oldest.maxTimestamp) > limit
    }

    /// Whether the oldest of several segments may go: it is as durable as was promised, what its
    /// batches say of producers is durable, the file of the next segment will be found, and no
    /// compaction is at it.
    ///
    /// A log that promises nothing about power loss need not write what it is about to delete.
    private var isOldestDeletable: Bool {
        guard writeIndex > 0, !segments[0].isPinned else { return false }
        return (segments[0].isSettled || settings.durability != .sync)
            && segments[1].isNameDurable && durableSnapshotOffset >= segments[1].baseOffset
    }
}

extension Int64 {
    /// The difference, or the nearest value there is: timestamps are whatever a producer wrote.
    func subtractingSaturated(_ other: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        guard overflow else { return difference }
        return other > 0 ? .min : .max
    }

    /// The sum, or the nearest value there is.
    func addingSaturated(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        guard overflow else { return sum }
        return other > 0 ? .max : .min
    }
}

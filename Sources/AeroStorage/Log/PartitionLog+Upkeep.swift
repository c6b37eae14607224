// Old records go: by size, by age, and on request.

package import AeroIO
package import AeroWire

/// What upkeep has done.
package struct MaintenanceOutcome: Sendable, Equatable {
    /// Bytes of deleted segments.
    package var deletedByteCount = 0
    /// Why a file could not be removed.
    package var failure: Errno?
}

extension PartitionLog {
    /// Segments that one call of `maintain` deletes at most: each costs a synchronization.
    private static var deletionCountMax: Int { 4 }

    /// Closes a segment that is old enough, and deletes what retention no longer keeps.
    ///
    /// Whole segments go, oldest first, and never the last one or what is not durable yet. Call it
    /// every second or so.
    package mutating func maintain(nowMilliseconds: Int64) -> MaintenanceOutcome {
        var outcome = MaintenanceOutcome()
        expireProducers(nowMilliseconds)
        guard files != nil else { return outcome }
        do throws(Errno) {
            if isLastSegmentOld(nowMilliseconds) { try roll() }
            // BOUND: `deletionCountMax`.
            for _ in 0..<Self.deletionCountMax {
                guard let oldest = segments.first, isOldestDeletable,
                    isExpired(oldest, nowMilliseconds)
                else { break }
                try deleteOldest(&outcome)
            }
        } catch .noSpace, .quotaExceeded {
            // Rolling takes a new file; old ones can be deleted next time, and make room.
            mustRoll = true
        } catch {
            outcome.failure = error
        }
        for segment in segments.dropLast() where isSettled(segment) { segment.rest() }
        return outcome
    }

    /// Gives up everything below an offset; segments that lie below it are deleted by `maintain`.
    ///
    /// - Returns: The first offset that can be read from now on. It survives a restart once it is
    ///   in a checkpoint.
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
    /// makes of the file does not matter: the batches say the same.
    package mutating func storeProducers() throws(Errno) {
        guard let files, synchronizedOffset == logEndOffset, snapshotOffset < logEndOffset
        else { return }
        try files.storeProducers(
            producers.encode(snapshotOffset: logEndOffset), logEndOffset)
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
        try seal(last)
        let segment = makeSegment(at: last.nextOffset)
        try segment.createFile(files)
        segments.append(segment)
        writeIndex += 1
        mustRoll = false
    }

    // MARK: - Deleting

    private func isExpired(_ oldest: Segment, _ nowMilliseconds: Int64) -> Bool {
        if oldest.nextOffset <= deletedOffset { return true }
        guard settings.cleanup == .delete else { return false }
        if let limit = settings.retentionByteCount,
            storedByteCount - oldest.byteCount >= limit
        {
            return true
        }
        guard let limit = settings.retentionMilliseconds else { return false }
        return nowMilliseconds.subtractingSaturated(oldest.maxTimestamp) > limit
    }

    /// Whether the oldest segment is durable and not the last one that has a file.
    private var isOldestDeletable: Bool {
        guard writeIndex > 0, let oldest = segments.first else { return false }
        // The one written to may be on paper still, for want of room.
        guard writeIndex > 1 || segments[1].file != nil else { return false }
        return isSettled(oldest)
    }

    /// Whether no write and no sync of a segment is to come.
    private func isSettled(_ segment: Segment) -> Bool {
        segment.synchronizedByteCount == segment.byteCount
    }

    private mutating func deleteOldest(_ outcome: inout MaintenanceOutcome) throws(Errno) {
        let oldest = segments[0]
        // One after the other: a crash that undid the first removal and not the second would leave
        // a gap that looks like damage.
        try files?.remove(oldest.baseOffset)
        outcome.deletedByteCount += oldest.byteCount
        segmentByteTotal -= oldest.byteCount
        segments.removeFirst()
        writeIndex -= 1
    }
}

extension Int64 {
    /// The difference, or the nearest value there is: timestamps are whatever a producer wrote.
    func subtractingSaturated(_ other: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        guard overflow else { return difference }
        return other > 0 ? .min : .max
    }
}

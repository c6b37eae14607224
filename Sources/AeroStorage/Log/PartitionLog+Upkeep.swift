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
    /// Closes a segment that is old enough, and deletes what retention no longer keeps.
    ///
    /// Whole segments go, oldest first, and never the last one or what is not durable yet. Call it
    /// now and then.
    package mutating func maintain(nowMilliseconds: Int64) -> MaintenanceOutcome {
        var outcome = MaintenanceOutcome()
        guard files != nil else { return outcome }
        if let first = segments.last?.firstAppendMilliseconds,
            nowMilliseconds - first >= settings.segmentMilliseconds
        {
            mustRoll = true
        }
        guard settings.cleanup == .delete else { return outcome }
        var kept = storedByteCount
        while let oldest = segments.first, isOldestDeletable {
            let isTooMuch =
                settings.retentionByteCount.map { kept - oldest.byteCount >= $0 } ?? false
            let isTooOld =
                settings.retentionMilliseconds.map {
                    nowMilliseconds - oldest.maxTimestamp > $0
                } ?? false
            guard isTooMuch || isTooOld else { break }
            kept -= oldest.byteCount
            deleteOldest(&outcome)
            if outcome.failure != nil { break }
        }
        return outcome
    }

    /// Gives up everything below an offset; segments that lie below it are deleted.
    ///
    /// - Returns: The first offset that can be read from now on.
    /// - Throws: `.offsetOutOfRange` above the high watermark; `.logFailed` when a file cannot be
    ///   removed.
    package mutating func deleteRecords(below offset: Int64) throws(ErrorCode) -> Int64 {
        guard offset >= 0, offset <= highWatermark else { throw .offsetOutOfRange }
        deletedOffset = max(deletedOffset, offset)
        var outcome = MaintenanceOutcome()
        while let oldest = segments.first, isOldestDeletable, oldest.nextOffset <= offset,
            outcome.failure == nil
        {
            deleteOldest(&outcome)
        }
        if outcome.failure != nil { throw .logFailed }
        if files == nil { _ = tail.release(below: offset, reserving: .max) }
        return logStartOffset
    }

    /// Whether the oldest segment is sealed and durable, so that no write or sync is to come.
    private var isOldestDeletable: Bool {
        guard writeIndex > 0, let oldest = segments.first else { return false }
        return oldest.synchronizedByteCount == oldest.byteCount
    }

    private mutating func deleteOldest(_ outcome: inout MaintenanceOutcome) {
        let oldest = segments[0]
        do throws(Errno) {
            try files?.remove(oldest.baseOffset)
        } catch {
            outcome.failure = error
            return
        }
        outcome.deletedByteCount += oldest.byteCount
        segments.removeFirst()
        writeIndex -= 1
    }
}

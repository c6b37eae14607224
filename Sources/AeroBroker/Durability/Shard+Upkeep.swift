// Upkeep of logs: retention in turn, slow work in the background.

import AeroCore
import AeroIO
import AeroStorage
import AeroWire

extension Shard where P: ~Copyable {
    /// Rolls, retains and forgets, as the topic's settings say.
    func maintain(_ partition: HostedPartition) {
        let outcome = partition.store.maintain(nowMilliseconds: wallMilliseconds)
        if outcome.deletedByteCount > 0 {
            counters.add(outcome.deletedByteCount, to: .logBytesDeleted)
            // The files go once a checkpoint says that nobody looks for them: soon.
            disk.hasProgress = true
            disk.nextCheckpointNanoseconds = nowNanoseconds
            partition.publishGauges()
        }
        if let errno = outcome.failure {
            fail(partition, errno, "begin a segment of")
        } else if outcome.isHeldBack, partition.durability == .os {
            scheduleNames(partition)
        } else if partition.store.needsSynchronization {
            if outcome.isHeldBack { expediteSync(partition) } else { scheduleSync(partition) }
        }
    }

    /// Tells once when the machine's clock was set: what retention and producers' idleness go by
    /// has not moved with it.
    func noteClock() {
        let shift = context.clock.wallMilliseconds() - wallMilliseconds
        let isShifted = abs(shift) > 60_000
        defer { disk.isClockShifted = isShifted }
        guard isShifted, !disk.isClockShifted else { return }
        context.note(
            "the machine's clock was set by \(shift / 1_000) s; retention and timestamps of the "
                + "broker go on from the clock at its start until it restarts",
            isAlarm: false)
    }

    /// Starts the next job in the background, if there is one and none is under way.
    func startUpkeep() {
        guard let lanes, !disk.hasLanesEnded, !disk.isUpkeepUnderWay, let job = nextUpkeepJob()
        else { return }
        disk.isUpkeepUnderWay = true
        lanes.upkeep.submit(job)
    }

    private func nextUpkeepJob() -> UpkeepJob? {
        if disk.hasDeletedTopics {
            disk.hasDeletedTopics = false
            return .removeDeletedTopics
        }
        if disk.isCompactionNext {
            disk.isCompactionNext = false
            if let turn = nextCompaction() { return .compact(turn) }
        }
        if !disk.removals.isEmpty {
            defer { disk.removals.removeAll() }
            return .removeSegments(disk.removals)
        }
        return nextCompaction().map { .compact($0) }
    }

    /// The next turn of the compaction under way, or of the next log that has one due.
    private func nextCompaction() -> CompactionTurn? {
        if let partition = disk.compacting, !partition.isDropped,
            let turn = partition.store.nextCompaction(nowMilliseconds: wallMilliseconds)
        {
            return turn
        }
        disk.compacting = nil
        // BOUND: every log once.
        for _ in durablePartitions.indices {
            if disk.nextCompactionIndex >= durablePartitions.count { disk.nextCompactionIndex = 0 }
            let partition = durablePartitions[disk.nextCompactionIndex]
            disk.nextCompactionIndex += 1
            if let turn = partition.store.nextCompaction(nowMilliseconds: wallMilliseconds) {
                disk.compacting = partition
                return turn
            }
        }
        return nil
    }

    private func finishCompaction(_ outcome: CompactionOutcome) {
        guard let partition = disk.compacting, !partition.isDropped else { return }
        partition.store.finishCompaction(outcome, nowMilliseconds: wallMilliseconds)
        if outcome.savedByteCount > 0 {
            counters.add(outcome.savedByteCount, to: .logBytesCompacted)
        }
        disk.hasProgress = true
        partition.publishGauges()
        guard let failure = outcome.failure else { return }
        context.note("\(name(of: partition)): cannot be compacted: \(failure)", isAlarm: true)
    }

    /// Takes the end of the job in the background, if it is there.
    func takeUpkeep() {
        if finishUpkeep() { startUpkeep() }
    }

    /// Takes the end of the job in the background, and starts no other.
    ///
    /// - Returns: false when there is nothing more to be done, or not yet.
    func finishUpkeep() -> Bool {
        guard disk.isUpkeepUnderWay, let outcome = lanes?.upkeep.next() else { return false }
        disk.isUpkeepUnderWay = false
        switch outcome {
        case .removedDeletedTopics(let failure):
            // They are removed at the next start, if not before.
            if let failure { context.note("deleted topics: \(failure)", isAlarm: false) }
        case .removedSegments(let failed, let errno):
            disk.removals += failed
            // They may never go, and all the time no log would be compacted.
            disk.isCompactionNext = !failed.isEmpty
            noteRemoval(errno)
            // Not at once again.
            return failed.isEmpty
        case .compacted(let outcome): finishCompaction(outcome)
        }
        return true
    }

    /// Tells once that files of old segments cannot be removed.
    func noteRemoval(_ failure: Errno?) {
        defer { disk.isRemovalFailing = failure != nil }
        guard let failure, !disk.isRemovalFailing else { return }
        context.note("cannot remove old segments: \(failure); it is tried again", isAlarm: true)
    }
}

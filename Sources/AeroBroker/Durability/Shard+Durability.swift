// Group commit: what was appended in a turn is written together, and synced together.

import AeroCore
import AeroIO
import AeroMemory
import AeroStorage
import AeroWire

/// What a shard has under way with its disk.
internal struct DiskWork {
    /// Logs with appends that the kernel does not have yet.
    var unwritten: [HostedPartition] = []
    /// Logs that could not be written for want of room on the disk.
    var blocked: [HostedPartition] = []
    /// Logs that are to take part in the next group commit.
    var unsynchronized: [HostedPartition] = []
    /// Logs of which only the names of new segments are to.
    var unnamed: [HostedPartition] = []
    /// Logs whose next commit is due at a later time, and the earliest of those times.
    var scheduled: [HostedPartition] = []
    var earliestScheduleNanoseconds = Int64.max
    /// The logs of the commit under way, in the order of its targets.
    var underWay: [(partition: HostedPartition, offset: Int64)] = []
    var isUnderWay = false
    /// To make many files durable at once. This shard's own, because an error is told once to each
    /// who has it open; nil once it was: from then on only the files know which of them have it.
    var fileSystem: (any DiskFileSystem)?
    /// True when recovery points have moved since the last checkpoint.
    var hasProgress = false
    /// Bytes of the commits since then.
    var uncheckpointedByteCount = 0
    var nextCheckpointNanoseconds: Int64 = 0
    var nextMaintenanceNanoseconds: Int64 = 0
    /// Deletions of records that wait for a checkpoint, and those that the one under way covers.
    var deletions: [PendingDeletion] = []
    var coveredDeletions: [PendingDeletion] = []
    /// Files that may go once the checkpoint under way is durable.
    var coveredRemovals: [SegmentRemoval] = []
    /// Files that may go.
    var removals: [SegmentRemoval] = []
    /// True while files cannot be removed.
    var isRemovalFailing = false
    /// True when a turn of a compaction has its turn before files that could not be removed.
    var isCompactionNext = false
    /// True while the files of deleted topics are still there.
    var hasDeletedTopics = false
    var isUpkeepUnderWay = false
    /// True once the lanes have ended: the shard does what is left itself, or at its next start.
    var hasLanesEnded = false
    /// True while the machine's clock is not where the broker's time is.
    var isClockShifted = false
    /// The log whose compaction is under way, and where the search for the next one begins.
    var compacting: HostedPartition?
    var nextCompactionIndex = 0
}

/// Where a shard's work with its disk is done.
internal struct DiskLanes {
    /// Group commits, each of which producers wait for.
    let commits: any DiskLane<SyncJob, SyncOutcome>
    /// Work that nobody waits for.
    let upkeep: any DiskLane<UpkeepJob, UpkeepOutcome>
}

extension Shard where P: ~Copyable {
    /// A log that promises nothing about power loss is synced this often all the same, so that a
    /// recovery has little to read.
    private var relaxedIntervalNanoseconds: Int64 { 10_000_000_000 }
    /// … and after so many bytes.
    private var relaxedByteCount: Int { 512 << 20 }
    private var checkpointIntervalNanoseconds: Int64 { 5_000_000_000 }
    /// A checkpoint is due after so many bytes, too: a recovery reads and writes again what is
    /// above the last one.
    private var checkpointByteCount: Int { 256 << 20 }
    private var maintenanceIntervalNanoseconds: Int64 { 1_000_000_000 }

    // MARK: - Writing

    /// A durable log has something that the kernel does not have; it is written this turn.
    func scheduleWrite(_ partition: HostedPartition) {
        guard !partition.isWriteScheduled else { return }
        partition.isWriteScheduled = true
        disk.unwritten.append(partition)
    }

    /// Hands what was appended to the kernel, each log with as few calls as it has slices.
    func writeLogs() {
        guard !disk.unwritten.isEmpty else { return }
        for partition in disk.unwritten {
            partition.isWriteScheduled = false
            guard !partition.isDropped else { continue }
            switch partition.store.write() {
            case .nothing: break
            case .written(let byteCount):
                counters.add(1, to: .logWrites)
                counters.add(byteCount, to: .logBytesWritten)
                partition.unsynchronizedByteCount += byteCount
                if partition.isBlocked { unblock(partition) }
                settle(partition)
                scheduleSync(partition)
                if partition.durability == .os {
                    limitUnsynchronized(partition)
                    if partition.store.hasNewNames { scheduleNames(partition) }
                }
            case .diskFull:
                // Tried again on every tick: room may come back without anybody telling.
                block(partition)
                disk.blocked.append(partition)
            case .failed(let errno): fail(partition, errno, "write")
            }
        }
        disk.unwritten.removeAll(keepingCapacity: true)
    }

    private func block(_ partition: HostedPartition) {
        guard !partition.isBlocked else { return }
        partition.isBlocked = true
        counters.add(1, to: .logsBlocked)
        context.note(
            "\(name(of: partition)): the disk is full; it takes no more until there is room",
            isAlarm: true)
    }

    private func unblock(_ partition: HostedPartition) {
        partition.isBlocked = false
        context.note("\(name(of: partition)): there is room again", isAlarm: false)
    }

    /// The high watermark may have moved: answers producers and lets consumers read.
    func settle(_ partition: HostedPartition) {
        let watermark = partition.store.highWatermark
        guard watermark > partition.machine.highWatermark else { return }
        var byteCount = 0
        while let append = partition.unsettled.first, append.nextOffset <= watermark {
            _ = partition.unsettled.popFirst()
            byteCount += append.byteCount
            finishAppend(append.origin, .stored(baseOffset: append.baseOffset))
        }
        partition.machine.appended(highWatermark: watermark, byteCount: byteCount)
        if partition.stageTimes != nil { noteSettled(partition, below: watermark) }
        partition.publishGauges()
        markDirty(partition)
        if let coordinator = partition.coordinator { coordinatorSettled(coordinator) }
    }

    // MARK: - Synchronizing

    /// Enters a log into the next commit, whatever its topic's durability asks for.
    func expediteSync(_ partition: HostedPartition) {
        guard partition.isSyncScheduled else {
            partition.isSyncScheduled = true
            disk.unsynchronized.append(partition)
            return
        }
        // It is in one of the two lists; of the first one it does not matter.
        partition.syncDueNanoseconds = nowNanoseconds
        disk.earliestScheduleNanoseconds = min(
            disk.earliestScheduleNanoseconds, nowNanoseconds)
    }

    /// Enters a log with unsynced bytes into the commit that its topic's durability asks for.
    func scheduleSync(_ partition: HostedPartition) {
        guard !partition.isSyncScheduled else { return }
        switch partition.durability {
        case .volatile: return
        case .sync:
            partition.isSyncScheduled = true
            disk.unsynchronized.append(partition)
        case .interval, .os:
            let interval =
                partition.durability == .interval
                ? Int64(partition.durabilityIntervalMilliseconds) * 1_000_000
                : relaxedIntervalNanoseconds
            partition.isSyncScheduled = true
            partition.syncDueNanoseconds = nowNanoseconds + interval
            disk.scheduled.append(partition)
            disk.earliestScheduleNanoseconds = min(
                disk.earliestScheduleNanoseconds, partition.syncDueNanoseconds)
        }
    }

    /// Brings the sync of a log forward that has much to lose, and with it much to recover.
    private func limitUnsynchronized(_ partition: HostedPartition) {
        guard partition.unsynchronizedByteCount >= relaxedByteCount else { return }
        // What was deleted unsynchronized needs no recovery.
        partition.unsynchronizedByteCount = partition.store.unsynchronizedByteCount
        if partition.unsynchronizedByteCount >= relaxedByteCount { expediteSync(partition) }
    }

    /// Enters the names of a log's new segments into the next commit, so that old ones may go.
    func scheduleNames(_ partition: HostedPartition) {
        guard !partition.isNaming else { return }
        partition.isNaming = true
        disk.unnamed.append(partition)
    }

    /// Moves logs whose time has come into the next commit.
    private func takeDueLogs() {
        guard nowNanoseconds >= disk.earliestScheduleNanoseconds else { return }
        var earliest = Int64.max
        var early: [HostedPartition] = []
        for partition in disk.scheduled {
            if partition.syncDueNanoseconds <= nowNanoseconds {
                disk.unsynchronized.append(partition)
            } else {
                early.append(partition)
                earliest = min(earliest, partition.syncDueNanoseconds)
            }
        }
        disk.scheduled = early
        disk.earliestScheduleNanoseconds = earliest
    }

    /// Begins a commit of everything that waits for one, unless one is under way: what comes
    /// meanwhile waits for the next, so the busier the disk, the more each sync covers.
    func commitLogs() {
        guard let lanes, !disk.isUnderWay else { return }
        takeDueLogs()
        let isCheckpointDue =
            disk.hasProgress
            && (nowNanoseconds >= disk.nextCheckpointNanoseconds
                || disk.uncheckpointedByteCount >= checkpointByteCount)
        guard !disk.unsynchronized.isEmpty || !disk.unnamed.isEmpty || isCheckpointDue
        else { return }
        var job = makeCommit()
        if isCheckpointDue {
            job.checkpoint = checkpointEntries()
            coverRemovals()
            coverDeletions()
            disk.hasProgress = false
            disk.uncheckpointedByteCount = 0
            disk.nextCheckpointNanoseconds = nowNanoseconds + checkpointIntervalNanoseconds
        }
        guard !job.targets.isEmpty || job.checkpoint != nil else { return }
        disk.isUnderWay = true
        lanes.commits.submit(job)
    }

    /// A commit of all logs that wait for one.
    private func makeCommit() -> SyncJob {
        var job = SyncJob()
        var fileCount = 0
        for partition in disk.unsynchronized {
            partition.isSyncScheduled = false
            // Its names are among what it synchronizes.
            partition.isNaming = false
            guard !partition.isDropped, let target = partition.store.takeSyncTarget() else {
                continue
            }
            disk.uncheckpointedByteCount += partition.unsynchronizedByteCount
            partition.unsynchronizedByteCount = 0
            fileCount += target.callCount
            disk.underWay.append((partition, target.offset))
            job.targets.append(target)
        }
        disk.unsynchronized.removeAll(keepingCapacity: true)
        for partition in disk.unnamed where partition.isNaming {
            partition.isNaming = false
            guard !partition.isDropped,
                let target = partition.store.takeSyncTarget(isOfNamesOnly: true)
            else { continue }
            // Not counted: a call for the whole file system would write what is to be deleted.
            disk.underWay.append((partition, target.offset))
            job.targets.append(target)
        }
        disk.unnamed.removeAll(keepingCapacity: true)
        if fileCount > SyncJob.fileCountMax { job.fileSystem = disk.fileSystem }
        return job
    }

    /// Takes the end of the commit under way, if it is there.
    func takeCommit() {
        guard disk.isUnderWay, let outcome = lanes?.commits.next() else { return }
        disk.isUnderWay = false
        finishCommit(outcome)
    }

    private func finishCommit(_ outcome: SyncOutcome) {
        counters.add(outcome.callCount, to: .logSyncs)
        if !disk.underWay.isEmpty { counters.add(1, to: .groupCommits) }
        if outcome.isCheckpointWritten {
            disk.removals += disk.coveredRemovals
            disk.coveredRemovals.removeAll()
            if !disk.removals.isEmpty { startUpkeep() }
        }
        settleDeletions(outcome)
        if let failure = outcome.checkpointFailure {
            // Nothing is less durable for it; the next start has more to read.
            disk.hasProgress = true
            context.note("the checkpoint of shard \(index): \(failure)", isAlarm: true)
        }
        if let errno = outcome.fileSystemFailure {
            disk.fileSystem = nil
            context.note(
                "something could not be written to the disk: \(errno); shard \(index) syncs each "
                    + "file for itself until the broker restarts",
                isAlarm: true)
        }
        var failed: [Int: Errno] = [:]
        for (index, errno) in outcome.failures { failed[index] = errno }
        var withoutSnapshot: [Int: Errno] = [:]
        for (index, errno) in outcome.snapshotFailures { withoutSnapshot[index] = errno }
        for (index, log) in disk.underWay.enumerated() where !log.partition.isDropped {
            if let errno = failed[index] {
                fail(log.partition, errno, "sync")
                continue
            }
            let snapshotFailure = withoutSnapshot[index]
            log.partition.store.synchronized(
                through: log.offset, isSnapshotStored: snapshotFailure == nil)
            noteSnapshot(log.partition, snapshotFailure)
            disk.hasProgress = true
            settle(log.partition)
            if log.partition.store.isOverfull { maintain(log.partition) }
        }
        disk.underWay.removeAll(keepingCapacity: true)
        // Now that their logs are durable as far as that, nothing but a checkpoint is missing.
        if !disk.deletions.isEmpty { disk.nextCheckpointNanoseconds = nowNanoseconds }
    }

    /// Tells once that what is known of a partition's producers cannot be stored.
    private func noteSnapshot(_ partition: HostedPartition, _ failure: Errno?) {
        defer { partition.isSnapshotMissing = failure != nil }
        guard let errno = failure, !partition.isSnapshotMissing else { return }
        context.note(
            "\(name(of: partition)): cannot store what is known of producers: \(errno); no old "
                + "segment is deleted until it can be",
            isAlarm: true)
    }

    /// A log's disk has failed: nobody knows what of it is durable, so it takes nothing more until
    /// a restart reads it again, and whoever waits is told.
    func fail(_ partition: HostedPartition, _ errno: Errno, _ action: String) {
        partition.store.fail(errno)
        // The directory of a deleted topic goes before its shards have heard of it.
        guard context.topics.topic(id: partition.key.topicId) != nil else { return }
        counters.add(1, to: .logsFailed)
        context.note(
            "\(name(of: partition)): cannot \(action): \(errno); it takes nothing more until the "
                + "broker restarts",
            isAlarm: true)
        refuseUnsettled(of: partition, .logFailed)
        refuseDeletions(of: partition, .logFailed)
        refuseParked(in: partition, .logFailed) { _ in true }
        if let coordinator = partition.coordinator { coordinatorFailed(coordinator, .logFailed) }
    }

    /// Tells producers that wait for durability that they wait in vain.
    func refuseUnsettled(of partition: HostedPartition, _ code: ErrorCode) {
        while let append = partition.unsettled.popFirst() {
            finishAppend(append.origin, .refused(code))
        }
    }

    /// Answers producers who have waited too long for durability. Their batches may still become
    /// durable, as after any timeout.
    func expireUnsettled(of partition: HostedPartition) {
        guard let first = partition.unsettled.first,
            first.deadlineNanoseconds <= nowNanoseconds
        else { return }
        let now = nowNanoseconds
        var due: [RequestOrigin] = []
        partition.unsettled.update { append in
            guard append.deadlineNanoseconds <= now, append.origin.requestId != 0 else { return }
            due.append(append.origin)
            append.origin = RequestOrigin(connection: append.origin.connection, requestId: 0)
        }
        for origin in due { finishAppend(origin, .refused(.requestTimedOut)) }
    }

    // MARK: - Time

    /// When the loop has to turn for the disk's sake.
    var nextDiskNanoseconds: Int64 {
        disk.isUnderWay ? .max : disk.earliestScheduleNanoseconds
    }

    /// What is done about logs on every tick.
    func tickLogs() {
        guard context.storage != nil else { return }
        for partition in disk.blocked { scheduleWrite(partition) }
        disk.blocked.removeAll(keepingCapacity: true)
        guard nowNanoseconds >= disk.nextMaintenanceNanoseconds else { return }
        disk.nextMaintenanceNanoseconds = nowNanoseconds + maintenanceIntervalNanoseconds
        for partition in durablePartitions {
            maintain(partition)
            if partition.machine.retryStuck() { markDirty(partition) }
        }
        startUpkeep()
        if index == 0 { noteClock() }
    }

    /// The files of segments that were given up may go when the checkpoint that is made now is
    /// durable.
    private func coverRemovals() {
        for partition in durablePartitions {
            if let removal = partition.store.takeRemoval() { disk.coveredRemovals.append(removal) }
        }
    }

    private func checkpointEntries() -> [CheckpointEntry] {
        let opened = durablePartitions.map { partition in
            let point = partition.store.recoveryPoint
            return CheckpointEntry(
                topicId: partition.key.topicId, partition: partition.key.partition,
                offset: point.offset, logStartOffset: point.logStartOffset,
                cleanedOffset: point.cleanedOffset)
        }
        return opened + unopenedPoints.values
    }

    func name(of partition: HostedPartition) -> String {
        "\(partition.topicName) partition \(partition.key.partition)"
    }

    // MARK: - The end

    /// Writes and syncs everything and leaves a checkpoint, when the shard stops.
    func closeLogs() {
        guard let storage = context.storage, let lanes else { return }
        lanes.commits.finish()
        lanes.upkeep.finish()
        disk.hasLanesEnded = true
        _ = finishUpkeep()
        takeCommit()
        writeLogs()
        disk.unsynchronized = durablePartitions
        let job = makeCommit()
        finishCommit(job.run(on: storage.directory, shard: index))
        for partition in durablePartitions { leaveProducers(of: partition) }
        do throws(DataDirectoryError) {
            try storage.directory.writeCheckpoint(shard: index, checkpointEntries())
        } catch {
            context.note("the checkpoint of shard \(index): \(error)", isAlarm: true)
            return
        }
        coverRemovals()
        // What fails here goes with the next start.
        for removal in disk.removals + disk.coveredRemovals { noteRemoval(removal.failure()) }
    }

    /// Spares the next start the batches of the last segment.
    private func leaveProducers(of partition: HostedPartition) {
        do throws(Errno) {
            try partition.store.storeProducers()
        } catch {
            context.note(
                "\(name(of: partition)): cannot store what is known of producers: \(error)",
                isAlarm: false)
        }
    }
}

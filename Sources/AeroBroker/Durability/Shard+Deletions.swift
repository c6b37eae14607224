// DELETE_RECORDS: everything below an offset is given up, and answered when that is durable.

import AeroCore
import AeroIO
import AeroStorage
import AeroWire

/// Records that nobody can read any more, and that a crash would still bring back.
internal struct PendingDeletion {
    let origin: RequestOrigin
    let partition: HostedPartition
    /// The log's start, which the answer states.
    let logStartOffset: Int64
}

extension Shard where P: ~Copyable {
    // MARK: - On a connection of this shard

    func deleteRecords(_ request: DeleteRecordsRequest, _ origin: RequestOrigin) {
        let key = PartitionKey(topicId: request.topicId, partition: request.partition)
        let owner = shard(of: key)
        if owner == index {
            deleteRecords(key, below: request.offset, origin)
        } else {
            links[owner]?.post(.deleteRecords(origin, key, below: request.offset))
        }
    }

    func deletedRecords(_ origin: RequestOrigin, _ logStartOffset: Int64) {
        reply(DeleteRecordsReply(logStartOffset: logStartOffset), to: origin, .deleteRecords)
    }

    // MARK: - At the partition

    /// Gives up everything below an offset; -1 stands for the high watermark.
    ///
    /// Readers do not get it any more from here on. The answer follows the next checkpoint, which
    /// is due at once; that of a log that is not durable so far follows its next synchronization.
    func deleteRecords(_ key: PartitionKey, below offset: Int64, _ origin: RequestOrigin) {
        do throws(ErrorCode) {
            let partition = try self.partition(key)
            guard !partition.isInternal else { throw .notSupported }
            let limit = offset == -1 ? partition.store.highWatermark : offset
            let start = try partition.store.deleteRecords(below: limit)
            partition.publishGauges()
            markDirty(partition)
            guard partition.isDurable else {
                tell(origin.connection, .deletedRecords(origin, logStartOffset: start))
                return
            }
            if partition.store.synchronizedOffset < start {
                if case .failed = partition.store.state { throw .logFailed }
                expediteSync(partition)
            }
            disk.deletions.append(
                PendingDeletion(origin: origin, partition: partition, logStartOffset: start))
            disk.hasProgress = true
            disk.nextCheckpointNanoseconds = nowNanoseconds
        } catch {
            finish(origin, .deleteRecords, error)
        }
    }

    // MARK: - Durable, or not

    /// The checkpoint that is made now covers the deletions whose logs are durable up to their new
    /// start.
    func coverDeletions() {
        guard !disk.deletions.isEmpty else { return }
        let isCovered = { (deletion: PendingDeletion) in
            deletion.partition.store.recoveryPoint.logStartOffset >= deletion.logStartOffset
        }
        disk.coveredDeletions += disk.deletions.filter(isCovered)
        disk.deletions.removeAll(where: isCovered)
    }

    /// Answers the deletions that a commit's checkpoint covers.
    func settleDeletions(_ outcome: SyncOutcome) {
        guard !disk.coveredDeletions.isEmpty else { return }
        for deletion in disk.coveredDeletions {
            if outcome.isCheckpointWritten {
                tell(
                    deletion.origin.connection,
                    .deletedRecords(
                        deletion.origin, logStartOffset: deletion.logStartOffset))
            } else {
                finish(deletion.origin, .deleteRecords, outcome.checkpointCode)
            }
        }
        disk.coveredDeletions.removeAll()
    }

    /// Tells whoever waits for deletions from a partition that they wait in vain.
    func refuseDeletions(of partition: HostedPartition, _ code: ErrorCode) {
        for deletion in disk.deletions where deletion.partition === partition {
            finish(deletion.origin, .deleteRecords, code)
        }
        disk.deletions.removeAll { $0.partition === partition }
    }
}

extension SyncOutcome {
    /// What those are told who wait for a checkpoint that could not be written.
    fileprivate var checkpointCode: ErrorCode {
        switch checkpointFailure {
        case .system(_, _, .noSpace), .system(_, _, .quotaExceeded): .diskFull
        default: .logFailed
        }
    }
}

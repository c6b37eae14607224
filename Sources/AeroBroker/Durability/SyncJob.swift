// A group commit: what a shard has made durable for it, away from its own thread.

import AeroIO
import AeroStorage

/// A group commit: files whose bytes become durable together.
internal struct SyncJob: Sendable {
    /// One element for each log that takes part.
    var targets: [SyncTarget] = []
    /// Where one call for the whole file system is cheaper than one for each file.
    var fileSystem: (any DiskFileSystem)?
    /// The shard's checkpoint, to be replaced.
    var checkpoint: [CheckpointEntry]?
}

/// How a group commit ended.
internal struct SyncOutcome: Sendable {
    /// The logs that are not durable, by their place in the job, and why.
    var failures: [(index: Int, Errno)] = []
    /// The logs that are durable and whose knowledge of producers could not be stored, and why.
    var snapshotFailures: [(index: Int, Errno)] = []
    /// Whether the job's checkpoint is durable.
    var isCheckpointWritten = false
    /// Why it is not; the logs are as durable all the same.
    var checkpointFailure: DataDirectoryError?
    /// Why the file system could not be synchronized: something on it was not written back, of this
    /// commit or not. It has said so, and does not say so again.
    var fileSystemFailure: Errno?
    /// Calls made: fdatasync(2), fsync(2) of directories and syncfs(2), those of the checkpoint and
    /// of what is known of producers not counted.
    var callCount = 0
}

extension SyncJob {
    /// Beyond so many files one syncfs(2) costs less than their fdatasync(2) calls: decision 0014.
    static var fileCountMax: Int { 1 }

    /// Carries the commit out on the calling thread.
    func run(on directory: DataDirectory, shard: Int) -> SyncOutcome {
        var outcome = SyncOutcome()
        for (index, target) in targets.enumerated() {
            if let errno = target.storeCompanions() {
                outcome.snapshotFailures.append((index, errno))
            }
        }
        synchronize(&outcome)
        // It says what was durable before this commit, so it does not matter how that ended.
        if let checkpoint {
            do throws(DataDirectoryError) {
                try directory.writeCheckpoint(shard: shard, checkpoint)
                outcome.isCheckpointWritten = true
            } catch {
                outcome.checkpointFailure = error
            }
        }
        return outcome
    }

    /// Makes the targets durable: by one call for all, or where that fails or is not wished by
    /// calls for each, which say what is not.
    private func synchronize(_ outcome: inout SyncOutcome) {
        if let fileSystem {
            outcome.callCount = 1
            do throws(Errno) {
                return try fileSystem.synchronize()
            } catch {
                outcome.fileSystemFailure = error
            }
        }
        for (index, target) in targets.enumerated() {
            outcome.callCount += target.callCount
            do throws(Errno) {
                try target.synchronize()
            } catch {
                outcome.failures.append((index, error))
            }
        }
    }
}

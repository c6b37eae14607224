// Work on logs that takes its time: files removed of what was deleted, and compaction.

import AeroIO
import AeroStorage

/// What a shard has done in the background.
internal enum UpkeepJob: Sendable {
    /// Removes the files of deleted topics.
    case removeDeletedTopics
    /// Removes the files of segments that their logs have given up.
    case removeSegments([SegmentRemoval])
    /// A turn of a log's compaction.
    case compact(CompactionTurn)
}

/// How it ended.
internal enum UpkeepOutcome: Sendable {
    case removedDeletedTopics(DataDirectoryError?)
    /// Those that failed, to be tried again, and the first reason.
    case removedSegments(failed: [SegmentRemoval], Errno?)
    case compacted(CompactionOutcome)
}

extension UpkeepJob {
    /// Does the job on the calling thread.
    func run(on directory: DataDirectory, shard: Int) -> UpkeepOutcome {
        switch self {
        case .removeDeletedTopics:
            do throws(DataDirectoryError) {
                try directory.removeDeletedTopics()
                return .removedDeletedTopics(nil)
            } catch {
                return .removedDeletedTopics(error)
            }
        case .removeSegments(let removals):
            var failed: [SegmentRemoval] = []
            var cause: Errno?
            for removal in removals {
                guard let errno = removal.failure() else { continue }
                failed.append(removal)
                cause = cause ?? errno
            }
            // Before logs take what has become free.
            directory.keepBallast(shard: shard)
            return .removedSegments(failed: failed, cause)
        case .compact(let turn): return .compacted(turn.run())
        }
    }
}

extension SegmentRemoval {
    /// Removes the files, and says why not all of them could be.
    func failure() -> Errno? {
        do throws(Errno) {
            try run()
            return nil
        } catch {
            return error
        }
    }
}

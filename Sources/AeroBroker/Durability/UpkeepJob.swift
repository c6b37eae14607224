// Work on logs that takes its time: files of deleted topics removed.

import AeroIO
import AeroStorage

/// What a shard has done in the background.
internal enum UpkeepJob: Sendable {
    /// Removes the files of deleted topics.
    case removeDeletedTopics
}

/// How it ended.
internal enum UpkeepOutcome: Sendable {
    case removedDeletedTopics(DataDirectoryError?)
}

extension UpkeepJob {
    /// Does the job on the calling thread.
    func run(on directory: DataDirectory) -> UpkeepOutcome {
        switch self {
        case .removeDeletedTopics:
            do throws(DataDirectoryError) {
                try directory.removeDeletedTopics()
                return .removedDeletedTopics(nil)
            } catch {
                return .removedDeletedTopics(error)
            }
        }
    }
}

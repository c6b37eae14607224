// What a compaction is to do, and what it has done: values that cross threads.

import AeroIO

/// A compaction to be carried out away from the log's thread.
///
/// It reads sealed and durable segments, which nobody changes meanwhile, and writes new files beside
/// them; `PartitionLog.install` puts those in their place.
package struct CompactionPlan: Sendable {
    /// A segment as it is now.
    internal struct Source: Sendable {
        let baseOffset: Int64
        let nextOffset: Int64
        let byteCount: Int
        let version: Int
    }

    internal let files: LogFiles
    /// At least one, in the order of their offsets.
    internal let sources: [Source]
    /// Below it every key stands once: an earlier compaction has seen to it.
    internal let cleanedOffset: Int64
    /// Records below it were deleted.
    internal let logStartOffset: Int64
    internal let settings: LogSettings
    internal let nowMilliseconds: Int64
    /// Bytes that the table of keys may take; at least that of one key.
    // BOUND: what does not fit is left to the next compaction.
    package var memoryByteCountMax = 64 << 20

    /// Bytes of the segments, which are read once or twice.
    package var byteCount: Int { sources.reduce(0) { $0 + $1.byteCount } }

    /// Does the work. Blocks for as long as it takes to read and write the segments.
    ///
    /// - Throws: `.damaged` when a segment is not what was written, `.system`; the log is as it
    ///   was, then.
    package func run() throws(StorageError) -> CompactionResult {
        var compaction = Compaction(self)
        return try compaction.run()
    }
}

/// New files that stand for several segments each, and wait beside them to be installed.
package struct CompactionResult: Sendable {
    /// Segments in a row, and what replaces them.
    internal struct Group: Sendable {
        let sources: [CompactionPlan.Source]
        let stored: StoredIndex
    }

    internal var groups: [Group] = []
    /// Below it every key stands once when the groups are installed.
    internal var cleanedOffset: Int64
    /// Whether records that delete keys are left, for which another compaction is due some day.
    internal var hasTombstones = false
    /// Records that are left out.
    package internal(set) var removedRecordCount = 0
    /// Bytes of the segments to be replaced, and of what replaces them.
    package internal(set) var sourceByteCount = 0
    package internal(set) var resultByteCount = 0
}

// How a partition's log behaves, and what can go wrong with it.

package import AeroIO
package import AeroWire

/// What happens to old records.
package enum LogCleanup: Sendable, Equatable {
    /// Segments are deleted by size and age.
    case delete
    /// The latest record of each key stays.
    case compact
    /// Both: the latest record of each key stays until it is too old.
    case compactAndDelete

    /// Whether segments are deleted by size and age.
    package var deletes: Bool { self != .compact }

    /// Whether the latest record of each key is all that stays.
    package var compacts: Bool { self != .delete }
}

/// The settings of one log; those of its topic.
package struct LogSettings: Sendable, Equatable {
    /// What the high watermark promises.
    package let durability: TopicDurability
    /// A segment is closed before it grows beyond this many bytes.
    package var segmentByteCount = 64 << 20
    /// A segment is closed when its first batch was appended this long ago.
    package var segmentMilliseconds: Int64 = 7 * 86_400_000
    /// The oldest segments are deleted while the log is larger; nil keeps them.
    package var retentionByteCount: Int?
    /// Segments whose latest record is older are deleted; nil keeps them.
    package var retentionMilliseconds: Int64?
    /// What happens to old records.
    package var cleanup = LogCleanup.delete
    /// How long compaction keeps the record that deletes a key.
    package var deleteRetentionMilliseconds: Int64 = 86_400_000
    /// Compaction waits until this share of the sealed bytes has come since the last one; 0 to 1.
    package var dirtyRatioMin = 0.5
    /// Bytes that the keys of one compaction may take; what has no room is left to the next one.
    package var compactionMemoryByteCount = 64 << 20
    /// What one turn of a compaction reads at most, but for a segment that is larger.
    package var compactionTurnByteCount = 128 << 20
    /// An entry of the sparse index for each so many bytes.
    package var indexIntervalByteCount = 16 << 10
    /// Bytes kept in memory for readers at the tail.
    package var tailByteCount = 1 << 20
    /// A producer that has been idle for longer is forgotten.
    package var producerIdleMilliseconds: Int64 = 86_400_000
    /// More than this appended and not yet below the high watermark holds producers back.
    package var maximumUnsettledByteCount = 64 << 20

    /// As `indexIntervalByteCount`, for an index that was lost.
    static let rebuiltIndexIntervalByteCount = 16 << 10

    /// The defaults.
    package init(durability: TopicDurability) { self.durability = durability }
}

/// How much of a log is known to be durable, from the last checkpoint.
package struct RecoveryPoint: Sendable, Equatable {
    /// Everything below is durable: a bad byte there is damage, not a torn end.
    package let offset: Int64
    /// The first offset that can be read.
    package let logStartOffset: Int64
    /// Below it compaction has left each key once; 0 when there was none.
    package let cleanedOffset: Int64

    package init(offset: Int64, logStartOffset: Int64, cleanedOffset: Int64 = 0) {
        self.offset = offset
        self.logStartOffset = logStartOffset
        self.cleanedOffset = cleanedOffset
    }
}

/// Why a log cannot be opened.
package enum StorageError: Error, Equatable, Sendable {
    /// Records that were durable are not what was written: the file, where in it, and what is
    /// wrong.
    case damaged(path: String, position: Int, what: String)
    /// A call to the operating system failed.
    case system(action: String, path: String, Errno)

    /// What clients are told.
    package var code: ErrorCode {
        switch self {
        case .damaged: .logDamaged
        case .system(_, _, .noSpace), .system(_, _, .quotaExceeded): .diskFull
        case .system: .logFailed
        }
    }
}

extension StorageError: CustomStringConvertible {
    /// The cause, and what to do.
    package var description: String {
        switch self {
        case .damaged(let path, let position, let what):
            "\(path) is damaged at byte \(position): \(what). The partition is not served; restore "
                + "the file, or delete the topic (`aeromq log inspect` shows what is still whole)"
        case .system(let action, let path, let errno):
            "cannot \(action) \(path): \(errno)"
        }
    }
}

/// Whether a log takes batches.
package enum LogState: Sendable, Equatable {
    /// It does.
    case writable
    /// Not until there is room on the disk.
    case diskFull
    /// Not until it has been recovered: nobody knows what of it is durable.
    case failed(Errno)
}

/// What became of a write.
package enum WriteOutcome: Sendable, Equatable {
    /// Everything was written before.
    case nothing
    /// The kernel has everything that was appended; this many bytes of it are new.
    case written(byteCount: Int)
    /// There was no room for all of it; write again later.
    case diskFull
    /// The log has failed.
    case failed(Errno)
}

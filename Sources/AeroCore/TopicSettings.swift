// The settings of a topic that go by name, with their defaults and bounds.

package import AeroWire

/// What happens to records that are old.
package enum CleanupPolicy: String, Sendable, CaseIterable {
    /// They are deleted by retention.
    case delete
    /// The latest record of each key stays.
    case compact
    /// The latest record of each key stays until retention has it deleted.
    case compactAndDelete = "compact,delete"
}

/// How a topic's log is cut into segments and cleaned up, without effect on volatile topics; and
/// the largest batch of any topic.
///
/// | Name | Value | Default |
/// |---|---|---|
/// | `segment.bytes` | 4,096 to 1 GiB | 64 MiB |
/// | `segment.ms` | 1,000 and more | 7 days |
/// | `retention.ms` | 1 and more, or -1 for ever | 7 days |
/// | `retention.bytes` | 1 and more, or -1 for no bound | -1 |
/// | `cleanup.policy` | `delete`, `compact`, `compact,delete` | `delete` |
/// | `delete.retention.ms` | 0 and more | 24 hours |
/// | `min.cleanable.dirty.ratio` | 0 to 1 | 0.5 |
/// | `max.message.bytes` | 1,024 to 64 MiB, or -1 for the broker's bound | -1 |
///
/// The names are those of Apache Kafka's topic settings of the same meaning.
package struct TopicSettings: Sendable, Equatable {
    /// A segment is closed before it grows beyond this many bytes.
    package var segmentByteCount = 64 << 20
    /// A segment is closed when its first batch came this long ago. After a restart that is told
    /// by the batch's own time, or counted anew where that lies further back than this.
    package var segmentMilliseconds: Int64 = 7 * 86_400_000
    /// Segments whose latest record is older are deleted; nil keeps them.
    package var retentionMilliseconds: Int64? = 7 * 86_400_000
    /// The oldest segments are deleted while a partition is larger than this; nil keeps them.
    package var retentionByteCount: Int?
    /// What happens to old records.
    package var cleanup = CleanupPolicy.delete
    /// How long compaction keeps the record that deletes a key.
    package var deleteRetentionMilliseconds: Int64 = 86_400_000
    /// Compaction waits until this share of what it may touch has come since the last one.
    package var dirtyRatioMin = 0.5
    /// The largest batch taken; nil for what the broker takes.
    package var batchByteCountMax: Int?

    package init() {}

    /// Changes the settings named.
    ///
    /// - Throws: `.invalidSetting` for a name that does not exist or a value out of bounds; nothing
    ///   is changed then.
    package mutating func apply(_ changes: [TopicSetting]) throws(ErrorCode) {
        var changed = self
        for change in changes { try changed.apply(change) }
        self = changed
    }

    private mutating func apply(_ change: TopicSetting) throws(ErrorCode) {
        switch change.name {
        case "segment.bytes":
            segmentByteCount = Int(try Self.integer(change.value, in: 4_096...(1 << 30)))
        case "segment.ms":
            segmentMilliseconds = try Self.integer(change.value, in: 1_000...Int64.max)
        case "retention.ms": retentionMilliseconds = try Self.bound(change.value)
        case "retention.bytes":
            retentionByteCount = try Self.bound(change.value).map { Int($0) }
        case "cleanup.policy":
            let text = change.value == "delete,compact" ? "compact,delete" : change.value
            guard let policy = CleanupPolicy(rawValue: text) else { throw .invalidSetting }
            cleanup = policy
        case "delete.retention.ms":
            deleteRetentionMilliseconds = try Self.integer(change.value, in: 0...Int64.max)
        case "min.cleanable.dirty.ratio":
            guard let ratio = Double(change.value), (0...1).contains(ratio) else {
                throw .invalidSetting
            }
            dirtyRatioMin = ratio
        case "max.message.bytes":
            batchByteCountMax =
                change.value == "-1"
                ? nil : Int(try Self.integer(change.value, in: 1_024...(64 << 20)))
        default: throw .invalidSetting
        }
    }

    /// All settings, for display and for the topic's file.
    package var listed: [TopicSetting] {
        [
            TopicSetting("segment.bytes", "\(segmentByteCount)"),
            TopicSetting("segment.ms", "\(segmentMilliseconds)"),
            TopicSetting("retention.ms", "\(retentionMilliseconds ?? -1)"),
            TopicSetting("retention.bytes", "\(retentionByteCount ?? -1)"),
            TopicSetting("cleanup.policy", cleanup.rawValue),
            TopicSetting("delete.retention.ms", "\(deleteRetentionMilliseconds)"),
            TopicSetting("min.cleanable.dirty.ratio", "\(dirtyRatioMin)"),
            TopicSetting("max.message.bytes", "\(batchByteCountMax ?? -1)"),
        ]
    }

    private static func integer(
        _ text: String, in bounds: ClosedRange<Int64>
    ) throws(ErrorCode) -> Int64 {
        guard let value = Int64(text), bounds.contains(value) else { throw .invalidSetting }
        return value
    }

    /// A bound that -1 takes away.
    private static func bound(_ text: String) throws(ErrorCode) -> Int64? {
        text == "-1" ? nil : try integer(text, in: 1...Int64.max)
    }
}

// How far one group has got, partition by partition.

package import AeroWire

/// An offset that a group has committed.
package struct GroupOffset: Hashable, Sendable {
    /// The first offset that is not worked off.
    package let offset: Int64
    /// The consumer's own note.
    package let metadata: String
    /// When it was committed, in milliseconds since 1970.
    package let timestampMilliseconds: Int64

    /// Makes an offset from its fields.
    package init(offset: Int64, metadata: String = "", timestampMilliseconds: Int64) {
        self.offset = offset
        self.metadata = metadata
        self.timestampMilliseconds = timestampMilliseconds
    }
}

/// The committed offsets of one group.
package struct GroupOffsets: Sendable {
    private var entries: [TopicPartition: GroupOffset] = [:]

    /// Makes an empty map.
    package init() {}

    /// How many partitions have an offset.
    package var count: Int { entries.count }
    /// True when none has.
    package var isEmpty: Bool { entries.isEmpty }
    /// The partitions that have an offset, ascending.
    package var partitions: [TopicPartition] { entries.keys.sorted() }

    /// The offset of a partition; setting nil forgets it.
    package subscript(partition: TopicPartition) -> GroupOffset? {
        get { entries[partition] }
        set { entries[partition] = newValue }
    }

    /// The partitions of a topic that have an offset, ascending.
    package func partitions(of topicId: UInt32) -> [TopicPartition] {
        entries.keys.filter { $0.topicId == topicId }.sorted()
    }

    /// As FETCH_OFFSETS answers it.
    ///
    /// - Parameter wanted: The partitions asked for; empty for all.
    package func answer(_ wanted: [TopicPartition]) -> [CommittedOffset] {
        (wanted.isEmpty ? partitions : wanted).compactMap { partition in
            guard let entry = entries[partition] else { return nil }
            return CommittedOffset(
                topicId: partition.topicId, partition: partition.partition, offset: entry.offset,
                timestampMilliseconds: entry.timestampMilliseconds, metadata: entry.metadata)
        }
    }
}

// The topics that belong to the broker itself.

package import AeroWire

/// Topics that clients may read, and only the broker writes.
package enum InternalTopic {
    /// Offsets and generations of consumer groups.
    package static let groups = "__groups"

    /// Partitions of `groups`; each has the coordinator of the groups that fall into it.
    package static let groupPartitionCount: UInt32 = 8

    /// Whether a name is reserved for the broker.
    package static func isInternal(_ name: String) -> Bool { name == groups }

    /// The partition of `groups` that a group falls into.
    package static func partition(ofGroup name: String) -> UInt32 {
        Array(name.utf8).withUnsafeBytes {
            MurmurHash2.partition(ofKey: $0, partitionCount: groupPartitionCount)
        }
    }

    /// How `groups` is created: compacted, so that it has the last offset of each partition, and as
    /// durable as the broker can make it.
    ///
    /// - Parameter hasDisk: Whether topics can be kept on disk.
    package static func groupsRequest(hasDisk: Bool) -> CreateTopicRequest {
        CreateTopicRequest(
            name: groups, partitionCount: groupPartitionCount,
            durability: hasDisk ? .sync : .volatile,
            // Without a disk nothing is ever read from it again.
            retentionByteCount: hasDisk ? 0 : 64 << 10, maximumByteCount: hasDisk ? 0 : 1 << 20,
            settings: hasDisk
                ? [
                    TopicSetting("cleanup.policy", "compact"),
                    TopicSetting("retention.ms", "-1"),
                    TopicSetting("segment.bytes", "\(8 << 20)"),
                ] : [])
    }
}

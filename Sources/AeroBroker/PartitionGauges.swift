// A partition's figures, readable from every shard without asking its owner.

import Synchronization

/// Written by the owning shard after each change, read by any shard that describes the topic.
///
/// Each figure is whole on its own; a reader may see them a moment apart.
internal final class PartitionGauges: Sendable {
    private let logStart = Atomic<Int64>(0)
    private let watermark = Atomic<Int64>(0)
    private let stored = Atomic<Int>(0)
    private let groups = Atomic<Int>(0)

    /// Relaxed: the figures are for people, nothing is read through them.
    func publish(
        logStartOffset: Int64, highWatermark: Int64, storedByteCount: Int, groupCount: Int
    ) {
        logStart.store(logStartOffset, ordering: .relaxed)
        watermark.store(highWatermark, ordering: .relaxed)
        stored.store(storedByteCount, ordering: .relaxed)
        groups.store(groupCount, ordering: .relaxed)
    }

    var logStartOffset: Int64 { logStart.load(ordering: .relaxed) }
    var highWatermark: Int64 { watermark.load(ordering: .relaxed) }
    var storedByteCount: Int { stored.load(ordering: .relaxed) }
    var groupCount: Int { groups.load(ordering: .relaxed) }
}

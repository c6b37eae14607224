// One partition on its shard: the stored messages and who waits for them.

import AeroCore
import AeroMemory
import AeroStorage
import AeroWire

/// A produce request that waits until its partition has room.
internal struct ParkedAppend {
    let origin: RequestOrigin
    let batch: SharedSlice
    let header: RecordBatchHeader
    let deadlineNanoseconds: Int64
}

/// A partition; touched by its shard's thread only, except for its gauges.
internal final class HostedPartition {
    let key: PartitionKey
    let gauges: PartitionGauges
    var store: MemoryStore
    var machine = PartitionStateMachine()
    /// Read positions, by subscription slot.
    var cursors: [StoreCursor] = []
    /// Appends that wait for room, in arrival order: order is kept, so all wait behind the first.
    // BOUND: reading from a connection stops while one of its appends is parked.
    var parkedAppends: [ParkedAppend] = []
    /// The largest batch that the topic takes.
    var batchByteCountMax: Int
    var isDirty = false
    /// True while it is among the shard's `waitingPartitions`.
    var isWaitedAt = false

    init(
        key: PartitionKey, topic: TopicProperties, source: ChunkSource, gauges: PartitionGauges
    ) {
        self.key = key
        self.gauges = gauges
        batchByteCountMax = topic.settings.batchByteCountMax ?? .max
        store = MemoryStore(
            source: source,
            limits: MemoryStoreLimits(
                retentionByteCount: Int(clamping: topic.retentionByteCount),
                maximumByteCount: Int(clamping: topic.maximumByteCount)))
    }

    /// Makes the store's state visible to other shards.
    func publishGauges() {
        gauges.publish(
            logStartOffset: store.logStartOffset, highWatermark: store.highWatermark,
            storedByteCount: store.storedByteCount, groupCount: machine.groupCount)
    }
}

// One partition on its shard: the stored messages and who waits for them.

import AeroCore
import AeroMemory
import AeroStorage
import AeroWire

/// A batch that is appended and not yet as durable as its topic promises.
internal struct UnsettledAppend {
    /// Whom to answer; request id 0 where nobody waits, or no longer.
    var origin: RequestOrigin
    let baseOffset: Int64
    /// Answered once the high watermark is here.
    let nextOffset: Int64
    /// Bytes that become readable with it; 0 for a batch that was there before.
    let byteCount: Int
    let deadlineNanoseconds: Int64
}

/// A produce request that waits until its partition has room.
internal struct ParkedAppend {
    let origin: RequestOrigin
    let batch: SharedSlice
    let header: RecordBatchHeader
    let arrival: ArrivalTimes
    let deadlineNanoseconds: Int64
}

/// A partition; touched by its shard's thread only, except for its gauges.
internal final class HostedPartition {
    let key: PartitionKey
    let topicName: String
    let durability: TopicDurability
    let durabilityIntervalMilliseconds: UInt32
    let gauges: PartitionGauges
    var store: PartitionLog
    var machine: PartitionStateMachine
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

    /// Appends that wait to become durable, in log order.
    // BOUND: the log takes no more than `LogSettings.maximumUnsettledByteCount` before they are.
    var unsettled = FIFO<UnsettledAppend>()
    /// Whether it is in `DiskWork.unwritten`, or in `.unsynchronized` or `.scheduled`.
    var isWriteScheduled = false
    var isSyncScheduled = false
    /// True while the names of its new segments wait for a commit.
    var isNaming = false
    /// When the next sync is due, of a topic that does not sync at once.
    var syncDueNanoseconds: Int64 = 0
    var unsynchronizedByteCount = 0
    /// True while the disk has no room for it.
    var isBlocked = false
    /// True while what is known of its producers cannot be stored.
    var isSnapshotMissing = false
    /// True once its topic was deleted.
    var isDropped = false
    /// True for the broker's own topics, which clients do not write.
    let isInternal: Bool
    /// The coordinator whose log this is, if it is one.
    weak var coordinator: HostedCoordinator?
    /// Whether it is in `GroupHosting.acknowledging`.
    var isAcknowledging = false
    /// The times of its latest batches, while somebody wants them.
    var stageTimes: StageTimesRing?

    init(
        key: PartitionKey, topic: TopicProperties, gauges: PartitionGauges,
        store: consuming PartitionLog
    ) {
        self.key = key
        self.gauges = gauges
        topicName = topic.name
        isInternal = InternalTopic.isInternal(topic.name)
        durability = topic.durability
        durabilityIntervalMilliseconds = topic.durabilityIntervalMilliseconds
        self.store = store
        // A log keeps what it keeps, wherever groups are.
        machine = PartitionStateMachine(forgetsIdleGroups: topic.durability != .volatile)
        machine.appended(highWatermark: self.store.highWatermark, byteCount: 0)
        batchByteCountMax = topic.settings.batchByteCountMax ?? .max
    }

    /// Whether appends have to reach a disk before they are answered.
    var isDurable: Bool { durability != .volatile }

    /// What memory need not keep: of a volatile partition what everybody has acknowledged, of a
    /// durable one what its log has.
    var releasableOffset: Int64 { isDurable ? store.highWatermark : machine.settledOffset }

    /// What memory must keep even when it is short: of a volatile partition what a live consumer
    /// has not acknowledged.
    var pinnedOffset: Int64 { isDurable ? store.highWatermark : machine.pinnedOffset }

    /// Makes the store's state visible to other shards.
    func publishGauges() {
        gauges.publish(
            logStartOffset: store.logStartOffset, highWatermark: store.highWatermark,
            storedByteCount: store.storedByteCount, groupCount: machine.groupCount)
    }
}

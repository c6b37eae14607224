// The coordinator of one partition of the internal topic, on the shard that owns it.

import AeroCore
import AeroMemory
import AeroStorage
import AeroWire

/// A coordinator and its log; touched by its shard's thread only.
internal final class HostedCoordinator {
    /// Whether it can be asked.
    enum State {
        /// What the log has is still being read, from here on.
        case loading(StoreCursor)
        case ready
        /// The log cannot be read.
        case failed(ErrorCode)
    }

    /// Its log: a partition of the internal topic.
    let partition: HostedPartition
    var machine: GroupCoordinator
    var state: State
    /// True while its log cannot be read: what was read of it stands, and it is tried again.
    var isStuck = false
    /// True once that has been said.
    var hasBeenStuck = false
    /// What consumers have acknowledged while it was loading, the last of each partition.
    // BOUND: what one shard's partitions have groups for.
    var early: [GroupAcknowledgement] = []
    /// Appends that wait to become durable, in log order.
    // BOUND: the log takes no more than `LogSettings.maximumUnsettledByteCount` before they are.
    var tickets = FIFO<(ticket: UInt64, nextOffset: Int64)>()

    init(partition: HostedPartition, limits: GroupLimits, epoch: UInt64) {
        self.partition = partition
        machine = GroupCoordinator(limits: limits, epoch: epoch)
        state = .loading(StoreCursor(offset: partition.store.logStartOffset))
    }

    var isLoading: Bool { if case .loading = state { true } else { false } }
    var isReady: Bool { if case .ready = state { true } else { false } }
}

/// What a shard has to do with groups.
internal struct GroupHosting {
    /// A LIST_GROUPS whose answer is being put together.
    struct Listing {
        var awaitedCount: Int
        var groups: [GroupListing] = []
        var code = ErrorCode.ok
    }

    /// The coordinators of this shard, in the order in which they were first needed.
    var coordinators: [HostedCoordinator] = []
    /// The number of the internal topic, once it exists.
    var topicId: UInt32?
    /// True while a coordinator reads its log.
    var isLoading = false
    /// When those that could not read theirs try again.
    var nextRetryNanoseconds: Int64 = 0
    /// Partitions with acknowledgements that coordinators are to be told of.
    var acknowledging: [HostedPartition] = []
    // BOUND: requests in flight.
    var listings: [RequestOrigin: Listing] = [:]
    var nextRefreshNanoseconds: Int64 = 0
}

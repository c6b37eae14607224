// Who waits for what at one partition: subscriptions, long polls and producers held back.

import AeroWire

/// Limits of one partition's waiting lists.
package struct PartitionLimits: Sendable, Equatable {
    /// Subscriptions at one time.
    package var subscriptionCountMax = 1_024
    /// Parked fetches at one time.
    package var parkedFetchCountMax = 4_096

    /// Groups that have a position.
    package var groupCountMax = 1_024

    package init() {}
}

/// The dispatch rules of one partition, without the messages themselves.
///
/// It is told what was appended, asked for and acknowledged, and says who is to be served next;
/// the shard that owns the partition reads the store and does the sending. Pure: no clock, no
/// I/O; time comes in as nanoseconds of any monotonic clock.
///
/// Facets: `+Subscriptions` (push with credit), `+Fetches` (long polls), `+Groups` (positions).
package struct PartitionStateMachine: ~Copyable {
    internal let limits: PartitionLimits
    internal let forgetsIdleGroups: Bool
    internal var subscriptions: [Subscription?] = []
    internal var liveSubscriptionCount = 0
    internal var deliveryTurn = 0
    internal var groups: [GroupPosition] = []
    /// True when `takeAcknowledgements` has something to give.
    package internal(set) var hasAcknowledgements = false
    internal var fetches: [ParkedFetch] = []
    internal var earliestFetchDeadlineNanoseconds = Int64.max

    /// The end of what consumers may see.
    package private(set) var highWatermark: Int64 = 0

    /// - Parameters:
    ///   - limits: Bounds of the waiting lists.
    ///   - forgetsIdleGroups: Whether a group without a consumer makes room for another one: true
    ///     where its position keeps nothing in memory.
    package init(limits: PartitionLimits = PartitionLimits(), forgetsIdleGroups: Bool = false) {
        self.limits = limits
        self.forgetsIdleGroups = forgetsIdleGroups
    }

    /// New records may be consumed.
    ///
    /// - Parameters:
    ///   - highWatermark: The new end; never lower than before.
    ///   - byteCount: How many bytes of batches came with it.
    package mutating func appended(highWatermark: Int64, byteCount: Int) {
        precondition(highWatermark >= self.highWatermark, "the high watermark moved back")
        self.highWatermark = highWatermark
        for index in fetches.indices { fetches[index].availableByteCount += byteCount }
    }

    /// Forgets everything that a closed connection waited for or was subscribed to.
    package mutating func disconnected(_ connection: ConnectionAddress) {
        fetches.removeAll { $0.origin.connection == connection }
        for slot in subscriptions.indices
        where subscriptions[slot]?.connection == connection {
            remove(slot)
        }
    }

    /// True when nobody waits here, so that a dirty partition need not be looked at.
    package var isQuiet: Bool { liveSubscriptionCount == 0 && fetches.isEmpty }
}

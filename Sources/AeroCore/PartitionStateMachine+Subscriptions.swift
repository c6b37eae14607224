// Push delivery with credit: a subscription gets bytes only while it has asked for bytes.

package import AeroWire

/// What a client asks for when it subscribes.
package struct SubscriptionTerms: Sendable {
    /// Who subscribes.
    package let connection: ConnectionAddress
    /// The client's name for the subscription; unique within the connection.
    package let subscriptionId: UInt64
    /// The consumer group, or an empty string for none.
    package let group: String
    /// Where to start.
    package let start: SubscriptionStart
    /// How many bytes may be sent before more credit comes.
    package let creditByteCount: Int
    /// True when delivery itself counts as acknowledgement (at most once).
    package let acknowledgesOnDelivery: Bool

    package init(
        connection: ConnectionAddress, subscriptionId: UInt64, group: String,
        start: SubscriptionStart, creditByteCount: Int, acknowledgesOnDelivery: Bool
    ) {
        self.connection = connection
        self.subscriptionId = subscriptionId
        self.group = group
        self.start = start
        self.creditByteCount = creditByteCount
        self.acknowledgesOnDelivery = acknowledgesOnDelivery
    }
}

/// Where a subscription starts.
package enum SubscriptionStart: Equatable, Sendable {
    /// The first record that is still there.
    case earliest
    /// The next record to be appended.
    case latest
    /// This offset.
    case offset(Int64)
    /// Behind what the group has acknowledged; the earliest record when it has not yet.
    case committed
}

/// A live subscription.
internal struct Subscription {
    let connection: ConnectionAddress
    let subscriptionId: UInt64
    let groupIndex: Int?
    let acknowledgesOnDelivery: Bool
    /// The next record to deliver.
    var nextOffset: Int64
    /// Everything below is acknowledged.
    var acknowledgedOffset: Int64
    /// Bytes that may still be sent.
    // BOUND: saturates at `creditByteCountMax`.
    var creditByteCount: Int
    /// True while the connection's output is above its high watermark.
    var isHeldBack = false
}

/// The subscription to serve next.
package struct Delivery: Equatable, Sendable {
    /// The subscription's place in this partition, stable while it lives.
    package let slot: Int
    /// Whom to send to.
    package let connection: ConnectionAddress
    /// The client's name for it.
    package let subscriptionId: UInt64
    /// The next record to read.
    package let offset: Int64
    /// No more than these bytes, except that one batch is always allowed.
    package let maximumByteCount: Int
}

extension PartitionStateMachine {
    /// Credit beyond this adds nothing: it bounds what a mistaken client can ask for.
    package static var creditByteCountMax: Int { 1 << 30 }

    /// Adds a subscription.
    ///
    /// - Parameters:
    ///   - terms: What was asked for.
    ///   - logStartOffset: The first offset that can be read.
    /// - Returns: Its slot and the offset it starts at.
    /// - Throws: `.subscriptionExists`, `.offsetOutOfRange`, `.tooManyInFlight`, `.tooManyGroups`,
    ///   or
    ///   `.groupPartitionTaken` when another consumer of the group has this partition.
    package mutating func subscribe(
        _ terms: SubscriptionTerms, logStartOffset: Int64
    ) throws(ErrorCode) -> (slot: Int, startOffset: Int64) {
        guard liveSubscriptionCount < limits.subscriptionCountMax else {
            throw .tooManyInFlight
        }
        let known = terms.group.isEmpty ? nil : groups.firstIndex { $0.name == terms.group }
        for case let other? in subscriptions {
            if other.connection == terms.connection,
                other.subscriptionId == terms.subscriptionId
            {
                throw .subscriptionExists
            }
            if let known, other.groupIndex == known { throw .groupPartitionTaken }
        }
        let start = try startOffset(of: terms.start, group: known, logStart: logStartOffset)
        // Entered last: a refused subscription must leave no group behind.
        let group = terms.group.isEmpty ? nil : try groupIndex(named: terms.group)
        let subscription = Subscription(
            connection: terms.connection, subscriptionId: terms.subscriptionId,
            groupIndex: group, acknowledgesOnDelivery: terms.acknowledgesOnDelivery,
            nextOffset: start, acknowledgedOffset: start,
            creditByteCount: min(max(terms.creditByteCount, 0), Self.creditByteCountMax))
        if let group {
            groups[group].committedOffset = start
        }
        liveSubscriptionCount += 1
        if let free = subscriptions.firstIndex(where: { $0 == nil }) {
            subscriptions[free] = subscription
            return (free, start)
        }
        subscriptions.append(subscription)
        return (subscriptions.count - 1, start)
    }

    /// Adds to what a subscription may be sent. A subscription that is gone is ignored: credit
    /// may cross with an unsubscribe.
    ///
    /// - Parameter slot: Where `subscribe` put it, or -1 for a caller that has not heard yet.
    package mutating func credit(
        slot: Int, connection: ConnectionAddress, subscriptionId: UInt64, byteCount: Int
    ) {
        guard let slot = find(slot, connection, subscriptionId) else { return }
        let sum = (subscriptions[slot]?.creditByteCount ?? 0) + max(byteCount, 0)
        subscriptions[slot]?.creditByteCount = min(sum, Self.creditByteCountMax)
    }

    /// Acknowledges every record up to and including `throughOffset`.
    ///
    /// - Returns: `.ok`; `.unknownSubscription`; `.offsetOutOfRange` for what was never delivered.
    package mutating func acknowledge(
        slot: Int, connection: ConnectionAddress, subscriptionId: UInt64, throughOffset: Int64
    ) -> ErrorCode {
        guard let slot = find(slot, connection, subscriptionId), let found = subscriptions[slot]
        else { return .unknownSubscription }
        guard throughOffset < found.nextOffset else { return .offsetOutOfRange }
        settle(slot, below: throughOffset + 1)
        return .ok
    }

    /// Ends a subscription; the group keeps its position.
    package mutating func unsubscribe(
        slot: Int, connection: ConnectionAddress, subscriptionId: UInt64
    ) -> ErrorCode {
        guard let slot = find(slot, connection, subscriptionId) else {
            return .unknownSubscription
        }
        remove(slot)
        return .ok
    }

    /// Ends all subscriptions, when the topic goes away.
    ///
    /// - Returns: Whom they belonged to.
    package mutating func takeAllSubscriptions() -> [(ConnectionAddress, subscriptionId: UInt64)] {
        let ended = subscriptions.compactMap { $0.map { ($0.connection, $0.subscriptionId) } }
        subscriptions = []
        liveSubscriptionCount = 0
        deliveryTurn = 0
        return ended
    }

    /// Holds the subscriptions of a connection back, or lets them go on.
    package mutating func setHeldBack(_ isHeldBack: Bool, connection: ConnectionAddress) {
        for slot in subscriptions.indices where subscriptions[slot]?.connection == connection {
            subscriptions[slot]?.isHeldBack = isHeldBack
        }
    }

    /// The next subscription that has credit and something to read, each in its turn.
    ///
    /// Every answer must be followed by `delivered`, `heldBack` or `skip`; otherwise the same
    /// subscription is named again.
    package mutating func nextDelivery() -> Delivery? {
        guard liveSubscriptionCount > 0 else { return nil }
        for step in 0..<subscriptions.count {
            let slot = (deliveryTurn + step) % subscriptions.count
            guard let found = subscriptions[slot], found.creditByteCount > 0,
                !found.isHeldBack, found.nextOffset < highWatermark
            else { continue }
            deliveryTurn = (slot + 1) % subscriptions.count
            return Delivery(
                slot: slot, connection: found.connection, subscriptionId: found.subscriptionId,
                offset: found.nextOffset, maximumByteCount: found.creditByteCount)
        }
        return nil
    }

    /// Records that a subscription was sent everything below `nextOffset`.
    package mutating func delivered(slot: Int, nextOffset: Int64, byteCount: Int) {
        guard let found = subscriptions[slot] else { return }
        subscriptions[slot]?.nextOffset = nextOffset
        // Below zero after a batch larger than the rest of the credit: the client pays it back.
        subscriptions[slot]?.creditByteCount = found.creditByteCount - byteCount
        if found.acknowledgesOnDelivery { settle(slot, below: nextOffset) }
    }

    /// Moves a subscription past records that retention has taken.
    ///
    /// - Returns: How many records it will not see; the caller counts them.
    package mutating func skip(slot: Int, to offset: Int64) -> Int64 {
        guard let found = subscriptions[slot], offset > found.nextOffset else { return 0 }
        subscriptions[slot]?.nextOffset = offset
        settle(slot, below: offset)
        return offset - found.nextOffset
    }

    // MARK: - Parts

    internal mutating func remove(_ slot: Int) {
        guard subscriptions[slot] != nil else { return }
        subscriptions[slot] = nil
        liveSubscriptionCount -= 1
    }

    /// Finds a subscription by a slot that may be out of date, or not known yet.
    private func find(_ slot: Int, _ connection: ConnectionAddress, _ id: UInt64) -> Int? {
        if subscriptions.indices.contains(slot), isMatch(slot, connection, id) { return slot }
        return subscriptions.indices.first { isMatch($0, connection, id) }
    }

    private func isMatch(_ slot: Int, _ connection: ConnectionAddress, _ id: UInt64) -> Bool {
        guard let found = subscriptions[slot] else { return false }
        return found.connection == connection && found.subscriptionId == id
    }

    private mutating func settle(_ slot: Int, below offset: Int64) {
        guard let found = subscriptions[slot], offset > found.acknowledgedOffset else { return }
        subscriptions[slot]?.acknowledgedOffset = offset
        if let group = found.groupIndex { groups[group].committedOffset = offset }
    }

    private func startOffset(
        of start: SubscriptionStart, group: Int?, logStart: Int64
    ) throws(ErrorCode) -> Int64 {
        switch start {
        case .earliest: return logStart
        case .latest: return highWatermark
        case .offset(let offset):
            guard offset >= logStart, offset <= highWatermark else { throw .offsetOutOfRange }
            return offset
        case .committed:
            guard let group, let committed = groups[group].committedOffset else {
                return logStart
            }
            return max(committed, logStart)
        }
    }
}

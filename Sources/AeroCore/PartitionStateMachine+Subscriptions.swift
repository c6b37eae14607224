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
    /// The member of the group that subscribes; empty for a consumer that has not joined.
    package let memberId: String
    /// The member's generation; -1 without a member.
    package let generation: Int32
    /// Whether the times of each batch are to come with it.
    package let wantsStageTimes: Bool

    package init(
        connection: ConnectionAddress, subscriptionId: UInt64, group: String,
        start: SubscriptionStart, creditByteCount: Int, acknowledgesOnDelivery: Bool,
        memberId: String = "", generation: Int32 = -1, wantsStageTimes: Bool = false
    ) {
        self.connection = connection
        self.subscriptionId = subscriptionId
        self.group = group
        self.start = start
        self.creditByteCount = creditByteCount
        self.acknowledgesOnDelivery = acknowledgesOnDelivery
        self.memberId = memberId
        self.generation = generation
        self.wantsStageTimes = wantsStageTimes
    }

    /// Whether the group's coordinator decides, or knows where to start.
    package var needsCoordinator: Bool {
        guard !group.isEmpty else { return false }
        if case .committed = start { return true }
        return !memberId.isEmpty
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
    /// Behind what the group has committed. Where it has committed nothing, at the earliest record
    /// or, if so asked, at the latest.
    case committed(orLatest: Bool)
}

/// A live subscription.
internal struct Subscription {
    let connection: ConnectionAddress
    let subscriptionId: UInt64
    /// The group's name; empty for none.
    let group: String
    let memberId: String
    let acknowledgesOnDelivery: Bool
    let wantsStageTimes: Bool
    /// The group's place in `groups`; nil without a group, or while the coordinator is asked.
    var groupIndex: Int?
    /// True until the group's coordinator has said where to start: the partition is taken, and
    /// nothing is delivered.
    var isReserved: Bool
    /// The next record to deliver.
    var nextOffset: Int64
    /// Everything below is acknowledged.
    var acknowledgedOffset: Int64
    /// Bytes that may still be sent.
    // BOUND: saturates at `creditByteCountMax`.
    var creditByteCount: Int
    /// True while the connection's output is above its high watermark.
    var isHeldBack = false
    /// True while the next record cannot be read.
    var isStuck = false
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
    /// Whether the times of each batch are to come with it.
    package let wantsStageTimes: Bool
}

extension PartitionStateMachine {
    /// Credit beyond this adds nothing: it bounds what a mistaken client can ask for.
    package static var creditByteCountMax: Int { 1 << 30 }

    /// Adds a subscription, at once.
    ///
    /// - Parameters:
    ///   - terms: What was asked for; nothing that needs the coordinator.
    ///   - logStartOffset: The first offset that can be read.
    /// - Returns: Its slot and the offset it starts at.
    /// - Throws: As `reserve` and `activate`.
    package mutating func subscribe(
        _ terms: SubscriptionTerms, logStartOffset: Int64
    ) throws(ErrorCode) -> (slot: Int, startOffset: Int64) {
        let slot = try reserve(terms, logStartOffset: logStartOffset)
        let start = try activate(
            slot: slot, terms, committedOffset: nil, logStartOffset: logStartOffset)
        return (slot, start)
    }

    /// Takes the partition for a subscription that will be activated, or ended by `unsubscribe`.
    ///
    /// Until then it pins whatever it may start at.
    ///
    /// - Returns: Its slot.
    /// - Throws: `.subscriptionExists`, `.tooManyInFlight`, or `.groupPartitionTaken` when another
    ///   consumer of the group has this partition.
    package mutating func reserve(
        _ terms: SubscriptionTerms, logStartOffset: Int64
    ) throws(ErrorCode) -> Int {
        guard liveSubscriptionCount < limits.subscriptionCountMax else {
            throw .tooManyInFlight
        }
        for case let other? in subscriptions {
            if other.connection == terms.connection,
                other.subscriptionId == terms.subscriptionId
            {
                throw .subscriptionExists
            }
            if !terms.group.isEmpty, other.group == terms.group { throw .groupPartitionTaken }
        }
        let subscription = Subscription(
            connection: terms.connection, subscriptionId: terms.subscriptionId,
            group: terms.group, memberId: terms.memberId,
            acknowledgesOnDelivery: terms.acknowledgesOnDelivery,
            wantsStageTimes: terms.wantsStageTimes, isReserved: true,
            nextOffset: logStartOffset, acknowledgedOffset: logStartOffset,
            creditByteCount: min(max(terms.creditByteCount, 0), Self.creditByteCountMax))
        liveSubscriptionCount += 1
        if let free = subscriptions.firstIndex(where: { $0 == nil }) {
            subscriptions[free] = subscription
            return free
        }
        subscriptions.append(subscription)
        return subscriptions.count - 1
    }

    /// Lets a reserved subscription begin.
    ///
    /// - Parameters:
    ///   - slot: Where `reserve` put it.
    ///   - terms: What was asked for.
    ///   - committedOffset: What the group has committed, if anything.
    ///   - logStartOffset: The first offset that can be read.
    /// - Returns: The offset it starts at.
    /// - Throws: `.unknownSubscription` when it has ended meanwhile; `.offsetOutOfRange`,
    ///   `.tooManyGroups`: it has ended then.
    package mutating func activate(
        slot: Int, _ terms: SubscriptionTerms, committedOffset: Int64?, logStartOffset: Int64
    ) throws(ErrorCode) -> Int64 {
        guard let slot = find(slot, terms.connection, terms.subscriptionId),
            subscriptions[slot]?.isReserved == true
        else { throw .unknownSubscription }
        let start: Int64
        let group: Int?
        do throws(ErrorCode) {
            start = try startOffset(
                of: terms.start, committed: committedOffset, logStart: logStartOffset)
            // Entered last: a refused subscription must leave no group behind.
            group = terms.group.isEmpty ? nil : try groupIndex(named: terms.group)
        } catch {
            remove(slot)
            throw error
        }
        subscriptions[slot]?.isReserved = false
        subscriptions[slot]?.groupIndex = group
        subscriptions[slot]?.nextOffset = start
        subscriptions[slot]?.acknowledgedOffset = start
        if let group { groups[group].committedOffset = start }
        return start
    }

    /// Ends the subscription of a group that a certain member has.
    ///
    /// - Returns: Whose it was, if there was one.
    package mutating func endSubscription(
        group: String, memberId: String
    ) -> (connection: ConnectionAddress, subscriptionId: UInt64)? {
        let slot = subscriptions.firstIndex { $0?.group == group && $0?.memberId == memberId }
        guard let slot, let found = subscriptions[slot] else { return nil }
        remove(slot)
        return (found.connection, found.subscriptionId)
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

    /// What is next for a subscription cannot be read: it waits until `retryStuck`.
    package mutating func setStuck(slot: Int) { subscriptions[slot]?.isStuck = true }

    /// Lets the subscriptions go on whose next record could not be read.
    ///
    /// - Returns: Whether there are any.
    package mutating func retryStuck() -> Bool {
        var isAny = false
        for slot in subscriptions.indices where subscriptions[slot]?.isStuck == true {
            subscriptions[slot]?.isStuck = false
            isAny = true
        }
        return isAny
    }

    /// Whether any subscription wants the times of batches.
    package var hasStageSubscription: Bool {
        subscriptions.contains { $0?.wantsStageTimes == true }
    }

    /// The next subscription that has credit and something to read, each in its turn.
    ///
    /// Every answer must be followed by `delivered`, `setHeldBack`, `setStuck` or `skip`; otherwise
    /// the same subscription is named again.
    package mutating func nextDelivery() -> Delivery? {
        guard liveSubscriptionCount > 0 else { return nil }
        for step in 0..<subscriptions.count {
            let slot = (deliveryTurn + step) % subscriptions.count
            guard let found = subscriptions[slot], found.creditByteCount > 0,
                !found.isHeldBack, !found.isStuck, !found.isReserved,
                found.nextOffset < highWatermark
            else { continue }
            deliveryTurn = (slot + 1) % subscriptions.count
            return Delivery(
                slot: slot, connection: found.connection, subscriptionId: found.subscriptionId,
                offset: found.nextOffset, maximumByteCount: found.creditByteCount,
                wantsStageTimes: found.wantsStageTimes)
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
        guard let group = found.groupIndex else { return }
        groups[group].committedOffset = offset
        // A member commits itself; what it acknowledges only lets memory go.
        guard found.memberId.isEmpty else { return }
        groups[group].isToBeCommitted = true
        hasAcknowledgements = true
    }

    private func startOffset(
        of start: SubscriptionStart, committed: Int64?, logStart: Int64
    ) throws(ErrorCode) -> Int64 {
        switch start {
        case .earliest: return logStart
        case .latest: return highWatermark
        case .offset(let offset):
            guard offset >= logStart, offset <= highWatermark else { throw .offsetOutOfRange }
            return offset
        case .committed(let orLatest):
            guard let committed else { return orLatest ? highWatermark : logStart }
            // A log may have lost what was committed, with the machine or by retention.
            return min(max(committed, logStart), highWatermark)
        }
    }
}

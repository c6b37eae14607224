// SUBSCRIBE and its kin: push with credit, acknowledgement, release of what is settled.

import AeroCore
import AeroIO
import AeroMemory
import AeroStorage
import AeroWire

extension Shard where P: ~Copyable {
    /// Bytes of one DELIVER frame at most, except that one batch always fits. Memory is delivered
    /// a chunk at a time, far below this; a file is read in the largest slices that keep a reader
    /// of old records abreast of the producers of its shard.
    private var deliveryByteCountMax: Int {
        min(1 << 20, configuration.frameByteCountMax - DeliverPush.prefixByteCount)
    }

    // MARK: - Requests on a connection of this shard

    func subscribe(
        _ request: SubscribeRequest, _ origin: RequestOrigin, _ connection: BrokerConnection
    ) {
        guard connection.subscriptions[request.subscriptionId] == nil else {
            answer(origin, .subscribe, .subscriptionExists)
            return
        }
        let terms = SubscriptionTerms(
            connection: origin.connection, subscriptionId: request.subscriptionId,
            group: request.group, start: request.start,
            creditByteCount: Int(request.creditByteCount),
            acknowledgesOnDelivery: request.acknowledgementMode == .automatic,
            memberId: request.memberId, generation: request.generation,
            wantsStageTimes: connection.measuresStages)
        let key = PartitionKey(topicId: request.topicId, partition: request.partition)
        connection.subscriptions[request.subscriptionId] = SubscriptionRoute(partition: key)
        let owner = shard(of: key)
        if owner == index {
            subscribe(terms, key, origin)
        } else {
            links[owner]?.post(.subscribe(origin, key, terms))
        }
    }

    func credit(_ request: CreditRequest, _ connection: BrokerConnection) {
        guard let route = connection.subscriptions[request.subscriptionId] else { return }
        forward(
            .credit(
                address(of: connection), route.partition, slot: route.slot,
                subscriptionId: request.subscriptionId, byteCount: Int(request.byteCount)),
            to: route)
    }

    func acknowledge(
        _ request: AcknowledgeRequest, _ origin: RequestOrigin, _ connection: BrokerConnection
    ) {
        guard let route = connection.subscriptions[request.subscriptionId] else {
            answer(origin, .acknowledge, .unknownSubscription)
            return
        }
        forward(
            .acknowledge(
                origin, route.partition, slot: route.slot,
                subscriptionId: request.subscriptionId, throughOffset: request.throughOffset),
            to: route)
    }

    func unsubscribe(
        _ request: UnsubscribeRequest, _ origin: RequestOrigin, _ connection: BrokerConnection
    ) {
        guard let route = connection.subscriptions.removeValue(forKey: request.subscriptionId)
        else {
            answer(origin, .unsubscribe, .unknownSubscription)
            return
        }
        forward(
            .unsubscribe(
                origin, route.partition, slot: route.slot,
                subscriptionId: request.subscriptionId),
            to: route)
    }

    private func forward(_ message: ShardMessage, to route: SubscriptionRoute) {
        let owner = shard(of: route.partition)
        if owner == index { handle(message) } else { links[owner]?.post(message) }
    }

    /// A subscription of a connection of this shard was decided.
    func subscribed(
        _ origin: RequestOrigin, _ key: PartitionKey, _ subscriptionId: UInt64,
        _ answer: SubscribeAnswer
    ) {
        guard let connection = connection(at: origin.connection) else { return }
        // The client may have unsubscribed meanwhile, and used the id again elsewhere.
        let isRouted = connection.subscriptions[subscriptionId]?.partition == key
        switch answer {
        case .refused(let code):
            if isRouted { connection.subscriptions[subscriptionId] = nil }
            self.answer(origin, .subscribe, code)
        case .subscribed(let slot, let startOffset):
            if isRouted { connection.subscriptions[subscriptionId]?.slot = slot }
            reply(SubscribeReply(startOffset: startOffset), to: origin, .subscribe)
        }
    }

    /// The broker ended a subscription of a connection of this shard: the client is told by a
    /// failed reply to DELIVER, which it never asked for.
    func subscriptionEnded(
        _ address: ConnectionAddress, _ key: PartitionKey, _ subscriptionId: UInt64,
        _ code: ErrorCode
    ) {
        guard let connection = connection(at: address),
            connection.subscriptions[subscriptionId]?.partition == key
        else { return }
        connection.subscriptions[subscriptionId] = nil
        counters.add(1, to: .subscriptionsEnded)
        let origin = RequestOrigin(connection: address, requestId: subscriptionId)
        refuse(origin, .deliver, code)
        updateReceiving(connection)
    }

    // MARK: - At the partition

    /// Adds a subscription to a partition of this shard.
    func subscribe(_ terms: SubscriptionTerms, _ key: PartitionKey, _ origin: RequestOrigin) {
        guard !terms.needsCoordinator else {
            reserve(terms, key, origin)
            return
        }
        do throws(ErrorCode) {
            let partition = try self.partition(key)
            let (slot, start) = try partition.machine.subscribe(
                terms, logStartOffset: partition.store.logStartOffset)
            begin(slot, at: start, in: partition)
            tellSubscribed(origin, key, terms, .subscribed(slot: slot, startOffset: start))
        } catch {
            tellSubscribed(origin, key, terms, .refused(error))
        }
    }

    /// A subscription reads from here on.
    func begin(_ slot: Int, at start: Int64, in partition: HostedPartition) {
        while partition.cursors.count <= slot {
            partition.cursors.append(StoreCursor(offset: 0))
        }
        partition.cursors[slot] = StoreCursor(offset: start)
        keepStageTimes(of: partition)
        markDirty(partition)
    }

    /// Tells the shard of the connection what became of its subscription.
    func tellSubscribed(
        _ origin: RequestOrigin, _ key: PartitionKey, _ terms: SubscriptionTerms,
        _ outcome: SubscribeAnswer
    ) {
        if origin.connection.shard == index {
            subscribed(origin, key, terms.subscriptionId, outcome)
        } else {
            tell(
                origin.connection,
                .subscribed(origin, key, subscriptionId: terms.subscriptionId, outcome))
        }
    }

    /// Gives every subscription with credit what is there for it.
    func deliver(from partition: HostedPartition) {
        while let delivery = partition.machine.nextDelivery() {
            var cursor = partition.cursors[delivery.slot]
            let roof = min(delivery.maximumByteCount, deliveryByteCountMax)
            switch partition.store.read(&cursor, maximumByteCount: roof) {
            case .batches(let slice): push(.memory(slice), up: cursor, of: partition, to: delivery)
            case .file(let slice): push(.file(slice), up: cursor, of: partition, to: delivery)
            case .failed:
                // The log has failed or is damaged there, which was said when it was found, or the
                // disk could not read just now. A FETCH is told the code, a subscription waits
                // and is tried again with the next upkeep.
                partition.machine.setStuck(slot: delivery.slot)
            case .outOfRange:
                let start = partition.store.logStartOffset
                let skipped = partition.machine.skip(slot: delivery.slot, to: start)
                precondition(skipped > 0, "a subscription stands beyond the log end")
                counters.add(Int(skipped), to: .recordsSkipped)
                partition.cursors[delivery.slot] = StoreCursor(offset: start)
            case .atEnd:
                preconditionFailure("a delivery was due at the log end")
            }
        }
    }

    /// Sends what was read for a subscription, whose cursor then stands behind it.
    private func push(
        _ slice: BatchSlice, up cursor: StoreCursor, of partition: HostedPartition,
        to delivery: Delivery
    ) {
        partition.cursors[delivery.slot] = cursor
        counters.add(1, to: .deliveries)
        counters.add(slice.byteCount, to: .deliveredBytes)
        partition.machine.delivered(
            slot: delivery.slot, nextOffset: cursor.offset, byteCount: slice.byteCount)
        let watermark = partition.store.highWatermark
        if delivery.wantsStageTimes {
            sendStageTimes(of: partition, delivery.offset..<cursor.offset, to: delivery)
        }
        if delivery.connection.shard == index {
            deliver(slice, delivery.subscriptionId, watermark, to: delivery.connection)
        } else {
            tell(
                delivery.connection,
                .deliver(
                    delivery.connection, subscriptionId: delivery.subscriptionId,
                    highWatermark: watermark, slice))
        }
    }

    /// Lets go of what everybody has acknowledged, and lets waiting producers in.
    func releaseSettled(_ partition: HostedPartition) {
        release(below: partition.releasableOffset, reserving: 0, partition)
        if !partition.parkedAppends.isEmpty { unparkAppends(of: partition) }
        if partition.stageTimes != nil { keepStageTimes(of: partition) }
    }

    /// Lets go of stored batches and counts them.
    func release(below offset: Int64, reserving byteCount: Int, _ partition: HostedPartition) {
        let released = partition.store.release(below: offset, reserving: byteCount)
        if released > 0 { counters.add(released, to: .bytesReleased) }
    }
}

extension SubscribeRequest {
    fileprivate var start: SubscriptionStart {
        switch startKind {
        case .earliest: .earliest
        case .latest: .latest
        case .offset: .offset(startOffset)
        case .committed: .committed(orLatest: startOffset == Self.latestFallback)
        }
    }
}

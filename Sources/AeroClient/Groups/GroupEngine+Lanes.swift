// Subscriptions of a group consumer and what arrives by them.

import AeroCore
import AeroMemory
import AeroWire

extension GroupEngine {
    static func subscriptionId(_ consumer: Int, _ lane: Int) -> UInt64 {
        ConsumerEngine.subscriptionId(consumer, lane)
    }

    // MARK: - Turns

    func advanceLane(_ index: Int, isWanted: Bool, _ loop: ConnectionLoop) {
        switch lanes[index].state {
        case .detached(let notBefore):
            guard notBefore <= loop.nowNanoseconds, mayConsume(lanes[index]) else { return }
            subscribe(index, isWanted, loop)
        case .live:
            tellSettled(index, loop)
            if isWanted, lanes[index].release == .none { grantCredit(index, loop) }
        case .stale: unsubscribe(index, loop)
        case .subscribing, .unsubscribing, .ended: break
        }
    }

    private func subscribe(_ index: Int, _ isWanted: Bool, _ loop: ConnectionLoop) {
        let lane = lanes[index]
        let (kind, offset) = start(of: lane)
        // A new subscription starts without the credit of the one before.
        lanes[index].flow.creditByteCount = 0
        let credit = isWanted ? max(lanes[index].flow.room(laneBounds), 0) : 0
        let request = SubscribeRequest(
            subscriptionId: Self.subscriptionId(id, lane.number),
            topicId: lane.partition.topicId, partition: lane.partition.partition,
            group: isBroadcasting ? "" : group, startKind: kind, startOffset: offset,
            creditByteCount: UInt32(clamping: credit), acknowledgementMode: .manual,
            memberId: isBroadcasting ? "" : machine.memberId,
            generation: isBroadcasting ? -1 : machine.generation)
        guard self.request(request, .subscribe(lane: lane.number), loop) else {
            // The rest is over; the next event tries again.
            lanes[index].state = .detached(notBeforeNanoseconds: 0)
            return
        }
        lanes[index].state = .subscribing
        lanes[index].flow.creditByteCount = credit
    }

    /// Where a subscription starts: where the group or the offset file says at first, later at what
    /// is not committed. What the application has been given already is skipped here.
    private func start(of lane: GroupLane) -> (StartKind, Int64) {
        let initial: (StartKind, Int64) =
            options.initialPosition == .latest ? (.latest, 0) : (.earliest, 0)
        switch lane.jump {
        case .earliest: return (.earliest, 0)
        case .latest: return (.latest, 0)
        case .offset(let offset): return (.offset, offset)
        case .committed, nil: break
        }
        if let base = lane.baseOffset {
            return (.offset, min(base, lane.nextOffset ?? base))
        }
        if isBroadcasting {
            return store?[storeKey(of: lane)].map { (.offset, $0) } ?? initial
        }
        // Behind an offset of the group's, the broker falls back on what stands here.
        return (.committed, initial.0 == .latest ? SubscribeRequest.latestFallback : 0)
    }

    func storeKey(of lane: GroupLane) -> LocalOffsetStore.Key {
        LocalOffsetStore.Key(
            topic: lane.topic, topicId: lane.partition.topicId,
            partition: lane.partition.partition)
    }

    private func unsubscribe(_ index: Int, _ loop: ConnectionLoop) {
        let number = lanes[index].number
        let request = UnsubscribeRequest(
            subscriptionId: Self.subscriptionId(id, number))
        if self.request(request, .unsubscribe(lane: number), loop) {
            lanes[index].state = .unsubscribing
        }
    }

    private func grantCredit(_ index: Int, _ loop: ConnectionLoop) {
        guard let room = lanes[index].flow.grant(laneBounds) else { return }
        let isTold = loop.session.tell(
            CreditRequest(
                subscriptionId: Self.subscriptionId(id, lanes[index].number),
                byteCount: UInt32(clamping: room)),
            nowNanoseconds: loop.nowNanoseconds)
        if isTold { lanes[index].flow.creditByteCount += room }
    }

    /// Lets the broker release what is committed: a volatile topic keeps the rest in memory.
    private func tellSettled(_ index: Int, _ loop: ConnectionLoop) {
        guard let committed = lanes[index].committedOffset else { return }
        let through = min(committed - 1, lanes[index].deliveredThrough)
        guard through > lanes[index].toldThrough else { return }
        let isTold = loop.session.tell(
            AcknowledgeRequest(
                subscriptionId: Self.subscriptionId(id, lanes[index].number),
                throughOffset: through),
            nowNanoseconds: loop.nowNanoseconds)
        if isTold { lanes[index].toldThrough = through }
    }

    /// Ends all subscriptions at once, as far as there is a connection.
    func dropLanes(_ loop: ConnectionLoop) {
        for lane in lanes {
            inbox.forget(lane: lane.number)
            guard lane.isSubscribed else { continue }
            // One that does not go out ends with the connection.
            _ = loop.session.tell(
                UnsubscribeRequest(subscriptionId: Self.subscriptionId(id, lane.number)),
                nowNanoseconds: loop.nowNanoseconds)
        }
        lanes = []
    }

    // MARK: - Answers

    func subscribed(_ number: Int, _ payload: UnsafeRawBufferPointer, _ loop: ConnectionLoop) {
        guard let index = index(ofLane: number), lanes[index].state == .subscribing else { return }
        do throws(WireError) {
            guard
                case .success(let reply) = try Reply<SubscribeReply>.decode(
                    in: payload, range: 0..<payload.count)
            else { return }
            let start = reply.startOffset
            lanes[index].state = .live
            lanes[index].deliveredThrough = start - 1
            lanes[index].toldThrough = start - 1
            if lanes[index].jump != nil || lanes[index].nextOffset == nil {
                lanes[index].nextOffset = start
                lanes[index].baseOffset = start
            }
            lanes[index].nextOffset = max(lanes[index].nextOffset ?? start, start)
            lanes[index].baseOffset = max(lanes[index].baseOffset ?? start, start)
            lanes[index].jump = nil
        } catch {
            finish(misunderstood(error, loop))
        }
    }

    func subscribeRefused(
        _ number: Int, _ code: ErrorCode, _ message: String, _ loop: ConnectionLoop
    ) {
        guard let index = index(ofLane: number), lanes[index].state == .subscribing else { return }
        let retry = GroupLane.State.detached(
            notBeforeNanoseconds: loop.nowNanoseconds + Self.retryNanoseconds)
        switch code {
        case .offsetOutOfRange:
            // Retention, or a broker started anew, has taken what was there.
            switch options.whenOutOfRange {
            case .earliest: lanes[index].jump = .earliest
            case .latest: lanes[index].jump = .latest
            case .error:
                finish(
                    loop.context.refusal(
                        code,
                        "the records of \(lanes[index].name) at the group's offset are gone; reset "
                            + "it to what is left"))
                return
            }
            lanes[index].state = retry
        case .groupPartitionTaken, .subscriptionExists, .staleGeneration, .groupRebalancing,
            .groupNotEmpty:
            // The one before us is still letting go, or a new assignment is on its way.
            lanes[index].state = retry
        case .unknownMember, .memberFenced, .unknownTopic, .unknownPartition:
            // The next heartbeat or assignment says what follows.
            lanes[index].state = .ended
            if code == .unknownTopic { noteTopicGone(index) }
        default:
            if code.isRetriable {
                lanes[index].state = retry
            } else {
                finish(loop.context.refusal(code, message))
            }
        }
    }

    func unsubscribed(_ number: Int, _ loop: ConnectionLoop) {
        guard let index = index(ofLane: number), lanes[index].state == .unsubscribing else {
            return
        }
        // After a want of memory there is none at once.
        let pause = lanes[index].jump == nil ? Self.retryNanoseconds : 0
        lanes[index].state = .detached(notBeforeNanoseconds: loop.nowNanoseconds + pause)
        lanes[index].flow.creditByteCount = 0
    }

    /// The broker ended a subscription: the topic is gone, or the partition another member's.
    func ended(lane number: Int, _ code: ErrorCode) {
        guard let index = index(ofLane: number) else { return }
        lanes[index].state = .ended
        if code == .unknownTopic { noteTopicGone(index) }
    }

    /// The topic of a lane was deleted: one event a topic, whichever of its partitions hears of it
    /// first.
    func noteTopicGone(_ index: Int) {
        let gone = lanes[index].partition.topicId
        guard !lanes[index].isTopicGone else { return }
        for other in lanes.indices where lanes[other].partition.topicId == gone {
            lanes[other].isTopicGone = true
        }
        board.post(.topicDeleted(lanes[index].topic))
    }

    // MARK: - Deliveries

    /// Batches were pushed; the bytes are valid during the call.
    func delivered(
        lane number: Int, highWatermark: Int64, batches: UnsafeRawBufferPointer,
        _ loop: ConnectionLoop
    ) {
        guard let index = index(ofLane: number), lanes[index].state == .live,
            lanes[index].release == .none, let next = lanes[index].nextOffset
        else { return }
        // As the broker counts: below zero after a batch larger than the rest of the credit.
        lanes[index].flow.creditByteCount -= batches.count
        let found: NewBatches?
        do throws(WireError) {
            found = try NewBatches(in: batches, from: next)
            if found == nil { try noteSkipped(index, batches) }
        } catch {
            finish(
                loop.context.error(
                    .corruptData,
                    "records of \(lanes[index].name) cannot be read: \(error)"))
            return
        }
        guard let found else { return }
        var pieces = DeliveredPieces(
            found, of: batches,
            within: DecompressionBounds(
                batchByteCountMax: options.maximumBatchByteCount, within: loop.runtime.options))
        do throws(PoolError) {
            while let piece = try pieces.next(loop.decompressor, from: loop.keeper.pool) {
                lanes[index].nextOffset = piece.offsets.upperBound + 1
                lanes[index].deliveredThrough = piece.offsets.upperBound
                lanes[index].flow.noteBuffered(piece)
                inbox.put(
                    DeliveredChunk(
                        piece, keeper: loop.keeper, topic: lanes[index].topic, lane: number,
                        partition: Int(lanes[index].partition.partition),
                        highWatermark: highWatermark))
            }
        } catch {
            // Nothing is lost: the position stays, and a new subscription starts from it.
            lanes[index].state = .stale
        }
    }

    /// The application has all of it already: it is only noted as having come.
    private func noteSkipped(
        _ index: Int, _ batches: UnsafeRawBufferPointer
    ) throws(WireError) {
        var cursor = RecordBatchCursor(0..<batches.count)
        while let batch = try cursor.next(in: batches) {
            lanes[index].deliveredThrough = batch.header.lastOffset
        }
    }

    // MARK: - Moving

    /// Goes on elsewhere in a partition: what waits to be taken is dropped, what is committed
    /// stays.
    func seek(_ partition: GroupPartition, to jump: GroupLane.Jump) throws(ClientError) {
        guard let index = index(of: partition) else {
            throw ClientError(
                .unknownPartition, "\(partition) is not assigned to this consumer now")
        }
        inbox.forget(lane: lanes[index].number)
        lanes[index].flow.clearBuffered()
        lanes[index].processedOffset = nil
        lanes[index].takenOffset = nil
        lanes[index].jump = jump
        if jump == .committed {
            lanes[index].baseOffset = nil
            lanes[index].nextOffset = nil
            if isBroadcasting { lanes[index].committedOffset = nil }
        }
        switch lanes[index].state {
        case .live, .subscribing: lanes[index].state = .stale
        case .detached: lanes[index].state = .detached(notBeforeNanoseconds: 0)
        case .stale, .unsubscribing, .ended: break
        }
    }
}

// The consumer's rules, run by the I/O thread: subscriptions, credit, acknowledgements.

import AeroCore
import AeroMemory
import AeroWire

/// One consumer's subscriptions. The I/O thread owns it.
///
/// Pull and push are one mechanism: the broker sends while it has credit. Push grants the window
/// at once and again as batches are taken; pull grants it only while somebody waits.
final class ConsumerEngine {
    let id: Int
    let topic: String
    let options: ConsumerOptions
    let inbox: ConsumerInbox
    var lanes: [ConsumerLane]
    /// The broker's number for the topic; nil while it has to be asked for again.
    private var topicId: UInt32?
    /// Completed when every partition is subscribed for the first time, or with why not.
    private let started: Outcome<Void>
    private var error: ClientError?
    private let bounds: FlowBounds

    /// How long a refused or starved partition rests.
    static let retryNanoseconds: Int64 = 50_000_000

    init(
        id: Int, topic: String, topicId: UInt32, lanes: [ConsumerLane],
        options: ConsumerOptions, inbox: ConsumerInbox, started: Outcome<Void>
    ) {
        self.id = id
        self.topic = topic
        self.topicId = topicId
        self.options = options
        self.inbox = inbox
        self.started = started
        self.lanes = lanes
        bounds = FlowBounds(
            windowByteCount: options.receiveWindow, recordCountMax: options.maximumQueuedRecords,
            laneCount: lanes.count)
    }

    static func subscriptionId(_ consumer: Int, _ lane: Int) -> UInt64 {
        UInt64(consumer) << 32 | UInt64(lane)
    }

    /// The consumer and lane of a subscription.
    static func split(_ subscriptionId: UInt64) -> (consumer: Int, lane: Int) {
        (Int(subscriptionId >> 32), Int(subscriptionId & 0xFFFF_FFFF))
    }

    // MARK: - Connection

    /// The connection is (again) there.
    func connected(_ loop: ConnectionLoop) {
        let context = loop.register(.consumer(self, .resolve))
        let admission = loop.session.request(
            DescribeTopicRequest(name: topic), context: context,
            nowNanoseconds: loop.nowNanoseconds)
        if case .admitted = admission { return }
        // A fresh connection admits; if it is gone already, the next one comes here again.
        loop.requests[context] = nil
    }

    /// The connection is gone, and with it all subscriptions.
    func disconnected() {
        topicId = nil
        for lane in lanes.indices {
            lanes[lane].state = .detached(notBeforeNanoseconds: 0)
            lanes[lane].flow.creditByteCount = 0
            lanes[lane].deliveredThrough = -1
            lanes[lane].toldThrough = -1
            lanes[lane].wasStarved = false
        }
    }

    // MARK: - Turns

    func turn(_ loop: ConnectionLoop) {
        inbox.expire(nowNanoseconds: loop.nowNanoseconds)
        collectNotes()
        expireAcknowledgements(loop)
        guard loop.session.isReady, error == nil else { return }
        let isWanted = options.mode == .push || inbox.isAwaited
        for lane in lanes.indices {
            switch lanes[lane].state {
            case .detached(let notBefore):
                if notBefore <= loop.nowNanoseconds { subscribe(lane, isWanted, loop) }
            case .live:
                pumpAcknowledgements(lane, loop)
                if isWanted { grantCredit(lane, loop) }
            case .starved: unsubscribe(lane, loop)
            case .subscribing, .unsubscribing, .ended: break
            }
        }
    }

    /// When `turn` has something to do that no event announces.
    var nextDueNanoseconds: Int64 {
        var due = inbox.nextDeadlineNanoseconds
        guard error == nil else { return due }
        for lane in lanes {
            if topicId != nil, case .detached(let notBefore) = lane.state, notBefore > 0 {
                due = min(due, notBefore)
            }
            for waiting in lane.pending { due = min(due, waiting.deadlineNanoseconds) }
        }
        return due
    }

    /// Takes over what the application has left.
    private func collectNotes() {
        guard let notes = inbox.collectNotes() else { return }
        for (lane, taken) in notes.taken { lanes[lane].flow.noteTaken(taken) }
        for (lane, offset) in notes.acknowledged {
            lanes[lane].acknowledgeThrough = max(lanes[lane].acknowledgeThrough, offset)
        }
    }

    /// Acknowledges, where that is automatic, everything that was taken: an end in order, as far
    /// as there is a connection.
    func settleTaken(_ loop: ConnectionLoop) {
        inbox.settlePrevious()
        collectNotes()
        guard loop.session.isReady, error == nil else { return }
        for lane in lanes.indices where lanes[lane].isLive { pumpAcknowledgements(lane, loop) }
    }

    private func subscribe(_ lane: Int, _ isWanted: Bool, _ loop: ConnectionLoop) {
        guard let topicId else { return }
        let (kind, offset) = start(of: lanes[lane])
        // A new subscription starts without the credit of the one before.
        lanes[lane].flow.creditByteCount = 0
        let credit = isWanted ? max(lanes[lane].flow.room(bounds), 0) : 0
        let request = SubscribeRequest(
            subscriptionId: Self.subscriptionId(id, lane), topicId: topicId,
            partition: lanes[lane].partition, group: options.group ?? "", startKind: kind,
            startOffset: offset, creditByteCount: UInt32(clamping: credit),
            acknowledgementMode: options.acknowledgement == .onDelivery ? .automatic : .manual)
        guard self.request(request, .subscribe(lane: lane), loop) else {
            // The rest is over; the next event tries again.
            lanes[lane].state = .detached(notBeforeNanoseconds: 0)
            return
        }
        lanes[lane].state = .subscribing
        lanes[lane].flow.creditByteCount = credit
    }

    /// Where a subscription starts: where the caller said at first, later where it had got to.
    ///
    /// A group's position must not move past what is not acknowledged, so its consumers start at
    /// the committed offset again, and skip here what they have been given already.
    private func start(of lane: ConsumerLane) -> (StartKind, Int64) {
        if let restart = lane.restart { return (restart, 0) }
        guard let next = lane.nextOffset else {
            switch options.start {
            case .earliest: return (.earliest, 0)
            case .latest: return (.latest, 0)
            case .committed: return (.committed, 0)
            case .offset(let offset): return (.offset, offset)
            case .time: return (.offset, lane.startOffset)
            }
        }
        let isGroupPosition =
            options.group != nil
            && !(lane.wasStarved && options.acknowledgement == .onDelivery)
        return isGroupPosition ? (.committed, 0) : (.offset, next)
    }

    private func unsubscribe(_ lane: Int, _ loop: ConnectionLoop) {
        let request = UnsubscribeRequest(subscriptionId: Self.subscriptionId(id, lane))
        if self.request(request, .unsubscribe(lane: lane), loop) {
            lanes[lane].state = .unsubscribing
        }
    }

    private func grantCredit(_ lane: Int, _ loop: ConnectionLoop) {
        guard let room = lanes[lane].flow.grant(bounds) else { return }
        let isTold = loop.session.tell(
            CreditRequest(
                subscriptionId: Self.subscriptionId(id, lane), byteCount: UInt32(clamping: room)),
            nowNanoseconds: loop.nowNanoseconds)
        if isTold { lanes[lane].flow.creditByteCount += room }
    }

    /// Sends a request of this consumer; false when the session does not take it now.
    func request(
        _ payload: some RequestPayload, _ kind: ConsumerRequest, _ loop: ConnectionLoop
    ) -> Bool {
        let context = loop.register(.consumer(self, kind))
        let admission = loop.session.request(
            payload, context: context, nowNanoseconds: loop.nowNanoseconds)
        if case .admitted = admission { return true }
        loop.requests[context] = nil
        return false
    }

    // MARK: - Answers

    func answered(_ request: ConsumerRequest, _ answer: SessionAnswer, _ loop: ConnectionLoop) {
        switch (request, answer) {
        case (.resolve, .success(let payload)): resolved(payload, loop)
        case (.resolve, .refused(let code, let message)):
            finish(loop.context.refusal(code, message))
        case (.subscribe(let lane), .success(let payload)): subscribed(lane, payload, loop)
        case (.subscribe(let lane), .refused(let code, let message)):
            subscribeRefused(lane, code, message, loop)
        case (.unsubscribe(let lane), _):
            lanes[lane].wasStarved = true
            lanes[lane].state = .detached(
                notBeforeNanoseconds: loop.nowNanoseconds + Self.retryNanoseconds)
        case (.acknowledge(_, let waiting), .success): waiting.outcome.complete(.success(()))
        case (.acknowledge(_, let waiting), .refused(let code, let message)):
            waiting.outcome.complete(.failure(loop.context.refusal(code, message)))
        }
    }

    func failed(_ request: ConsumerRequest, _ error: ClientError, _ loop: ConnectionLoop) {
        switch request {
        case .acknowledge(let lane, let waiting):
            if error.code == .connectionLost, self.error == nil {
                // To acknowledge twice is to acknowledge once: it goes out again.
                lanes[lane].pending.append(waiting)
            } else {
                waiting.outcome.complete(.failure(error))
            }
        case .resolve, .subscribe, .unsubscribe:
            if !started.isSettled {
                finish(error)
            } else if error.code == .timedOut {
                // What a late answer would mean is not known: all of it is done anew.
                finish(error)
            }
        }
    }

    private func resolved(_ payload: UnsafeRawBufferPointer, _ loop: ConnectionLoop) {
        do throws(WireError) {
            if case .success(let topic) = try Reply<DescribeTopicReply>.decode(
                in: payload, range: 0..<payload.count)
            {
                topicId = topic.topicId
            }
        } catch {
            finish(misunderstood(error, loop))
        }
    }

    private func subscribed(
        _ lane: Int, _ payload: UnsafeRawBufferPointer, _ loop: ConnectionLoop
    ) {
        do throws(WireError) {
            guard
                case .success(let reply) = try Reply<SubscribeReply>.decode(
                    in: payload, range: 0..<payload.count)
            else { return }
            lanes[lane].state = .live
            lanes[lane].deliveredThrough = reply.startOffset - 1
            lanes[lane].wasStarved = false
            let next = lanes[lane].nextOffset ?? reply.startOffset
            if lanes[lane].restart != nil, reply.startOffset < next { beginAnew(lane) }
            lanes[lane].nextOffset =
                lanes[lane].restart != nil ? reply.startOffset : max(next, reply.startOffset)
            lanes[lane].restart = nil
        } catch {
            finish(misunderstood(error, loop))
            return
        }
        if lanes.allSatisfy(\.isLive) { started.complete(.success(())) }
    }

    private func subscribeRefused(
        _ lane: Int, _ code: ErrorCode, _ message: String, _ loop: ConnectionLoop
    ) {
        let mayRetry = code == .groupPartitionTaken || code == .subscriptionExists
        if started.isSettled, code == .offsetOutOfRange {
            guard lostPosition(lane, loop) else { return }
        } else if !(code.isRetriable || started.isSettled && mayRetry) {
            finish(loop.context.refusal(code, message))
            return
        }
        // After a reconnection the broker may not have noticed yet that the old one is gone.
        lanes[lane].state = .detached(
            notBeforeNanoseconds: loop.nowNanoseconds + Self.retryNanoseconds)
    }

    func misunderstood(_ cause: WireError, _ loop: ConnectionLoop) -> ClientError {
        loop.context.error(
            .protocolViolation, "the broker's answer is not understood: \(cause)")
    }

    /// The broker ended a subscription. What it sent before is still there to be taken.
    func ended(lane: Int, _ code: ErrorCode, _ message: String, _ loop: ConnectionLoop) {
        guard lanes.indices.contains(lane) else { return }
        lanes[lane].state = .ended
        finish(loop.context.refusal(code, message), keepsChunks: true)
    }

    /// Ends the consumer; whoever waits hears why.
    func finish(_ error: ClientError, keepsChunks: Bool = false) {
        guard self.error == nil else { return }
        self.error = error
        started.complete(.failure(error))
        inbox.fail(error, keepsChunks: keepsChunks)
        for lane in lanes.indices {
            for waiting in lanes[lane].pending { waiting.outcome.complete(.failure(error)) }
            lanes[lane].pending = []
        }
    }
}

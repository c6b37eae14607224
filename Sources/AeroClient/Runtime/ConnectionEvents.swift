// What the session reports, passed on to whom it concerns.

import AeroCore
import AeroWire

/// Hears the session on behalf of a connection's loop.
///
/// Called from within the session, while the loop lends it the poller: nothing here touches that.
struct ConnectionEvents: ClientSessionEvents {
    let loop: ConnectionLoop

    mutating func ready(_ session: ClientSession) {
        loop.connected.complete(.success(()))
        loop.runtime.board.enter(.connected)
        for producer in loop.producers.values { loop.resolve(producer) }
        for consumer in loop.consumers.values { consumer.connected(loop) }
        for group in loop.groups.values { group.connected(loop) }
        loop.dispatchWaitingCalls()
    }

    mutating func answered(
        _ session: ClientSession, _ request: PendingRequest, _ answer: SessionAnswer
    ) {
        guard let owner = loop.requests.removeValue(forKey: request.context) else { return }
        let elapsed = loop.nowNanoseconds - request.sentNanoseconds
        switch (owner, answer) {
        case (.send(let producer, let batch), .success(let payload)):
            stored(producer, batch, payload)
        case (.send(let producer, let batch), .refused(let code, let message)):
            producer.refused(
                batch, code,
                loop.context.refusal(code, message, elapsedNanoseconds: elapsed),
                nowNanoseconds: loop.nowNanoseconds)
        case (.call(let call), .success(let payload)): call.finish(.success(payload))
        case (.call(let call), .refused(let code, let message)):
            call.finish(
                .failure(loop.context.refusal(code, message, elapsedNanoseconds: elapsed)))
        case (.resolve(let producer), .success(let payload)): resolved(producer, payload)
        case (.resolve(let producer), .refused(let code, let message)):
            producer.notResolved(loop.context.refusal(code, message))
        case (.identify(let producer), .success(let payload)): identified(producer, payload)
        case (.identify(let producer), .refused(let code, let message)):
            producer.notIdentified(
                isFinal: !code.isRetriable, loop.context.refusal(code, message),
                nowNanoseconds: loop.nowNanoseconds)
        case (.consumer(let consumer, let request), _):
            consumer.answered(request, answer, loop)
        case (.group(let group, let request), _): group.answered(request, answer, loop)
        }
    }

    mutating func failed(
        _ session: ClientSession, _ request: PendingRequest, _ cause: RequestFailure
    ) {
        guard let owner = loop.requests.removeValue(forKey: request.context) else { return }
        if case .connectionLost(let loss) = cause { loop.context.lastLoss = loss }
        let elapsed = loop.nowNanoseconds - request.sentNanoseconds
        let error = loop.end ?? loop.context.failure(cause, elapsedNanoseconds: elapsed)
        switch owner {
        case .send(let producer, let batch):
            var isTimeout = false
            if case .timedOut = cause { isTimeout = true }
            producer.lost(
                batch, isFinal: loop.end != nil, waits: isTimeout, error,
                nowNanoseconds: loop.nowNanoseconds)
        case .call(let call): call.finish(.failure(error))
        case .resolve(let producer):
            if case .timedOut = cause { loop.resolve(producer) }
        case .identify(let producer):
            producer.notIdentified(
                isFinal: false, error, nowNanoseconds: loop.nowNanoseconds)
        case .consumer(let consumer, let request): consumer.failed(request, error, loop)
        case .group(let group, let request): group.failed(request, error, loop)
        }
    }

    mutating func delivered(
        _ session: ClientSession, subscriptionId: UInt64, highWatermark: Int64,
        batches: UnsafeRawBufferPointer
    ) {
        let (consumerId, lane) = ConsumerEngine.split(subscriptionId)
        loop.consumers[consumerId]?.delivered(
            lane: lane, subscriptionId: subscriptionId, highWatermark: highWatermark,
            batches: batches, loop)
        loop.groups[consumerId]?.delivered(
            lane: lane, highWatermark: highWatermark, batches: batches, loop)
    }

    mutating func ended(
        _ session: ClientSession, subscriptionId: UInt64, _ code: ErrorCode, message: String
    ) {
        let (consumerId, lane) = ConsumerEngine.split(subscriptionId)
        loop.consumers[consumerId]?.ended(lane: lane, code, message, loop)
        loop.groups[consumerId]?.ended(lane: lane, code)
    }

    mutating func lost(_ session: ClientSession, _ loss: SessionLoss) {
        loop.context.lastLoss = loss
        loop.oneWay = OneWayMemory()
        for producer in loop.producers.values { producer.disconnected() }
        for consumer in loop.consumers.values { consumer.disconnected() }
        for group in loop.groups.values { group.disconnected() }
        guard loop.end == nil else { return }
        let error = loop.context.loss(loss)
        // The first attempt fails fast: a wrong address is better heard of at once.
        if session.isClosed || !loop.connected.isSettled {
            loop.finish(error)
        } else {
            loop.runtime.board.enter(.reconnecting(error))
        }
    }

    // MARK: - Parts

    private func stored(
        _ producer: ProducerEngine, _ batch: ProducerBatch, _ payload: UnsafeRawBufferPointer
    ) {
        do throws(WireError) {
            if case .success(let reply) = try Reply<SendReply>.decode(
                in: payload, range: 0..<payload.count)
            {
                producer.stored(
                    batch, baseOffset: reply.baseOffset, nowNanoseconds: loop.nowNanoseconds)
                return
            }
            producer.lost(batch, isFinal: true, misunderstood("no success"), nowNanoseconds: 0)
        } catch {
            producer.lost(batch, isFinal: true, misunderstood("\(error)"), nowNanoseconds: 0)
        }
    }

    private func identified(_ producer: ProducerEngine, _ payload: UnsafeRawBufferPointer) {
        do throws(WireError) {
            guard
                case .success(let reply) = try Reply<InitProducerReply>.decode(
                    in: payload, range: 0..<payload.count),
                reply.producerId >= 0, reply.producerEpoch >= 0
            else {
                producer.notIdentified(
                    isFinal: true, misunderstood("no producer id"), nowNanoseconds: 0)
                return
            }
            producer.identified(
                ProducerIdentity(producerId: reply.producerId, epoch: reply.producerEpoch))
        } catch {
            producer.notIdentified(isFinal: true, misunderstood("\(error)"), nowNanoseconds: 0)
        }
    }

    private func resolved(_ producer: ProducerEngine, _ payload: UnsafeRawBufferPointer) {
        do throws(WireError) {
            guard
                case .success(let topic) = try Reply<DescribeTopicReply>.decode(
                    in: payload, range: 0..<payload.count)
            else { return }
            producer.resolved(topicId: topic.topicId, partitionCount: topic.partitions.count)
        } catch {
            producer.failAll(misunderstood("\(error)"))
        }
    }

    private func misunderstood(_ reason: String) -> ClientError {
        loop.context.error(
            .protocolViolation, "the broker's answer is not understood: \(reason)")
    }
}

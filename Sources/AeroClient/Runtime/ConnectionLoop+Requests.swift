// What the loop carries out: producers' commands, control calls, batches.

import AeroCore
import AeroIO
import AeroWire

extension ConnectionLoop: BatchTransport {
    // MARK: - Producers

    func perform(_ command: ProducerCommand, _ timestampMilliseconds: Int64) {
        guard end == nil, let producer = producers[command.producerId] else {
            fail(command, end ?? context.error(.closed, "the producer is closed"))
            runtime.data.release(commandCount: 0, byteCount: command.queuedByteCount)
            return
        }
        switch command.work {
        case .message(let message):
            producer.accept(
                message, timestampMilliseconds: timestampMilliseconds,
                nowNanoseconds: nowNanoseconds)
        case .messages(let messages):
            for message in messages {
                producer.accept(
                    message, timestampMilliseconds: timestampMilliseconds,
                    nowNanoseconds: nowNanoseconds)
            }
        case .flush(let outcome): producer.accept(flush: outcome)
        }
    }

    /// Answers a command that no producer takes; its bytes count no more.
    func fail(_ command: ProducerCommand, _ error: ClientError) {
        switch command.work {
        case .message(let message): message.sink.settle(.failure(error))
        case .messages(let messages):
            for message in messages { message.sink.settle(.failure(error)) }
        case .flush(let outcome): outcome.complete(.failure(error))
        }
    }

    func dispatch(
        _ batch: ProducerBatch, of producer: ProducerEngine, timeoutNanoseconds: Int64,
        nowNanoseconds: Int64
    ) -> RequestAdmission {
        guard let topicId = producer.topicId, session.isReady else { return .notConnected }
        let acks = producer.acks(of: batch)
        let timeout = min(timeoutNanoseconds, runtime.options.requestTimeout.wholeNanoseconds)
        let request = batch.request(
            topicId: topicId, acks: acks,
            timeoutMilliseconds: UInt32(clamping: max(timeout / 1_000_000, 1)))
        if acks == .none {
            guard oneWay.byteCount == 0 || oneWay.byteCount + batch.capacity <= held.byteCountMax
            else { return .tooManyBytes }
            let admission = session.send(
                batch.frame, request, context: 0, nowNanoseconds: nowNanoseconds)
            if case .admitted = admission {
                oneWay.append(frameByteCount: batch.frameByteCount, capacity: batch.capacity)
            }
            return admission
        }
        let context = register(.send(producer, batch))
        let admission = session.send(
            batch.frame, request, context: context, nowNanoseconds: nowNanoseconds,
            timeoutNanoseconds: timeout, isRepeated: batch.isRepeated)
        guard case .admitted = admission else {
            requests[context] = nil
            return admission
        }
        return admission
    }

    func expiry(elapsedNanoseconds: Int64, isInDoubt: Bool) -> ClientError {
        let state = session.isReady ? "connected" : "not connected"
        let what =
            isInDoubt
            ? "broker had said whether it has the message" : "message could be sent"
        return context.error(
            .timedOut, "the delivery timeout was over before the \(what) (\(state))",
            elapsedNanoseconds: elapsedNanoseconds)
    }

    func requestIdentity(
        for producer: ProducerEngine, raising identity: ProducerIdentity?, nowNanoseconds: Int64
    ) -> Bool {
        let context = register(.identify(producer))
        let admission = session.request(
            identity.map(InitProducerRequest.init(raising:)) ?? InitProducerRequest(),
            context: context, nowNanoseconds: nowNanoseconds)
        if case .admitted = admission { return true }
        requests[context] = nil
        return false
    }

    var frameByteCountMax: Int {
        session.welcome.map { Int($0.maxFrameByteCount) } ?? WireLimits.frameByteCountMaxDefault
    }

    /// Asks for a topic's number again: a broker that was started anew may have given it another.
    func resolve(_ producer: ProducerEngine) {
        let context = register(.resolve(producer))
        let admission = session.request(
            DescribeTopicRequest(name: producer.topic), context: context,
            nowNanoseconds: nowNanoseconds)
        guard case .admitted = admission else {
            requests[context] = nil
            producer.topicRequestFailed()
            return
        }
    }

    // MARK: - Consumers

    /// Ends a consumer's subscriptions, as far as there is a connection.
    func removeConsumer(_ id: Int) {
        guard let consumer = consumers.removeValue(forKey: id) else { return }
        consumer.finish(context.error(.closed, "the consumer is closed"))
        for (lane, state) in consumer.lanes.enumerated() where state.isSubscribed {
            // One that does not go out ends with the connection.
            _ = session.tell(
                UnsubscribeRequest(subscriptionId: ConsumerEngine.subscriptionId(id, lane)),
                nowNanoseconds: nowNanoseconds)
        }
    }

    // MARK: - Calls

    /// Sends a call, or keeps it until there is a connection.
    func begin(_ call: ControlCall) {
        if let end {
            call.finish(.failure(end))
        } else if !dispatch(call) {
            waitingCalls.append(call)
        }
    }

    private func dispatch(_ call: ControlCall) -> Bool {
        let context = register(.call(call))
        let timeout = max(call.deadlineNanoseconds - nowNanoseconds, 1)
        if case .admitted = call.send(session, context, nowNanoseconds, timeout) { return true }
        requests[context] = nil
        return false
    }

    /// Tries waiting calls again, in order.
    func dispatchWaitingCalls() {
        while session.isReady, let first = waitingCalls.first, dispatch(first) {
            waitingCalls.removeFirst()
        }
    }

    /// Gives up calls whose time is over.
    func expireCalls() {
        guard !waitingCalls.isEmpty else { return }
        dispatchWaitingCalls()
        let now = nowNanoseconds
        for call in waitingCalls where call.deadlineNanoseconds <= now {
            call.finish(
                .failure(
                    context.error(
                        .timedOut, "there was no connection to ask the broker",
                        elapsedNanoseconds: now - call.startNanoseconds)))
        }
        waitingCalls.removeAll { $0.deadlineNanoseconds <= now }
    }
}

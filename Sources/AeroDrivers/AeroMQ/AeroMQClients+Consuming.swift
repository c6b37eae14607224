// Subscriptions and fetches of a worker's consumers.

import AeroClient
import AeroCore
import AeroIO
import AeroWire

extension AeroMQClients {
    /// The consumer of a session, or nil for a producer's.
    func consumerIndex(of session: ClientSession) -> Int? {
        let index = Int(session.token.index) - producers.count
        return index >= 0 ? index : nil
    }

    /// Subscribes to a consumer's topic-partition, or fetches from it.
    func begin(
        _ consumer: Int, _ position: Int, _ session: ClientSession, _ nowNanoseconds: Int64
    ) {
        let context = UInt64(consumer) << 32 | UInt64(position)
        let state = consumers[consumer]
        let destination = state.destinations[position]
        let partitionCount = partitionCounts[state.classIndex]
        let topicId = topicIds[state.classIndex][destination / partitionCount]
        let partition = UInt32(destination % partitionCount)
        let next = state.states[position].nextOffset
        consumers[consumer].needsFlush = true
        if state.isPulling {
            // The position starts at the log's start: topics are new with each run.
            consumers[consumer].states[position].isSubscribed = true
            let request = FetchRequest(
                topicId: topicId, partition: partition, offset: next ?? 0, minByteCount: 1,
                maxByteCount: state.fetchByteCount,
                maxWaitMilliseconds: AeroMQConsumer.fetchWaitMilliseconds)
            check(session.request(request, context: context, nowNanoseconds: nowNanoseconds))
        } else {
            let request = SubscribeRequest(
                subscriptionId: context, topicId: topicId, partition: partition,
                group: state.group, startKind: next == nil ? .earliest : .offset,
                startOffset: next ?? 0,
                creditByteCount: UInt32(state.creditByteCount),
                acknowledgementMode: .manual)
            consumers[consumer].states[position].uncreditedByteCount = 0
            consumers[consumer].states[position].stageTimes.removeAll(keepingCapacity: true)
            check(session.request(request, context: context, nowNanoseconds: nowNanoseconds))
        }
    }

    /// A subscription is live.
    func subscribed(context: UInt64, _ session: ClientSession) {
        consumers[Int(context >> 32)].states[Int(context & 0xFFFF_FFFF)].isSubscribed = true
    }

    /// The connection is lost, and with it the consumer's subscriptions.
    func unsubscribed(_ session: ClientSession) {
        guard let consumer = consumerIndex(of: session) else { return }
        for position in consumers[consumer].states.indices {
            consumers[consumer].states[position].isSubscribed = false
            // Whatever is still being handled is asked for and acknowledged no more: its connection
            // is gone, and the next one begins behind it.
            consumers[consumer].states[position].held = []
        }
    }

    /// Keeps a delivery until its handler is through with it.
    func hold(
        _ consumer: Int, _ position: Int, _ byteCount: Int, untilNanoseconds: Int64
    ) {
        let nextOffset = consumers[consumer].states[position].nextOffset
        consumers[consumer].states[position].held.append(
            .init(
                untilNanoseconds: untilNanoseconds, byteCount: byteCount, nextOffset: nextOffset))
    }

    /// Asks for more where a handler is through with what it had.
    ///
    /// - Returns: When the next one will be; `Int64.max` when none has anything.
    func release(nowNanoseconds: Int64) -> Int64 {
        var next = Int64.max
        for consumer in pacedConsumers {
            for position in consumers[consumer].states.indices {
                while let first = consumers[consumer].states[position].held.first {
                    guard first.untilNanoseconds <= nowNanoseconds else {
                        next = min(next, first.untilNanoseconds)
                        break
                    }
                    consumers[consumer].states[position].held.removeFirst()
                    askForMore(consumer, position, first, nowNanoseconds)
                }
            }
        }
        return next
    }

    private func askForMore(
        _ consumer: Int, _ position: Int, _ handled: AeroMQConsumer.HeldDelivery,
        _ nowNanoseconds: Int64
    ) {
        let session = sessions[producers.count + consumer]
        guard session.isReady else { return }
        if consumers[consumer].isPulling {
            begin(consumer, position, session, nowNanoseconds)
        } else {
            credit(
                consumer, position, handled.byteCount, through: handled.nextOffset, session,
                nowNanoseconds)
        }
    }

    /// Acknowledges what was handled and asks for more, once an eighth of the credit is used.
    ///
    /// - Parameter nextOffset: The offset behind what was handled.
    func credit(
        _ consumer: Int, _ position: Int, _ byteCount: Int, through nextOffset: Int64?,
        _ session: ClientSession, _ nowNanoseconds: Int64
    ) {
        consumers[consumer].states[position].uncreditedByteCount += byteCount
        let state = consumers[consumer].states[position]
        guard state.uncreditedByteCount >= consumers[consumer].creditByteCount / 8,
            let next = nextOffset
        else { return }
        let subscriptionId = UInt64(consumer) << 32 | UInt64(position)
        let isTold =
            session.tell(
                AcknowledgeRequest(subscriptionId: subscriptionId, throughOffset: next - 1),
                nowNanoseconds: nowNanoseconds)
            && session.tell(
                CreditRequest(
                    subscriptionId: subscriptionId,
                    byteCount: UInt32(state.uncreditedByteCount)),
                nowNanoseconds: nowNanoseconds)
        // A session that lost its connection subscribes anew, with credit and position.
        guard isTold else { return }
        consumers[consumer].states[position].uncreditedByteCount = 0
        consumers[consumer].needsFlush = true
    }

    private func check(_ admission: RequestAdmission) {
        guard case .admitted = admission else {
            refusal = refusal ?? "a subscription or fetch was not admitted: \(admission)"
            return
        }
    }
}

// A consumer that messages are pushed to, within the credit that it gives.

import AeroClient
import AeroCore
import AeroWire
import FaultSupport
import TestSupport

/// Subscribes to every partition, gives credit and acknowledges, quits and comes again.
final class SubscriberRole: ClientRole {
    private enum State: Equatable {
        case none
        case asked
        case subscribed
    }

    /// A partition on the current connection.
    private struct Lane {
        let topic: Int
        let partition: UInt32
        var state = State.none
        var subscriptionId: UInt64 = 0
        /// The next offset expected; nil before the broker has said.
        var nextOffset: Int64?
        /// Delivered and not acknowledged; nil when nothing is.
        var acknowledgeThrough: Int64?
        var unpaidByteCount = 0
        var notBeforeNanoseconds: Int64 = 0
    }

    private let plan: SimulationPlan
    private let topics: TopicAccess
    private let group: String
    private let isAutomatic: Bool
    private let creditByteCount: Int
    private var lanes: [Lane] = []
    private var random: SplitMix64
    private var nextSubscriptionId: UInt64 = 1
    /// How far the group has surely come: acknowledged and answered.
    private var settled: [PartitionName: Int64] = [:]
    /// How far it may have come: acknowledged, whoever heard of it.
    private var offered: [PartitionName: Int64] = [:]
    /// The furthest that it ever may have come.
    private var offeredMost: [PartitionName: Int64] = [:]
    /// Acknowledgements under way, by request: where, and the offset behind.
    private var acknowledging: [UInt64: (name: PartitionName, end: Int64)] = [:]
    private weak var lastClient: SimulatedClient?
    private var brokerLife = 0
    private var nextQuitNanoseconds: Int64

    init(_ plan: SimulationPlan, number: Int, seed: UInt64) {
        self.plan = plan
        topics = TopicAccess(plan.topics)
        random = SplitMix64(seed: seed, part: 400 + UInt64(number))
        group = random.percent(70) ? "group-\(number)" : ""
        isAutomatic = random.percent(40)
        creditByteCount = random.pick([1_000, 20_000, 500_000])
        nextQuitNanoseconds = random.drawTime(0...3_000_000_000)
        for (index, topic) in plan.topics.enumerated() {
            for partition in 0..<topic.partitionCount {
                lanes.append(Lane(topic: index, partition: partition))
            }
        }
    }

    var nextDueNanoseconds: Int64 {
        let waiting = lanes.filter { $0.state == .none }.map(\.notBeforeNanoseconds).min()
        return min(waiting ?? .max, nextQuitNanoseconds)
    }

    /// Has been given everything that anybody knows of.
    var isDone: Bool {
        guard let client = lastClient, topics.isComplete else { return false }
        return lanes.allSatisfy { lane in
            guard lane.state == .subscribed, let next = lane.nextOffset,
                let model = model(lane, client)
            else { return false }
            return next >= model.knownEnd
        }
    }

    var unfinished: String {
        guard let client = lastClient, topics.isComplete else { return " does not know its topics" }
        return lanes.compactMap { lane in
            guard let model = model(lane, client) else { return nil }
            let next = lane.nextOffset ?? -1
            if lane.state == .subscribed, next >= model.knownEnd { return nil }
            return " is \(lane.state) at \(next) of \(model.name) and waits for \(model.knownEnd)"
        }.joined(separator: ", ")
    }

    func ready(_ client: SimulatedClient) {
        lastClient = client
        if client.brokerLife != brokerLife {
            // What a group acknowledged just before a crash may not have been written yet.
            brokerLife = client.brokerLife
            settled.removeAll()
            // Nor that it was taken back to the start.
            offered = offeredMost
        }
        forgetAll()
    }

    func lost(_ client: SimulatedClient) { forgetAll() }

    private func forgetAll() {
        topics.reset()
        for index in lanes.indices { forget(index) }
    }

    private func forget(_ index: Int) {
        lanes[index].state = .none
        lanes[index].nextOffset = nil
        lanes[index].acknowledgeThrough = nil
        lanes[index].unpaidByteCount = 0
    }

    private func model(_ lane: Lane, _ client: SimulatedClient) -> PartitionModel? {
        guard let topicId = topics.id(lane.topic) else { return nil }
        let topic = plan.topics[lane.topic]
        let name = client.simulation.partitionName(client, topicId, lane.partition, topic)
        return client.simulation.model(name, topic)
    }

    // MARK: - Acting

    func act(_ client: SimulatedClient) {
        topics.act(client)
        for index in lanes.indices {
            switch lanes[index].state {
            case .none: subscribe(index, client)
            case .subscribed: pay(index, client)
            case .asked: break
            }
        }
        quitNowAndThen(client)
    }

    private func subscribe(_ index: Int, _ client: SimulatedClient) {
        let lane = lanes[index]
        guard client.nowNanoseconds >= lane.notBeforeNanoseconds,
            let topicId = topics.id(lane.topic)
        else { return }
        let id = nextSubscriptionId
        let start: StartKind =
            group.isEmpty || random.percent(20) ? .earliest : .committed
        let request = SubscribeRequest(
            subscriptionId: id, topicId: topicId, partition: lane.partition, group: group,
            startKind: start, creditByteCount: UInt32(creditByteCount),
            acknowledgementMode: isAutomatic ? .automatic : .manual)
        let admission = client.session.request(
            request, context: context(index, start == .committed ? 1 : 0),
            nowNanoseconds: client.nowNanoseconds)
        guard case .admitted = admission else { return }
        // Whoever starts elsewhere takes the group there, even if the answer is lost.
        if start != .committed, let model = model(lane, client) { settled[model.name] = 0 }
        nextSubscriptionId += 1
        lanes[index].subscriptionId = id
        lanes[index].state = .asked
    }

    /// Gives back credit for what came, and acknowledges it.
    private func pay(_ index: Int, _ client: SimulatedClient) {
        let lane = lanes[index]
        if lane.unpaidByteCount > 0, lane.unpaidByteCount >= creditByteCount / 4 {
            let request = CreditRequest(
                subscriptionId: lane.subscriptionId, byteCount: UInt32(lane.unpaidByteCount))
            guard client.session.tell(request, nowNanoseconds: client.nowNanoseconds) else {
                return
            }
            lanes[index].unpaidByteCount = 0
        }
        guard let through = lane.acknowledgeThrough, let model = model(lane, client) else {
            return
        }
        let admission = client.session.request(
            AcknowledgeRequest(
                subscriptionId: lane.subscriptionId, throughOffset: through),
            context: context(index, 2), nowNanoseconds: client.nowNanoseconds)
        guard case .admitted(let requestId) = admission else { return }
        lanes[index].acknowledgeThrough = nil
        acknowledging[requestId] = (model.name, through + 1)
        offered[model.name] = max(offered[model.name] ?? 0, through + 1)
        offeredMost[model.name] = max(offeredMost[model.name] ?? 0, through + 1)
    }

    /// Ends a subscription or, now and then, the whole connection's reading for a while.
    private func quitNowAndThen(_ client: SimulatedClient) {
        guard client.nowNanoseconds >= nextQuitNanoseconds else { return }
        nextQuitNanoseconds = client.nowNanoseconds + random.drawTime(100_000_000...4_000_000_000)
        guard !client.simulation.isQuiescing else {
            nextQuitNanoseconds = .max
            return
        }
        let index = random.below(lanes.count)
        guard lanes[index].state == .subscribed else { return }
        let admission = client.session.request(
            UnsubscribeRequest(subscriptionId: lanes[index].subscriptionId),
            context: context(index, 3), nowNanoseconds: client.nowNanoseconds)
        // What is still under way for it is nobody's any more.
        if case .admitted = admission {
            forget(index)
            lanes[index].state = .asked
        }
    }

    /// Names a lane and the purpose of a request.
    private func context(_ index: Int, _ purpose: Int) -> UInt64 {
        TopicAccess.contextEnd + UInt64(index * 4 + purpose)
    }

    // MARK: - Messages

    func delivered(
        _ client: SimulatedClient, _ subscriptionId: UInt64, _ highWatermark: Int64,
        _ batches: UnsafeRawBufferPointer
    ) {
        guard let index = lanes.firstIndex(where: { $0.subscriptionId == subscriptionId }),
            lanes[index].state != .none, let model = model(lanes[index], client)
        else { return }
        guard lanes[index].state == .subscribed, let expected = lanes[index].nextOffset else {
            // Only what was under way when it was ended, or a broker that is too quick.
            return
        }
        let next = client.simulation.checker.shown(
            batches, from: expected, highWatermark: highWatermark, model, client)
        guard let next else { return }
        lanes[index].nextOffset = next
        lanes[index].unpaidByteCount += batches.count
        if isAutomatic {
            settled[model.name] = max(settled[model.name] ?? 0, next)
        } else {
            lanes[index].acknowledgeThrough = next - 1
        }
    }

    // MARK: - Answers

    func answered(
        _ client: SimulatedClient, _ request: PendingRequest, _ answer: SessionAnswer
    ) {
        if topics.answered(client, request, answer) { return }
        guard request.context >= TopicAccess.contextEnd, request.command != .ping else { return }
        let index = Int(request.context - TopicAccess.contextEnd) / 4
        let purpose = Int(request.context - TopicAccess.contextEnd) % 4
        switch request.command {
        case .subscribe: subscribed(index, isCommitted: purpose == 1, answer, client)
        case .unsubscribe:
            if case .refused(let code, _) = answer {
                client.simulation.violate("an unsubscribe was refused with \(code)")
            }
            forget(index)
            lanes[index].notBeforeNanoseconds =
                client.nowNanoseconds + random.drawTime(0...500_000_000)
        case .acknowledge: acknowledged(index, request, answer, client)
        default: break
        }
    }

    private func subscribed(
        _ index: Int, isCommitted: Bool, _ answer: SessionAnswer, _ client: SimulatedClient
    ) {
        guard lanes[index].state == .asked, let model = model(lanes[index], client) else { return }
        switch answer {
        case .refused(let code, _):
            forget(index)
            lanes[index].notBeforeNanoseconds = client.nowNanoseconds + 100_000_000
            if code == .unknownTopic { topics.forget(id: model.name.topicId) }
            let expected: [ErrorCode] = [
                .groupPartitionTaken, .unknownTopic, .logFailed, .offsetOutOfRange,
            ]
            if !expected.contains(code), !code.isRetriable {
                client.simulation.violate("a subscribe was refused with \(code)")
            }
        case .success(let payload):
            client.decode(SubscribeReply.self, payload) { reply in
                lanes[index].state = .subscribed
                lanes[index].nextOffset = reply.startOffset
                client.simulation.checker.transcript.consumerStarted(
                    client.number, model.name, at: reply.startOffset)
                if isCommitted {
                    checkStart(reply.startOffset, model, client)
                } else {
                    // The group itself goes there only with what is acknowledged next.
                    settled[model.name] = reply.startOffset
                }
            }
        }
    }

    /// A group goes on behind what it acknowledged, and skips nothing that it did not.
    private func checkStart(
        _ start: Int64, _ model: PartitionModel, _ client: SimulatedClient
    ) {
        guard !group.isEmpty,
            let logStart = client.simulation.logStartOffset(
                of: model.name, in: client.brokerLife)
        else { return }
        let forgets = client.simulation.mayForgetAcknowledgements
        let least = forgets ? 0 : settled[model.name] ?? 0
        // What the broker acknowledges by itself, the client may never have seen.
        let most = isAutomatic ? Int64.max : max(offered[model.name] ?? 0, logStart)
        guard start < least || start > most else { return }
        client.simulation.violate(
            "subscriber \(client.number) of \(group) goes on at \(start) of \(model.name), having"
                + " acknowledged \(least) for sure and \(most) at most")
    }

    private func acknowledged(
        _ index: Int, _ request: PendingRequest, _ answer: SessionAnswer,
        _ client: SimulatedClient
    ) {
        guard let told = acknowledging.removeValue(forKey: request.id) else { return }
        switch answer {
        case .success:
            settled[told.name] = max(settled[told.name] ?? 0, told.end)
            let underWay = acknowledging.values.filter { $0.name == told.name }.map(\.end)
            offered[told.name] = max(underWay.max() ?? 0, told.end)
        case .refused(let code, _):
            // What was ended meanwhile cannot be acknowledged any more.
            guard lanes[index].state == .subscribed, code != .unknownTopic else { return }
            client.simulation.violate(
                "subscriber \(client.number) was refused an acknowledgement of \(told.name)"
                    + " with \(code)")
        }
    }

    func failed(_ client: SimulatedClient, _ request: PendingRequest, _ cause: RequestFailure) {
        if topics.failed(request) { return }
        acknowledging[request.id] = nil
        guard request.command == .subscribe, request.context >= TopicAccess.contextEnd else {
            return
        }
        forget(Int(request.context - TopicAccess.contextEnd) / 4)
    }
}

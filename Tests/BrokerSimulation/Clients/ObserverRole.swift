// A client that only asks questions.

import AeroClient
import AeroCore
import AeroWire
import FaultSupport
import TestSupport

/// Asks for topics, offsets, statistics and signs of life, and checks what it is told.
final class ObserverRole: ClientRole {
    private let plan: SimulationPlan
    private let topics: TopicAccess
    private var random: SplitMix64
    private var nextNanoseconds: Int64 = 0
    private var asked: [UInt64: (model: PartitionModel, acknowledgedEnd: Int64)] = [:]

    init(_ plan: SimulationPlan, number: Int, seed: UInt64) {
        self.plan = plan
        topics = TopicAccess(plan.topics)
        random = SplitMix64(seed: seed, part: 500 + UInt64(number))
    }

    var nextDueNanoseconds: Int64 { nextNanoseconds }

    /// Has nothing that anybody waits for.
    var isDone: Bool { true }

    func ready(_ client: SimulatedClient) { topics.reset() }

    func lost(_ client: SimulatedClient) {
        topics.reset()
        asked.removeAll()
    }

    func delivered(
        _ client: SimulatedClient, _ subscriptionId: UInt64, _ highWatermark: Int64,
        _ batches: UnsafeRawBufferPointer
    ) {
        client.simulation.violate("an observer was sent messages")
    }

    func act(_ client: SimulatedClient) {
        topics.act(client)
        let now = client.nowNanoseconds
        guard now >= nextNanoseconds else { return }
        nextNanoseconds = now + random.drawTime(1_000_000...400_000_000)
        let context = TopicAccess.contextEnd
        switch random.below(4) {
        case 0:
            _ = client.session.request(
                PingRequest(opaque: random.next()), context: context, nowNanoseconds: now)
        case 1:
            _ = client.session.request(
                ListTopicsRequest(), context: context, nowNanoseconds: now)
        case 2:
            _ = client.session.request(
                StatisticsRequest(), context: context, nowNanoseconds: now)
        default: askForOffsets(client)
        }
    }

    private func askForOffsets(_ client: SimulatedClient) {
        let index = random.below(plan.topics.count)
        let topic = plan.topics[index]
        let partition = UInt32(random.below(Int(topic.partitionCount)))
        guard let topicId = topics.id(index) else { return }
        let name = client.simulation.partitionName(client, topicId, partition, topic)
        let model = client.simulation.model(name, topic)
        let admission = client.session.request(
            ListOffsetsRequest(topicId: topicId, partition: partition),
            context: TopicAccess.contextEnd, nowNanoseconds: client.nowNanoseconds)
        if case .admitted(let requestId) = admission {
            asked[requestId] = (model, model.acknowledgedEnd)
        }
    }

    func answered(
        _ client: SimulatedClient, _ request: PendingRequest, _ answer: SessionAnswer
    ) {
        if topics.answered(client, request, answer) { return }
        guard case .success(let payload) = answer else { return }
        switch request.command {
        case .listTopics:
            client.decode(ListTopicsReply.self, payload) { reply in
                let known = Set(plan.topics.map(\.name))
                for name in reply.names where !known.contains(name) {
                    client.simulation.violate("a topic \(name) exists that nobody made")
                }
            }
        case .statistics: client.decode(StatisticsReply.self, payload) { _ in }
        case .listOffsets:
            guard let question = asked.removeValue(forKey: request.id) else { return }
            client.decode(ListOffsetsReply.self, payload) { reply in
                client.simulation.checker.told(
                    reply.highWatermark, isAtLeast: question.acknowledgedEnd, question.model,
                    client)
                question.model.noteLogStart(reply.logStartOffset)
            }
        default: break
        }
    }

    func failed(_ client: SimulatedClient, _ request: PendingRequest, _ cause: RequestFailure) {
        if topics.failed(request) { return }
        asked[request.id] = nil
    }
}

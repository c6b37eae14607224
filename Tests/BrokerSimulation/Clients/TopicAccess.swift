// How a client finds the topics it uses, and makes those that are not there.

import AeroClient
import AeroCore
import AeroWire

/// The topics of a client's role: their numbers, asked for anew on each connection.
///
/// A broker that has started anew may have given a number to another topic.
final class TopicAccess {
    private enum State {
        case unknown
        case asked
        case known(id: UInt32)
    }

    private let plans: [TopicPlan]
    private var states: [State]

    /// Contexts of requests of this class are below this.
    static let contextEnd: UInt64 = 1_000

    init(_ plans: [TopicPlan]) {
        self.plans = plans
        states = plans.map { _ in .unknown }
    }

    /// The number of a topic on this connection, once it is known.
    func id(_ topic: Int) -> UInt32? {
        if case .known(let id) = states[topic] { id } else { nil }
    }

    /// The topic of a number.
    func topic(id: UInt32) -> Int? { states.indices.first { self.id($0) == id } }

    /// True when every topic's number is known.
    var isComplete: Bool { states.indices.allSatisfy { id($0) != nil } }

    /// All has to be asked anew.
    func reset() { for index in states.indices { states[index] = .unknown } }

    /// The broker does not know a topic any more.
    func forget(id: UInt32) {
        if let topic = topic(id: id) { states[topic] = .unknown }
    }

    /// Asks for what is not known.
    func act(_ client: SimulatedClient) {
        for index in states.indices {
            guard case .unknown = states[index] else { continue }
            let admission = client.session.request(
                DescribeTopicRequest(name: plans[index].name), context: UInt64(index),
                nowNanoseconds: client.nowNanoseconds)
            if case .admitted = admission { states[index] = .asked }
        }
    }

    /// Takes an answer to one of its requests; false for a request that is not its own.
    func answered(
        _ client: SimulatedClient, _ request: PendingRequest, _ answer: SessionAnswer
    ) -> Bool {
        guard request.context < Self.contextEnd, request.command != .ping else { return false }
        let index = Int(request.context)
        switch (request.command, answer) {
        case (.describeTopic, .success(let payload)):
            client.decode(DescribeTopicReply.self, payload) { reply in
                states[index] = .known(id: reply.topicId)
                client.simulation.noteTopicId(reply.topicId, plans[index])
                if reply.partitions.count != Int(plans[index].partitionCount) {
                    client.simulation.violate(
                        "\(plans[index].name) has \(reply.partitions.count) partitions")
                }
            }
        case (.describeTopic, .refused(.unknownTopic, _)): create(client, index)
        case (.createTopic, .success(let payload)):
            client.decode(CreateTopicReply.self, payload) {
                states[index] = .known(id: $0.topicId)
                client.simulation.noteTopicId($0.topicId, plans[index])
            }
        default: states[index] = .unknown
        }
        return true
    }

    /// Takes a failure of one of its requests; false for a request that is not its own.
    func failed(_ request: PendingRequest) -> Bool {
        guard request.context < Self.contextEnd, request.command != .ping else { return false }
        states[Int(request.context)] = .unknown
        return true
    }

    private func create(_ client: SimulatedClient, _ index: Int) {
        let plan = plans[index]
        let admission = client.session.request(
            CreateTopicRequest(
                name: plan.name, partitionCount: plan.partitionCount,
                durability: plan.durability,
                durabilityIntervalMilliseconds: plan.durability == .interval
                    ? plan.intervalMilliseconds : 0,
                retentionByteCount: plan.retentionByteCount,
                maximumByteCount: plan.maximumByteCount,
                settings: [TopicSetting("segment.bytes", "\(plan.segmentByteCount)")]),
            context: UInt64(index), nowNanoseconds: client.nowNanoseconds)
        if case .admitted = admission { return }
        states[index] = .unknown
    }
}

extension SimulatedClient {
    /// Decodes a successful reply; a reply that cannot be read is a violation.
    func decode<Body: ReplyPayload>(
        _ type: Body.Type, _ payload: UnsafeRawBufferPointer, _ use: (Body) -> Void
    ) {
        do throws(WireError) {
            switch try Reply<Body>.decode(in: payload, range: 0..<payload.count) {
            case .success(let body): use(body)
            case .failure: simulation.violate("a success carries a failure")
            }
        } catch {
            simulation.violate("a reply to client \(number) cannot be read: \(error)")
        }
    }
}

// A consumer that asks for what it wants, batch by batch.

import AeroClient
import AeroCore
import AeroWire
import FaultSupport
import TestSupport

/// Fetches every partition of every topic from the start to the end, several at a time.
final class FetcherRole: ClientRole {
    /// A partition on the current connection.
    private struct Lane {
        let topic: Int
        let partition: UInt32
        var isAsked = false
        /// What was acknowledged when the fetch under way was asked for.
        var acknowledgedEnd: Int64 = 0
        var notBeforeNanoseconds: Int64 = 0
    }

    private let plan: SimulationPlan
    private let topics: TopicAccess
    private var lanes: [Lane] = []
    /// Whose turn it is to ask first.
    private var nextLane = 0
    private var positions: [PartitionName: Int64] = [:]
    /// Where the reading that is under way began, of each partition that gave something.
    private var starts: [PartitionName: Int64] = [:]
    /// The high watermark that was told last, and by which life of the broker.
    private var lastTold: [PartitionName: (life: Int, highWatermark: Int64)] = [:]
    private var random: SplitMix64
    private weak var lastClient: SimulatedClient?

    init(_ plan: SimulationPlan, number: Int, seed: UInt64) {
        self.plan = plan
        topics = TopicAccess(plan.topics)
        random = SplitMix64(seed: seed, part: 300 + UInt64(number))
        for (index, topic) in plan.topics.enumerated() {
            for partition in 0..<topic.partitionCount {
                lanes.append(Lane(topic: index, partition: partition))
            }
        }
    }

    var nextDueNanoseconds: Int64 {
        lanes.filter { !$0.isAsked }.map(\.notBeforeNanoseconds).min() ?? .max
    }

    /// At the end of everything that anybody knows of.
    var isDone: Bool {
        guard let client = lastClient, topics.isComplete else { return false }
        return lanes.allSatisfy { lane in
            guard let model = model(lane, client) else { return false }
            return (positions[model.name] ?? 0) >= model.promisedEnd
        }
    }

    var unfinished: String {
        guard let client = lastClient, topics.isComplete else { return " does not know its topics" }
        return lanes.compactMap { model($0, client) }.filter {
            (positions[$0.name] ?? 0) < $0.promisedEnd
        }.map {
            " is at \(positions[$0.name] ?? 0) of \($0.name) and waits for \($0.promisedEnd)"
        }.joined(separator: ", ")
    }

    func ready(_ client: SimulatedClient) {
        lastClient = client
        forgetAsked()
    }

    func lost(_ client: SimulatedClient) { forgetAsked() }

    private func forgetAsked() {
        topics.reset()
        for index in lanes.indices { lanes[index].isAsked = false }
    }

    func delivered(
        _ client: SimulatedClient, _ subscriptionId: UInt64, _ highWatermark: Int64,
        _ batches: UnsafeRawBufferPointer
    ) {
        client.simulation.violate("a fetcher was sent messages")
    }

    private func model(_ lane: Lane, _ client: SimulatedClient) -> PartitionModel? {
        guard let topicId = topics.id(lane.topic) else { return nil }
        let topic = plan.topics[lane.topic]
        let name = client.simulation.partitionName(client, topicId, lane.partition, topic)
        return client.simulation.model(name, topic)
    }

    // MARK: - Asking

    func act(_ client: SimulatedClient) {
        topics.act(client)
        // Where few requests may be in flight, the first lanes would leave no room for the last.
        for step in lanes.indices {
            let index = (nextLane + step) % lanes.count
            let lane = lanes[index]
            guard !lane.isAsked, client.nowNanoseconds >= lane.notBeforeNanoseconds,
                let topicId = topics.id(lane.topic), let model = model(lane, client)
            else { continue }
            let request = FetchRequest(
                topicId: topicId, partition: lane.partition, offset: positions[model.name] ?? 0,
                minByteCount: UInt32(random.pick([0, 1, 3_000])),
                maxByteCount: UInt32(random.pick([1, 4_096, 200_000])),
                maxWaitMilliseconds: UInt32(random.pick([0, 20, 400])))
            let admission = client.session.request(
                request, context: TopicAccess.contextEnd + UInt64(index),
                nowNanoseconds: client.nowNanoseconds)
            guard case .admitted = admission else {
                nextLane = index
                return
            }
            lanes[index].isAsked = true
            lanes[index].acknowledgedEnd = model.acknowledgedEnd
        }
    }

    // MARK: - Answers

    func answered(
        _ client: SimulatedClient, _ request: PendingRequest, _ answer: SessionAnswer
    ) {
        if topics.answered(client, request, answer) { return }
        if request.command == .listOffsets {
            found(Int(request.context - TopicAccess.contextEnd) - lanes.count, answer, client)
        }
        guard request.command == .fetch else { return }
        let index = Int(request.context - TopicAccess.contextEnd)
        lanes[index].isAsked = false
        lanes[index].notBeforeNanoseconds =
            client.nowNanoseconds + random.pick([0, 1_000_000, 40_000_000])
        guard let model = model(lanes[index], client) else { return }
        switch answer {
        case .success(let payload):
            client.decode(FetchReply.self, payload) { reply in
                take(reply, payload, lanes[index], model, client)
            }
        case .refused(.offsetOutOfRange, _):
            // Released before it was asked for.
            findStart(index, model, client)
        case .refused(let code, _):
            if code == .unknownTopic { topics.forget(id: model.name.topicId) }
        }
    }

    private func take(
        _ reply: FetchReply, _ payload: UnsafeRawBufferPointer, _ lane: Lane,
        _ model: PartitionModel, _ client: SimulatedClient
    ) {
        let checker = client.simulation.checker
        let position = positions[model.name] ?? 0
        model.noteLogStart(reply.logStartOffset)
        checker.told(
            reply.highWatermark, isAtLeast: lane.acknowledgedEnd, model, client)
        if let last = lastTold[model.name], last.life == client.brokerLife,
            reply.highWatermark < last.highWatermark
        {
            client.simulation.violate(
                "the high watermark of \(model.name) went back from \(last.highWatermark) to"
                    + " \(reply.highWatermark)")
        }
        lastTold[model.name] = (client.brokerLife, reply.highWatermark)
        let batches = UnsafeRawBufferPointer(rebasing: payload[reply.batches])
        guard !batches.isEmpty else { return }
        if starts[model.name] == nil {
            starts[model.name] = position
            checker.transcript.consumerStarted(client.number, model.name, at: position)
        }
        let next = checker.shown(
            batches, from: position, highWatermark: reply.highWatermark, model, client)
        if let next { positions[model.name] = next }
    }

    private func findStart(_ index: Int, _ model: PartitionModel, _ client: SimulatedClient) {
        let lane = lanes[index]
        guard let topicId = topics.id(lane.topic) else { return }
        let admission = client.session.request(
            ListOffsetsRequest(topicId: topicId, partition: lane.partition),
            context: TopicAccess.contextEnd + UInt64(lanes.count + index),
            nowNanoseconds: client.nowNanoseconds)
        if case .admitted = admission { lanes[index].isAsked = true }
    }

    /// The answer to the question where a partition starts.
    private func found(
        _ index: Int, _ answer: SessionAnswer, _ client: SimulatedClient
    ) {
        lanes[index].isAsked = false
        guard let model = model(lanes[index], client), case .success(let payload) = answer else {
            return
        }
        client.decode(ListOffsetsReply.self, payload) { reply in
            model.noteLogStart(reply.logStartOffset)
            let position = positions[model.name] ?? 0
            // Below the start after a release, beyond the end where a crash may lose a suffix.
            positions[model.name] = min(max(position, reply.logStartOffset), reply.highWatermark)
            starts[model.name] = nil
        }
    }

    /// Tells the history that every log was read to its end.
    func reportEnds(_ client: SimulatedClient) {
        for lane in lanes {
            guard let name = model(lane, client)?.name else { continue }
            let end = positions[name] ?? 0
            client.simulation.checker.transcript.readToEnd(
                client.number, name, (starts[name] ?? end)..<end)
        }
    }

    func failed(_ client: SimulatedClient, _ request: PendingRequest, _ cause: RequestFailure) {
        if topics.failed(request) { return }
        let index = Int(request.context) - Int(TopicAccess.contextEnd)
        guard index >= 0 else { return }
        lanes[index % lanes.count].isAsked = false
    }
}

// A producer that numbers its batches, so that each is stored once however often it is sent.

import AeroClient
import AeroCore
import AeroMemory
import AeroWire
import FaultSupport
import TestSupport

/// Sends numbered batches to every partition, several at a time, and each until it is answered.
///
/// Whatever is lost or refused is sent again with its number, in order, as an idempotent producer
/// does. Where a partition has lost what it knew of the producer, which it may only where it was
/// allowed to lose records, the producer gives up what is open and begins a new epoch.
final class NumberedProducerRole: ClientRole {
    private final class Batch {
        let messages: [MessageId]
        let sequence: Int32
        var attemptCount = 0
        /// True when no attempt so far can have been stored.
        var isSurelyAbsent = true
        var isInFlight = false

        init(_ messages: [MessageId], sequence: Int32) {
            self.messages = messages
            self.sequence = sequence
        }
    }

    /// What the producer is to one partition: there it has an id of its own.
    private struct Lane {
        let topic: Int
        let partition: UInt32
        var identity: ProducerIdentity?
        var isAsking = false
        var isRaising = false
        /// The life of the broker in which all this holds, for topics that end with it.
        var life = 0
        var nextSequence: Int32 = 0
        /// In the order of their numbers; those in flight first, unless one was refused.
        var open: [Batch] = []
        /// Refused: nothing is sent before everything in flight has come back.
        var isHalted = false
        var notBeforeNanoseconds: Int64 = 0
    }

    private struct InFlight {
        let lane: Int
        let batch: Batch
        let attempt: SendAttempt
    }

    private let producer: Int
    private let plan: SimulationPlan
    private let topics: TopicAccess
    private let windowMax: Int
    private var random: SplitMix64
    private var lanes: [Lane] = []
    private var nextLane = 0
    private var nextMessage = 0
    private var remainingBatchCount: Int
    private var nextNanoseconds: Int64 = 0
    private var inFlight: [UInt64: InFlight] = [:]
    private var nextContext: UInt64
    private var ordinal = 0

    /// A batch that is refused this often, because it is too large or because nobody reads, is
    /// given up.
    private static let attemptCountMax = 40

    init(_ plan: SimulationPlan, producer: Int, seed: UInt64) {
        self.plan = plan
        self.producer = producer
        topics = TopicAccess(plan.topics)
        random = SplitMix64(seed: seed, part: 700 + UInt64(producer))
        windowMax = random.pick([1, 2, 5])
        remainingBatchCount = random.draw(1...(2 * plan.batchesPerProducer))
        for (index, topic) in plan.topics.enumerated() {
            for partition in 0..<topic.partitionCount {
                lanes.append(Lane(topic: index, partition: partition))
            }
        }
        nextContext = TopicAccess.contextEnd + UInt64(lanes.count)
    }

    var nextDueNanoseconds: Int64 {
        let again = lanes.filter { !$0.open.isEmpty }.map(\.notBeforeNanoseconds).min() ?? .max
        return remainingBatchCount > 0 ? min(nextNanoseconds, again) : again
    }

    var isDone: Bool { remainingBatchCount == 0 && lanes.allSatisfy { $0.open.isEmpty } }

    var unfinished: String {
        let open = lanes.filter { !$0.open.isEmpty }.map {
            "\($0.open.count) for partition \($0.partition) of topic-\($0.topic)"
        }
        return " has batches open: \(open.joined(separator: ", "))"
    }

    func ready(_ client: SimulatedClient) {
        topics.reset()
        for index in lanes.indices
        where plan.topics[lanes[index].topic].durability == .volatile
            && lanes[index].life != client.brokerLife
        {
            // The topic is another one: nobody knows the producer there.
            lanes[index].life = client.brokerLife
            lanes[index].identity = nil
            lanes[index].nextSequence = 0
            lanes[index].open.removeAll()
        }
    }

    func lost(_ client: SimulatedClient) { topics.reset() }

    func delivered(
        _ client: SimulatedClient, _ subscriptionId: UInt64, _ highWatermark: Int64,
        _ batches: UnsafeRawBufferPointer
    ) {
        client.simulation.violate("a producer was sent messages")
    }

    // MARK: - Sending

    func act(_ client: SimulatedClient) {
        if client.simulation.isQuiescing { remainingBatchCount = 0 }
        topics.act(client)
        makeBatch(client.nowNanoseconds)
        for step in lanes.indices {
            let index = (nextLane + step) % lanes.count
            guard act(index, client) else {
                nextLane = index
                return
            }
        }
    }

    /// - Returns: False when the session takes no more.
    private func act(_ index: Int, _ client: SimulatedClient) -> Bool {
        let lane = lanes[index]
        guard !lane.open.isEmpty, client.nowNanoseconds >= lane.notBeforeNanoseconds,
            topics.id(lane.topic) != nil
        else { return true }
        if lane.isHalted {
            guard !lane.open.contains(where: \.isInFlight) else { return true }
            lanes[index].isHalted = false
        }
        guard let identity = lane.identity, !lane.isRaising else { return ask(index, client) }
        for batch in lane.open.prefix(windowMax) where !batch.isInFlight {
            guard send(batch, identity, index, client) else { return false }
        }
        return true
    }

    private func ask(_ index: Int, _ client: SimulatedClient) -> Bool {
        guard !lanes[index].isAsking else { return true }
        let request = lanes[index].identity.map(InitProducerRequest.init(raising:))
        let admission = client.session.request(
            request ?? InitProducerRequest(), context: TopicAccess.contextEnd + UInt64(index),
            nowNanoseconds: client.nowNanoseconds)
        guard case .admitted = admission else { return false }
        lanes[index].isAsking = true
        return true
    }

    private func makeBatch(_ now: Int64) {
        guard remainingBatchCount > 0, now >= nextNanoseconds else { return }
        let gap = plan.durationNanoseconds / Int64(max(plan.batchesPerProducer, 1))
        nextNanoseconds = now + random.drawTime(0...(2 * gap))
        let index = random.below(lanes.count)
        guard lanes[index].open.count < 2 * windowMax else { return }
        remainingBatchCount -= 1
        let count = random.pick([1, 1, 2, 4])
        let messages = (0..<count).map {
            MessageId(producer: producer, sequence: nextMessage + $0)
        }
        nextMessage += count
        lanes[index].open.append(Batch(messages, sequence: lanes[index].nextSequence))
        lanes[index].nextSequence += Int32(count)
    }

    private func send(
        _ batch: Batch, _ identity: ProducerIdentity, _ index: Int, _ client: SimulatedClient
    ) -> Bool {
        let lane = lanes[index]
        guard let topicId = topics.id(lane.topic),
            let frame = SimulatedBatch.make(
                batch.messages, client,
                client.simulation.bug == .repeatedBatchStored ? nil : identity,
                sequence: batch.sequence)
        else { return false }
        let request = SendRequest(
            topicId: topicId, partition: lane.partition, acks: .leader,
            timeoutMilliseconds: UInt32(random.pick([10, 500, 5_000])),
            batch: SendRequest.prefixByteCount..<frame.byteCount)
        let name = client.simulation.partitionName(
            client, topicId, lane.partition, plan.topics[lane.topic])
        let writer = SequenceWriter(
            producerId: identity.producerId, epoch: identity.epoch, partition: name)
        ordinal += 1
        let attempt = SendAttempt(
            partition: name, messages: batch.messages,
            connectionNumber: client.connectionNumber, ordinal: ordinal,
            sequence: BatchSequence(writer: writer, number: batch.sequence))
        nextContext += 1
        let admission = client.session.send(
            frame, request, context: nextContext, nowNanoseconds: client.nowNanoseconds)
        guard case .admitted = admission else { return false }
        client.simulation.checker.sent(attempt, isCopy: !batch.isSurelyAbsent)
        batch.isSurelyAbsent = false
        batch.attemptCount += 1
        batch.isInFlight = true
        inFlight[nextContext] = InFlight(lane: index, batch: batch, attempt: attempt)
        return true
    }
}

extension NumberedProducerRole {
    // MARK: - Outcomes

    func answered(
        _ client: SimulatedClient, _ request: PendingRequest, _ answer: SessionAnswer
    ) {
        if topics.answered(client, request, answer) { return }
        if request.command == .initProducer { return identified(request, answer, client) }
        guard let sent = inFlight.removeValue(forKey: request.context) else { return }
        sent.batch.isInFlight = false
        let model = client.simulation.model(
            sent.attempt.partition, plan.topics[lanes[sent.lane].topic])
        switch answer {
        case .success(let payload):
            client.decode(SendReply.self, payload) { reply in
                client.simulation.checker.acknowledged(
                    sent.attempt, at: reply.baseOffset, by: client, model)
            }
            lanes[sent.lane].open.removeAll { $0 === sent.batch }
        case .refused(let code, _):
            refused(sent, code, model, client)
        }
    }

    private func identified(
        _ request: PendingRequest, _ answer: SessionAnswer, _ client: SimulatedClient
    ) {
        let index = Int(request.context - TopicAccess.contextEnd)
        lanes[index].isAsking = false
        guard case .success(let payload) = answer else {
            halt(index, client)
            return
        }
        client.decode(InitProducerReply.self, payload) { reply in
            let made = ProducerIdentity(
                producerId: reply.producerId, epoch: reply.producerEpoch)
            if let old = lanes[index].identity, made.producerId == old.producerId,
                made.epoch <= old.epoch
            {
                client.simulation.violate("epoch \(old.epoch) was raised to \(made.epoch)")
            }
            lanes[index].identity = made
            lanes[index].isRaising = false
        }
    }

    private func refused(
        _ sent: InFlight, _ code: ErrorCode, _ model: PartitionModel, _ client: SimulatedClient
    ) {
        let simulation = client.simulation
        if code == .corruptBatch || code == .invalidBatch {
            simulation.violate("a sound numbered batch was refused with \(code)")
        }
        if sent.batch.attemptCount == 1, code.saysNothingWasStored {
            simulation.checker.refused(sent.attempt, model)
            sent.batch.isSurelyAbsent = true
        }
        if code == .unknownTopic { topics.forget(id: model.name.topicId) }
        let isOldest = lanes[sent.lane].open.first === sent.batch
        let isLost = [.outOfOrderSequence, .duplicateSequence, .staleProducerEpoch].contains(code)
        guard isOldest, isLost || sent.batch.attemptCount >= Self.attemptCountMax else {
            return halt(sent.lane, client)
        }
        if isLost, !model.hasLost, !simulation.mayForgetProducers {
            simulation.violate(
                "batch \(sent.batch.sequence) of producer \(producer) was refused with \(code) by"
                    + " \(model.name), to which every earlier one was acknowledged")
        }
        // What is open may be there or not; it is not sent again, so that nothing is there twice.
        lanes[sent.lane].open.removeAll()
        lanes[sent.lane].nextSequence = 0
        lanes[sent.lane].isRaising = true
        halt(sent.lane, client)
    }

    private func halt(_ index: Int, _ client: SimulatedClient) {
        lanes[index].isHalted = true
        lanes[index].notBeforeNanoseconds =
            client.nowNanoseconds + random.drawTime(0...50_000_000)
    }

    func failed(_ client: SimulatedClient, _ request: PendingRequest, _ cause: RequestFailure) {
        if topics.failed(request) { return }
        if request.command == .initProducer {
            lanes[Int(request.context - TopicAccess.contextEnd)].isAsking = false
            return
        }
        guard let sent = inFlight.removeValue(forKey: request.context) else { return }
        sent.batch.isInFlight = false
        halt(sent.lane, client)
    }
}

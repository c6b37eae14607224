// A producer: sends batches, sends again what failed, and keeps account of both.

import AeroClient
import AeroCore
import AeroMemory
import AeroWire
import FaultSupport
import TestSupport

/// Sends batches of messages to random partitions at random times, until it is told to stop.
final class ProducerRole: ClientRole {
    /// A batch that is to be sent, perhaps not for the first time.
    private final class Batch {
        let topic: Int
        let partition: UInt32
        let messages: [MessageId]
        var attemptCount = 0
        var notBeforeNanoseconds: Int64 = 0

        init(topic: Int, partition: UInt32, messages: [MessageId]) {
            self.topic = topic
            self.partition = partition
            self.messages = messages
        }
    }

    private struct InFlight {
        let batch: Batch
        let attempt: SendAttempt
        let isCorrupt: Bool
    }

    private let producer: Int
    private let plan: SimulationPlan
    private let topics: TopicAccess
    private let windowMax: Int
    private let attemptCountMax: Int
    private var random: SplitMix64
    private var nextSequence = 0
    private var remainingBatchCount: Int
    private var nextNanoseconds: Int64 = 0
    private var waiting: [Batch] = []
    private var inFlight: [UInt64: InFlight] = [:]
    private var nextContext = TopicAccess.contextEnd
    private var ordinal = 0

    init(_ plan: SimulationPlan, producer: Int, seed: UInt64) {
        self.plan = plan
        self.producer = producer
        topics = TopicAccess(plan.topics)
        random = SplitMix64(seed: seed, part: 200 + UInt64(producer))
        windowMax = random.pick([1, 3, 16])
        attemptCountMax = random.pick([1, 3, 8])
        remainingBatchCount = random.draw(1...(2 * plan.batchesPerProducer))
    }

    var nextDueNanoseconds: Int64 {
        guard inFlight.count < windowMax else { return .max }
        let retry = waiting.map(\.notBeforeNanoseconds).min() ?? .max
        return remainingBatchCount > 0 ? min(nextNanoseconds, retry) : retry
    }

    var isDone: Bool { remainingBatchCount == 0 && waiting.isEmpty && inFlight.isEmpty }

    func ready(_ client: SimulatedClient) { topics.reset() }

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
        let now = client.nowNanoseconds
        while inFlight.count < windowMax {
            if let index = waiting.firstIndex(where: {
                $0.notBeforeNanoseconds <= now && topics.id($0.topic) != nil
            }) {
                guard send(waiting[index], client) else { return }
                waiting.remove(at: index)
            } else if remainingBatchCount > 0, now >= nextNanoseconds {
                let batch = makeBatch()
                guard topics.id(batch.topic) != nil, send(batch, client) else { return }
                remainingBatchCount -= 1
                let gap = plan.durationNanoseconds / Int64(max(plan.batchesPerProducer, 1))
                nextNanoseconds = now + random.drawTime(0...(2 * gap))
            } else {
                return
            }
        }
    }

    private func makeBatch() -> Batch {
        let topic = random.below(plan.topics.count)
        let partition = UInt32(random.below(Int(plan.topics[topic].partitionCount)))
        let count = random.pick([1, 1, 2, 5, 12])
        let messages = (0..<count).map {
            MessageId(producer: producer, sequence: nextSequence + $0)
        }
        nextSequence += count
        return Batch(topic: topic, partition: partition, messages: messages)
    }

    private func send(_ batch: Batch, _ client: SimulatedClient) -> Bool {
        guard let topicId = topics.id(batch.topic),
            let frame = SimulatedBatch.make(batch.messages, client)
        else { return false }
        let isCorrupt = random.once(in: 40)
        if isCorrupt {
            SimulatedBatch.damage(
                frame, bit: random.next(), hidesIt: client.simulation.bug == .checksumOff)
        }
        let wantsAnswer = !random.once(in: 20)
        let request = SendRequest(
            topicId: topicId, partition: batch.partition, acks: wantsAnswer ? .leader : .none,
            timeoutMilliseconds: UInt32(random.pick([10, 500, 5_000])),
            batch: SendRequest.prefixByteCount..<frame.byteCount)
        ordinal += 1
        let attempt = SendAttempt(
            partition: client.simulation.partitionName(
                client, topicId, batch.partition, plan.topics[batch.topic]),
            messages: batch.messages, connectionNumber: client.connectionNumber,
            ordinal: ordinal)
        nextContext += 1
        let admission = client.session.send(
            frame, request, context: nextContext, nowNanoseconds: client.nowNanoseconds)
        guard case .admitted = admission else { return false }
        batch.attemptCount += 1
        // A damaged batch is stored by nobody.
        if !isCorrupt { client.simulation.checker.sent(attempt) }
        if wantsAnswer {
            inFlight[nextContext] = InFlight(
                batch: batch, attempt: attempt, isCorrupt: isCorrupt)
        }
        return true
    }

    // MARK: - Outcomes

    func answered(
        _ client: SimulatedClient, _ request: PendingRequest, _ answer: SessionAnswer
    ) {
        if topics.answered(client, request, answer) { return }
        guard let sent = inFlight.removeValue(forKey: request.context) else { return }
        let model = client.simulation.model(
            sent.attempt.partition, plan.topics[sent.batch.topic])
        switch answer {
        case .success(let payload):
            if sent.isCorrupt {
                client.simulation.violate("a damaged batch was stored in \(model.name)")
                return
            }
            client.decode(SendReply.self, payload) { reply in
                client.simulation.checker.acknowledged(
                    sent.attempt, at: reply.baseOffset, by: client, model)
            }
        case .refused(let code, _):
            refused(sent, code, model, client)
        }
    }

    private func refused(
        _ sent: InFlight, _ code: ErrorCode, _ model: PartitionModel, _ client: SimulatedClient
    ) {
        if sent.isCorrupt {
            if code != .corruptBatch, code != .shuttingDown, code != .memoryFull {
                client.simulation.violate("a damaged batch was refused with \(code)")
            }
        } else {
            if code == .corruptBatch || code == .invalidBatch {
                client.simulation.violate("a sound batch was refused with \(code)")
            }
            if code.saysNothingWasStored {
                client.simulation.checker.refused(sent.attempt, model)
            }
        }
        if code == .unknownTopic { topics.forget(id: model.name.topicId) }
        retry(sent.batch, client)
    }

    func failed(_ client: SimulatedClient, _ request: PendingRequest, _ cause: RequestFailure) {
        if topics.failed(request) { return }
        guard let sent = inFlight.removeValue(forKey: request.context) else { return }
        retry(sent.batch, client)
    }

    private func retry(_ batch: Batch, _ client: SimulatedClient) {
        guard batch.attemptCount < attemptCountMax else { return }
        batch.notBeforeNanoseconds = client.nowNanoseconds + random.drawTime(0...50_000_000)
        waiting.append(batch)
    }
}

extension ErrorCode {
    /// False where a broker may have stored the batch all the same, or may yet.
    var saysNothingWasStored: Bool {
        switch self {
        case .requestTimedOut, .internalError, .logFailed: false
        default: true
        }
    }
}

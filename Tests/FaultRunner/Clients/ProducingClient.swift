// A producer that sends without rest and writes down what it is told.

import AeroClient
import FaultSupport
import TestSupport

/// One producer of one topic, with a connection of its own.
struct ProducingClient: Sendable {
    let context: ClientContext
    let topic: RoundTopic
    let number: Int
    let promise: DeliveryPromise
    let seed: UInt64
    /// Whether its batches may be compressed.
    let compresses: Bool
    /// Whether to send records in between of which compaction may keep the latest only.
    let makesNoise: Bool

    /// BOUND: messages of one producer, of which the history holds all.
    private static let messageCountMax: Int64 = 100_000
    private static let codecs: [Compression] = [.none, .none, .lz4, .zstd, .snappy, .gzip]

    /// Sends until it is told to stop, and waits for every answer.
    func run() async {
        guard let connection = await context.connect() else { return }
        var random = SplitMix64(seed: seed)
        let options = options(&random)
        let made = await context.insist { () async throws(ClientError) in
            try await connection.makeProducer(topic: topic.name, options: options)
        }
        if let producer = made {
            await send(producer, &random)
            do throws(ClientError) { try await producer.flush() } catch {
                context.recorder.remark("producer \(number) cannot flush: \(error)")
            }
        }
        await connection.close()
    }

    private func options(_ random: inout SplitMix64) -> ProducerOptions {
        ProducerOptions {
            $0.linger = .microseconds(Int.random(in: 0...2, using: &random) * 500)
            $0.batchMessageCount = Int.random(in: 1...100, using: &random)
            $0.deliveryTimeout = .seconds(20)
            $0.retryBackoff = .milliseconds(2) ... .milliseconds(50)
            $0.maximumRefusedAttempts = Int.random(in: 1...10, using: &random)
            if compresses {
                $0.compression = Self.codecs.randomElement(using: &random) ?? .none
                $0.compressionThreshold = 200
            }
            $0.isIdempotent = promise == .once
            if promise == .atMostOnce {
                // A batch that is refused and sent again may end up behind one that was on its
                // way beside it: only one of the two is to be had in order.
                if Bool.random(using: &random) {
                    $0.maximumInFlightBatches = 1
                } else {
                    $0.maximumRefusedAttempts = 1
                }
            }
            switch promise {
            case .once, .atMostOnce: $0.retryPolicy = .never
            case .atLeastOnce: $0.retryPolicy = .atLeastOnce(maximumAttempts: 20)
            }
        }
    }

    private func send(_ producer: Producer, _ random: inout SplitMix64) async {
        let window = SendWindow(Int.random(in: 20...200, using: &random))
        var sequence: Int64 = 0
        while !context.stop.isSet, sequence < Self.messageCountMax {
            await context.metronome.beat()
            for _ in 0..<Int.random(in: 1...8, using: &random) where !context.stop.isSet {
                await window.take()
                send(SentMessage(producer: number, sequence: sequence), producer, window, &random)
                sequence += 1
            }
        }
    }

    private func send(
        _ message: SentMessage, _ producer: Producer, _ window: SendWindow,
        _ random: inout SplitMix64
    ) {
        let recorder = context.recorder
        let partition = Int.random(in: 0..<topic.partitionCount, using: &random)
        if makesNoise { makeNoise(producer, partition, &random) }
        let body = Int.random(in: 0...1_200, using: &random)
        let isCertain = promise == .atMostOnce
        recorder.record(.sendInvoked(message, partition: topic.firstPartition + partition))
        do throws(ClientError) {
            try producer.enqueue(
                Message(TaggedPayload.encode(message, bodyByteCount: body), partition: partition)
            ) { result in
                recorder.record(Self.outcome(of: message, result, isCertain, recorder))
                window.giveBack()
            }
        } catch {
            recorder.count(error)
            recorder.record(.sendFailed(message))
            window.giveBack()
        }
    }

    private func makeNoise(
        _ producer: Producer, _ partition: Int, _ random: inout SplitMix64
    ) {
        let recorder = context.recorder
        let key = [UInt8.random(in: 0..<8, using: &random)]
        do throws(ClientError) {
            try producer.enqueue(Message(TaggedPayload.noise, key: key, partition: partition)) {
                if case .success = $0 { recorder.countNoise(acknowledged: 1) }
            }
        } catch {
            recorder.count(error)
        }
    }

    /// What an answer says of a message.
    ///
    /// - Parameter isCertain: Whether it was sent once at most, so that a refusal is one of all.
    private static func outcome(
        of message: SentMessage, _ result: Result<RecordMetadata, ClientError>,
        _ isCertain: Bool, _ recorder: HistoryRecorder
    ) -> HistoryEvent {
        switch result {
        case .success(let metadata):
            guard let offset = metadata.offset else {
                recorder.remark("message \(message) was acknowledged without an offset")
                return .sendUnknown(message)
            }
            return .sendAcknowledged(message, offset: offset)
        case .failure(let error):
            recorder.count(error)
            let refusals: Set<ClientError.Code> = [
                .brokerBusy, .brokerStopping, .messageTooLarge, .unknownTopic, .memoryLimit,
            ]
            return isCertain && refusals.contains(error.code)
                ? .sendFailed(message) : .sendUnknown(message)
        }
    }
}

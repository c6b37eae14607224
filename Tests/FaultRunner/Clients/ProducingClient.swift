// A producer that sends without rest and writes down what it is told.

import AeroClient
import AeroIO
import FaultSupport
import TestSupport

/// What all clients of a round share.
struct ClientContext: Sendable {
    let address: String
    let topic: String
    let partitionCount: Int
    let recorder: HistoryRecorder
    let stop: StopFlag

    /// Quick to come back: a broker that is being killed is away more often than not.
    var connectionOptions: ConnectionOptions {
        ConnectionOptions {
            $0.connectTimeout = .seconds(3)
            $0.requestTimeout = .seconds(5)
            $0.reconnectBackoff = .milliseconds(2) ... .milliseconds(20)
            $0.closeTimeout = .seconds(10)
            $0.maximumMemory = 32 << 20
        }
    }

    /// Connects, as often as it takes until the round ends.
    func connect() async -> Connection? {
        while !stop.isSet {
            do throws(ClientError) {
                return try await Connection.connect(to: address, options: connectionOptions)
            } catch {
                recorder.count(error)
                // The next attempt is due when the broker may be there: a loopback refusal is
                // immediate, and this task must not keep a processor busy with it.
                SystemThread.sleep(nanoseconds: 2_000_000)
            }
        }
        return nil
    }
}

/// One producer with a connection of its own.
struct ProducingClient: Sendable {
    let context: ClientContext
    let number: Int
    let promise: DeliveryPromise
    let seed: UInt64
    /// BOUND: of the round's history.
    let messageCountMax: Int

    /// Sends until it is told to stop, and waits for every answer.
    func run() async {
        guard let connection = await context.connect() else { return }
        var random = SplitMix64(seed: seed)
        do throws(ClientError) {
            let producer = try await connection.makeProducer(
                topic: context.topic, options: options(&random))
            await send(producer, &random)
            try await producer.flush()
        } catch {
            context.recorder.remark("producer \(number): \(error)")
        }
        await connection.close()
    }

    private func options(_ random: inout SplitMix64) -> ProducerOptions {
        ProducerOptions {
            $0.linger = .microseconds(Int.random(in: 0...2, using: &random) * 500)
            $0.batchMessageCount = Int.random(in: 1...100, using: &random)
            $0.deliveryTimeout = .seconds(20)
            $0.retryBackoff = .milliseconds(2) ... .milliseconds(50)
            switch promise {
            case .once, .atMostOnce: $0.retryPolicy = .never
            case .atLeastOnce: $0.retryPolicy = .atLeastOnce(maximumAttempts: 20)
            }
        }
    }

    private func send(_ producer: Producer, _ random: inout SplitMix64) async {
        let window = SendWindow(Int.random(in: 20...200, using: &random))
        let recorder = context.recorder
        for sequence in 0..<Int64(messageCountMax) where !context.stop.isSet {
            await window.take()
            let message = SentMessage(producer: number, sequence: sequence)
            let partition = Int.random(in: 0..<context.partitionCount, using: &random)
            let body = Int.random(in: 0...1_200, using: &random)
            recorder.record(.sendInvoked(message, partition: partition))
            let isCertain = promise != .atLeastOnce
            do throws(ClientError) {
                try producer.enqueue(
                    Message(
                        TaggedPayload.encode(message, bodyByteCount: body), partition: partition)
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

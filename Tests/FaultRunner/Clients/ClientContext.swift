// What the clients of a round share.

import AeroClient
import FaultSupport

/// A topic of a round. In a history the partitions of all topics are numbered through.
struct RoundTopic: Sendable {
    let name: String
    let durability: Durability
    /// The number of its first partition in the history.
    let firstPartition: Int
    let partitionCount: Int

    /// Its partitions in the history.
    var partitions: Range<Int> { firstPartition..<(firstPartition + partitionCount) }
}

/// The broker, the topics, and where to write down what happens.
struct ClientContext: Sendable {
    let address: String
    let topics: [RoundTopic]
    let recorder: HistoryRecorder
    let metronome: Metronome
    let stop: StopFlag

    /// Quick to come back: a broker that is being killed is away more often than not.
    var connectionOptions: ConnectionOptions {
        ConnectionOptions {
            $0.connectTimeout = .seconds(5)
            $0.requestTimeout = .seconds(10)
            $0.reconnectBackoff = .milliseconds(2) ... .milliseconds(20)
            $0.closeTimeout = .seconds(20)
            $0.maximumMemory = 32 << 20
        }
    }

    /// Does something that needs the broker, as often as it takes until the round ends.
    ///
    /// - Returns: nil when the round has ended before.
    func insist<Value: Sendable>(
        _ body: () async throws(ClientError) -> Value
    ) async -> Value? {
        while !stop.isSet {
            do throws(ClientError) { return try await body() } catch { recorder.count(error) }
            await metronome.beat()
        }
        return nil
    }

    /// Connects.
    ///
    /// - Returns: nil when the round has ended before.
    func connect() async -> Connection? {
        await insist { () async throws(ClientError) in
            try await Connection.connect(to: address, options: connectionOptions)
        }
    }

    /// The partition of a batch, as the history numbers it; nil for a topic that is not one of
    /// the round's.
    func partition(of batch: RecordBatch) -> Int? {
        topics.first { $0.name == batch.topic }.map { $0.firstPartition + batch.partition }
    }

    /// Writes down what a consumer got.
    func record(_ batch: RecordBatch, by consumer: Int) {
        guard let partition = partition(of: batch) else {
            recorder.remark("consumer \(consumer) got records of \(batch.topic)")
            return
        }
        for record in batch {
            let place = RecordPlace(partition, record.offset)
            if TaggedPayload.isNoise(record) {
                if consumer == ReadBack.number { recorder.countNoise(readBack: 1) }
            } else if let message = TaggedPayload.decode(record) {
                recorder.record(.received(consumer: consumer, place, message))
            } else {
                recorder.record(.receivedDamaged(consumer: consumer, place))
            }
        }
    }
}

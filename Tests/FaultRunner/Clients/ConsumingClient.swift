// A consumer that reads along and writes down what it gets.

import AeroClient
import FaultSupport
import TestSupport

/// One consumer of all partitions, with a connection of its own.
struct ConsumingClient: Sendable {
    let context: ClientContext
    let number: Int
    let seed: UInt64

    /// Reads until it is told to stop.
    func run() async {
        guard let connection = await context.connect() else { return }
        var random = SplitMix64(seed: seed)
        let mode: DeliveryMode = Bool.random(using: &random) ? .push : .pull
        var next = [Int64](repeating: 0, count: context.partitionCount)
        while !context.stop.isSet {
            // One subscription for each partition, so that each goes on where it was.
            do throws(ClientError) {
                var consumers: [Consumer] = []
                for partition in next.indices {
                    consumers.append(
                        try await connection.makeConsumer(
                            topic: context.topic,
                            options: ConsumerOptions {
                                $0.partitions = .list([partition])
                                $0.start = .offset(next[partition])
                                $0.mode = mode
                                $0.receiveWindow = 64 << 10
                            }))
                    context.recorder.record(
                        .consumerStarted(
                            consumer: number, partition: partition, at: .offset(next[partition])))
                }
                try await read(consumers, &next)
            } catch {
                context.recorder.count(error)
                note(error, &next)
            }
        }
        await connection.close()
    }

    private func read(
        _ consumers: [Consumer], _ next: inout [Int64]
    ) async throws(ClientError) {
        while !context.stop.isSet {
            for consumer in consumers {
                guard let batch = try await consumer.poll(maximumWait: .milliseconds(20)) else {
                    continue
                }
                context.recorder.record(batch, by: number)
                next[batch.partition] = batch.lastOffset + 1
            }
        }
    }

    private func note(_ error: ClientError, _ next: inout [Int64]) {
        switch error.code {
        case .corruptData:
            context.recorder.record(
                .receivedDamaged(consumer: number, RecordPlace(-1, -1)))
        case .offsetOutOfRange:
            // What it was given is gone: whether that was promised, the end of the round shows.
            next = next.map { _ in 0 }
        default: break
        }
    }
}

extension HistoryRecorder {
    /// Writes down what a consumer got.
    func record(_ batch: RecordBatch, by consumer: Int) {
        for record in batch {
            let place = RecordPlace(batch.partition, record.offset)
            if let message = TaggedPayload.decode(record) {
                self.record(.received(consumer: consumer, place, message))
            } else {
                self.record(.receivedDamaged(consumer: consumer, place))
            }
        }
    }
}

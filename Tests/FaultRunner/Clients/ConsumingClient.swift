// A consumer that reads along and writes down what it gets.

import AeroClient
import FaultSupport
import TestSupport

/// One consumer of all partitions of a topic, with a connection of its own.
///
/// Now and then it begins anew at the start of the log, so that old records are read from files.
struct ConsumingClient: Sendable {
    let context: ClientContext
    let topic: RoundTopic
    let number: Int
    let seed: UInt64

    /// Reads until it is told to stop.
    func run() async {
        guard let connection = await context.connect() else { return }
        var random = SplitMix64(seed: seed)
        var next = [Int64?](repeating: nil, count: topic.partitionCount)
        while !context.stop.isSet {
            do throws(ClientError) {
                if Int.random(in: 0..<3, using: &random) == 0 {
                    next[Int.random(in: next.indices, using: &random)] = nil
                }
                let mode: DeliveryMode = Bool.random(using: &random) ? .push : .pull
                let consumers = try await subscribe(connection, mode, &next)
                let pollCount = Int.random(in: 20...200, using: &random)
                try await read(consumers, pollCount, &next)
                for consumer in consumers { await consumer.close() }
            } catch {
                context.recorder.count(error)
                note(error, &next)
                await context.metronome.beat()
            }
        }
        await connection.close()
    }

    /// A subscription of its own for each partition, so that each goes on where it was.
    private func subscribe(
        _ connection: Connection, _ mode: DeliveryMode, _ next: inout [Int64?]
    ) async throws(ClientError) -> [Consumer] {
        var consumers: [Consumer] = []
        for partition in next.indices {
            let start: Int64
            if let place = next[partition] {
                start = place
            } else {
                let ends = try await connection.admin.offsets(
                    topic: topic.name, partition: partition)
                start = ends.earliest
            }
            next[partition] = start
            consumers.append(
                try await connection.makeConsumer(
                    topic: topic.name,
                    options: ConsumerOptions {
                        $0.partitions = .list([partition])
                        $0.start = .offset(start)
                        $0.mode = mode
                        $0.receiveWindow = 64 << 10
                    }))
            context.recorder.record(
                .consumerStarted(
                    consumer: number, partition: topic.firstPartition + partition,
                    at: .offset(start)))
        }
        return consumers
    }

    private func read(
        _ consumers: [Consumer], _ pollCount: Int, _ next: inout [Int64?]
    ) async throws(ClientError) {
        for _ in 0..<pollCount where !context.stop.isSet {
            for consumer in consumers {
                guard let batch = try await consumer.poll(maximumWait: .milliseconds(20)) else {
                    continue
                }
                context.record(batch, by: number)
                next[batch.partition] = batch.lastOffset + 1
            }
        }
    }

    private func note(_ error: ClientError, _ next: inout [Int64?]) {
        switch error.code {
        case .corruptData:
            context.recorder.record(
                .receivedDamaged(consumer: number, RecordPlace(topic.firstPartition, -1)))
        case .offsetOutOfRange:
            // What it was given is gone: whether that was promised, the end of the round shows.
            next = next.map { _ in nil }
        default: break
        }
    }
}

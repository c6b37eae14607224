// Reading everything at the end of a round.

import AeroClient
import FaultSupport

/// A consumer that reads every partition from its start to its end.
struct ReadBack: Sendable {
    let context: ClientContext

    /// The number under which it reads.
    static let number = 1_000

    /// Why a partition could not be read to its end.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Reads all partitions.
    ///
    /// - Parameter isTolerant: Whether a partition that the broker refuses is left out.
    /// - Throws: Why not.
    func run(isTolerant: Bool = false) async throws {
        let connection = try await Connection.connect(
            to: context.address, options: context.connectionOptions)
        for topic in context.topics {
            for partition in 0..<topic.partitionCount {
                do {
                    try await read(topic, partition, connection)
                } catch {
                    guard isTolerant, let error = error as? ClientError else { throw error }
                    context.recorder.count(error)
                }
            }
        }
        await connection.close()
    }

    private func read(
        _ topic: RoundTopic, _ partition: Int, _ connection: Connection
    ) async throws {
        let ends = try await connection.admin.offsets(topic: topic.name, partition: partition)
        let number = topic.firstPartition + partition
        context.recorder.record(
            .consumerStarted(
                consumer: Self.number, partition: number, at: .offset(ends.earliest)))
        let consumer = try await connection.makeConsumer(
            topic: topic.name,
            options: ConsumerOptions {
                $0.partitions = .list([partition])
                $0.start = .offset(ends.earliest)
            })
        var next = ends.earliest
        while next < ends.next {
            guard let batch = try await consumer.poll(maximumWait: .seconds(20)) else {
                throw Failure(
                    description: "\(topic.name)/\(partition) ends at \(ends.next), and nothing "
                        + "came behind \(next) for 20 s")
            }
            context.record(batch, by: Self.number)
            next = batch.lastOffset + 1
        }
        context.recorder.record(
            .readToEnd(
                consumer: Self.number, partition: number, start: ends.earliest, end: ends.next))
        await consumer.close()
    }
}

// A member of a group that commits, leaves and comes back.

import AeroClient
import FaultSupport
import TestSupport

/// The only member of its group: wherever it resumes, it was the one to commit.
struct GroupClient: Sendable {
    let context: ClientContext
    let topics: [RoundTopic]
    let number: Int
    let group: String
    let seed: UInt64

    /// Reads, commits and comes back until it is told to stop.
    func run() async {
        var random = SplitMix64(seed: seed)
        while !context.stop.isSet {
            guard let connection = await context.connect() else { return }
            do throws(ClientError) {
                let member = try await connection.makeGroupConsumer(
                    group: group, topics: topics.map(\.name),
                    options: GroupConsumerOptions {
                        $0.commit = .manual
                        $0.sessionTimeout = .seconds(2)
                        $0.receiveWindow = 64 << 10
                    })
                try await read(member, Int.random(in: 5...60, using: &random), &random)
                await member.close()
            } catch {
                context.recorder.count(error)
            }
            await connection.close()
        }
    }

    private func read(
        _ member: GroupConsumer, _ batchCount: Int, _ random: inout SplitMix64
    ) async throws(ClientError) {
        var last: [Int: Int64] = [:]
        for _ in 0..<batchCount where !context.stop.isSet {
            guard let batch = try await member.poll(maximumWait: .milliseconds(50)),
                let partition = context.partition(of: batch)
            else { continue }
            // The member's place is given to it anew when the broker comes back: then it reads
            // again from where the group committed, and no further back.
            if last[partition].map({ batch.firstOffset <= $0 }) ?? true {
                context.recorder.record(
                    .consumerStarted(consumer: number, partition: partition, at: .group(group)))
            }
            context.record(batch, by: number)
            last[partition] = batch.lastOffset
            if Int.random(in: 0..<3, using: &random) == 0 {
                await commit(member, batch, partition)
            }
        }
    }

    private func commit(_ member: GroupConsumer, _ batch: RecordBatch, _ partition: Int) async {
        let position = batch.lastOffset + 1
        context.recorder.record(
            .commitInvoked(group: group, partition: partition, offset: position))
        do throws(ClientError) {
            try await member.commit(through: batch)
            context.recorder.record(
                .commitAcknowledged(group: group, partition: partition, offset: position))
        } catch {
            context.recorder.count(error)
        }
    }
}

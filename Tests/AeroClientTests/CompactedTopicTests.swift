// A compacted topic as an application sees it: the latest of each key, and no trace of the gaps.

import AeroBroker
import AeroClient
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct CompactedTopicTests {
    /// Sends a hundred values for each of ten keys, one after the other, in compressed batches.
    private func fill(_ connection: Connection) async throws {
        let producer = try await connection.makeProducer(
            topic: "state",
            options: ProducerOptions {
                $0.batchMessageCount = 8
                $0.compression = Compression(.zstd)
                $0.compressionThreshold = 100
            })
        for round in 0..<100 {
            let messages = (0..<10).map {
                Message("value \(round) " + String(repeating: "x", count: 100), key: "key \($0)")
            }
            for result in try await producer.send(batch: messages) { _ = try result.get() }
        }
        try await producer.close()
    }

    @Test(arguments: [DeliveryMode.push, .pull])
    func aConsumerGetsTheLatestOfEachKey(mode: DeliveryMode) async throws {
        let folder = try TemporaryFolder()
        let configure: (inout BrokerConfiguration) -> Void = { $0.dataDirectory = folder.path }
        try await TestBroker.run(configure: configure) { address in
            try await Connection.withConnection(to: address) { connection in
                try await connection.admin.create(
                    "state",
                    options: TopicOptions {
                        $0.durability = .sync
                        $0.settings = [
                            "cleanup.policy": "compact", "segment.bytes": "4096",
                            "min.cleanable.dirty.ratio": "0.1",
                        ]
                    })
                try await fill(connection)
                var saved: Int64 = 0
                // BOUND: round trips, each of which lets the broker do what it has to do.
                for _ in 0..<20_000 where saved == 0 {
                    saved = try await connection.admin.statistics()["log.bytes_compacted"] ?? 0
                }
                #expect(saved > 0)
            }
        }
        // What is in memory is as it came; after a restart everything comes from the files.
        try await TestBroker.run(configure: configure) { address in
            try await Connection.withConnection(to: address) { connection in
                let consumer = try await connection.makeConsumer(
                    topic: "state",
                    options: ConsumerOptions {
                        $0.mode = mode
                        $0.start = .earliest
                    })
                var latest: [[UInt8]: String] = [:]
                var offsets: [Int64] = []
                while offsets.last != 999 {
                    let batch = try #require(try await consumer.poll(maximumWait: .seconds(20)))
                    #expect(batch.count > 0 && Array(batch).count == batch.count)
                    for record in batch {
                        offsets.append(record.offset)
                        latest[record.key ?? []] = record.text
                    }
                }
                #expect(offsets == offsets.sorted() && Set(offsets).count == offsets.count)
                #expect(offsets.count < 1_000)
                #expect(latest.count == 10)
                #expect(latest.values.allSatisfy { $0.hasPrefix("value 99 ") })
                await consumer.close()
            }
        }
    }
}

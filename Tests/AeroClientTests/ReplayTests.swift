// Reading again from a point in time.

import AeroBroker
import AeroClient
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct ReplayTests {
    /// A topic on disk and one in memory with a record at each of these times, in two partitions.
    private func withRecords(
        _ durability: Durability, at times: [Int64], _ body: (Connection) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        try await TestBroker.run(configure: { $0.dataDirectory = folder.path }) { address in
            try await Connection.withConnection(to: address) { connection in
                try await connection.admin.create(
                    "orders",
                    options: TopicOptions {
                        $0.partitionCount = 2
                        $0.durability = durability
                    })
                let producer = try await connection.makeProducer(
                    topic: "orders", options: ProducerOptions { $0.batchMessageCount = 1 })
                for time in times {
                    for partition in 0..<2 {
                        try await producer.send(
                            Message(
                                Array("\(time)".utf8), partition: partition,
                                timestampMilliseconds: time))
                    }
                }
                try await body(connection)
            }
        }
    }

    @Test(arguments: [Durability.volatile, .sync])
    func aConsumerStartsAtATimeInEveryPartition(_ durability: Durability) async throws {
        try await withRecords(durability, at: [1_000, 2_000, 3_000]) { connection in
            for (time, expected) in [
                (Int64(0), ["1000", "2000", "3000"]), (1_000, ["1000", "2000", "3000"]),
                (1_001, ["2000", "3000"]), (2_500, ["3000"]),
            ] {
                let consumer = try await connection.makeConsumer(
                    topic: "orders",
                    options: ConsumerOptions { $0.start = .time(milliseconds: time) })
                let texts = try await consumer.takeTexts(2 * expected.count)
                #expect(texts.sorted() == (expected + expected).sorted(), "from \(time)")
                #expect(try await consumer.poll(maximumWait: .zero) == nil)
            }
            let late = try await connection.makeConsumer(
                topic: "orders", options: ConsumerOptions { $0.start = .time(milliseconds: 9_000) })
            try await connection.send(["next"])
            #expect(try await late.takeTexts(1) == ["next"])
        }
    }

    @Test func aMemberMovesToATime() async throws {
        try await withRecords(.volatile, at: [1_000, 2_000, 3_000]) { connection in
            let consumer = try await connection.join { $0.commit = .manual }
            #expect(try await consumer.takeNumbers(3) == [1_000, 2_000, 3_000])
            for partition in 0..<2 {
                try await consumer.seek(
                    topic: "orders", partition: partition, to: .time(milliseconds: 1_500))
            }
            var count = 0
            while count < 4 {
                let batch = try #require(try await consumer.poll(maximumWait: .seconds(20)))
                #expect(batch.allSatisfy { $0.text != "1000" })
                count += batch.count
            }
            #expect(count == 4)
            let wrong = await clientError {
                try await consumer.seek(
                    topic: "orders", partition: 0, to: .time(milliseconds: -1))
            }
            #expect(wrong?.code == .invalidConfiguration)
            await consumer.close()
        }
    }
}

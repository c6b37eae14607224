// Topics, offsets and statistics through the public client.

import AeroClient
import Testing

@Suite(.timeLimit(.minutes(10))) struct AdminTests {
    @Test func topicsLiveAndDie() async throws {
        try await TestBroker.run { address in
            try await Connection.withConnection(to: address) { connection in
                let admin = connection.admin
                #expect(try await admin.list() == [])
                try await admin.create("b", options: TopicOptions { $0.partitionCount = 3 })
                try await admin.create("a")
                #expect(try await admin.list() == ["a", "b"])
                let topic = try await admin.describe("b")
                #expect(topic.partitions.count == 3 && topic.durability == .volatile)
                let twice = await clientError { try await admin.create("a") }
                #expect(twice?.code == .topicAlreadyExists)
                #expect(twice?.brokerCode == 32)
                try await admin.delete("a")
                #expect(await clientError { try await admin.delete("a") }?.code == .unknownTopic)
                #expect(try await admin.list() == ["b"])
            }
        }
    }

    @Test func refusalsAreTyped() async throws {
        try await TestBroker.run { address in
            try await Connection.withConnection(to: address) { connection in
                let admin = connection.admin
                #expect(
                    await clientError { try await admin.create("no spaces") }?.code
                        == .invalidTopic)
                let long = String(repeating: "x", count: 70_000)
                #expect(await clientError { try await admin.create(long) }?.code == .invalidTopic)
                let sync = TopicOptions { $0.durability = .sync }
                #expect(
                    await clientError { try await admin.create("t", options: sync) }?.code
                        == .notSupported)
                let zero = TopicOptions { $0.partitionCount = 0 }
                #expect(
                    await clientError { try await admin.create("t", options: zero) }?.code
                        == .invalidConfiguration)
                #expect(
                    await clientError { _ = try await connection.makeProducer(topic: "t") }?.code
                        == .unknownTopic)
                #expect(
                    await clientError { _ = try await connection.makeConsumer(topic: "t") }?.code
                        == .unknownTopic)
                try await admin.create("t")
                let elsewhere = ConsumerOptions { $0.partitions = .list([3]) }
                let error = await clientError {
                    _ = try await connection.makeConsumer(topic: "t", options: elsewhere)
                }
                #expect(error?.code == .unknownPartition)
            }
        }
    }

    @Test func offsetsAndStatisticsCount() async throws {
        try await TestBroker.runWithTopic(partitionCount: 2) { connection, _ in
            let producer = try await connection.makeProducer(topic: "orders")
            for _ in 0..<5 { try await producer.send(Message([1], partition: 1)) }
            let admin = connection.admin
            #expect(try await admin.offsets(topic: "orders", partition: 0).next == 0)
            let offsets = try await admin.offsets(topic: "orders", partition: 1)
            #expect(offsets.earliest == 0 && offsets.next == 5)
            #expect(
                await clientError {
                    _ = try await admin.offsets(topic: "orders", partition: 2)
                }?.code == .unknownPartition)
            #expect(try await !admin.statistics().isEmpty)
        }
    }

    @Test func aDeletedTopicRefusesItsProducer() async throws {
        try await TestBroker.runWithTopic { connection, _ in
            let producer = try await connection.makeProducer(topic: "orders")
            try await producer.send(Message("x"))
            try await connection.admin.delete("orders")
            let error = await clientError { try await producer.send(Message("y")) }
            #expect(error?.code == .unknownTopic)
        }
    }
}

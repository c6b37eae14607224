// Every bound of a broker answers with its own code, and what is within it goes on.

import AeroBroker
import AeroCore
import AeroIO
import AeroWire
import Testing

@Suite(.timeLimit(.minutes(10)))
struct BrokerLimitTests {
    private func code(of body: () throws -> Void) -> ErrorCode? {
        do {
            try body()
            return .ok
        } catch RawClientError.refused(let code) {
            return code
        } catch {
            return nil
        }
    }

    @Test(arguments: BrokerShape.epoll)
    func topicsAndPartitionsAreCounted(_ shape: BrokerShape) throws {
        var configuration = shape.configuration
        configuration.topicCountMax = 4
        configuration.topicLimits.partitionCountMax = 50
        configuration.totalPartitionCountMax = 100
        try withBroker(configuration) { broker in
            let client = try RawClient(broker.address)
            #expect(
                code { try client.createTopic("wide", partitions: 51) } == .invalidPartitionCount)
            for name in ["a", "b"] { try client.createTopic(name, partitions: 49) }
            #expect(code { try client.createTopic("c", partitions: 3) } == .tooManyPartitions)
            try client.createTopic("c", partitions: 1)
            try client.createTopic("d", partitions: 1)
            #expect(code { try client.createTopic("e") } == .tooManyTopics)
            try client.deleteTopic("a")
            // What a deleted topic had may be had again, and no more.
            #expect(code { try client.createTopic("e", partitions: 50) } == .tooManyPartitions)
            let topic = try client.createTopic("e", partitions: 49)
            #expect(try client.append(TestBatches.numbered(0..<1), topic: topic) == 0)
        }
    }

    @Test(arguments: BrokerShape.epoll)
    func batchesAreBoundedByBrokerAndTopic(_ shape: BrokerShape) throws {
        var configuration = shape.configuration
        configuration.batchByteCountMax = 20_000
        try withBroker(configuration) { broker in
            let client = try RawClient(broker.address)
            let wide = try client.createTopic("wide", partitions: 3)
            let narrow = try client.call(
                CreateTopicRequest(
                    name: "narrow", partitionCount: 3, durability: .volatile,
                    settings: [TopicSetting("max.message.bytes", "5000")]),
                CreateTopicReply.self
            ).topicId
            let cases: [(Int, ErrorCode, ErrorCode)] = [
                (4_000, .ok, .ok), (6_000, .ok, .batchTooLarge),
                (19_000, .ok, .batchTooLarge), (21_000, .batchTooLarge, .batchTooLarge),
            ]
            for (byteCount, inWide, inNarrow) in cases {
                let batch = TestBatches.make(byteCount: byteCount)
                for partition in 0..<UInt32(3) {
                    for (topic, expected) in [(wide, inWide), (narrow, inNarrow)] {
                        let id = try client.postSend(batch, topic: topic, partition: partition)
                        #expect(try client.reply(to: id).code == expected, "\(byteCount) B")
                    }
                }
            }
            #expect(
                code {
                    _ = try client.call(
                        CreateTopicRequest(
                            name: "none", partitionCount: 1, durability: .volatile,
                            settings: [TopicSetting("max.message.bytes", "10")]),
                        CreateTopicReply.self)
                } == .invalidSetting)
        }
    }

    @Test(arguments: BrokerShape.epoll)
    func aFrameOverTheLimitIsRefusedAndEndsItsConnection(_ shape: BrokerShape) throws {
        var configuration = shape.configuration
        configuration.frameByteCountMax = 64 << 10
        try withBroker(configuration) { broker in
            let client = try RawClient(broker.address)
            let topic = try client.createTopic("events", partitions: 3)
            let other = try RawClient(broker.address)
            try client.postSend(TestBatches.make(byteCount: 70_000), topic: topic)
            #expect(try client.receiveToEnd().last?.code == .frameTooLarge)
            #expect(
                try other.awaitStatistics { $0["connections.closed.frameTooLarge"] == 1 })
            #expect(
                try other.append(TestBatches.make(byteCount: 60_000), topic: topic) == 0)
        }
    }

    @Test(arguments: BrokerShape.epoll)
    func groupsOfAPartitionAreBounded(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            let client = try RawClient(broker.address)
            let topic = try client.createTopic("events", partitions: 3)
            for number in 0..<1_024 {
                let id = UInt64(number)
                try client.subscribe(id, topic: topic, group: "group-\(number)", credit: 0)
                _ = try client.call(
                    UnsubscribeRequest(subscriptionId: id), UnsubscribeReply.self)
            }
            #expect(
                code { try client.subscribe(5_000, topic: topic, group: "one-more") }
                    == .tooManyGroups)
            // Those there are may come back.
            try client.subscribe(5_001, topic: topic, group: "group-7")
        }
    }

    @Test(
        arguments: [
            { (configuration: inout BrokerConfiguration) in configuration.connectionCountMax = 0 },
            { $0.frameByteCountMax = 1_000 }, { $0.batchByteCountMax = 0 },
            { $0.topicCountMax = 0 }, { $0.totalPartitionCountMax = 0 },
            { $0.preallocatedByteCount = $0.memoryByteCountMax + 1 },
        ] as [@Sendable (inout BrokerConfiguration) -> Void])
    func impossibleBoundsAreRefused(_ change: @Sendable (inout BrokerConfiguration) -> Void) {
        var configuration = BrokerShape.all[0].configuration
        change(&configuration)
        #expect(throws: BrokerError.self) { _ = try Broker.start(configuration) }
    }

    /// Memory made ahead is there before the first message, and its buffers are hits.
    @Test func preallocatedMemoryIsWarm() throws {
        var configuration = BrokerShape.all[0].configuration
        configuration.preallocatedByteCount = 32 << 20
        try withBroker(configuration) { broker in
            let client = try RawClient(broker.address)
            let topic = try client.createTopic("events")
            for _ in 0..<200 {
                try client.append(TestBatches.make(byteCount: 50_000), topic: topic)
            }
            #expect(try client.awaitStatistics { ($0["pool.allocations"] ?? 0) > 20 })
            let statistics = try client.statistics()
            #expect(statistics["pool.misses"] == 0)
            #expect(statistics["pool.hits"] == statistics["pool.allocations"])
            let out =
                (statistics["pool.allocations"] ?? 0) - (statistics["pool.releases"] ?? 0)
            #expect(out > 20, "the messages are still there")
            let held =
                (statistics["pool.bytes_outstanding"] ?? 0)
                + (statistics["pool.bytes_cached"] ?? 0)
            #expect(held == statistics["pool.bytes_high_water"])
            #expect(statistics["pool.bytes_capacity"] == 256 << 20)
            #expect((statistics["pool.bytes_high_water"] ?? 0) > 30 << 20)
        }
    }
}

// Committed offsets over real sockets: kept over restarts, and where subscriptions start.

import AeroBroker
import AeroCore
import AeroWire
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct BrokerGroupOffsetTests {
    private func configuration(_ shape: BrokerShape, _ folder: TemporaryFolder)
        -> BrokerConfiguration
    {
        var configuration = shape.configuration
        configuration.dataDirectory = folder.path
        return configuration
    }

    private func durableTopic(
        _ client: RawClient, partitions: UInt32 = 1, _ name: String = "t"
    ) throws -> UInt32 {
        try client.call(
            CreateTopicRequest(name: name, partitionCount: partitions, durability: .sync),
            CreateTopicReply.self
        ).topicId
    }

    @Test(arguments: BrokerShape.all)
    func offsetsAndGenerationsSurviveARestart(_ shape: BrokerShape) throws {
        let folder = try TemporaryFolder()
        let names = (0..<12).map { "group-\($0)" }
        var topic: UInt32 = 0
        try withBroker(configuration(shape, folder)) { broker in
            let client = try RawClient(broker.address)
            topic = try durableTopic(client, partitions: 3)
            for (number, name) in names.enumerated() {
                #expect(
                    try client.commit(name, topic: topic, [0: Int64(number), 2: 7]) == [.ok, .ok])
            }
            let member = try client.join("group-0")
            #expect(member.generation == 1)
            #expect(try client.commit("group-0", member, topic: topic, [1: 5]) == [.ok])
            try client.deleteGroup("group-11")
        }
        try withBroker(configuration(shape, folder)) { broker in
            let client = try RawClient(broker.address)
            #expect(try client.offsets("group-0", topic: topic) == [0: 0, 1: 5, 2: 7])
            for (number, name) in names.enumerated().dropFirst().dropLast() {
                #expect(try client.offsets(name, topic: topic) == [0: Int64(number), 2: 7])
            }
            #expect(throws: RawClientError.refused(.unknownGroup)) {
                _ = try client.offsets("group-11", topic: topic)
            }
            #expect(try client.listGroups().count == 11)
            #expect(try client.join("group-0").generation == 2)
        }
    }

    /// What a consumer without membership acknowledges is where the next one starts.
    @Test(arguments: BrokerShape.all)
    func acknowledgementsSurviveARestart(_ shape: BrokerShape) throws {
        let folder = try TemporaryFolder()
        var topic: UInt32 = 0
        try withBroker(configuration(shape, folder)) { broker in
            let client = try RawClient(broker.address)
            topic = try durableTopic(client)
            for start in [0, 5] {
                try client.append(TestBatches.numbered(start..<(start + 5)), topic: topic)
            }
            try client.subscribe(
                1, topic: topic, group: "g", start: .committed, mode: .manual)
            #expect(try client.takeValues(10).count == 10)
            try client.acknowledge(1, through: 6)
            #expect(try client.awaitOffset("g", topic: topic, 7))
        }
        try withBroker(configuration(shape, folder)) { broker in
            let client = try RawClient(broker.address)
            let start = try client.retrying {
                try client.subscribe(
                    1, topic: topic, group: "g", start: .committed, mode: .manual)
            }
            #expect(start == 7)
        }
    }

    /// The next consumer starts behind what the last one acknowledged, however soon it comes.
    @Test(arguments: BrokerShape.epoll)
    func theNextConsumerStartsBehindTheLastAcknowledgement(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            let client = try RawClient(broker.address)
            let topic = try client.createTopic("t")
            try client.append(TestBatches.numbered(0..<50), topic: topic)
            for round in 0..<20 {
                let start = try client.subscribe(
                    UInt64(round), topic: topic, group: "g", start: .committed, mode: .manual)
                #expect(start == Int64(round))
                _ = try client.nextDelivery()
                try client.acknowledge(UInt64(round), through: Int64(round))
                _ = try client.call(
                    UnsubscribeRequest(subscriptionId: UInt64(round)), UnsubscribeReply.self)
            }
        }
    }

    @Test(arguments: BrokerShape.epoll)
    func aConsumerThatNeverAcknowledgesStartsOver(_ shape: BrokerShape) throws {
        let folder = try TemporaryFolder()
        var topic: UInt32 = 0
        for _ in 0..<2 {
            try withBroker(configuration(shape, folder)) { broker in
                let client = try RawClient(broker.address)
                if topic == 0 {
                    topic = try durableTopic(client)
                    try client.append(TestBatches.numbered(0..<5), topic: topic)
                }
                for id in UInt64(0)..<3 {
                    let start = try client.retrying {
                        try client.subscribe(
                            id, topic: topic, group: "g", start: .committed, mode: .manual)
                    }
                    #expect(start == 0)
                    #expect(try client.takeValues(5).count == 5)
                    _ = try client.call(
                        UnsubscribeRequest(subscriptionId: id), UnsubscribeReply.self)
                }
            }
        }
    }

    /// A volatile topic begins anew with the broker, and so do positions in it.
    @Test func positionsInVolatileTopicsEndWithTheBroker() throws {
        let folder = try TemporaryFolder()
        for _ in 0..<2 {
            try withBroker(configuration(BrokerShape.epoll[0], folder)) { broker in
                let client = try RawClient(broker.address)
                let topic = try client.createTopic("memory")
                try client.append(TestBatches.numbered(0..<3), topic: topic)
                let start = try client.retrying {
                    try client.subscribe(
                        1, topic: topic, group: "g", start: .committed, mode: .manual)
                }
                #expect(start == 0, "a topic of the same number was another one before")
                #expect(try client.takeValues(3).count == 3)
                try client.acknowledge(1, through: 2)
                #expect(try client.awaitOffset("g", topic: topic, 3))
            }
        }
    }

    @Test(arguments: BrokerShape.epoll)
    func aDeletedTopicTakesItsOffsetsAlong(_ shape: BrokerShape) throws {
        let folder = try TemporaryFolder()
        var kept: UInt32 = 0
        var gone: UInt32 = 0
        try withBroker(configuration(shape, folder)) { broker in
            let client = try RawClient(broker.address)
            kept = try durableTopic(client, "kept")
            gone = try durableTopic(client, "gone")
            try client.commit("g", topic: kept, [0: 1])
            try client.commit("g", topic: gone, [0: 2])
            try client.deleteTopic("gone")
            #expect(try client.offsets("g", topic: kept) == [0: 1])
        }
        try withBroker(configuration(shape, folder)) { broker in
            let client = try RawClient(broker.address)
            #expect(try client.offsets("g", topic: gone) == [:])
            #expect(try client.offsets("g", topic: kept) == [0: 1])
        }
    }

    @Test(arguments: BrokerShape.epoll)
    func whereThereIsNoOffsetTheClientChooses(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            let client = try RawClient(broker.address)
            let topic = try client.createTopic("t")
            try client.append(TestBatches.numbered(0..<4), topic: topic)
            for (group, fallback, expected) in [
                ("early", Int64(0), Int64(0)), ("late", SubscribeRequest.latestFallback, 4),
            ] {
                let reply = try client.call(
                    SubscribeRequest(
                        subscriptionId: UInt64(expected), topicId: topic, partition: 0,
                        group: group, startKind: .committed, startOffset: fallback,
                        creditByteCount: 0),
                    SubscribeReply.self)
                #expect(reply.startOffset == expected)
            }
        }
    }

    @Test(arguments: BrokerShape.epoll)
    func membersAndLonelyConsumersOfOneGroupExcludeEachOther(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            let client = try RawClient(broker.address)
            let topic = try client.createTopic("t")
            let member = try client.join("g")
            #expect(throws: RawClientError.refused(.groupNotEmpty)) {
                try client.subscribe(1, topic: topic, group: "g", start: .committed)
            }
            try client.leave("g", member)
            try client.subscribe(1, topic: topic, group: "g", start: .committed)
        }
    }

    @Test(arguments: BrokerShape.epoll)
    func theInternalTopicIsTheBrokersOwn(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            let client = try RawClient(broker.address)
            #expect(throws: RawClientError.refused(.notSupported)) {
                try client.createTopic("__groups")
            }
            let topic = try client.createTopic("t")
            try client.commit("g", topic: topic, [0: 1])
            let shown = try client.call(ListTopicsRequest(), ListTopicsReply.self).names
            #expect(shown == ["t"])
            let all = try client.call(
                ListTopicsRequest(includesInternal: true), ListTopicsReply.self
            ).names
            #expect(all == ["__groups", "t"])
            let described = try client.call(
                DescribeTopicRequest(name: "__groups"), DescribeTopicReply.self)
            #expect(described.partitions.count == 8)
            #expect(throws: RawClientError.refused(.notSupported)) {
                try client.deleteTopic("__groups")
            }
            for partition in UInt32(0)..<8 {
                #expect(throws: RawClientError.refused(.notSupported)) {
                    try client.append(
                        TestBatches.numbered(0..<1), topic: described.topicId,
                        partition: partition)
                }
            }
            // Anybody may read it.
            let found = (UInt32(0)..<8).map { partition in
                Result {
                    try client.fetch(topic: described.topicId, partition: partition, offset: 0)
                }
            }
            let bytes = try found.reduce(0) { try $0 + $1.get().batches.count }
            #expect(bytes == 0, "the offset of a volatile topic is not written")
        }
    }
}

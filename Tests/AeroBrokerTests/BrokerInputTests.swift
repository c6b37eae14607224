// Malformed, hostile and unlucky input: a typed answer, a counted close, no harm to others.

import AeroBroker
import AeroCore
import AeroWire
import Testing

@Suite(.timeLimit(.minutes(10)))
struct BrokerInputTests {
    /// What a broken stream is answered with, and under which name the close is counted.
    struct BrokenStream: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let bytes: [UInt8]
        let code: ErrorCode
        let reason: String
        var shakesHands = true
    }

    static let brokenStreams = [
        BrokenStream(
            testDescription: "length 0", bytes: [0, 0, 0, 0], code: .malformedFrame,
            reason: "malformedFrame"),
        BrokenStream(
            testDescription: "length 9", bytes: [0, 0, 0, 9] + [UInt8](repeating: 0, count: 9),
            code: .malformedFrame, reason: "malformedFrame"),
        BrokenStream(
            testDescription: "length 2^32-1", bytes: [255, 255, 255, 255], code: .frameTooLarge,
            reason: "frameTooLarge"),
        BrokenStream(
            testDescription: "one byte over the limit", bytes: [0, 0x40, 0, 0, 0],
            code: .frameTooLarge, reason: "frameTooLarge"),
        BrokenStream(
            testDescription: "first frame is PING",
            bytes: TestFrames.raw(command: 3, payload: [UInt8](repeating: 0, count: 8)),
            code: .notConnected, reason: "notConnected", shakesHands: false),
        BrokenStream(
            testDescription: "first frame is unknown", bytes: TestFrames.raw(command: 999),
            code: .notConnected, reason: "notConnected", shakesHands: false),
        BrokenStream(
            testDescription: "CONNECT without fields", bytes: TestFrames.raw(command: 1),
            code: .malformedRequest, reason: "malformedFrame", shakesHands: false),
    ]

    @Test(arguments: BrokerShape.all, brokenStreams)
    func aBrokenStreamIsAnsweredAndClosed(_ shape: BrokerShape, _ stream: BrokenStream) throws {
        try withBroker(shape) { broker in
            let innocent = try RawClient(broker.address)
            let client =
                stream.shakesHands
                ? try RawClient(broker.address) : try RawClient(socketTo: broker.address)
            try client.send(stream.bytes)
            let frames = try client.receiveToEnd()
            #expect(frames.map(\.code) == [stream.code])
            let isCounted = try innocent.awaitStatistics {
                $0["connections.closed.\(stream.reason)"] == 1 && $0["connections.open"] == 1
            }
            let statistics = try innocent.statistics()
            #expect(isCounted, "\(statistics)")
        }
    }

    @Test(arguments: BrokerShape.all)
    func versionsOutOfRangeAreRefused(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            for (low, high): (UInt16, UInt16) in [(2, 9), (0, 0), (9, 1), (1, 0)] {
                let client = try RawClient(socketTo: broker.address)
                try client.post(ConnectRequest(minVersion: low, maxVersion: high, clientId: "v"))
                #expect(try client.receiveToEnd().map(\.code) == [.unsupportedVersion])
            }
            let client = try RawClient(socketTo: broker.address)
            let reply = try client.call(
                ConnectRequest(minVersion: 0, maxVersion: 65_535, clientId: "v"),
                ConnectReply.self)
            #expect(reply.version == 1)
        }
    }

    @Test(arguments: BrokerShape.epoll)
    func requestsOutOfOrderAreRefusedAndTheConnectionGoesOn(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            let client = try RawClient(broker.address)
            let topic = try client.createTopic("known", partitions: 3)
            let cases: [(UInt16, [UInt8], ErrorCode)] = [
                (Command.connect.rawValue, connectPayload(), .alreadyConnected),
                (Command.deliver.rawValue, [], .unknownCommand),
                (29, [], .unknownCommand), (0xFFFF, [], .unknownCommand),
                (Command.ping.rawValue | 0x8000, [], .unknownCommand),
                (Command.joinCluster.rawValue, [], .notSupported),
                (Command.leaveCluster.rawValue, [1, 2], .notSupported),
                (Command.ping.rawValue, [], .malformedRequest),
                (Command.ping.rawValue, [UInt8](repeating: 1, count: 9), .malformedRequest),
                (Command.send.rawValue, [1], .malformedRequest),
                (Command.fetch.rawValue, [], .malformedRequest),
                (Command.subscribe.rawValue, [UInt8](repeating: 9, count: 40), .malformedRequest),
                (Command.credit.rawValue, [], .malformedRequest),
                (Command.acknowledge.rawValue, [0], .malformedRequest),
                (Command.createTopic.rawValue, [0, 5, 1], .malformedRequest),
                (Command.listTopics.rawValue, [0], .ok),
                (Command.statistics.rawValue, [], .ok),
            ]
            for (command, payload, code) in cases {
                let id = client.makeRequestId()
                try client.send(TestFrames.raw(command: command, requestId: id, payload: payload))
                #expect(try client.reply(to: id).code == code, "command \(command)")
            }
            #expect(try client.append(TestBatches.numbered(0..<1), topic: topic) == 0)
        }
    }

    @Test(arguments: BrokerShape.epoll)
    func topicErrorsAreNamed(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            let client = try RawClient(broker.address)
            try client.createTopic("one")
            func refusal(_ code: ErrorCode) -> RawClientError { .refused(code) }
            #expect(throws: refusal(.topicAlreadyExists)) { try client.createTopic("one") }
            for name in ["", ".", "..", "a b", "ü", String(repeating: "x", count: 250)] {
                #expect(throws: refusal(.invalidTopicName)) { try client.createTopic(name) }
            }
            for count: UInt32 in [0, 10_001, .max] {
                #expect(throws: refusal(.invalidPartitionCount)) {
                    try client.createTopic("two", partitions: count)
                }
            }
            #expect(throws: refusal(.durabilityNotSupported)) {
                _ = try client.call(
                    CreateTopicRequest(name: "three", partitionCount: 1, durability: .sync),
                    CreateTopicReply.self)
            }
            #expect(throws: refusal(.unknownTopic)) { try client.deleteTopic("none") }
            #expect(throws: refusal(.unknownTopic)) {
                _ = try client.call(DescribeTopicRequest(name: "none"), DescribeTopicReply.self)
            }
            let batch = TestBatches.numbered(0..<1)
            for partition in 0..<UInt32(4) {
                #expect(throws: refusal(.unknownTopic)) {
                    try client.append(batch, topic: 99, partition: partition)
                }
                #expect(throws: refusal(.unknownTopic)) {
                    try client.fetch(topic: 99, partition: partition, offset: 0)
                }
                #expect(throws: refusal(.unknownTopic)) {
                    try client.subscribe(1, topic: 99, partition: partition)
                }
            }
            for partition: UInt32 in [1, 2, 3, .max] {
                #expect(throws: refusal(.unknownPartition)) {
                    try client.append(batch, topic: 1, partition: partition)
                }
                #expect(throws: refusal(.unknownPartition)) {
                    _ = try client.call(
                        ListOffsetsRequest(topicId: 1, partition: partition),
                        ListOffsetsReply.self)
                }
            }
            // A topic with the most bytes allowed and the least is no different.
            try client.createTopic("huge", retention: .max, maximum: .max)
        }
    }

    @Test(arguments: BrokerShape.epoll)
    func damagedBatchesAreRefusedAndNothingIsStored(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            let client = try RawClient(broker.address)
            let topic = try client.createTopic("events", partitions: 3, maximum: 100_000)
            let good = TestBatches.numbered(0..<3)
            var flipped = good
            flipped[good.count - 1] ^= 1
            for partition in 0..<UInt32(3) {
                func code(_ batch: [UInt8]) throws -> ErrorCode? {
                    try client.reply(
                        to: try client.postSend(batch, topic: topic, partition: partition)
                    ).code
                }
                #expect(try code(flipped) == .corruptBatch)
                #expect(try code([]) == .invalidBatch)
                #expect(try code(Array(good.dropLast())) == .invalidBatch)
                #expect(try code(good + good) == .invalidBatch)
                #expect(try code(TestBatches.make(byteCount: 100_000)) == .batchTooLarge)
                let offsets = try client.call(
                    ListOffsetsRequest(topicId: topic, partition: partition),
                    ListOffsetsReply.self)
                #expect(offsets.highWatermark == 0)
            }
        }
    }

    /// Requests that want no answer must not unsettle the account of those that do.
    @Test(arguments: BrokerShape.all)
    func everyCommandMayComeWithoutARequestId(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            let client = try RawClient(broker.address)
            let topic = try client.createTopic("events", partitions: 3)
            try client.append(TestBatches.numbered(0..<3), topic: topic)
            for partition in 0..<UInt32(4) {
                try client.post(PingRequest(opaque: 1), requestId: 0)
                for (offset, wait): (Int64, UInt32) in [(0, 0), (0, 20), (99, 0), (3, 20)] {
                    try client.post(
                        FetchRequest(
                            topicId: topic, partition: partition, offset: offset,
                            minByteCount: 1, maxByteCount: 1_000, maxWaitMilliseconds: wait),
                        requestId: 0)
                }
                try client.post(
                    SubscribeRequest(
                        subscriptionId: UInt64(partition), topicId: topic, partition: partition,
                        startKind: .latest, creditByteCount: 1),
                    requestId: 0)
                try client.post(
                    AcknowledgeRequest(subscriptionId: UInt64(partition), throughOffset: 0),
                    requestId: 0)
                try client.post(
                    UnsubscribeRequest(subscriptionId: UInt64(partition)), requestId: 0)
                try client.post(
                    ListOffsetsRequest(topicId: topic, partition: partition), requestId: 0)
            }
            try client.post(StatisticsRequest(), requestId: 0)
            try client.post(ListTopicsRequest(), requestId: 0)
            try client.post(DescribeTopicRequest(name: "events"), requestId: 0)
            try client.post(DeleteTopicRequest(name: "none"), requestId: 0)
            for partition in 0..<UInt32(3) {
                _ = try client.fetch(
                    topic: topic, partition: partition, offset: 0, minimum: 1 << 20,
                    waitMilliseconds: 100)
            }
            try client.ping()
        }
    }

    @Test(arguments: BrokerShape.epoll)
    func creditWithARequestIdDoesNotUseUpTheRequestsInFlight(_ shape: BrokerShape) throws {
        var configuration = shape.configuration
        configuration.connectionTerms.inFlightRequestCountMax = 16
        try withBroker(configuration) { broker in
            let client = try RawClient(broker.address)
            let topic = try client.createTopic("events", partitions: 3)
            try client.subscribe(1, topic: topic, credit: 1)
            for number in 0..<100 {
                try client.post(
                    CreditRequest(subscriptionId: 1, byteCount: 1),
                    requestId: UInt64(1_000 + number))
            }
            try client.ping()
        }
    }

    @Test(arguments: BrokerShape.all)
    func requestsInFlightAreBounded(_ shape: BrokerShape) throws {
        var configuration = shape.configuration
        configuration.connectionTerms.inFlightRequestCountMax = 10
        try withBroker(configuration) { broker in
            let client = try RawClient(broker.address)
            let other = try RawClient(broker.address)
            let topic = try client.createTopic("events", partitions: 3)
            let ids = try (0..<30).map { number in
                try client.post(
                    FetchRequest(
                        topicId: topic, partition: UInt32(number % 3), offset: 0,
                        minByteCount: 1, maxByteCount: 1_000, maxWaitMilliseconds: 60_000))
            }
            for id in ids[10...] {
                #expect(try client.reply(to: id).code == .tooManyInFlight)
            }
            for partition in 0..<UInt32(3) {
                try other.append(TestBatches.numbered(0..<1), topic: topic, partition: partition)
            }
            for id in ids[..<10] { #expect(try client.reply(to: id).code == .ok) }
            try client.ping()
        }
    }

    @Test(arguments: BrokerShape.all)
    func connectionsBeyondTheLimitAreToldSoAndCounted(_ shape: BrokerShape) throws {
        var configuration = shape.configuration
        configuration.connectionCountMax = 8
        try withBroker(configuration) { broker in
            let clients = try (0..<8).map { _ in try RawClient(broker.address) }
            for round in 0..<5 {
                let refused = try RawClient(socketTo: broker.address)
                // Also one that has said something already hears why, in place of a reset.
                if round > 1 { try refused.post(ConnectRequest(clientId: "more")) }
                let frames = try refused.receiveToEnd()
                #expect(frames.count == 1, "round \(round)")
                #expect(frames.first?.code == .tooManyConnections)
                #expect(frames.first?.header.requestId == 0)
            }
            #expect(
                try clients[0].awaitStatistics { $0["connections.closed.tooManyConnections"] == 5 })
            for client in clients { try client.ping() }
            clients[7].close()
            #expect(try clients[0].awaitStatistics { $0["connections.open"] == 7 })
            try RawClient(broker.address).ping()
        }
    }

    @Test(arguments: BrokerShape.epoll)
    func aThousandConnectionsAtOnce(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            let clients = try (0..<300).map { _ in try RawClient(broker.address) }
            for client in clients { try client.post(PingRequest(opaque: 1), requestId: 5) }
            for client in clients { #expect(try client.reply(to: 5).code == .ok) }
            for client in clients.dropFirst() { client.reset() }
            #expect(try clients[0].awaitStatistics { $0["connections.open"] == 1 })
        }
    }

    private func connectPayload() -> [UInt8] {
        do throws(WireError) {
            return Array(
                try ConnectRequest(clientId: "again").frameBytes(requestId: 1).dropFirst(14))
        } catch {
            preconditionFailure("\(error)")
        }
    }
}

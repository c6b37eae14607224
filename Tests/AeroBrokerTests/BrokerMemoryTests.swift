// The memory cap: it refuses or makes way, and never breaks or forgets.

import AeroBroker
import AeroIO
import AeroWire
import Testing

@Suite(.timeLimit(.minutes(10)))
struct BrokerMemoryTests {
    private func configuration(_ shape: BrokerShape) -> BrokerConfiguration {
        var configuration = shape.configuration
        configuration.shardCount = shape.shardCount
        configuration.memoryByteCountMax = 16 << 20
        configuration.frameByteCountMax = 1 << 20
        return configuration
    }

    /// Data kept only for replay gives way when the memory is needed.
    @Test(arguments: BrokerShape.epoll)
    func retainedDataMakesWayAtTheCap(_ shape: BrokerShape) throws {
        try withBroker(configuration(shape)) { broker in
            let client = try RawClient(broker.address)
            for number in 0..<12 {
                let topic = try client.createTopic("topic-\(number)", partitions: 3)
                for index in 0..<90 {
                    let code = try client.reply(
                        to: try client.postSend(
                            TestBatches.make(byteCount: 50_000), topic: topic,
                            partition: UInt32(index % 3))
                    ).code
                    #expect(code == .ok, "topic \(number), batch \(index)")
                    if code != .ok { return }
                }
            }
        }
    }

    /// Data that a live consumer has not acknowledged does not give way; the producer hears so.
    @Test(arguments: BrokerShape.epoll)
    func unacknowledgedDataFillsTheMemoryAndComesFreeAgain(_ shape: BrokerShape) throws {
        try withBroker(configuration(shape)) { broker in
            let consumer = try RawClient(broker.address)
            let producer = try RawClient(broker.address)
            let topic = try consumer.createTopic("events", partitions: 3, retention: 1)
            for partition in 0..<UInt32(3) {
                let id = UInt64(partition)
                try consumer.subscribe(
                    id, topic: topic, partition: partition, credit: 0, mode: .manual)
                var storedCount = 0
                while storedCount < 1_000 {
                    let code = try producer.reply(
                        to: try producer.postSend(
                            TestBatches.make(byteCount: 50_000), topic: topic,
                            partition: partition, timeoutMilliseconds: 60)
                    ).code
                    guard code == .ok else {
                        #expect(code == .memoryFull || code == .requestTimedOut)
                        break
                    }
                    storedCount += 1
                }
                #expect(storedCount > 10 && storedCount < 400)
                try producer.ping()
                try consumer.credit(id, 1 << 30)
                let values = try consumer.takeValues(storedCount, acknowledging: id)
                #expect(values.count == storedCount)
                let batch = TestBatches.make(byteCount: 50_000)
                #expect(
                    try producer.append(batch, topic: topic, partition: partition)
                        == Int64(storedCount))
                _ = try consumer.call(
                    UnsubscribeRequest(subscriptionId: id), UnsubscribeReply.self)
            }
        }
    }

    /// Stores what a live consumer never acknowledges, until the broker takes no more of it.
    private func fill(_ broker: Broker, partitions: Range<UInt32>) throws -> [RawClient] {
        let consumer = try RawClient(broker.address)
        let producer = try RawClient(broker.address)
        let topic = try consumer.createTopic(
            "slow", partitions: partitions.upperBound, retention: 1, maximum: 1 << 30)
        for partition in partitions {
            try consumer.subscribe(
                UInt64(partition), topic: topic, partition: partition, credit: 0, mode: .manual)
            var code = ErrorCode.ok
            var sentCount = 0
            while code == .ok, sentCount < 1_000 {
                code =
                    try producer.reply(
                        to: try producer.postSend(
                            TestBatches.make(byteCount: 50_000), topic: topic,
                            partition: partition, timeoutMilliseconds: 60)
                    ).code ?? .internalError
                sentCount += 1
            }
            #expect(code == .memoryFull || code == .requestTimedOut)
            #expect(sentCount < 1_000)
        }
        // More of the same waits, each in the name of its own connection.
        let waiting = try (0..<20).map { number in
            let client = try RawClient(broker.address)
            for _ in 0..<4 {
                try client.postSend(
                    TestBatches.make(byteCount: 50_000), topic: topic,
                    partition: UInt32(number) % partitions.upperBound,
                    timeoutMilliseconds: 60_000)
            }
            return client
        }
        #expect(try consumer.awaitStatistics { ($0["appends.parked"] ?? 0) > 1 })
        return waiting + [consumer, producer]
    }

    /// Messages that fill the memory leave enough for answers, new connections and large frames.
    @Test(arguments: BrokerShape.epoll)
    func answersComeWhenMessagesFillTheMemory(_ shape: BrokerShape) throws {
        try withBroker(configuration(shape)) { broker in
            let slow = try fill(broker, partitions: 0..<3)
            let clients = try (0..<100).map { _ in try RawClient(broker.address) }
            for client in clients { try client.post(PingRequest(opaque: 1), requestId: 5) }
            for client in clients { #expect(try client.reply(to: 5).code == .ok) }
            // A frame of nearly the largest size that comes in two parts is put aside meanwhile.
            let topic = try clients[0].createTopic("other", partitions: 3)
            for partition in 0..<UInt32(3) {
                let frame = try TestFrames.send(
                    TestBatches.make(byteCount: 900_000), topic: topic, partition: partition,
                    acks: .leader, timeoutMilliseconds: 1_000, requestId: 77)
                try clients[1].send(Array(frame[..<600_000]))
                try clients[0].ping()
                try clients[1].send(Array(frame[600_000...]))
                let code = try clients[1].reply(to: 77).code
                #expect(code == .ok || code == .memoryFull)
            }
            #expect(try clients[0].statistics()["connections.closed.memory"] == 0)
            withExtendedLifetime(slow) {}
        }
    }

    /// A topic whose consumer is slow fills its share of the memory, and no other topic's.
    @Test(arguments: BrokerShape.epoll)
    func aSlowTopicLeavesRoomForTheOthers(_ shape: BrokerShape) throws {
        try withBroker(configuration(shape)) { broker in
            let slow = try fill(broker, partitions: 0..<3)
            let client = try RawClient(broker.address)
            let topic = try client.createTopic("quick", partitions: 3, retention: 1)
            for partition in 0..<UInt32(3) {
                try client.subscribe(
                    UInt64(partition), topic: topic, partition: partition, credit: 1 << 30,
                    mode: .manual)
                for number in 0..<200 {
                    let batch = TestBatches.make(byteCount: 10_000)
                    #expect(
                        try client.append(batch, topic: topic, partition: partition) == number)
                    let values = try client.takeValues(1, acknowledging: UInt64(partition))
                    #expect(values.count == 1)
                }
            }
            let statistics = try client.statistics()
            #expect((statistics["pool.bytes_high_water"] ?? .max) <= 16 << 20)
            withExtendedLifetime(slow) {}
        }
    }

    /// Whatever may be sent may be fetched and pushed again under the same frame limit.
    @Test(arguments: BrokerShape.epoll)
    func theLargestBatchComesBackWithinTheFrameLimit(_ shape: BrokerShape) throws {
        var configuration = configuration(shape)
        configuration.memoryByteCountMax = 64 << 20
        try withBroker(configuration) { broker in
            let client = try RawClient(broker.address)
            let topic = try client.createTopic("events", partitions: 3)
            let limit = configuration.frameByteCountMax
            let overhead = SendRequest.prefixByteCount + 61
            var stored: Int64 = 0
            for slack in 0..<40 {
                let room = limit - overhead - slack
                let batch = TestBatches.make(byteCount: room - 12)
                guard batch.count + SendRequest.prefixByteCount <= limit else { continue }
                let code = try client.reply(to: try client.postSend(batch, topic: topic)).code
                #expect(code == .ok || code == .batchTooLarge, "slack \(slack)")
                guard code == .ok else { continue }
                let id = try client.post(
                    FetchRequest(
                        topicId: topic, partition: 0, offset: stored, minByteCount: 0,
                        maxByteCount: .max, maxWaitMilliseconds: 0))
                let reply = try client.reply(to: id)
                #expect(reply.header.frameByteCount <= limit, "slack \(slack)")
                stored += 1
            }
            #expect(stored > 0)
        }
    }

    /// Many clients each with a frame begun: memory runs out, and the well-behaved go on.
    @Test(arguments: BrokerShape.epoll)
    func begunFramesCannotTakeTheMemoryFromOthersForGood(_ shape: BrokerShape) throws {
        try withBroker(configuration(shape)) { broker in
            let innocent = try RawClient(broker.address)
            let topic = try innocent.createTopic("events", partitions: 3)
            var clients: [RawClient] = []
            for _ in 0..<60 {
                let client = try RawClient(broker.address)
                try client.send([0, 0x0F, 0, 0, 0, 10, 0, 0])
                clients.append(client)
            }
            #expect(
                try innocent.awaitStatistics { ($0["connections.closed.memory"] ?? 0) > 0 })
            for client in clients { client.close() }
            #expect(try innocent.awaitStatistics { $0["connections.open"] == 1 })
            for partition in 0..<UInt32(3) {
                try innocent.append(
                    TestBatches.numbered(0..<5), topic: topic, partition: partition)
            }
        }
    }
}

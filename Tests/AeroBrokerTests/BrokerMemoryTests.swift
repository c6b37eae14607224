// The memory cap: it refuses or makes way, and never breaks or forgets.

import AeroBroker
import AeroIO
import AeroWire
import Testing

@Suite(.timeLimit(.minutes(1)))
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

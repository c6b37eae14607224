// Messages to a real broker and back.

import AeroClient
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(10))) struct ProduceConsumeTests {
    @Test func aMessageComesBackWhole() async throws {
        try await TestBroker.runWithTopic { connection, _ in
            let producer = try await connection.makeProducer(topic: "orders")
            var message = Message("value", key: "key")
            message.headers = [MessageHeader("a", [1, 2]), MessageHeader("none", nil)]
            message.timestampMilliseconds = 1_700_000_000_123
            let stored = try await producer.send(message)
            #expect(stored.offset == 0 && stored.partition == 0 && stored.topic == "orders")
            try await producer.send(Message(nil, key: Array("gone".utf8)))
            let consumer = try await connection.makeConsumer(topic: "orders")
            var records: [Record] = []
            while records.count < 2 {
                let batch = try #require(try await consumer.poll(maximumWait: .seconds(20)))
                records += Array(batch)
            }
            #expect(records[0].offset == 0)
            #expect(records[0].key == Array("key".utf8) && records[0].text == "value")
            #expect(records[0].headers == message.headers)
            #expect(records[0].timestampMilliseconds == 1_700_000_000_123)
            #expect(records[0].withValue { $0.byteCount } == 5)
            #expect(records[1].value == nil && records[1].key == Array("gone".utf8))
        }
    }

    /// Bytes that a consumer which takes nothing is sent, of 5,000 records of about 30 bytes.
    private func sentAhead(_ options: ConsumerOptions) async throws -> Int64 {
        let sent = Mutex<Int64>(0)
        try await TestBroker.runWithTopic(partitionCount: 2) { connection, _ in
            let producer = try await connection.makeProducer(
                topic: "orders",
                options: ProducerOptions {
                    $0.batchMessageCount = 50
                    $0.partitioner = .roundRobin
                })
            let messages = (0..<5_000).map { Message("message number \($0)") }
            for result in try await producer.send(batch: messages) { _ = try result.get() }
            let consumer = try await connection.makeConsumer(topic: "orders", options: options)
            // Long enough for anything that was asked for to be sent.
            for _ in 0..<300 { _ = try await connection.admin.statistics() }
            let bytes = try await connection.admin.statistics()["deliveries.bytes"] ?? 0
            sent.withLock { $0 = bytes }
            #expect(Set(try await consumer.takeTexts(5_000)).count == 5_000)
        }
        return sent.withLock { $0 }
    }

    @Test(arguments: [DeliveryMode.push, .pull])
    func recordsAheadAreBoundedByCountAndBytes(mode: DeliveryMode) async throws {
        let free = try await sentAhead(ConsumerOptions { $0.mode = mode })
        let byCount = try await sentAhead(
            ConsumerOptions {
                $0.mode = mode
                $0.maximumQueuedRecords = 400
            })
        let byBytes = try await sentAhead(
            ConsumerOptions {
                $0.mode = mode
                $0.receiveWindow = 16 << 10
            })
        if mode == .pull {
            #expect(free == 0 && byCount == 0 && byBytes == 0)
        } else {
            #expect(free > 120_000)
            // A bound of 400 records is 12 kB of these, and one batch a partition more.
            #expect(byCount > 5_000 && byCount < 20_000)
            #expect(byBytes > 10_000 && byBytes < 22_000)
        }
    }

    /// What came before the end is still given; whoever waits hears of it without asking.
    @Test func aConsumerOfADeletedTopicHearsSo() async throws {
        try await TestBroker.runWithTopic(partitionCount: 3) { connection, _ in
            let producer = try await connection.makeProducer(topic: "orders")
            let reader = try await connection.makeConsumer(topic: "orders")
            let waiter = try await connection.makeConsumer(topic: "orders")
            try await producer.send(Message("last"))
            #expect(try await waiter.takeTexts(1) == ["last"])
            let waiting = Task {
                await clientError { _ = try await waiter.poll(maximumWait: .seconds(50)) }
            }
            // The reader has the record by now or will have it before the end.
            try await connection.admin.delete("orders")
            let error = await waiting.value
            #expect(error?.code == .unknownTopic)
            #expect(error?.isRetriable == false)
            #expect(try await reader.takeTexts(1) == ["last"])
            let later = await clientError {
                _ = try await reader.poll(maximumWait: .seconds(50))
            }
            #expect(later?.code == .unknownTopic)
            await reader.close()
        }
    }

    /// A producer outlives its topic: refused while there is none, and served by the next one.
    @Test(arguments: [true, false])
    func aProducerFindsATopicThatWasMadeAnew(isIdempotent: Bool) async throws {
        try await TestBroker.runWithTopic { connection, _ in
            let producer = try await connection.makeProducer(
                topic: "orders", options: ProducerOptions { $0.isIdempotent = isIdempotent })
            try await producer.send(Message("old"))
            try await connection.admin.delete("orders")
            for _ in 0..<2 {
                let error = await clientError { try await producer.send(Message("nowhere")) }
                #expect(error?.code == .unknownTopic)
            }
            try await connection.admin.create("orders")
            try await producer.send(Message("new"))
            let consumer = try await connection.makeConsumer(
                topic: "orders", options: ConsumerOptions { $0.start = .earliest })
            #expect(try await consumer.takeTexts(1) == ["new"])
            await consumer.close()
        }
    }

    @Test(arguments: [DeliveryMode.pull, .push])
    func recordsComeInOrderFromAllPartitions(mode: DeliveryMode) async throws {
        try await TestBroker.runWithTopic(partitionCount: 3) { connection, _ in
            let producer = try await connection.makeProducer(
                topic: "orders", options: ProducerOptions { $0.partitioner = .roundRobin })
            let messages = (0..<3_000).map { Message("\($0)") }
            let results = try await producer.send(batch: messages)
            #expect(results.count == 3_000)
            for result in results { _ = try result.get() }
            let consumer = try await connection.makeConsumer(
                topic: "orders",
                options: ConsumerOptions {
                    $0.mode = mode
                    $0.receiveWindow = 16 << 10
                })
            var next: [Int: Int64] = [:]
            var seen: Set<String> = []
            while seen.count < 3_000 {
                let batch = try #require(try await consumer.poll(maximumWait: .seconds(20)))
                for record in batch {
                    #expect(record.offset == next[record.partition, default: 0])
                    next[record.partition] = record.offset + 1
                    #expect(seen.insert(record.text ?? "").inserted)
                }
            }
            #expect(next == [0: 1_000, 1: 1_000, 2: 1_000])
        }
    }

    @Test func theSequenceOfBatchesEndsWithClose() async throws {
        try await TestBroker.runWithTopic { connection, _ in
            let producer = try await connection.makeProducer(topic: "orders")
            _ = try await producer.send(batch: (0..<100).map { Message("\($0)") })
            let consumer = try await connection.makeConsumer(topic: "orders")
            var count = 0
            for try await batch in consumer.batches {
                count += batch.count
                if count == 100 { await consumer.close() }
            }
            #expect(count == 100)
        }
    }

    @Test func enqueuedMessagesTellTheirOutcome() async throws {
        try await TestBroker.runWithTopic { connection, _ in
            let producer = try await connection.makeProducer(
                topic: "orders", options: ProducerOptions { $0.linger = .seconds(30) })
            let offsets = Mutex<[Int64?]>([])
            for number in 0..<50 {
                try producer.enqueue(Message("\(number)")) { result in
                    if case .success(let stored) = result {
                        offsets.withLock { $0.append(stored.offset) }
                    }
                }
            }
            // Only the flush can end the linger in time.
            try await producer.flush()
            #expect(offsets.withLock { $0 } == (0..<50).map { Int64($0) })
        }
    }

    @Test func oneWayMessagesArrive() async throws {
        try await TestBroker.runWithTopic { connection, _ in
            let producer = try await connection.makeProducer(topic: "orders")
            for number in 0..<20 { try producer.sendOneWay(Message("\(number)")) }
            let unacknowledged = try await connection.makeProducer(
                topic: "orders", options: ProducerOptions { $0.acknowledgement = .none })
            try await producer.flush()
            #expect(try await unacknowledged.send(Message("last")).offset == nil)
            let consumer = try await connection.makeConsumer(topic: "orders")
            let texts = try await consumer.takeTexts(21)
            #expect(texts == (0..<20).map { "\($0)" } + ["last"])
        }
    }

    @Test func aPollWithoutRecordsEnds() async throws {
        try await TestBroker.runWithTopic { connection, _ in
            let consumer = try await connection.makeConsumer(topic: "orders")
            #expect(try await consumer.poll(maximumWait: .zero) == nil)
            #expect(try await consumer.poll(maximumWait: .milliseconds(20)) == nil)
        }
    }

    @Test func startPositionsAreKept() async throws {
        try await TestBroker.runWithTopic { connection, _ in
            let producer = try await connection.makeProducer(topic: "orders")
            _ = try await producer.send(batch: (0..<10).map { Message("\($0)") })
            let fromSeven = try await connection.makeConsumer(
                topic: "orders", options: ConsumerOptions { $0.start = .offset(7) })
            #expect(try await fromSeven.takeTexts(3) == ["7", "8", "9"])
            let latest = try await connection.makeConsumer(
                topic: "orders", options: ConsumerOptions { $0.start = .latest })
            try await producer.send(Message("10"))
            #expect(try await latest.takeTexts(1) == ["10"])
            let error = await clientError {
                _ = try await connection.makeConsumer(
                    topic: "orders", options: ConsumerOptions { $0.start = .offset(99) })
            }
            #expect(error?.code == .offsetOutOfRange)
        }
    }

    @Test func aThousandSendersEachGetTheirOffset() async throws {
        try await TestBroker.runWithTopic(partitionCount: 4) { connection, _ in
            let producer = try await connection.makeProducer(topic: "orders")
            let stored = try await withThrowingTaskGroup(of: RecordMetadata.self) { group in
                for number in 0..<1_000 {
                    group.addTask {
                        try await producer.send(Message("\(number)", key: "\(number)"))
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(stored.count == 1_000)
            let places = Set(stored.map { "\($0.partition)/\($0.offset ?? -1)" })
            #expect(places.count == 1_000)
        }
    }

    @Test func messagesOutsideTheBoundsFailAlone() async throws {
        try await TestBroker.runWithTopic { connection, _ in
            let producer = try await connection.makeProducer(
                topic: "orders", options: ProducerOptions { $0.maximumMessageByteCount = 1_000 })
            let big = Message(Array(repeating: 0, count: 1_001))
            #expect(await clientError { try await producer.send(big) }?.code == .messageTooLarge)
            let results = try await producer.send(
                batch: [Message("a"), big, Message([1], partition: 9), Message("b")])
            #expect(try results[0].get().offset == 0)
            #expect(throws: ClientError.self) { try results[1].get() }
            #expect(throws: ClientError.self) { try results[2].get() }
            #expect(try results[3].get().offset == 1)
        }
    }
}

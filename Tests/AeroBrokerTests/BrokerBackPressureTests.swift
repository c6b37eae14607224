// Full partitions, slow consumers and silent ones: producers wait, nothing acknowledged is lost.

import AeroBroker
import AeroWire
import Glibc
import Testing

@Suite(.timeLimit(.minutes(10)))
struct BrokerBackPressureTests {
    @Test(arguments: BrokerShape.all)
    func aFullPartitionHoldsItsProducerUntilRoomIsMade(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            let producer = try RawClient(broker.address)
            let consumer = try RawClient(broker.address)
            let observer = try RawClient(broker.address)
            let topic = try producer.createTopic(
                "events", partitions: 3, retention: 1, maximum: 40_000)
            for partition in 0..<UInt32(3) {
                let id = UInt64(partition)
                try consumer.subscribe(
                    id, topic: topic, partition: partition, group: "slow", credit: 1 << 30,
                    mode: .manual)
                let parkedBefore = try observer.statistics()["appends.parked"] ?? 0
                let sends = try (0..<60).map { number in
                    try producer.postSend(
                        TestBatches.make(byteCount: 2_000, filledWith: UInt8(number)),
                        topic: topic, partition: partition)
                }
                // 19 batches of 2 kB fit; the others wait, and PING behind them is not read.
                for (index, id) in sends.prefix(19).enumerated() {
                    #expect(try producer.baseOffset(id) == Int64(index))
                }
                #expect(
                    try observer.awaitStatistics { ($0["appends.parked"] ?? 0) > parkedBefore })
                // The consumer takes one batch at a time: whatever is acknowledged was delivered.
                let values = try consumer.takeValues(60, acknowledging: id)
                #expect(values.map(\.first) == (0..<60).map { UInt8($0) })
                for (index, id) in sends.enumerated().dropFirst(19) {
                    #expect(try producer.baseOffset(id) == Int64(index))
                }
                try producer.ping()
            }
        }
    }

    @Test(arguments: BrokerShape.all)
    func aConnectionThatAlsoConsumesMakesItsOwnRoom(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            let client = try RawClient(broker.address)
            let topic = try client.createTopic(
                "events", partitions: 1, retention: 1, maximum: 10_000)
            try client.subscribe(
                7, topic: topic, partition: 0, credit: 1 << 20, mode: .manual)
            let sends = try (0..<8).map { number in
                try client.postSend(
                    TestBatches.make(byteCount: 2_000, filledWith: UInt8(number)), topic: topic,
                    partition: 0)
            }
            // Four fit; the others wait for acknowledgements that come by the same connection.
            #expect(try client.takeValues(8, acknowledging: 7).map(\.first) == (0..<8).map { $0 })
            for (index, id) in sends.enumerated() {
                #expect(try client.baseOffset(id) == Int64(index))
            }
        }
    }

    @Test(arguments: BrokerShape.all)
    func aProducerThatWaitsTooLongIsAnswered(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            let producer = try RawClient(broker.address)
            let consumer = try RawClient(broker.address)
            let topic = try producer.createTopic(
                "events", partitions: 3, retention: 1, maximum: 10_000)
            for partition in 0..<UInt32(3) {
                try consumer.subscribe(
                    UInt64(partition), topic: topic, partition: partition, credit: 1 << 20,
                    mode: .manual)
                let batch = TestBatches.make(byteCount: 2_000)
                let sends = try (0..<8).map { _ in
                    try producer.postSend(
                        batch, topic: topic, partition: partition, timeoutMilliseconds: 50)
                }
                let codes = try sends.map { try producer.reply(to: $0).code }
                #expect(codes.prefix(4).allSatisfy { $0 == .ok }, "\(codes)")
                #expect(codes.dropFirst(4).allSatisfy { $0 == .requestTimedOut }, "\(codes)")
                // Refused means not stored, and the connection goes on.
                let end = try producer.call(
                    ListOffsetsRequest(topicId: topic, partition: partition),
                    ListOffsetsReply.self)
                _ = end
                #expect(try consumer.takeValues(4, acknowledging: UInt64(partition)).count == 4)
                #expect(try producer.append(batch, topic: topic, partition: partition) == 4)
            }
        }
    }

    /// A small batch behind a large one that timed out is not left waiting for its own timeout.
    @Test(arguments: BrokerShape.all)
    func appendsBehindOneThatTimedOutAreTriedAgain(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            let client = try RawClient(broker.address)
            let other = try RawClient(broker.address)
            let topic = try client.createTopic(
                "events", partitions: 3, retention: 1, maximum: 10_000)
            for partition in 0..<UInt32(3) {
                try client.subscribe(
                    UInt64(partition), topic: topic, partition: partition, mode: .manual)
                try client.append(
                    TestBatches.make(byteCount: 6_000), topic: topic, partition: partition)
                let parked = try client.statistics()["appends.parked"] ?? 0
                let large = try client.postSend(
                    TestBatches.make(byteCount: 6_000), topic: topic, partition: partition,
                    timeoutMilliseconds: 100)
                #expect(try other.awaitStatistics { $0["appends.parked"] == parked + 1 })
                let small = try other.postSend(
                    TestBatches.make(byteCount: 100), topic: topic, partition: partition,
                    timeoutMilliseconds: 3_600_000)
                #expect(try client.reply(to: large).code == .requestTimedOut)
                #expect(try other.baseOffset(small) == 1)
            }
        }
    }

    @Test(arguments: BrokerShape.all)
    func aClosedConnectionTakesItsWaitingAppendsAlongAndLetsOthersIn(
        _ shape: BrokerShape
    ) throws {
        try withBroker(shape) { broker in
            let observer = try RawClient(broker.address)
            let topic = try observer.createTopic(
                "events", partitions: 3, retention: 1, maximum: 10_000)
            for partition in 0..<UInt32(3) {
                let consumer = try RawClient(broker.address)
                try consumer.subscribe(1, topic: topic, partition: partition, mode: .manual)
                let blocked = try RawClient(broker.address)
                let before = try observer.statistics()["appends.parked"] ?? 0
                for _ in 0..<6 {
                    try blocked.postSend(
                        TestBatches.make(byteCount: 2_000), topic: topic, partition: partition,
                        timeoutMilliseconds: 3_600_000)
                }
                #expect(try observer.awaitStatistics { ($0["appends.parked"] ?? 0) > before })
                let patient = try RawClient(broker.address)
                let id = try patient.postSend(
                    TestBatches.make(byteCount: 2_000, filledWith: 9), topic: topic,
                    partition: partition, timeoutMilliseconds: 3_600_000)
                #expect(try observer.awaitStatistics { ($0["appends.parked"] ?? 0) > before + 1 })
                blocked.reset()
                _ = try consumer.takeValues(4, acknowledging: 1)
                #expect(try patient.baseOffset(id) >= 4)
            }
        }
    }

    @Test(arguments: BrokerShape.all)
    func aGroupThatIsAwayDoesNotStopProducers(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            let client = try RawClient(broker.address)
            let topic = try client.createTopic(
                "events", partitions: 3, retention: 1, maximum: 20_000)
            for partition in 0..<UInt32(3) {
                let gone = try RawClient(broker.address)
                try gone.subscribe(
                    1, topic: topic, partition: partition, group: "gone", mode: .manual)
                _ = try gone.call(UnsubscribeRequest(subscriptionId: 1), UnsubscribeReply.self)
                for number in 0..<100 {
                    let offset = try client.append(
                        TestBatches.make(byteCount: 1_000), topic: topic, partition: partition)
                    #expect(offset == Int64(number))
                }
                // Back again: it starts where the log starts now, and is told so.
                let start = try gone.subscribe(
                    1, topic: topic, partition: partition, group: "gone", start: .committed)
                #expect(start > 0 && start < 100)
            }
        }
    }

    @Test(arguments: BrokerShape.all)
    func aConsumerThatNeverReadsHarmsNobody(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            let producer = try RawClient(broker.address)
            let topic = try producer.createTopic(
                "events", partitions: 3, retention: 1, maximum: 1 << 20)
            let silent = try RawClient(broker.address, receiveBufferByteCount: 4_096)
            let reader = try RawClient(broker.address)
            for partition in 0..<UInt32(3) {
                try silent.subscribe(
                    UInt64(partition), topic: topic, partition: partition, credit: 1 << 30)
                try reader.subscribe(
                    UInt64(partition), topic: topic, partition: partition, credit: 1 << 30)
            }
            for number in 0..<3_000 {
                let partition = UInt32(number % 3)
                let batch = TestBatches.make(byteCount: 10_000)
                let id = try producer.postSend(
                    batch, topic: topic, partition: partition, timeoutMilliseconds: 10)
                let code = try producer.reply(to: id).code
                #expect(code == .ok || code == .requestTimedOut || code == .memoryFull)
                if code == .ok { #expect(try reader.takeValues(1).count == 1) }
                if code != .ok { break }
            }
            silent.reset()
            #expect(try reader.awaitStatistics { $0["connections.open"] == 2 })
            try producer.append(TestBatches.numbered(0..<1), topic: topic)
        }
    }

    /// Answers are output like deliveries: a client that asks and never reads is not read either.
    @Test(arguments: BrokerShape.all)
    func aClientThatAsksAndNeverReadsIsHeldBack(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            let observer = try RawClient(broker.address)
            let topic = try observer.createTopic("events", partitions: 3)
            for partition in 0..<UInt32(3) {
                try observer.append(
                    TestBatches.make(byteCount: 60_000), topic: topic, partition: partition)
            }
            let silent = try RawClient(broker.address, receiveBufferByteCount: 4_096)
            silent.setLimit(milliseconds: 300, for: SO_SNDTIMEO)
            var sentCount = 0
            // 42 bytes ask for 60 kB. Without a bound the broker would take all of them at once.
            do {
                while sentCount < 400_000 {
                    var frames: [UInt8] = []
                    for _ in 0..<1_000 {
                        sentCount += 1
                        frames += try FetchRequest(
                            topicId: topic, partition: UInt32(sentCount % 3), offset: 0,
                            minByteCount: 0, maxByteCount: 1 << 20, maxWaitMilliseconds: 0
                        ).frameBytes(requestId: UInt64(sentCount))
                    }
                    try silent.send(frames)
                }
            } catch RawClientError.timedOut {}
            #expect(sentCount < 400_000, "the broker read everything and queued all answers")
            let before = try observer.statistics()
            try observer.ping()
            let after = try observer.statistics()
            #expect((after["pool.bytes_outstanding"] ?? 0) < 32 << 20, "\(before) \(after)")
            silent.reset()
            #expect(try observer.awaitStatistics { $0["connections.open"] == 1 })
        }
    }
}

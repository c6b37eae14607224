// Produce, fetch, subscribe and acknowledge against a broker in this process, in every shape.

import AeroBroker
import AeroWire
import Glibc
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct BrokerDataPathTests {
    @Test(arguments: BrokerShape.all)
    func whatIsSentIsFetchedFromEveryPartition(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            let client = try RawClient(broker.address)
            let topic = try client.createTopic("events", partitions: 5)
            var requests: [(id: UInt64, partition: UInt32, base: Int64)] = []
            // Pipelined over partitions of all shards: the answers come in any order.
            for round in 0..<20 {
                for partition in 0..<UInt32(5) {
                    let batch = TestBatches.numbered(round * 3..<round * 3 + 3)
                    let id = try client.postSend(batch, topic: topic, partition: partition)
                    requests.append((id, partition, Int64(round * 3)))
                }
            }
            for request in requests {
                #expect(try client.baseOffset(request.id) == request.base)
            }
            for partition in 0..<UInt32(5) {
                let (reply, batches) = try client.fetch(
                    topic: topic, partition: partition, offset: 0)
                #expect(reply.highWatermark == 60 && reply.logStartOffset == 0)
                let records = try TestBatches.records(in: batches)
                #expect(records.map(\.offset) == Array(0..<60))
                #expect(records.map(\.value) == (0..<60).map(TestBatches.number))
            }
        }
    }

    @Test(arguments: BrokerShape.all)
    func fetchHonoursOffsetAndByteLimit(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            let client = try RawClient(broker.address)
            let topic = try client.createTopic("events", partitions: 3)
            for partition in 0..<UInt32(3) {
                for first in stride(from: 0, to: 30, by: 3) {
                    try client.append(
                        TestBatches.numbered(first..<first + 3), topic: topic,
                        partition: partition)
                }
                let one = TestBatches.numbered(0..<3).count
                let inside = try client.fetch(
                    topic: topic, partition: partition, offset: 4, maximum: UInt32(one * 2))
                // Offset 4 lies inside the second batch, which comes whole.
                #expect(try TestBatches.records(in: inside.batches).map(\.offset) == Array(3..<9))
                let tiny = try client.fetch(
                    topic: topic, partition: partition, offset: 29, maximum: 1)
                #expect(try TestBatches.records(in: tiny.batches).map(\.offset) == [27, 28, 29])
                let atEnd = try client.fetch(topic: topic, partition: partition, offset: 30)
                #expect(atEnd.batches.isEmpty && atEnd.reply.highWatermark == 30)
                for outside: Int64 in [-1, 31, .max, .min] {
                    #expect(throws: RawClientError.refused(.offsetOutOfRange)) {
                        try client.fetch(topic: topic, partition: partition, offset: outside)
                    }
                }
            }
        }
    }

    @Test(arguments: BrokerShape.all)
    func longPollAnswersWhenEnoughIsThere(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            let waiter = try RawClient(broker.address)
            let producer = try RawClient(broker.address)
            let topic = try producer.createTopic("events", partitions: 3)
            let batch = TestBatches.numbered(0..<2)
            for partition in 0..<UInt32(3) {
                let two = try waiter.post(
                    FetchRequest(
                        topicId: topic, partition: partition, offset: 0,
                        minByteCount: UInt32(batch.count * 2), maxByteCount: 1 << 20,
                        maxWaitMilliseconds: 60_000))
                try producer.append(batch, topic: topic, partition: partition)
                // Still waiting: another request on the same connection overtakes it.
                try waiter.ping()
                try producer.append(batch, topic: topic, partition: partition)
                let found = try waiter.fetched(two)
                #expect(try TestBatches.records(in: found.batches).count == 4)
            }
        }
    }

    @Test(arguments: BrokerShape.all)
    func longPollAnswersWithWhatThereIsAtItsDeadline(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            let client = try RawClient(broker.address)
            let topic = try client.createTopic("events", partitions: 3)
            for partition in 0..<UInt32(3) {
                try client.append(TestBatches.numbered(0..<2), topic: topic, partition: partition)
                let found = try client.fetch(
                    topic: topic, partition: partition, offset: 0, minimum: 1 << 20,
                    waitMilliseconds: 30)
                #expect(try TestBatches.records(in: found.batches).count == 2)
                let empty = try client.fetch(
                    topic: topic, partition: partition, offset: 2, minimum: 1,
                    waitMilliseconds: 30)
                #expect(empty.batches.isEmpty)
            }
        }
    }

    @Test(arguments: BrokerShape.all)
    func subscriptionGetsWhatIsThereAndWhatComes(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            let producer = try RawClient(broker.address)
            let topic = try producer.createTopic("events", partitions: 4)
            for partition in 0..<UInt32(4) {
                try producer.append(
                    TestBatches.numbered(0..<10), topic: topic, partition: partition)
                let consumer = try RawClient(broker.address)
                let id = UInt64(partition) + 100
                #expect(try consumer.subscribe(id, topic: topic, partition: partition) == 0)
                try producer.append(
                    TestBatches.numbered(10..<20), topic: topic, partition: partition)
                #expect(try consumer.takeValues(20) == (0..<20).map(TestBatches.number))
                let late = try RawClient(broker.address)
                let start = try late.subscribe(
                    1, topic: topic, partition: partition, start: .latest)
                #expect(start == 20)
            }
        }
    }

    @Test(arguments: BrokerShape.all)
    func creditBoundsWhatIsPushed(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            let producer = try RawClient(broker.address)
            let consumer = try RawClient(broker.address)
            let topic = try producer.createTopic("events", partitions: 3)
            let batch = TestBatches.make(byteCount: 1_000)
            for partition in 0..<UInt32(3) {
                for _ in 0..<10 {
                    try producer.append(batch, topic: topic, partition: partition)
                }
                let id = UInt64(partition)
                try consumer.subscribe(
                    id, topic: topic, partition: partition, credit: UInt32(batch.count * 3))
                #expect(try consumer.takeValues(3).count == 3)
                try consumer.ping()
                // The partition's shard has answered later questions without pushing more.
                _ = try consumer.fetch(topic: topic, partition: partition, offset: 0)
                #expect(consumer.waitingDeliveryCount == 0)
                try consumer.credit(id, 1)
                // One byte of credit lets one whole batch through.
                #expect(try consumer.takeValues(1).count == 1)
                _ = try consumer.fetch(topic: topic, partition: partition, offset: 0)
                #expect(consumer.waitingDeliveryCount == 0)
                try consumer.credit(id, UInt32(batch.count * 6))
                #expect(try consumer.takeValues(6).count == 6)
            }
        }
    }

    @Test(arguments: BrokerShape.all)
    func creditSentRightBehindSubscribeCounts(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            let producer = try RawClient(broker.address)
            let topic = try producer.createTopic("events", partitions: 3)
            let consumer = try RawClient(broker.address)
            consumer.setLimit(milliseconds: 5_000, for: SO_RCVTIMEO)
            for partition in 0..<UInt32(3) {
                try producer.append(
                    TestBatches.numbered(0..<5), topic: topic, partition: partition)
                let id = UInt64(partition) + 9
                let subscribe = SubscribeRequest(
                    subscriptionId: id, topicId: topic, partition: partition,
                    startKind: .earliest, creditByteCount: 0, acknowledgementMode: .manual)
                let credit = CreditRequest(subscriptionId: id, byteCount: 1 << 20)
                try consumer.send(
                    try subscribe.frameBytes(requestId: 1) + credit.frameBytes(requestId: 0))
                #expect(try consumer.takeValues(5).count == 5)
                try consumer.acknowledge(id, through: 4)
            }
        }
    }

    /// All four in one write: the second subscription is another one than the first.
    @Test(arguments: BrokerShape.all)
    func subscriptionsMayBeReplacedWithoutWaiting(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            let client = try RawClient(broker.address)
            let topic = try client.createTopic("events", partitions: 3)
            for first in 0..<UInt32(3) {
                for second in 0..<UInt32(3) {
                    try client.append(
                        TestBatches.numbered(0..<1), topic: topic, partition: second)
                    func subscribe(_ partition: UInt32, _ credit: UInt32) -> SubscribeRequest {
                        SubscribeRequest(
                            subscriptionId: 1, topicId: topic, partition: partition,
                            startKind: .latest, creditByteCount: credit,
                            acknowledgementMode: .manual)
                    }
                    let ids = (0..<3).map { _ in client.makeRequestId() }
                    try client.send(
                        try subscribe(first, 1).frameBytes(requestId: ids[0])
                            + UnsubscribeRequest(subscriptionId: 1).frameBytes(requestId: ids[1])
                            + subscribe(second, 0).frameBytes(requestId: ids[2])
                            + CreditRequest(subscriptionId: 1, byteCount: 1 << 20)
                            .frameBytes(requestId: 0))
                    for id in ids { #expect(try client.reply(to: id).code == .ok) }
                    let offset = try client.append(
                        TestBatches.numbered(7..<8), topic: topic, partition: second)
                    #expect(try client.takeValues(1) == [TestBatches.number(7)])
                    try client.acknowledge(1, through: offset)
                    _ = try client.call(
                        UnsubscribeRequest(subscriptionId: 1), UnsubscribeReply.self)
                }
            }
        }
    }

    @Test(arguments: BrokerShape.all)
    func groupGoesOnBehindWhatItAcknowledged(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            let producer = try RawClient(broker.address)
            let topic = try producer.createTopic("events", partitions: 3)
            for partition in 0..<UInt32(3) {
                for first in 0..<10 {
                    try producer.append(
                        TestBatches.numbered(first..<first + 1), topic: topic,
                        partition: partition)
                }
                let first = try RawClient(broker.address)
                try first.subscribe(
                    1, topic: topic, partition: partition, group: "g", mode: .manual)
                _ = try first.takeValues(10)
                try first.acknowledge(1, through: 6)
                let second = try RawClient(broker.address)
                #expect(throws: RawClientError.refused(.groupPartitionTaken)) {
                    try second.subscribe(1, topic: topic, partition: partition, group: "g")
                }
                first.close()
                var start: Int64?
                // The broker notices the close in its own time.
                for _ in 0..<20_000 where start == nil {
                    do {
                        start = try second.subscribe(
                            1, topic: topic, partition: partition, group: "g",
                            start: .committed, mode: .manual)
                    } catch RawClientError.refused(.groupPartitionTaken) {
                        continue
                    }
                }
                #expect(start == 7)
                #expect(try second.takeValues(3) == (7..<10).map(TestBatches.number))
            }
        }
    }

    @Test(arguments: BrokerShape.all)
    func acknowledgingWhatWasNotDeliveredIsRefused(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            let client = try RawClient(broker.address)
            let topic = try client.createTopic("events", partitions: 3)
            for partition in 0..<UInt32(3) {
                try client.append(TestBatches.numbered(0..<4), topic: topic, partition: partition)
                let id = UInt64(partition)
                try client.subscribe(id, topic: topic, partition: partition, mode: .manual)
                _ = try client.takeValues(4)
                try client.acknowledge(id, through: 3)
                try client.acknowledge(id, through: 1)
                for offset: Int64 in [4, .max] {
                    #expect(throws: RawClientError.refused(.offsetOutOfRange)) {
                        try client.acknowledge(id, through: offset)
                    }
                }
                #expect(throws: RawClientError.refused(.unknownSubscription)) {
                    try client.acknowledge(77, through: 0)
                }
                _ = try client.call(
                    UnsubscribeRequest(subscriptionId: id), UnsubscribeReply.self)
                #expect(throws: RawClientError.refused(.unknownSubscription)) {
                    try client.acknowledge(id, through: 3)
                }
            }
        }
    }

    @Test(arguments: BrokerShape.all)
    func aSubscriptionIdIsTakenOncePerConnection(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            let client = try RawClient(broker.address)
            let topic = try client.createTopic("events", partitions: 3)
            // All are on their way before any is decided.
            func request(_ partition: UInt32) -> SubscribeRequest {
                SubscribeRequest(
                    subscriptionId: 5, topicId: topic, partition: partition,
                    startKind: .earliest, creditByteCount: 100)
            }
            let ids: [UInt64] = [11, 12, 13]
            try client.send(
                try (0..<3).flatMap { try request(UInt32($0)).frameBytes(requestId: ids[$0]) })
            let codes = try ids.map { try client.reply(to: $0).code }
            #expect(codes.filter { $0 == .ok }.count == 1, "\(codes)")
            #expect(codes.filter { $0 == .subscriptionExists }.count == 2, "\(codes)")
        }
    }

    @Test(arguments: BrokerShape.all)
    func oneWaySendsAreStoredWithoutAnswer(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            let client = try RawClient(broker.address)
            let topic = try client.createTopic("events", partitions: 3)
            for partition in 0..<UInt32(3) {
                for number in 0..<50 {
                    // With and without a request id: neither is answered.
                    try client.postSend(
                        TestBatches.numbered(number..<number + 1), topic: topic,
                        partition: partition, acks: .none,
                        requestId: number.isMultiple(of: 2) ? 0 : 999)
                }
                #expect(
                    try client.append(
                        TestBatches.numbered(50..<51), topic: topic, partition: partition) == 50)
                let found = try client.fetch(topic: topic, partition: partition, offset: 0)
                #expect(
                    try TestBatches.records(in: found.batches).map(\.value)
                        == (0...50).map(TestBatches.number))
            }
            _ = try client.call(DisconnectRequest(), DisconnectReply.self)
            #expect(try client.receiveToEnd().isEmpty)
        }
    }
}

// Stage times on the wire: who gets them, in which order, and who does not.

import AeroBroker
import AeroIO
import AeroWire
import TestSupport
import Testing

/// What a subscriber was sent, in its order.
private enum Pushed {
    case times(StageTimesPush)
    case batches([StoredRecord])
}

@Suite(.timeLimit(.minutes(5)))
struct BrokerStageTests {
    /// A client that asks for stage times.
    private static func connect(_ broker: Broker, features: UInt64 = 1) throws -> RawClient {
        let client = try RawClient(socketTo: broker.address)
        let reply = try client.call(
            ConnectRequest(clientId: "test", features: features), ConnectReply.self)
        #expect(reply.features == features & 1)
        return client
    }

    /// Sends a batch, marked with the present time.
    private static func send(
        _ batch: [UInt8], _ client: RawClient, _ topic: UInt32, partition: UInt32 = 0
    ) throws -> Int64 {
        try client.post(
            MarkSendRequest(sentNanoseconds: MonotonicClock.nowNanoseconds()), requestId: 0)
        return try client.append(batch, topic: topic, partition: partition)
    }

    /// The next push of a subscription; answers are passed over.
    private static func next(_ client: RawClient, _ subscriptionId: UInt64) throws -> Pushed {
        while let frame = try client.receive() {
            guard frame.header.requestId == subscriptionId else { continue }
            let bytes = frame.payload
            if frame.header.command == .stageTimes {
                return .times(
                    try bytes.withUnsafeBytes {
                        try StageTimesPush.decode(in: $0, range: 0..<bytes.count)
                    })
            }
            guard frame.header.command == .deliver else { continue }
            let push = try bytes.withUnsafeBytes {
                try DeliverPush.decode(in: $0, range: 0..<bytes.count)
            }
            return .batches(try TestBatches.records(in: Array(bytes[push.batches])))
        }
        throw RawClientError.endOfStream
    }

    /// Takes pushes until so many records have come.
    private static func take(
        _ count: Int, _ client: RawClient, _ id: UInt64
    ) throws -> (times: [StageTimesPush], records: [StoredRecord]) {
        var times: [StageTimesPush] = []
        var records: [StoredRecord] = []
        while records.count < count {
            switch try next(client, id) {
            case .times(let push):
                times.append(push)
                // In front of the batch, never behind it.
                #expect(push.baseOffset >= Int64(records.count))
            case .batches(let found): records += found
            }
        }
        return (times, records)
    }

    @Test(arguments: BrokerShape.all, [TopicDurability.volatile, .os, .sync])
    func everyMarkedBatchComesWithItsTimes(
        _ shape: BrokerShape, _ durability: TopicDurability
    ) throws {
        let folder = try TemporaryFolder()
        var configuration = shape.configuration
        configuration.dataDirectory = folder.file("data")
        try withBroker(configuration) { broker in
            let producer = try Self.connect(broker)
            // Four partitions, so that with three shards some live elsewhere than the connections.
            let topic = try producer.createTopic("t", partitions: 4, durability: durability)
            for partition in 0..<UInt32(4) {
                let id = UInt64(1_000 + partition)
                let consumer = try Self.connect(broker)
                try consumer.subscribe(id, topic: topic, partition: partition)
                let start = MonotonicClock.nowNanoseconds()
                for index in 0..<5 {
                    let batch = TestBatches.numbered(index * 3..<index * 3 + 3)
                    _ = try Self.send(batch, producer, topic, partition: partition)
                }
                let (times, records) = try Self.take(15, consumer, id)
                let end = MonotonicClock.nowNanoseconds()
                #expect(records.map(\.offset) == Array(0..<15))
                #expect(times.map(\.baseOffset) == [0, 3, 6, 9, 12])
                for push in times {
                    let way = [
                        start, push.sentNanoseconds, push.receivedNanoseconds,
                        push.appendedNanoseconds, push.durableNanoseconds,
                        push.dispatchedNanoseconds, end,
                    ]
                    #expect(way == way.sorted(), "\(push)")
                    let isInstant = push.durableNanoseconds == push.appendedNanoseconds
                    #expect(isInstant == (durability == .volatile), "\(push)")
                }
            }
        }
    }

    @Test(arguments: BrokerShape.epoll)
    func whoDoesNotAskGetsNothing(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            let producer = try Self.connect(broker)
            let topic = try producer.createTopic("t")
            let plain = try RawClient(broker.address)
            let asking = try Self.connect(broker)
            try plain.subscribe(1, topic: topic)
            try asking.subscribe(1, topic: topic)
            // One batch without a mark, from a client that measures nothing, then a marked one.
            try plain.append(TestBatches.numbered(0..<2), topic: topic)
            _ = try Self.send(TestBatches.numbered(2..<4), producer, topic)
            // A frame of another kind than DELIVER would end this one.
            #expect(try plain.takeValues(4).count == 4)
            let (times, records) = try Self.take(4, asking, 1)
            #expect(records.count == 4)
            #expect(times.map(\.baseOffset) == [2])
        }
    }

    /// A consumer that lags behind by more than the ring gets the last times and all records.
    @Test func whatHasLeftTheRingIsDeliveredWithoutTimes() throws {
        try withBroker(BrokerShape.all[0]) { broker in
            let producer = try Self.connect(broker)
            let topic = try producer.createTopic("t")
            let consumer = try Self.connect(broker)
            try consumer.subscribe(1, topic: topic, credit: 0)
            let count = 4_096 + 10
            // A mark holds until the next one. One for each would be a small write in front of
            // another, which TCP holds back until the first is acknowledged.
            _ = try Self.send(TestBatches.numbered(0..<1), producer, topic)
            for index in 1..<count {
                try producer.append(TestBatches.numbered(index..<index + 1), topic: topic)
            }
            try consumer.credit(1, 1 << 24)
            let (times, records) = try Self.take(count, consumer, 1)
            #expect(records.count == count)
            #expect(times.map(\.baseOffset) == Array(10..<Int64(count)))
        }
    }

    /// The ring goes with the last subscription that wants it.
    @Test func timesBeginAnewWithTheNextSubscription() throws {
        try withBroker(BrokerShape.all[0]) { broker in
            let producer = try Self.connect(broker)
            let topic = try producer.createTopic("t")
            let first = try Self.connect(broker)
            try first.subscribe(1, topic: topic)
            _ = try Self.send(TestBatches.numbered(0..<1), producer, topic)
            #expect(try Self.take(1, first, 1).times.count == 1)
            _ = try first.call(UnsubscribeRequest(subscriptionId: 1), UnsubscribeReply.self)
            let second = try Self.connect(broker)
            try second.subscribe(2, topic: topic)
            _ = try Self.send(TestBatches.numbered(1..<2), producer, topic)
            let (times, records) = try Self.take(2, second, 2)
            #expect(records.map(\.offset) == [0, 1])
            #expect(times.map(\.baseOffset) == [1])
        }
    }

    @Test func whatWasNotAskedForIsRefused() throws {
        try withBroker(BrokerShape.all[0]) { broker in
            // Bits that the broker does not know are left out of its answer.
            let client = try Self.connect(broker, features: .max)
            let plain = try RawClient(broker.address)
            let id = try plain.post(MarkSendRequest(sentNanoseconds: 1))
            #expect(try plain.reply(to: id).code == .notSupported)
            let mark = try client.post(MarkSendRequest(sentNanoseconds: 1))
            #expect(try client.reply(to: mark).code == .ok)
            // Only brokers push times.
            let push = StageTimesPush(
                baseOffset: 0, sentNanoseconds: 0, receivedNanoseconds: 0, appendedNanoseconds: 0,
                durableNanoseconds: 0, dispatchedNanoseconds: 0)
            let pushed = try client.post(push)
            #expect(try client.reply(to: pushed).code == .unknownCommand)
            try client.ping()
        }
    }
}

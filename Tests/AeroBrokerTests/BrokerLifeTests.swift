// Deletion, disconnection and shutdown while everything is in use; and where the memory went.

import AeroBroker
import AeroCore
import AeroIO
import AeroWire
import Testing

@Suite(.timeLimit(.minutes(10)))
struct BrokerLifeTests {
    @Test(arguments: BrokerShape.all)
    func deletingATopicAnswersWhatWaitsThere(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            let client = try RawClient(broker.address)
            let producer = try RawClient(broker.address)
            let poller = try RawClient(broker.address)
            for round in 0..<5 {
                let topic = try client.createTopic(
                    "doomed", partitions: 6, retention: 1, maximum: 10_000)
                var sends: [UInt64] = []
                var polls: [UInt64] = []
                let before = try client.statistics()
                for partition in 0..<UInt32(6) {
                    try client.subscribe(
                        UInt64(round * 10) + UInt64(partition), topic: topic,
                        partition: partition, credit: 0, mode: .manual)
                    polls.append(
                        try poller.post(
                            FetchRequest(
                                topicId: topic, partition: partition, offset: 0,
                                minByteCount: 1 << 20, maxByteCount: 1 << 21,
                                maxWaitMilliseconds: 60_000)))
                }
                // A poll that came behind the batches would find them and be answered.
                let pollsParked = (before["fetches.parked"] ?? 0) + 6
                #expect(try client.awaitStatistics { $0["fetches.parked"] == pollsParked })
                for number in 0..<60 {
                    sends.append(
                        try producer.postSend(
                            TestBatches.make(byteCount: 2_000), topic: topic,
                            partition: UInt32(number % 6), timeoutMilliseconds: 3_600_000))
                }
                let sendsParked = before["appends.parked"] ?? 0
                #expect(
                    try client.awaitStatistics { ($0["appends.parked"] ?? 0) > sendsParked })
                try client.deleteTopic("doomed")
                let codes = try sends.map { try producer.reply(to: $0).code }
                #expect(codes.allSatisfy { $0 == .ok || $0 == .unknownTopic }, "\(codes)")
                #expect(codes.contains(.unknownTopic))
                for id in polls {
                    let code = try poller.reply(to: id).code
                    #expect(code == .unknownTopic, "\(String(describing: code))")
                }
                try producer.ping()
                #expect(throws: RawClientError.refused(.unknownTopic)) {
                    try producer.append(TestBatches.numbered(0..<1), topic: topic)
                }
            }
        }
    }

    /// Who is subscribed hears of the end without asking, once for each subscription.
    @Test(arguments: BrokerShape.all)
    func deletingATopicTellsItsSubscribers(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            let admin = try RawClient(broker.address)
            let consumer = try RawClient(broker.address)
            let doomed = try admin.createTopic("doomed", partitions: 3)
            let other = try admin.createTopic("other", partitions: 3)
            for partition in 0..<UInt32(3) {
                let id = UInt64(1_000 + partition)
                try consumer.subscribe(id, topic: doomed, partition: partition, mode: .manual)
                try consumer.subscribe(id + 10, topic: other, partition: partition)
                try consumer.subscribe(id + 20, topic: doomed, partition: partition)
                _ = try consumer.call(
                    UnsubscribeRequest(subscriptionId: id + 20), UnsubscribeReply.self)
            }
            try admin.deleteTopic("doomed")
            for id in UInt64(1_000)..<1_003 {
                let frame = try consumer.reply(to: id)
                #expect(frame.header.commandCode == Command.deliver.replyCode)
                #expect(frame.code == .unknownTopic)
                #expect(throws: RawClientError.refused(.unknownSubscription)) {
                    try consumer.acknowledge(id, through: 0)
                }
            }
            #expect(
                try admin.awaitStatistics { $0["subscriptions.ended_by_broker"] == 3 })
            // The others go on, and the ids are free again.
            for partition in 0..<UInt32(3) {
                try consumer.subscribe(
                    UInt64(1_000 + partition), topic: other, partition: partition)
                try admin.append(
                    TestBatches.numbered(0..<1), topic: other, partition: partition)
            }
            let ids = try (0..<6).map { _ in try consumer.nextDelivery().subscriptionId }
            #expect(Set(ids) == Set([1_000, 1_001, 1_002, 1_010, 1_011, 1_012]))
        }
    }

    /// A producer that is not read from because its appends wait, and goes, is noticed at once.
    @Test(arguments: BrokerShape.all)
    func aWaitingProducerThatIsResetIsNoticed(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            let consumer = try RawClient(broker.address)
            let topic = try consumer.createTopic(
                "full", partitions: 3, retention: 1, maximum: 10_000)
            for partition in 0..<UInt32(3) {
                try consumer.subscribe(
                    UInt64(partition), topic: topic, partition: partition, credit: 0,
                    mode: .manual)
                let producer = try RawClient(broker.address)
                for _ in 0..<20 {
                    try producer.postSend(
                        TestBatches.make(byteCount: 2_000), topic: topic, partition: partition,
                        timeoutMilliseconds: 3_600_000)
                }
                let parked = Int64(partition) + 1
                #expect(
                    try consumer.awaitStatistics { ($0["appends.parked"] ?? 0) >= parked })
                producer.reset()
                #expect(try consumer.awaitStatistics { $0["connections.open"] == 1 })
            }
            #expect(try consumer.statistics()["connections.closed.broken"] == 3)
        }
    }

    /// The pool's account returns to what the remaining client alone needs.
    @Test(arguments: BrokerShape.all)
    func nothingIsLeftWhenAllConnectionsAreGone(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            let observer = try RawClient(broker.address)
            // The gauge is set from time to time: wait until it shows the observer's own block.
            let hasSettled = try observer.awaitStatistics {
                ($0["pool.bytes_outstanding"] ?? 0) > 0
            }
            #expect(hasSettled)
            let baseline = try observer.statistics()["pool.bytes_outstanding"] ?? 0
            for round in 0..<3 {
                let topic = try observer.createTopic(
                    "busy", partitions: 3, retention: 1, maximum: 50_000)
                var clients: [RawClient] = []
                for number in 0..<12 {
                    let client = try RawClient(broker.address)
                    clients.append(client)
                    let partition = UInt32(number % 3)
                    try client.post(
                        SubscribeRequest(
                            subscriptionId: 1, topicId: topic, partition: partition,
                            startKind: .earliest, creditByteCount: 1 << 30,
                            acknowledgementMode: .manual))
                    for _ in 0..<20 {
                        try client.postSend(
                            TestBatches.make(byteCount: 3_000), topic: topic,
                            partition: partition, timeoutMilliseconds: 200)
                    }
                    try client.post(
                        FetchRequest(
                            topicId: topic, partition: partition, offset: 0,
                            minByteCount: 1 << 20, maxByteCount: 1 << 20,
                            maxWaitMilliseconds: 60_000))
                    // A frame that never ends.
                    try client.send([0, 1, 0, 0, 0, 10, 1])
                }
                for (index, client) in clients.enumerated() {
                    switch (index + round) % 3 {
                    case 0: client.reset()
                    case 1:
                        client.shutdownWriting()
                        _ = try client.receiveToEnd()
                    default: client.close()
                    }
                }
                #expect(try observer.awaitStatistics { $0["connections.open"] == 1 })
                try observer.deleteTopic("busy")
                let isBack = try observer.awaitStatistics {
                    ($0["pool.bytes_outstanding"] ?? .max) <= baseline
                }
                let now = try observer.statistics()["pool.bytes_outstanding"] ?? 0
                #expect(isBack, "\(now) B are out, \(baseline) B were before")
            }
        }
    }

    @Test(arguments: BrokerShape.all)
    func aStopAnswersWhatIsInFlightAndEndsEveryConnection(_ shape: BrokerShape) throws {
        let broker = try Broker.start(shape.configuration)
        let client = try RawClient(broker.address)
        let consumer = try RawClient(broker.address)
        let topic = try client.createTopic("events", partitions: 6, retention: 1, maximum: 10_000)
        var ids: [UInt64] = []
        for partition in 0..<UInt32(6) {
            try consumer.subscribe(
                UInt64(partition), topic: topic, partition: partition, mode: .manual)
            ids.append(
                try client.post(
                    FetchRequest(
                        topicId: topic, partition: partition, offset: 0, minByteCount: 1 << 20,
                        maxByteCount: 1 << 21, maxWaitMilliseconds: 60_000)))
        }
        for number in 0..<60 {
            ids.append(
                try client.postSend(
                    TestBatches.make(byteCount: 2_000), topic: topic,
                    partition: UInt32(number % 6), timeoutMilliseconds: 3_600_000))
        }
        #expect(try consumer.awaitStatistics { ($0["appends.parked"] ?? 0) > 0 })
        let taken = try consumer.statistics()["frames.received"] ?? 0
        #expect(taken > 0)
        broker.stop()
        let answers = try client.receiveToEnd()
        try broker.join()
        let answered = Dictionary(
            answers.map { ($0.header.requestId, $0.code) }, uniquingKeysWith: { first, _ in first })
        // The fetches were in flight for certain; of the sends, those that the broker had read.
        // A fetch may find that what it waited behind has just been let go of.
        for id in ids.prefix(6) {
            let code = answered[id]
            #expect(code == .ok || code == .offsetOutOfRange, "fetch \(id): \(answered)")
        }
        for id in ids.dropFirst(6) {
            guard let code = answered[id] else { continue }
            #expect(code == .ok || code == .shuttingDown)
        }
        _ = try consumer.receiveToEnd()
    }

    @Test(arguments: BrokerShape.all)
    func aStopUnderLoadIsOrderly(_ shape: BrokerShape) throws {
        for _ in 0..<5 {
            let broker = try Broker.start(shape.configuration)
            let producers = try (0..<4).map { _ in try RawClient(broker.address) }
            let topic = try producers[0].createTopic("events", partitions: 6)
            let consumers = try (0..<4).map { _ in try RawClient(broker.address) }
            for (index, consumer) in consumers.enumerated() {
                try consumer.subscribe(
                    1, topic: topic, partition: UInt32(index), credit: 1 << 30)
            }
            for number in 0..<400 {
                try producers[number % 4].postSend(
                    TestBatches.make(byteCount: 20_000), topic: topic,
                    partition: UInt32(number % 6))
            }
            broker.stop()
            broker.stop()
            try broker.join()
            for consumer in consumers { _ = try consumer.receiveToEnd() }
        }
    }

    @Test(arguments: BrokerShape.all)
    func aStopWithOpenConnectionsThatNeverReadEnds(_ shape: BrokerShape) throws {
        var configuration = shape.configuration
        configuration.drainNanoseconds = 200_000_000
        let broker = try Broker.start(configuration)
        let producer = try RawClient(broker.address)
        let topic = try producer.createTopic("events", partitions: 3)
        let silent = try RawClient(broker.address, receiveBufferByteCount: 4_096)
        for partition in 0..<UInt32(3) {
            try silent.subscribe(
                UInt64(partition), topic: topic, partition: partition, credit: 1 << 30)
            for _ in 0..<200 {
                try producer.append(
                    TestBatches.make(byteCount: 60_000), topic: topic, partition: partition)
            }
        }
        broker.stop()
        try broker.join()
    }

    @Test(arguments: BrokerShape.all)
    func aHalfClosedClientStillGetsItsAnswers(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            let setup = try RawClient(broker.address)
            let topic = try setup.createTopic("events", partitions: 6)
            for _ in 0..<20 {
                let client = try RawClient(broker.address)
                let ids = try (0..<UInt32(12)).map {
                    try client.postSend(
                        TestBatches.numbered(0..<1), topic: topic, partition: $0 % 6)
                }
                client.shutdownWriting()
                let frames = try client.receiveToEnd()
                #expect(Set(frames.map(\.header.requestId)) == Set(ids))
                #expect(frames.allSatisfy { $0.code == .ok })
            }
            #expect(try setup.awaitStatistics { $0["connections.open"] == 1 })
        }
    }

    @Test(arguments: BrokerShape.all)
    func connectionsThatSayNothingHoldNoPooledMemory(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            let observer = try RawClient(broker.address)
            let idle = try (0..<100).map { _ in try RawClient(broker.address) }
            for client in idle { try client.ping() }
            let isBack = try observer.awaitStatistics {
                ($0["pool.bytes_outstanding"] ?? .max) <= 2 * Int64(OutputQueue.blockByteCount)
            }
            let now = try observer.statistics()["pool.bytes_outstanding"] ?? 0
            #expect(isBack, "\(now) B are out")
            for client in idle { try client.ping() }
        }
    }

    @Test(arguments: BrokerShape.epoll)
    func silentConnectionsAreClosedAndBusyOnesAreNot(_ shape: BrokerShape) throws {
        var configuration = shape.configuration
        configuration.connectionTerms.heartbeatIntervalMilliseconds = 100
        try withBroker(configuration) { broker in
            let talking = try RawClient(broker.address)
            let silent = try RawClient(broker.address)
            let mute = try RawClient(socketTo: broker.address)
            #expect(try talking.awaitStatistics { $0["connections.closed.idle"] == 2 })
            #expect(try silent.receiveToEnd().isEmpty)
            #expect(try mute.receiveToEnd().isEmpty)
        }
    }

    /// A producer that the broker itself does not read from is not silent.
    @Test(arguments: BrokerShape.epoll)
    func aProducerHeldBackIsNotTakenForSilent(_ shape: BrokerShape) throws {
        var configuration = shape.configuration
        configuration.connectionTerms.heartbeatIntervalMilliseconds = 100
        try withBroker(configuration) { broker in
            let consumer = try RawClient(broker.address)
            let producer = try RawClient(broker.address)
            let topic = try consumer.createTopic(
                "events", partitions: 3, retention: 1, maximum: 10_000)
            for partition in 0..<UInt32(3) {
                try consumer.subscribe(
                    UInt64(partition), topic: topic, partition: partition, mode: .manual)
                let ids = try (0..<6).map { _ in
                    try producer.postSend(
                        TestBatches.make(byteCount: 2_000), topic: topic, partition: partition,
                        timeoutMilliseconds: 3_600_000)
                }
                // Ten heartbeats and more pass, during which only the consumer is heard.
                let start = MonotonicClock.nowNanoseconds()
                while MonotonicClock.nowNanoseconds() - start < 1_000_000_000 {
                    try consumer.ping()
                }
                _ = try consumer.takeValues(6, acknowledging: UInt64(partition))
                for id in ids { #expect(try producer.reply(to: id).code == .ok) }
            }
        }
    }
}

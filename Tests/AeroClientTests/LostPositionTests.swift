// Consumers whose records are gone: a broker without a disk started anew, topics that are deleted.

import AeroBroker
import AeroClient
import Testing

@Suite(.timeLimit(.minutes(10))) struct LostPositionTests {
    private let options = ConnectionOptions {
        $0.reconnectBackoff = .milliseconds(1) ... .milliseconds(5)
    }

    /// Runs `before` against one broker and `after` against the next, which has the topic again and
    /// these records; the connection goes past a proxy and outlives the first.
    private func acrossARestart(
        _ texts: [String], before: (Connection) async throws -> Void,
        after: (_ old: Connection, _ direct: Connection) async throws -> Void
    ) async throws {
        let proxy = try CuttingProxy(to: "127.0.0.1:1")
        defer { proxy.stop() }
        var survivor: Connection?
        try await TestBroker.runWithTopic { direct, address in
            try await direct.send((0..<10).map { "\($0)" }, together: 100)
            proxy.retarget(to: address)
            let old = try await Connection.connect(to: proxy.address, options: options)
            survivor = old
            try await before(old)
        }
        let old = try #require(survivor)
        try await TestBroker.runWithTopic { direct, address in
            try await direct.send(texts, together: 1)
            proxy.retarget(to: address)
            try await after(old, direct)
        }
        await old.abort()
    }

    /// What was acknowledged of the log before says nothing of the records that have its offsets
    /// now.
    @Test(arguments: [AcknowledgementPolicy.automatic, .manual])
    func aNewLogIsNotAcknowledgedByTheOldOnesOffsets(_ policy: AcknowledgementPolicy) async throws {
        let committed = ConsumerOptions {
            $0.group = "billing"
            $0.start = .committed
            $0.acknowledgement = policy
        }
        var kept: Consumer?
        var last: RecordBatch?
        try await acrossARestart(["a", "b", "c"]) { old in
            let consumer = try await old.makeConsumer(topic: "orders", options: committed)
            last = try await consumer.poll(maximumWait: .seconds(20))
            #expect(last?.lastOffset == 9)
            if policy == .manual { try await consumer.acknowledge(through: 9, partition: 0) }
            kept = consumer
        } after: { old, direct in
            let consumer = try #require(kept)
            #expect(try await consumer.takeTexts(3) == ["a", "b", "c"])
            if policy == .manual {
                let stale = await clientError {
                    try await consumer.acknowledge(through: try #require(last))
                }
                #expect(stale?.code == .offsetOutOfRange)
            }
            // The second call comes behind an acknowledgement at the latest.
            for _ in 0..<2 { _ = try await old.admin.list() }
            await old.abort()
            let next = try await direct.takeOver("orders", committed)
            #expect(try await next.takeTexts(1).first == "a")
        }
    }

    @Test(arguments: OutOfRangePolicy.allCases)
    func thePolicySaysWhereALostPositionGoes(_ policy: OutOfRangePolicy) async throws {
        var kept: Consumer?
        try await acrossARestart(["a", "b", "c"]) { old in
            let consumer = try await old.makeConsumer(
                topic: "orders", options: ConsumerOptions { $0.whenOutOfRange = policy })
            #expect(try await consumer.takeTexts(10).count == 10)
            kept = consumer
        } after: { _, direct in
            let consumer = try #require(kept)
            switch policy {
            case .earliest:
                #expect(try await consumer.takeTexts(3) == ["a", "b", "c"])
            case .latest:
                // When it subscribes again is not known: one of these comes behind.
                var batch: RecordBatch?
                while batch == nil {
                    try await direct.send(["new"])
                    batch = try await consumer.poll(maximumWait: .milliseconds(20))
                }
                #expect(batch?.first { _ in true }?.text == "new")
            case .error:
                let error = await clientError {
                    _ = try await consumer.poll(maximumWait: .seconds(50))
                }
                #expect(error?.code == .offsetOutOfRange && error?.isRetriable == false)
                #expect(error?.message.contains("orders/0 from offset 10") == true)
            }
        }
    }

    /// A member hears at most once that a topic is gone, loses its partitions, keeps what it has of
    /// others, and goes on with the topic when there is one of that name again.
    @Test func aMemberHearsOfADeletedTopic() async throws {
        try await TestBroker.runWithTopic(partitionCount: 3) { connection, _ in
            try await connection.admin.create("other")
            let consumer = try await connection.makeGroupConsumer(
                group: "g", topics: ["orders", "other"])
            var events = consumer.events.makeAsyncIterator()
            #expect(consumer.assignment.count == 4)
            try await connection.admin.delete("orders")
            let gone = (0..<3).map { GroupPartition(topic: "orders", partition: $0) }
            // The broker's notice races with the rebalance, after which nobody waits for it.
            var event = await events.next()
            if event == .topicDeleted("orders") { event = await events.next() }
            #expect(event == .revoked(gone))
            #expect(consumer.assignment == [GroupPartition(topic: "other", partition: 0)])
            try await connection.admin.create("orders")
            guard case .assigned(let partitions, _)? = await events.next() else {
                Issue.record("the topic was not taken up again")
                return
            }
            #expect(partitions == [GroupPartition(topic: "orders", partition: 0)])
            try await connection.send(["again"])
            let batch = try #require(try await consumer.poll(maximumWait: .seconds(20)))
            #expect(batch.first { _ in true }?.text == "again")
            await consumer.close()
        }
    }
}

// Group consumers against a real broker: sharing, handing over, coming back, and losing nothing.

import AeroBroker
import AeroClient
import AeroIO
import Foundation
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(10))) struct GroupMembershipTests {
    private func options(
        _ configure: (inout GroupConsumerOptions) -> Void = { _ in }
    ) -> GroupConsumerOptions {
        GroupConsumerOptions { options in
            options.commit = .automatic(interval: .milliseconds(20))
            configure(&options)
        }
    }

    /// Sends numbered messages, to the partitions in turn, each as a batch of its own.
    private func send(
        _ connection: Connection, _ numbers: Range<Int>, partitions: Int, topic: String = "orders"
    ) async throws {
        let producer = try await connection.makeProducer(
            topic: topic, options: ProducerOptions { $0.batchMessageCount = 1 })
        for number in numbers {
            try await producer.send(
                Message(Array("\(number)".utf8), partition: number % partitions))
        }
    }

    /// Waits until a consumer has so many partitions.
    private func awaitAssignment(_ consumer: GroupConsumer, _ count: Int) async throws {
        // BOUND: the suite's time limit.
        while consumer.assignment.count != count {
            _ = try await consumer.poll(maximumWait: .milliseconds(5))
        }
    }

    // MARK: - Sharing

    @Test func membersShareThePartitions() async throws {
        try await TestBroker.runWithTopic(partitionCount: 4) { connection, address in
            try await send(connection, 0..<40, partitions: 4)
            let first = try await connection.makeGroupConsumer(
                group: "g", topics: ["orders"], options: options())
            #expect(first.assignment.map(\.partition) == [0, 1, 2, 3])
            #expect(try await first.takeNumbers(40) == Set(0..<40))
            try await Connection.withConnection(to: address) { other in
                let second = try await other.makeGroupConsumer(
                    group: "g", topics: ["orders"], options: options())
                try await awaitAssignment(first, 2)
                try await awaitAssignment(second, 2)
                #expect(Set(first.assignment).isDisjoint(with: second.assignment))
                try await send(connection, 40..<80, partitions: 4)
                async let left = first.takeNumbers(20)
                async let right = second.takeNumbers(20)
                let (one, two) = try await (left, right)
                #expect(one.union(two) == Set(40..<80) && one.isDisjoint(with: two))
                await second.close()
            }
            try await awaitAssignment(first, 4)
            try await send(connection, 80..<100, partitions: 4)
            #expect(try await first.takeNumbers(20) == Set(80..<100), "nothing comes twice")
            await first.close()
        }
    }

    /// Members come and go while messages are sent: none is lost, and what a member gets of one
    /// partition is in order.
    @Test(arguments: [1, 2]) func nothingIsLostWhileMembersComeAndGo(shardCount: Int) async throws {
        let total = 600
        let seen = Numbers()
        try await TestBroker.run(configure: { $0.shardCount = shardCount }) { address in
            try await Connection.withConnection(to: address) { connection in
                try await connection.admin.create(
                    "orders", options: TopicOptions { $0.partitionCount = 6 })
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    tasks.addTask {
                        try await send(connection, 0..<total, partitions: 6)
                    }
                    for member in 0..<4 {
                        tasks.addTask {
                            try await comeAndGo(address, member, total, seen)
                        }
                    }
                    try await tasks.waitForAll()
                }
            }
        }
        #expect(seen.all == Set(0..<total))
    }

    /// Joins and leaves again and again, in its own rhythm; some of the ends are abrupt.
    private func comeAndGo(
        _ address: String, _ member: Int, _ total: Int, _ seen: Numbers
    ) async throws {
        var round = 0
        while seen.count < total {
            round += 1
            let connection = try await Connection.connect(to: address)
            let consumer = try await connection.makeGroupConsumer(
                group: "g", topics: ["orders"], options: options())
            var last: [Int: Int64] = [:]
            for _ in 0..<(20 + 15 * member) where seen.count < total {
                guard let batch = try await consumer.poll(maximumWait: .milliseconds(50)) else {
                    continue
                }
                #expect(batch.firstOffset > last[batch.partition] ?? -1, "out of order")
                last[batch.partition] = batch.lastOffset
                for record in batch { seen.insert(Int(record.text ?? "") ?? -1) }
            }
            if (round + member).isMultiple(of: 3) {
                await connection.abort()
            } else {
                await consumer.close()
                await connection.close()
            }
        }
    }

    @Test func eventsTellWhatHappens() async throws {
        try await TestBroker.runWithTopic(partitionCount: 2) { connection, address in
            let first = try await connection.makeGroupConsumer(
                group: "g", topics: ["orders"], options: options())
            var events = first.events.makeAsyncIterator()
            try await Connection.withConnection(to: address) { other in
                let second = try await other.makeGroupConsumer(
                    group: "g", topics: ["orders"], options: options())
                let revoked = await events.next()
                guard case .revoked(let partitions)? = revoked else {
                    Issue.record("not revoked: \(String(describing: revoked))")
                    return
                }
                #expect(partitions.count == 1)
                try await awaitAssignment(second, 1)
                await second.close()
            }
            let assigned = await events.next()
            guard case .assigned(let partitions, let generation)? = assigned else {
                Issue.record("not assigned: \(String(describing: assigned))")
                return
            }
            #expect(partitions.count == 1 && generation == 3)
            await first.close()
            #expect(await events.next() == nil)
        }
    }

    @Test func aTopicThatIsMadeLaterIsConsumed() async throws {
        try await TestBroker.runWithTopic { connection, _ in
            let consumer = try await connection.makeGroupConsumer(
                group: "g", topics: ["orders", "later"], options: options())
            try await connection.admin.create("later")
            try await send(connection, 0..<3, partitions: 1, topic: "later")
            var topics: Set<String> = []
            var numbers: Set<Int> = []
            while numbers.count < 3 {
                let batch = try #require(try await consumer.poll(maximumWait: .seconds(20)))
                topics.insert(batch.topic)
                for record in batch { numbers.insert(Int(record.text ?? "") ?? -1) }
            }
            #expect(topics == ["later"])
            try await connection.admin.delete("later")
            try await awaitAssignment(consumer, 1)
            await consumer.close()
        }
    }

    // MARK: - Static members

    @Test func aSecondConsumerOfAnInstanceEndsTheFirst() async throws {
        try await TestBroker.runWithTopic(partitionCount: 2) { connection, address in
            let member = options { $0.instanceId = "only-one" }
            let first = try await connection.makeGroupConsumer(
                group: "g", topics: ["orders"], options: member)
            try await Connection.withConnection(to: address) { other in
                let second = try await other.makeGroupConsumer(
                    group: "g", topics: ["orders"], options: member)
                let error = await clientError {
                    while try await first.poll(maximumWait: .seconds(20)) != nil {}
                }
                #expect(error?.code == .groupMembership && error?.isRetriable == false)
                try await send(connection, 0..<4, partitions: 2)
                #expect(try await second.takeNumbers(4) == Set(0..<4))
                await second.close()
            }
            await first.close()
        }
    }

    @Test func aStaticMemberComesBackToItsPartitions() async throws {
        try await TestBroker.runWithTopic(partitionCount: 4) { connection, address in
            // Longer than any machine is too busy for heartbeats: nobody else may notice anything.
            func member(_ name: String) -> GroupConsumerOptions {
                options {
                    $0.instanceId = name
                    $0.sessionTimeout = .seconds(300)
                }
            }
            let stays = try await connection.makeGroupConsumer(
                group: "g", topics: ["orders"], options: member("a"))
            var before: [GroupPartition] = []
            try await Connection.withConnection(to: address) { other in
                let leaves = try await other.makeGroupConsumer(
                    group: "g", topics: ["orders"], options: member("b"))
                try await awaitAssignment(stays, 2)
                try await awaitAssignment(leaves, 2)
                before = leaves.assignment
                await leaves.close()
            }
            let generation = try await connection.admin.describe(group: "g").generation
            try await Connection.withConnection(to: address) { other in
                let back = try await other.makeGroupConsumer(
                    group: "g", topics: ["orders"], options: member("b"))
                #expect(back.assignment == before)
                #expect(
                    try await connection.admin.describe(group: "g").generation == generation,
                    "nobody else has noticed")
                await back.close()
            }
            await stays.close()
        }
    }

    // MARK: - Faults

    @Test func aLostConnectionLosesNothing() async throws {
        try await TestBroker.runWithTopic(partitionCount: 2) { connection, address in
            let proxy = try CuttingProxy(to: address)
            let impatient = ConnectionOptions {
                $0.reconnectBackoff = .milliseconds(1) ... .milliseconds(20)
            }
            try await Connection.withConnection(to: proxy.address, options: impatient) { cut in
                let consumer = try await cut.makeGroupConsumer(
                    group: "g", topics: ["orders"], options: options())
                var numbers: Set<Int> = []
                for round in 0..<5 {
                    try await send(
                        connection, (round * 10)..<(round * 10 + 10), partitions: 2)
                    proxy.cut()
                    while !numbers.isSuperset(of: 0..<(round * 10 + 10)) {
                        guard let batch = try await consumer.poll(maximumWait: .seconds(20))
                        else { break }
                        for record in batch { numbers.insert(Int(record.text ?? "") ?? -1) }
                    }
                }
                #expect(numbers == Set(0..<50))
                await consumer.close()
            }
            proxy.stop()
        }
    }

    /// A member that cannot reach the broker gives its partitions up in time by itself.
    @Test func withoutABrokerThePartitionsAreGivenUp() async throws {
        try await TestBroker.runWithTopic { connection, address in
            let proxy = try CuttingProxy(to: address)
            try await Connection.withConnection(to: proxy.address) { cut in
                let consumer = try await cut.makeGroupConsumer(
                    group: "g", topics: ["orders"],
                    options: options { $0.sessionTimeout = .milliseconds(500) })
                var events = consumer.events.makeAsyncIterator()
                proxy.refuse()
                #expect(
                    await events.next()
                        == .lost([GroupPartition(topic: "orders", partition: 0)]))
                #expect(consumer.assignment.isEmpty)
                proxy.accept()
                let back = await events.next()
                guard case .assigned? = back else {
                    Issue.record("not assigned: \(String(describing: back))")
                    return
                }
                await consumer.close()
            }
            proxy.stop()
        }
    }

    @Test func optionsThatDifferFromTheGroupsAreRefused() async throws {
        try await TestBroker.runWithTopic { connection, _ in
            let first = try await connection.makeGroupConsumer(
                group: "g", topics: ["orders"], options: options())
            let error = await clientError {
                _ = try await connection.makeGroupConsumer(
                    group: "g", topics: ["orders"],
                    options: options { $0.strategy = .byCircle })
            }
            #expect(error?.code == .brokerRefused && error?.brokerCode == 75)
            await first.close()
        }
    }

    @Test(
        arguments: [
            ("", ["t"]), ("g", []), ("g", ["t", "t"]), ("g", ["a b"]),
        ] as [(String, [String])])
    func whatCannotBeIsRefusedAtOnce(group: String, topics: [String]) async throws {
        try await TestBroker.run { address in
            try await Connection.withConnection(to: address) { connection in
                let error = await clientError {
                    _ = try await connection.makeGroupConsumer(group: group, topics: topics)
                }
                #expect(error?.code == .invalidConfiguration)
            }
        }
    }
}

/// What several tasks have received.
private final class Numbers: Sendable {
    private let numbers = Mutex<Set<Int>>([])

    var all: Set<Int> { numbers.withLock { $0 } }
    var count: Int { numbers.withLock { $0.count } }

    func insert(_ number: Int) { numbers.withLock { _ = $0.insert(number) } }
}

extension GroupConsumer {
    /// Takes batches until so many different numbers came.
    func takeNumbers(_ count: Int) async throws -> Set<Int> {
        var numbers: Set<Int> = []
        while numbers.count < count {
            guard let batch = try await poll(maximumWait: .seconds(20)) else { break }
            for record in batch { numbers.insert(Int(record.text ?? "") ?? -1) }
        }
        return numbers
    }
}

// Where group consumers stand: committed by themselves or by hand, moved, kept over restarts.

import AeroBroker
import AeroClient
import AeroIO
import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct GroupPositionTests {
    private let seldom = GroupConsumerOptions { $0.commit = .automatic(interval: .seconds(3_600)) }
    private let manual = GroupConsumerOptions { $0.commit = .manual }

    private func send(_ connection: Connection, _ numbers: Range<Int>) async throws {
        let producer = try await connection.makeProducer(
            topic: "orders", options: ProducerOptions { $0.batchMessageCount = 1 })
        for number in numbers { try await producer.send(Message("\(number)")) }
    }

    private func committed(_ connection: Connection) async throws -> Int64? {
        try await connection.admin.describe(group: "g").offsets.first?.committed
    }

    private func join(
        _ connection: Connection, _ options: GroupConsumerOptions
    ) async throws -> GroupConsumer {
        try await connection.makeGroupConsumer(group: "g", topics: ["orders"], options: options)
    }

    @Test func closingCommitsWhatWasTaken() async throws {
        try await TestBroker.runWithTopic { connection, _ in
            // More than one window holds, so that there is a rest for the next consumer.
            try await send(connection, 0..<40)
            var options = seldom
            options.delivery = .pull
            options.receiveWindow = 1_024
            let first = try await join(connection, options)
            let batch = try #require(try await first.poll(maximumWait: .seconds(20)))
            await first.close()
            #expect(try await committed(connection) == batch.lastOffset + 1)
            let second = try await join(connection, seldom)
            let next = try #require(try await second.poll(maximumWait: .seconds(20)))
            #expect(next.firstOffset == batch.lastOffset + 1)
            await second.close()
        }
    }

    /// A batch counts as worked off when the next one is asked for.
    @Test func theIntervalCommitsWhatIsWorkedOff() async throws {
        try await TestBroker.runWithTopic { connection, _ in
            try await send(connection, 0..<1)
            let consumer = try await join(
                connection,
                GroupConsumerOptions { $0.commit = .automatic(interval: .milliseconds(10)) })
            _ = try #require(try await consumer.poll(maximumWait: .seconds(20)))
            #expect(try await consumer.poll(maximumWait: .milliseconds(50)) == nil)
            while try await committed(connection) != 1 {
                _ = try await consumer.poll(maximumWait: .milliseconds(5))
            }
            await consumer.close()
        }
    }

    @Test func byHandNothingIsCommittedUnasked() async throws {
        try await TestBroker.runWithTopic { connection, _ in
            try await send(connection, 0..<10)
            let first = try await join(connection, manual)
            #expect(try await first.takeNumbers(10).count == 10)
            try await first.commit(
                through: 3, topic: "orders", partition: 0, metadata: "four done")
            let description = try await connection.admin.describe(group: "g")
            #expect(description.offsets.map(\.committed) == [4])
            #expect(description.offsets[0].metadata == "four done")
            #expect(description.offsets[0].lag == 6 && description.lag == 6)
            let early = await clientError {
                try await first.commit(through: 10, topic: "orders", partition: 0)
            }
            #expect(early?.code == .offsetOutOfRange)
            let elsewhere = await clientError {
                try await first.commit(through: 0, topic: "orders", partition: 7)
            }
            #expect(elsewhere?.code == .groupMembership)
            await first.close()
            let second = try await join(connection, manual)
            #expect(try await second.takeNumbers(6) == Set(4..<10))
            try await second.commit()
            await second.close()
            #expect(try await committed(connection) == 10)
        }
    }

    @Test func seekingMovesThisConsumerOnly() async throws {
        try await TestBroker.runWithTopic { connection, _ in
            try await send(connection, 0..<10)
            let consumer = try await join(connection, manual)
            #expect(try await consumer.takeNumbers(10).count == 10)
            try await consumer.commit(through: 4, topic: "orders", partition: 0)
            for (position, first) in [
                (StartPosition.offset(7), Int64(7)), (.earliest, 0), (.committed, 5),
            ] {
                try await consumer.seek(topic: "orders", partition: 0, to: position)
                let batch = try #require(try await consumer.poll(maximumWait: .seconds(20)))
                #expect(batch.firstOffset == first, "\(position)")
            }
            try await consumer.seek(topic: "orders", partition: 0, to: .latest)
            try await send(connection, 10..<11)
            #expect(try await consumer.takeNumbers(1) == [10])
            #expect(try await committed(connection) == 5)
            let error = await clientError {
                try await consumer.seek(topic: "orders", partition: 3, to: .earliest)
            }
            #expect(error?.code == .unknownPartition)
            await consumer.close()
        }
    }

    @Test func whereThereIsNoPositionTheOptionSays() async throws {
        try await TestBroker.runWithTopic { connection, _ in
            try await send(connection, 0..<5)
            let late = try await join(
                connection, GroupConsumerOptions { $0.initialPosition = .latest })
            #expect(try await late.poll(maximumWait: .milliseconds(200)) == nil)
            try await send(connection, 5..<6)
            #expect(try await late.takeNumbers(1) == [5])
            await late.close()
        }
    }

    @Test(arguments: [1, 2]) func positionsSurviveTheBroker(shardCount: Int) async throws {
        let folder = try TemporaryFolder()
        let configure: (inout BrokerConfiguration) -> Void = {
            $0.dataDirectory = folder.path
            $0.shardCount = shardCount
        }
        try await TestBroker.run(configure: configure) { address in
            try await Connection.withConnection(to: address) { connection in
                try await connection.admin.create(
                    "orders", options: TopicOptions { $0.durability = .sync })
                try await send(connection, 0..<10)
                let consumer = try await join(connection, manual)
                #expect(try await consumer.takeNumbers(10).count == 10)
                try await consumer.commit(through: 5, topic: "orders", partition: 0)
                await consumer.close()
            }
        }
        try await TestBroker.run(configure: configure) { address in
            try await Connection.withConnection(to: address) { connection in
                let consumer = try await join(connection, manual)
                #expect(try await consumer.takeNumbers(4) == Set(6..<10))
                await consumer.close()
            }
        }
    }

    /// The consumer outlives the broker: it joins the next one and goes on.
    @Test func aConsumerOutlivesItsBroker() async throws {
        let folder = try TemporaryFolder()
        let configure: (inout BrokerConfiguration) -> Void = { $0.dataDirectory = folder.path }
        let options = ConnectionOptions {
            $0.reconnectBackoff = .milliseconds(1) ... .milliseconds(20)
        }
        let proxy = try CuttingProxy(to: "127.0.0.1:1")
        var consumer: GroupConsumer?
        var connection: Connection?
        try await TestBroker.run(configure: configure) { address in
            proxy.retarget(to: address)
            let made = try await Connection.connect(to: proxy.address, options: options)
            connection = made
            try await made.admin.create(
                "orders", options: TopicOptions { $0.durability = .sync })
            try await send(made, 0..<3)
            consumer = try await join(made, seldom)
            #expect(try await consumer?.takeNumbers(3) == Set(0..<3))
        }
        try await TestBroker.run(configure: configure) { address in
            proxy.retarget(to: address)
            try await Connection.withConnection(to: address) { try await send($0, 3..<6) }
            // What was not committed may come again.
            var numbers: Set<Int> = []
            while !numbers.isSuperset(of: 3..<6) {
                let batch = try #require(try await consumer?.poll(maximumWait: .seconds(20)))
                for record in batch { numbers.insert(Int(record.text ?? "") ?? -1) }
            }
            await consumer?.close()
            await connection?.close()
        }
        proxy.stop()
    }

    // MARK: - Broadcasting

    @Test func inBroadcastingEverybodyGetsEverythingOnce() async throws {
        let folder = try TemporaryFolder()
        func options(_ name: String) -> GroupConsumerOptions {
            GroupConsumerOptions {
                $0.mode = .broadcasting(offsetFile: "\(folder.path)/\(name)")
                $0.commit = .automatic(interval: .milliseconds(10))
            }
        }
        try await TestBroker.runWithTopic(partitionCount: 2) { connection, _ in
            try await send(connection, 0..<10)
            for name in ["a", "b"] {
                let consumer = try await join(connection, options(name))
                #expect(try await consumer.takeNumbers(10) == Set(0..<10))
                await consumer.close()
            }
            try await send(connection, 10..<15)
            let again = try await join(connection, options("a"))
            #expect(try await again.takeNumbers(5) == Set(10..<15), "it goes on where it was")
            let described = try await connection.admin.describe(group: "g")
            #expect(
                described.isBroadcasting && described.offsets.allSatisfy { $0.committed == nil })
            await again.close()
            let error = await clientError { _ = try await join(connection, options("missing/x")) }
            #expect(error == nil, "the file is made with the first commit")
        }
    }

    @Test func anOffsetFileThatIsDamagedIsTold() async throws {
        let folder = try TemporaryFolder()
        try Data("nonsense".utf8).write(to: URL(fileURLWithPath: folder.path + "/x"))
        try await TestBroker.runWithTopic { connection, _ in
            let error = await clientError {
                _ = try await join(
                    connection,
                    GroupConsumerOptions {
                        $0.mode = .broadcasting(offsetFile: folder.path + "/x")
                    })
            }
            #expect(error?.code == .corruptData)
        }
    }

    // MARK: - Administration

    @Test func groupsAreAdministered() async throws {
        try await TestBroker.runWithTopic(partitionCount: 3) { connection, _ in
            let admin = connection.admin
            #expect(try await admin.groups().isEmpty)
            let unknown = await clientError { _ = try await admin.describe(group: "g") }
            #expect(unknown?.code == .unknownGroup)
            try await admin.setOffsets(group: "g", topic: "orders", [0: 0, 2: 0])
            #expect(try await admin.groups().map(\.name) == ["g"])
            #expect(
                try await admin.describe(group: "g").offsets.map(\.partition.partition) == [0, 2])
            let nowhere = await clientError {
                try await admin.setOffsets(group: "g", topic: "orders", [3: 0])
            }
            #expect(nowhere?.code == .unknownPartition)
            let consumer = try await join(connection, manual)
            let busy = await clientError {
                try await admin.setOffsets(group: "g", topic: "orders", [0: 0])
            }
            #expect(busy?.code == .brokerRefused && busy?.brokerCode == 74)
            let occupied = await clientError { try await admin.delete(group: "g") }
            #expect(occupied?.code == .brokerRefused)
            var summary = try #require(try await admin.groups().first)
            // BOUND: round trips; the member has joined, and is told what it has at its own pace.
            for _ in 0..<20_000 where summary.activity != .stable {
                summary = try #require(try await admin.groups().first)
            }
            #expect(summary.memberCount == 1 && summary.activity == .stable)
            #expect(summary.strategy == .sticky && !summary.isBroadcasting)
            await consumer.close()
            try await admin.delete(group: "g")
            #expect(try await admin.groups().isEmpty)
        }
    }
}

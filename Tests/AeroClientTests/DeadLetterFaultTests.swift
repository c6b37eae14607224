// Dead letters that cannot be written, brokers that go away, processes that die in between.

import AeroBroker
import AeroClient
import AeroCore
import AeroIO
import FaultSupport
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct DeadLetterFaultTests {
    private let options = ConnectionOptions {
        $0.reconnectBackoff = .milliseconds(1) ... .milliseconds(5)
    }

    @Test func withoutATopicForItTheRecordStays() async throws {
        try await TestBroker.runWithTopic { connection, _ in
            try await connection.send(["good", "bad", "behind"], together: 100)
            let consumer = try await connection.join()
            var redelivery = RedeliveryOptions.single
            redelivery.deadLetterTopic = "graves"
            redelivery.createsDeadLetterTopic = false
            let journal = HandlingJournal()
            let error = await clientError {
                try await consumer.handleRecords(redelivery) { record in
                    journal.note(record)
                    if record.text == "bad" { throw HandlingFailure() }
                }
            }
            #expect(error?.code == .unknownTopic && error?.isRetriable == false)
            #expect(
                error?.message.contains("orders/0 offset 1 cannot be written to graves") == true)
            #expect(await journal.take(2) == ["good", "bad"])
            await consumer.close()
            #expect(try await connection.committed() == [0: 1])
            // With the topic the next one gets on.
            try await connection.admin.create("graves")
            let next = try await connection.join()
            let run = Task {
                try await next.handleRecords(redelivery) { record in
                    journal.note(record)
                    if record.text == "bad" { throw HandlingFailure() }
                }
            }
            #expect(await journal.take(2) == ["bad", "behind"])
            #expect(try await connection.read("graves", 1) == ["bad"])
            try await connection.awaitCommitted(3)
            await next.close()
            #expect(try await run.value.deadLetterCount == 1)
        }
    }

    /// A letter has more headers than its record had, and its topic may take less.
    @Test func aLetterThatIsTooLargeKeepsTheStartOfItsValue() async throws {
        try await TestBroker.runWithTopic { connection, _ in
            try await connection.admin.create(
                "orders.dlq", options: TopicOptions { $0.settings["max.message.bytes"] = "4096" })
            let large = "bad" + String(repeating: "x", count: 10_000)
            try await connection.send([large, "end"])
            let consumer = try await connection.join()
            let run = Task {
                try await consumer.handleRecords(.single) { record in
                    if record.text == large { throw HandlingFailure() }
                }
            }
            let letters = try await connection.makeConsumer(topic: "orders.dlq")
            let letter = try #require(
                try await letters.poll(maximumWait: .seconds(120))?.first { _ in true })
            #expect(letter.text == String(large.prefix(2_500)))
            #expect(letter.headerTexts[DeadLetterHeader.truncated] == "10003")
            #expect(letter.headerTexts[DeadLetterHeader.offset] == "0")
            try await connection.awaitCommitted(2)
            await consumer.close()
            #expect(try await run.value.deadLetterCount == 1)
        }
    }

    /// The topic is deleted between two letters.
    @Test func aDeadLetterTopicThatWasDeletedIsMadeAnew() async throws {
        try await TestBroker.runWithTopic { connection, _ in
            try await connection.send(["bad 1"])
            let consumer = try await connection.join()
            let journal = HandlingJournal()
            let run = Task {
                try await consumer.handleRecords(.single) { record in
                    journal.note(record)
                    throw HandlingFailure()
                }
            }
            #expect(await journal.take(1) == ["bad 1"])
            try await connection.awaitCommitted(1)
            try await connection.admin.delete("orders.dlq")
            try await connection.send(["bad 2"])
            #expect(await journal.take(1) == ["bad 2"])
            try await connection.awaitCommitted(2)
            #expect(try await connection.read("orders.dlq", 1) == ["bad 2"])
            await consumer.close()
            #expect(try await run.value.deadLetterCount == 2)
        }
    }

    /// The broker's disk is full for a while: the letter is written again and again, what stands
    /// behind its record waits, and nothing is committed.
    @Test func aLetterThatIsRefusedForAWhileIsWrittenAgain() async throws {
        let disk = SimulatedDisk()
        try await TestBroker.runWithTopic(configure: {
            $0.dataDirectory = "/data"
            $0.disk = disk
        }) { connection, _ in
            try await connection.send(["bad", "behind"], together: 100)
            let consumer = try await connection.join()
            let journal = HandlingJournal()
            let before = disk.operationCount(of: .createDirectory)
            let run = Task {
                try await consumer.handleRecords(.single) { record in
                    journal.note(record)
                    guard record.text == "bad" else { return }
                    disk.inject(DiskFault(.createDirectory, .noSpace, count: .max))
                    throw HandlingFailure()
                }
            }
            // BOUND: the suite's time limit.
            while disk.operationCount(of: .createDirectory) < before + 3 {
                try await connection.ping()
            }
            #expect(try await connection.committed()[0] == nil)
            disk.removeFaults()
            #expect(await journal.take(2) == ["bad", "behind"])
            #expect(try await connection.read("orders.dlq", 1) == ["bad"])
            try await connection.awaitCommitted(2)
            await consumer.close()
            let counts = try await run.value
            #expect(counts.failedAttemptCount == 1 && counts.deadLetterCount == 1)
        }
    }

    /// The broker is out of reach when the letter is to be written, and comes back.
    @Test func aLetterWaitsForTheBrokerToComeBack() async throws {
        try await TestBroker.runWithTopic { direct, address in
            let proxy = try CuttingProxy(to: address)
            defer { proxy.stop() }
            try await direct.send(["bad", "end"])
            try await Connection.withConnection(to: proxy.address, options: options) { behind in
                let consumer = try await behind.join()
                let journal = HandlingJournal()
                let changes = behind.stateChanges
                let run = Task {
                    try await consumer.handleRecords(.single) { record in
                        let attempt = journal.note(record)
                        if record.text == "end" { try await waitForCancellation() }
                        // Only once: after the group has come back the record may come again.
                        if attempt == 1 { proxy.refuse() }
                        throw HandlingFailure()
                    }
                }
                for await state in changes {
                    if case .reconnecting = state { break }
                }
                // The letter is under way or about to be, and cannot arrive.
                #expect(try await direct.committed()[0] == nil)
                proxy.accept()
                #expect(
                    await journal.take(through: "end").allSatisfy { $0 == "bad" || $0 == "end" })
                try await direct.awaitCommitted(1)
                // A record that the group was handed again has a letter for each time.
                let letters = try await direct.read("orders.dlq", 1)
                #expect(!letters.isEmpty && letters.allSatisfy { $0 == "bad" }, "\(letters)")
                run.cancel()
                await consumer.close()
            }
        }
    }

    /// The broker stays out of reach, and the task gives up.
    @Test func aLetterThatWasNotWrittenIsNotAcknowledged() async throws {
        try await TestBroker.runWithTopic { direct, address in
            let proxy = try CuttingProxy(to: address)
            defer { proxy.stop() }
            try await direct.send(["bad"])
            let behind = try await Connection.connect(to: proxy.address, options: options)
            let consumer = try await behind.join()
            let changes = behind.stateChanges
            let run = Task {
                await clientError {
                    try await consumer.handleRecords(.single) { _ in
                        proxy.refuse()
                        throw HandlingFailure()
                    }
                }
            }
            for await state in changes {
                if case .reconnecting = state { break }
            }
            run.cancel()
            #expect(await run.value?.code == .cancelled)
            await behind.abort()
            #expect(try await direct.committed()[0] == nil)
            #expect(try await direct.admin.list() == ["orders"])
            let next = try await direct.join()
            let batch = try #require(try await next.poll(maximumWait: .seconds(50)))
            #expect(batch.firstOffset == 0)
            await next.close()
        }
    }

    /// Consumers that die in the middle, again and again: everything is handled or buried, what was
    /// committed does not come again, and each consumer sees a partition in order.
    @Test func nothingIsLostWhenConsumersDie() async throws {
        let seed = TestSeed.current
        var random = SplitMix64(seed: seed)
        let total = 120
        let watch = LifeWatch()
        try await TestBroker.runWithTopic(
            partitionCount: 3,
            configure: { $0.groupLimits.disconnectGraceNanoseconds = 100_000_000 }
        ) { direct, address in
            for partition in 0..<3 {
                let texts = stride(from: partition, to: total, by: 3).map { "\($0)" }
                try await direct.send(
                    texts, partition: partition, together: Int(random.next() % 9) + 1)
            }
            for (round, death) in [17, 20, 1, 33, Int.max].enumerated() {
                watch.begin(at: round == 0 ? [:] : try await direct.committed())
                let connection = try await Connection.connect(to: address)
                let consumer = try await connection.join()
                let run = Task {
                    try await consumer.handleRecords(.quick) { record in
                        #expect(watch.isInOrder(record), "seed \(seed)")
                        if watch.isBad(record) { throw HandlingFailure() }
                        if watch.note(record) == death { await connection.abort() }
                    }
                }
                if death == Int.max {
                    for partition in 0..<3 {
                        try await direct.awaitCommitted(Int64(total / 3), partition: partition)
                    }
                    await consumer.close()
                    await connection.close()
                }
                _ = try await run.value
            }
            let bad = Set((0..<total).filter { $0 % 7 == 3 }.map { "\($0)" })
            let letters = try await direct.makeConsumer(topic: "orders.dlq")
            var buried: Set<String> = []
            while buried.count < bad.count {
                guard let batch = try await letters.poll(maximumWait: .seconds(120)) else { break }
                for record in batch { buried.insert(record.text ?? "") }
            }
            #expect(buried == bad, "seed \(seed)")
            let good = Set((0..<total).map { "\($0)" }).subtracting(bad)
            #expect(watch.handled == good, "seed \(seed)")
        }
    }
}

/// What consumers that die one after the other have handled.
private final class LifeWatch: Sendable {
    private struct State {
        var handled: Set<String> = []
        var last: [Int: Int64] = [:]
        var count = 0
    }

    private let state = Mutex(State())

    var handled: Set<String> { state.withLock { $0.handled } }

    /// The next consumer begins where the group has committed.
    func begin(at committed: [Int: Int64]) {
        state.withLock { state in
            state.last = committed
            state.count = 0
        }
    }

    /// Whether a record stands where it was committed or behind, and not in front of the last one.
    func isInOrder(_ record: Record) -> Bool {
        state.withLock { state in
            defer { state.last[record.partition] = record.offset }
            return record.offset >= state.last[record.partition] ?? 0
        }
    }

    func isBad(_ record: Record) -> Bool { (Int(record.text ?? "") ?? 0) % 7 == 3 }

    /// Notes that a record is handled; how many this consumer has.
    func note(_ record: Record) -> Int {
        state.withLock { state in
            state.handled.insert(record.text ?? "")
            state.count += 1
            return state.count
        }
    }
}

// Handlers that fail, for a while or for good: order, attempts, dead letters, acknowledgement.

import AeroBroker
import AeroClient
import Testing

@Suite(.timeLimit(.minutes(10))) struct HandlingTests {
    private let committedGroup = ConsumerOptions {
        $0.group = "billing"
        $0.start = .committed
    }

    /// What is behind the record that fails is in hand with it, or waits in the inbox.
    @Test(arguments: [true, false])
    func aRecordThatFailsIsTriedAgainBeforeThoseBehindIt(together: Bool) async throws {
        try await TestBroker.runWithTopic { connection, _ in
            if together { try await connection.send((0..<6).map { "\($0)" }, together: 100) }
            let consumer = try await connection.makeConsumer(topic: "orders")
            let journal = HandlingJournal()
            let (gate, opening) = AsyncStream<Void>.makeStream()
            let run = Task {
                try await consumer.handleRecords(.quick) { record in
                    let attempt = journal.note(record)
                    if record.text == "0" { for await _ in gate { break } }
                    if record.text == "2", attempt < 3 { throw HandlingFailure() }
                }
            }
            if !together {
                // Each is a delivery of its own, as the consumer has asked for them already.
                for number in 0..<6 { try await connection.send(["\(number)"]) }
                try await connection.ping()
            }
            opening.yield()
            #expect(await journal.take(8) == ["0", "1", "2", "2", "2", "3", "4", "5"])
            await consumer.close()
            let counts = try await run.value
            #expect(counts.handledCount == 6 && counts.failedAttemptCount == 2)
            #expect(counts.deadLetterCount == 0)
            #expect(try await connection.admin.list() == ["orders"])
        }
    }

    @Test(arguments: [1, 100])
    func whatFailsForGoodBecomesADeadLetterAndIsAcknowledged(together: Int) async throws {
        try await TestBroker.runWithTopic { connection, _ in
            let producer = try await connection.makeProducer(topic: "orders")
            var bad = Message("bad", key: "k")
            bad.headers = [MessageHeader("own", [65])]
            bad.timestampMilliseconds = 1_700_000_000_123
            try await producer.send(bad)
            try await connection.send(["good", "end"], together: together)
            let consumer = try await connection.join()
            let journal = HandlingJournal()
            let run = Task {
                try await consumer.handleRecords(.quick) { record in
                    journal.note(record)
                    if record.text == "bad" { throw HandlingFailure() }
                    if record.text == "end" { try await waitForCancellation() }
                }
            }
            #expect(await journal.take(5) == ["bad", "bad", "bad", "good", "end"])
            // What is in hand is not committed, and nothing of it on closing.
            try await connection.awaitCommitted(2)
            await consumer.close()
            #expect(try await connection.committed() == [0: 2])
            run.cancel()
            let letters = try await connection.makeConsumer(topic: "orders.dlq")
            let letter = try #require(
                try await letters.poll(maximumWait: .seconds(20))?.first { _ in true })
            #expect(letter.text == "bad" && letter.key == Array("k".utf8))
            #expect(
                letter.headerTexts == [
                    "own": "A", DeadLetterHeader.topic: "orders", DeadLetterHeader.partition: "0",
                    DeadLetterHeader.offset: "0", DeadLetterHeader.timestamp: "1700000000123",
                    DeadLetterHeader.group: "g", DeadLetterHeader.attempts: "3",
                    DeadLetterHeader.cause: "no good",
                ])
            #expect(try await letters.poll(maximumWait: .zero) == nil, "one letter")
        }
    }

    @Test func aConsumerThatIsAloneAcknowledgesWhatIsHandled() async throws {
        try await TestBroker.runWithTopic { connection, address in
            try await connection.send(["a", "bad", "b", "end"], together: 100)
            let first = try await Connection.connect(to: address)
            let consumer = try await first.makeConsumer(topic: "orders", options: committedGroup)
            let journal = HandlingJournal()
            let run = Task {
                try await consumer.handleRecords(.single) { record in
                    journal.note(record)
                    if record.text == "bad" { throw RecordRejection("unreadable") }
                    if record.text == "end" { try await waitForCancellation() }
                }
            }
            #expect(await journal.take(4) == ["a", "bad", "b", "end"])
            // The second call comes behind the acknowledgement at the latest.
            for _ in 0..<2 { _ = try await first.admin.list() }
            await first.abort()
            run.cancel()
            let second = try await connection.takeOver("orders", committedGroup)
            #expect(try await second.takeTexts(1) == ["end"])
            #expect(try await connection.read("orders.dlq", 1) == ["bad"])
        }
    }

    /// Its partition waits, another one goes on, and nothing of it is acknowledged.
    @Test(arguments: [1, 100])
    func onlyThePartitionOfAFailedRecordWaits(together: Int) async throws {
        try await TestBroker.runWithTopic(partitionCount: 2) { connection, _ in
            try await connection.send(["bad", "behind"], partition: 0, together: together)
            try await connection.send(["a", "b", "c"], partition: 1, together: together)
            let consumer = try await connection.join()
            let journal = HandlingJournal()
            let patient = RedeliveryOptions { $0.backoff = .seconds(3_000) ... .seconds(3_600) }
            let run = Task {
                await clientError {
                    try await consumer.handleRecords(patient) { record in
                        journal.note(record)
                        if record.text == "bad" { throw HandlingFailure() }
                    }
                }
            }
            #expect(Set(await journal.take(4)) == ["bad", "a", "b", "c"])
            try await connection.send(["more"], partition: 0)
            try await connection.send(["d"], partition: 1)
            #expect(await journal.take(1) == ["d"])
            try await connection.awaitCommitted(4, partition: 1)
            #expect(try await connection.committed()[0] == nil)
            run.cancel()
            #expect(await run.value?.code == .cancelled)
            await consumer.close()
            let again = try await connection.join()
            var texts: [String] = []
            while texts.count < 3 {
                let batch = try #require(try await again.poll(maximumWait: .seconds(20)))
                texts += batch.map { $0.text ?? "" }
            }
            #expect(texts == ["bad", "behind", "more"])
            await again.close()
        }
    }

    /// A handler that is cancelled has not failed.
    @Test func aCancelledHandlerNeitherBuriesNorAcknowledges() async throws {
        try await TestBroker.runWithTopic { connection, _ in
            try await connection.send(["done", "slow", "behind"])
            let consumer = try await connection.join()
            let journal = HandlingJournal()
            let run = Task {
                await clientError {
                    try await consumer.handleRecords(.single) { record in
                        journal.note(record)
                        if record.text == "slow" { try await waitForCancellation() }
                    }
                }
            }
            #expect(await journal.take(2) == ["done", "slow"])
            run.cancel()
            #expect(await run.value?.code == .cancelled)
            let spent = await clientError { try await consumer.handleRecords { _ in } }
            #expect(spent?.code == .invalidConfiguration)
            await consumer.close()
            #expect(try await connection.committed() == [0: 1])
            #expect(try await connection.admin.list() == ["orders"])
            let again = try await connection.join()
            let batch = try #require(try await again.poll(maximumWait: .seconds(20)))
            #expect(batch.firstOffset == 1)
            await again.close()
        }
    }

    /// By hand, `commit()` stores what was handled, and not what was merely taken.
    @Test func byHandACommitStoresWhatIsHandled() async throws {
        try await TestBroker.runWithTopic { connection, _ in
            try await connection.send(["a", "b", "end", "behind"], together: 100)
            let consumer = try await connection.join { $0.commit = .manual }
            let journal = HandlingJournal()
            let run = Task {
                try await consumer.handleRecords(.single) { record in
                    journal.note(record)
                    if record.text == "end" { try await waitForCancellation() }
                }
            }
            #expect(await journal.take(3) == ["a", "b", "end"])
            try await consumer.commit()
            #expect(try await connection.committed() == [0: 2])
            run.cancel()
            await consumer.close()
        }
    }

    /// A partition whose record waits goes to the member that asks for it, record and all.
    @Test func aWaitingRecordMovesWithItsPartition() async throws {
        try await TestBroker.runWithTopic(partitionCount: 2) { connection, address in
            for partition in 0..<2 {
                try await connection.send(["bad \(partition)", "b"], partition: partition)
            }
            let consumer = try await connection.join()
            let journal = HandlingJournal()
            let patient = RedeliveryOptions { $0.backoff = .seconds(3_000) ... .seconds(3_600) }
            let run = Task {
                try await consumer.handleRecords(patient) { record in
                    journal.note(record)
                    if record.text != "b" { throw HandlingFailure() }
                }
            }
            #expect(Set(await journal.take(2)) == ["bad 0", "bad 1"])
            try await Connection.withConnection(to: address) { other in
                let second = try await other.join()
                let batch = try #require(try await second.poll(maximumWait: .seconds(50)))
                #expect(batch.firstOffset == 0 && batch.first { _ in true }?.text != "b")
                #expect(second.assignment.count == 1)
                await second.close()
            }
            await consumer.close()
            #expect(try await run.value.handledCount == 0)
        }
    }

    @Test func whatCannotBeHandledTwiceIsRefused() async throws {
        try await TestBroker.runWithTopic { connection, _ in
            let consumer = try await connection.makeConsumer(
                topic: "orders", options: ConsumerOptions { $0.acknowledgement = .onDelivery })
            let error = await clientError { try await consumer.handleRecords { _ in } }
            #expect(error?.code == .invalidConfiguration)
            let own = RedeliveryOptions { $0.deadLetterTopic = "orders" }
            let circle = await clientError { try await consumer.handleRecords(own) { _ in } }
            #expect(circle?.code == .invalidConfiguration)
        }
    }
}

extension Connection {
    /// The broker may notice the end of the first connection after the second one asks.
    func takeOver(_ topic: String, _ options: ConsumerOptions) async throws -> Consumer {
        // BOUND: the suite's time limit.
        while true {
            do throws(ClientError) {
                return try await makeConsumer(topic: topic, options: options)
            } catch {
                guard error.code == .groupPartitionTaken else { throw error }
            }
        }
    }
}

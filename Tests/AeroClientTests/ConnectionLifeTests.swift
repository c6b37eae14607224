// Closing, cancelling, and the memory bound: every send has one outcome, and nothing grows.

import AeroClient
import Glibc
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(10))) struct ConnectionLifeTests {
    /// A server that takes connections and never answers a SEND: a proxy that holds answers.
    private func runUnanswered(
        options: ConnectionOptions = ConnectionOptions(), producer: ProducerOptions,
        _ body: (Connection, Producer, CuttingProxy) async throws -> Void
    ) async throws {
        try await TestBroker.run { address in
            let proxy = try CuttingProxy(to: address)
            defer { proxy.stop() }
            let connection = try await Connection.connect(to: proxy.address, options: options)
            try await connection.admin.create("orders")
            let producer = try await connection.makeProducer(topic: "orders", options: producer)
            proxy.holdAnswers()
            try await body(connection, producer, proxy)
            await connection.abort()
        }
    }

    @Test func everyPendingSendHasOneOutcomeWhenTheConnectionEnds() async throws {
        try await runUnanswered(producer: ProducerOptions { $0.batchMessageCount = 7 }) {
            connection, producer, _ in
            let outcomes = Mutex<[Int: Int]>([:])
            for number in 0..<500 {
                try producer.enqueue(Message("\(number)")) { result in
                    #expect(throws: ClientError.self) { try result.get() }
                    outcomes.withLock { $0[number, default: 0] += 1 }
                }
            }
            await connection.abort()
            let counts = outcomes.withLock { $0 }
            #expect(counts.count == 500)
            #expect(counts.values.allSatisfy { $0 == 1 })
            let late = await clientError { try await producer.send(Message("late")) }
            #expect(late?.code == .closed)
            #expect(throws: ClientError.self) { try producer.sendOneWay(Message("late")) }
        }
    }

    @Test func suspendedSendsEndWithTheConnection() async throws {
        var options = ConnectionOptions()
        options.maximumMemory = 4 << 20
        try await runUnanswered(
            options: options, producer: ProducerOptions { $0.maximumMessageByteCount = 100_000 }
        ) { connection, producer, _ in
            await withTaskGroup(of: ClientError?.self) { group in
                for _ in 0..<200 {
                    group.addTask {
                        await clientError {
                            try await producer.send(Message(Array(repeating: 1, count: 50_000)))
                        }
                    }
                }
                await connection.abort()
                var count = 0
                for await error in group {
                    #expect(error?.code == .closed)
                    count += 1
                }
                #expect(count == 200)
            }
        }
    }

    @Test func closingDeliversWhatWasAccepted() async throws {
        try await TestBroker.runWithTopic { connection, address in
            let outcomes = Mutex(0)
            let other = try await Connection.connect(to: address)
            let producer = try await other.makeProducer(
                topic: "orders", options: ProducerOptions { $0.linger = .seconds(30) })
            for number in 0..<100 {
                try producer.enqueue(Message("\(number)")) { result in
                    if case .success = result { outcomes.withLock { $0 += 1 } }
                }
            }
            await other.close()
            #expect(outcomes.withLock { $0 } == 100)
            #expect(other.state == .closed(nil))
            let end = try await connection.admin.offsets(topic: "orders", partition: 0).next
            #expect(end == 100)
        }
    }

    @Test func aCancelledSendEndsAtOnce() async throws {
        try await runUnanswered(producer: ProducerOptions()) { _, producer, _ in
            let task = Task { await clientError { try await producer.send(Message("x")) } }
            task.cancel()
            #expect(await task.value?.code == .cancelled)
            let flush = Task { await clientError { try await producer.flush() } }
            flush.cancel()
            _ = await flush.value
        }
    }

    @Test func aCancelledPollLosesNothing() async throws {
        try await TestBroker.runWithTopic { connection, _ in
            let consumer = try await connection.makeConsumer(topic: "orders")
            let task = Task {
                await clientError { _ = try await consumer.poll(maximumWait: .seconds(50)) }
            }
            task.cancel()
            #expect(await task.value?.code == .cancelled)
            let producer = try await connection.makeProducer(topic: "orders")
            try await producer.send(Message("kept"))
            #expect(try await consumer.takeTexts(1) == ["kept"])
        }
    }

    @Test func theBodysErrorClosesTheConnection() async throws {
        struct Failure: Error {}
        try await TestBroker.run { address in
            let kept = Mutex<Connection?>(nil)
            await #expect(throws: Failure.self) {
                try await Connection.withConnection(to: address) { connection in
                    kept.withLock { $0 = connection }
                    throw Failure()
                }
            }
            #expect(kept.withLock { $0?.state } == .closed(nil))
        }
    }

    // MARK: - Memory

    @Test func atTheBoundEnqueueIsRefusedAndNothingGrows() async throws {
        let options = ConnectionOptions { $0.maximumMemory = 4 << 20 }
        try await runUnanswered(
            options: options, producer: ProducerOptions { $0.maximumMessageByteCount = 100_000 }
        ) { connection, producer, proxy in
            let settled = Mutex(0)
            var accepted = 0
            var refusal: ClientError?
            while refusal == nil {
                do throws(ClientError) {
                    try producer.enqueue(Message(Array(repeating: 2, count: 10_000))) { _ in
                        settled.withLock { $0 += 1 }
                    }
                    accepted += 1
                } catch {
                    refusal = error
                }
                #expect(connection.memoryByteCount <= options.maximumMemory)
            }
            #expect(refusal?.code == .memoryLimit)
            #expect(refusal?.isRetriable == true)
            #expect(accepted * 10_000 <= options.maximumMemory)
            // With answers, there is room again, and everything accepted is stored.
            proxy.releaseAnswers()
            try await producer.flush()
            #expect(settled.withLock { $0 } == accepted)
            try await producer.send(Message("room again"))
            let end = try await connection.admin.offsets(topic: "orders", partition: 0).next
            #expect(end == Int64(accepted) + 1)
        }
    }

    @Test func suspendedSendsGoOnWhenThereIsRoom() async throws {
        let options = ConnectionOptions { $0.maximumMemory = 2 << 20 }
        try await TestBroker.runWithTopic(options: options) { connection, _ in
            let producer = try await connection.makeProducer(
                topic: "orders",
                options: ProducerOptions { $0.maximumMessageByteCount = 100_000 })
            // 20 MB through 2 MiB.
            let message = Message(Array(repeating: 3, count: 20_000))
            let results = try await producer.send(batch: Array(repeating: message, count: 1_000))
            #expect(try results.map { try $0.get().offset } == (0..<1_000).map { Int64($0) })
            #expect(connection.memoryByteCount <= options.maximumMemory)
        }
    }

    @Test func aConsumerThatKeepsEverythingStaysWithinTheBound() async throws {
        try await TestBroker.runWithTopic { connection, address in
            let producer = try await connection.makeProducer(topic: "orders")
            let message = Message(Array(repeating: 4, count: 5_000))
            for result in try await producer.send(batch: Array(repeating: message, count: 400)) {
                _ = try result.get()
            }
            let options = ConnectionOptions { $0.maximumMemory = 1 << 20 }
            try await Connection.withConnection(to: address, options: options) { small in
                let consumer = try await small.makeConsumer(
                    topic: "orders", options: ConsumerOptions { $0.receiveWindow = 64 << 10 })
                var kept: [RecordBatch] = []
                var next: Int64 = 0
                while next < 400 {
                    guard let batch = try await consumer.poll(maximumWait: .milliseconds(200))
                    else {
                        // The memory is in what the application keeps: letting go frees it.
                        kept = []
                        continue
                    }
                    #expect(batch.firstOffset == next)
                    next = batch.lastOffset + 1
                    kept.append(batch)
                    #expect(small.memoryByteCount <= options.maximumMemory)
                }
            }
        }
    }

    @Test func batchesOutliveTheirConnection() async throws {
        try await TestBroker.runWithTopic { connection, address in
            let producer = try await connection.makeProducer(topic: "orders")
            try await producer.send(Message("kept"))
            let batch = try await Connection.withConnection(to: address) { other in
                try await other.makeConsumer(topic: "orders").poll(maximumWait: .seconds(20))
            }
            #expect(batch?.first { _ in true }?.text == "kept")
        }
    }
}

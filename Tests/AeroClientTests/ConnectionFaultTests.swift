// Connections that break, hang, or lead to the wrong place.

import AeroBroker
import AeroClient
import AeroCore
import AeroIO
import AeroWire
import Glibc
import Testing

@Suite(.timeLimit(.minutes(10))) struct ConnectionFaultTests {
    private let impatient = ConnectionOptions {
        $0.connectTimeout = .milliseconds(200)
        $0.requestTimeout = .milliseconds(300)
        $0.reconnectBackoff = .milliseconds(1) ... .milliseconds(20)
    }

    // MARK: - Wrong places

    @Test func aRefusedPortSaysSo() async throws {
        let socket = try RawSocket.listen()
        let port = try RawSocket.port(of: socket)
        close(socket)
        let error = await clientError { _ = try await Connection.connect(to: "127.0.0.1:\(port)") }
        #expect(error?.code == .connectionRefused)
        #expect(error?.brokerAddress == "127.0.0.1:\(port)")
        #expect(error?.isRetriable == true)
    }

    @Test(arguments: ["localhost", "localhost:99999", "::1:7000"])
    func anAddressThatIsNoneSaysSo(address: String) async {
        let error = await clientError { _ = try await Connection.connect(to: address) }
        #expect(error?.code == .invalidAddress)
    }

    @Test func anUnknownNameSaysSo() async {
        let error = await clientError {
            _ = try await Connection.connect(to: "no-such-host.invalid:7000")
        }
        #expect(error?.code == .nameResolutionFailed)
    }

    @Test func aBrokerThatNeverAnswersTimesOut() async throws {
        let socket = try RawSocket.listen()
        defer { close(socket) }
        let address = "127.0.0.1:\(try RawSocket.port(of: socket))"
        let error = await clientError {
            _ = try await Connection.connect(to: address, options: impatient)
        }
        #expect(error?.code == .timedOut)
    }

    @Test func anotherProtocolSaysSo() async throws {
        let socket = try RawSocket.listen()
        let address = "127.0.0.1:\(try RawSocket.port(of: socket))"
        let server = try SystemThread.start(name: "http") {
            let peer = accept(socket, nil, nil)
            let text = Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)
            send(peer, text, text.count, Int32(MSG_NOSIGNAL))
            var byte: UInt8 = 0
            while recv(peer, &byte, 1, 0) > 0 {}
            close(peer)
        }
        let error = await clientError { _ = try await Connection.connect(to: address) }
        #expect(error?.code == .protocolViolation)
        server.join()
        close(socket)
    }

    @Test func aVersionThatTheBrokerDoesNotSpeakSaysSo() async throws {
        try await TestBroker.run(configure: { $0.connectionTerms.versions = 7...9 }) { address in
            let error = await clientError { _ = try await Connection.connect(to: address) }
            #expect(error?.code == .versionMismatch)
            #expect(error?.isRetriable == false)
        }
    }

    /// A broker that takes nothing any more, though its end of the connection is open.
    @Test func outputThatNobodyTakesLosesTheConnection() async throws {
        try await TestBroker.run { address in
            let proxy = try CuttingProxy(to: address)
            defer { proxy.stop() }
            let options = ConnectionOptions {
                $0.writeTimeout = .milliseconds(200)
                $0.maximumMemory = 256 << 20
                $0.reconnects = false
            }
            let connection = try await Connection.connect(to: proxy.address, options: options)
            try await connection.admin.create("orders")
            let producer = try await connection.makeProducer(
                topic: "orders",
                options: ProducerOptions {
                    $0.isIdempotent = false
                    $0.maximumInFlightBatches = 100
                })
            proxy.holdEverything()
            // More than the sockets in between can carry.
            let message = Message(Array(repeating: 7, count: 500_000))
            let results = try await producer.send(batch: Array(repeating: message, count: 60))
            let errors = results.compactMap { result -> ClientError? in
                if case .failure(let error) = result { error } else { nil }
            }
            #expect(errors.count == 60)
            var cause: ClientError?
            for await state in connection.stateChanges {
                if case .closed(let error) = state { cause = error }
            }
            #expect(cause?.code == .timedOut)
            #expect(cause?.message.contains("took nothing") == true, "\(String(describing: cause))")
        }
    }

    @Test func oneConnectionTooManySaysSoAndMayTryAgain() async throws {
        try await TestBroker.run(configure: { $0.connectionCountMax = 1 }) { address in
            try await Connection.withConnection(to: address) { first in
                let error = await clientError { _ = try await Connection.connect(to: address) }
                #expect(error?.code == .brokerBusy)
                #expect(error?.brokerCode == ErrorCode.tooManyConnections.rawValue)
                #expect(error?.isRetriable == true)
                _ = try await first.admin.list()
            }
        }
    }

    @Test func connectingCanBeCancelled() async throws {
        let socket = try RawSocket.listen()
        defer { close(socket) }
        let address = "127.0.0.1:\(try RawSocket.port(of: socket))"
        let task = Task { await clientError { _ = try await Connection.connect(to: address) } }
        task.cancel()
        #expect(await task.value?.code == .cancelled)
    }

    // MARK: - Cuts

    /// A broker behind a proxy, and a connection through it.
    private func runBehindProxy(
        options: ConnectionOptions,
        _ body: (Connection, CuttingProxy, _ direct: String) async throws -> Void
    ) async throws {
        try await TestBroker.run { address in
            let proxy = try CuttingProxy(to: address)
            defer { proxy.stop() }
            try await Connection.withConnection(to: proxy.address, options: options) {
                try await $0.admin.create("orders")
                try await body($0, proxy, address)
            }
        }
    }

    /// As `impatient`, but no request times out before the test is over.
    private let patient = ConnectionOptions {
        $0.reconnectBackoff = .milliseconds(1) ... .milliseconds(20)
    }

    @Test func aSendCutInFlightIsInDoubtAndSaysSo() async throws {
        try await runBehindProxy(options: patient) { connection, proxy, _ in
            let producer = try await connection.makeProducer(
                topic: "orders", options: ProducerOptions { $0.isIdempotent = false })
            try await producer.send(Message("before"))
            proxy.holdAnswers()
            async let cut = clientError { try await producer.send(Message("in doubt")) }
            try await waitUntilStored(2, through: connection, proxy)
            proxy.cut()
            let error = await cut
            #expect(error?.code == .connectionLost)
            #expect(error?.lastCause != nil)
            proxy.releaseAnswers()
            #expect(try await producer.send(Message("after")).offset == 2)
        }
    }

    @Test func atLeastOnceSendsAgainAfterACut() async throws {
        try await runBehindProxy(options: patient) { connection, proxy, _ in
            let producer = try await connection.makeProducer(
                topic: "orders",
                options: ProducerOptions {
                    $0.isIdempotent = false
                    $0.retryPolicy = .atLeastOnce(maximumAttempts: 5)
                })
            try await producer.send(Message("before"))
            proxy.holdAnswers()
            async let stored = producer.send(Message("twice"))
            try await waitUntilStored(2, through: connection, proxy)
            proxy.releaseAnswersAndCut()
            #expect(try await stored.offset == 2)
        }
    }

    @Test func anAnswerThatNeverComesTimesOut() async throws {
        try await runBehindProxy(options: impatient) { connection, proxy, _ in
            let producer = try await connection.makeProducer(
                topic: "orders", options: ProducerOptions { $0.isIdempotent = false })
            proxy.holdAnswers()
            let error = await clientError { try await producer.send(Message("lost")) }
            #expect(error?.code == .timedOut)
            #expect(error?.elapsed != nil)
            let call = await clientError { _ = try await connection.admin.list() }
            #expect(call?.code == .timedOut)
        }
    }

    @Test func aConsumerGoesOnWhereItWas() async throws {
        try await runBehindProxy(options: patient) { connection, proxy, direct in
            let consumers = [
                try await connection.makeConsumer(topic: "orders"),
                try await connection.makeConsumer(
                    topic: "orders",
                    options: ConsumerOptions {
                        $0.group = "billing"
                        $0.acknowledgement = .manual
                    }),
            ]
            try await Connection.withConnection(to: direct) { other in
                let producer = try await other.makeProducer(topic: "orders")
                for round in 0..<5 {
                    let texts = (0..<20).map { "\(round)-\($0)" }
                    _ = try await producer.send(batch: texts.map { Message($0) })
                    for consumer in consumers {
                        #expect(try await consumer.takeTexts(20) == texts)
                    }
                    proxy.cut()
                }
            }
            // What came on earlier connections can still be acknowledged.
            try await consumers[1].acknowledge(through: 99, partition: 0)
        }
    }

    @Test func changesOfStateAreReported() async throws {
        try await runBehindProxy(options: impatient) { connection, proxy, _ in
            #expect(connection.state == .connected)
            var changes = connection.stateChanges.makeAsyncIterator()
            #expect(await changes.next() == .connected)
            proxy.cut()
            guard case .reconnecting(let cause)? = await changes.next() else {
                Issue.record("a lost connection is being made again")
                return
            }
            #expect(cause.code == .connectionLost)
            var next = await changes.next()
            while case .reconnecting? = next { next = await changes.next() }
            #expect(next == .connected)
            await connection.close()
            #expect(await changes.next() == .closed(nil))
            #expect(await changes.next() == nil)
        }
    }

    @Test func withoutReconnectionALossIsTheEnd() async throws {
        var options = impatient
        options.reconnects = false
        try await runBehindProxy(options: options) { connection, proxy, _ in
            let producer = try await connection.makeProducer(topic: "orders")
            let changes = connection.stateChanges
            proxy.cut()
            for await _ in changes {}
            guard case .closed(let cause?) = connection.state else {
                Issue.record("a connection that is not made again is closed")
                return
            }
            #expect(cause.code == .connectionLost)
            let error = await clientError { try await producer.send(Message("late")) }
            #expect(error?.code == .connectionLost)
        }
    }

    @Test func messagesOutliveAnOutageUntilTheDeliveryTimeout() async throws {
        try await runBehindProxy(options: patient) { connection, proxy, _ in
            let producer = try await connection.makeProducer(topic: "orders")
            let hasty = try await connection.makeProducer(
                topic: "orders", options: ProducerOptions { $0.deliveryTimeout = .milliseconds(50) }
            )
            var changes = connection.stateChanges.makeAsyncIterator()
            proxy.refuse()
            while case .connected? = await changes.next() {}
            async let kept = producer.send(Message("kept"))
            let error = await clientError { try await hasty.send(Message("given up")) }
            #expect(error?.code == .timedOut)
            #expect(error?.lastCause != nil)
            proxy.accept()
            #expect(try await kept.offset == 0)
        }
    }

    @Test func aBrokerStartedAnewIsUnderstood() async throws {
        try await runBehindProxy(options: patient) { connection, proxy, _ in
            let producer = try await connection.makeProducer(topic: "orders")
            let consumer = try await connection.makeConsumer(topic: "orders")
            for number in 0..<3 { try await producer.send(Message("\(number)")) }
            #expect(try await consumer.takeTexts(3) == ["0", "1", "2"])
            try await TestBroker.run { second in
                try await Connection.withConnection(to: second) { direct in
                    // The topic's number and the log's end differ from the first broker's.
                    try await direct.admin.create("another")
                    try await direct.admin.create("orders")
                    try await direct.makeProducer(topic: "orders").send(Message("new 0"))
                }
                var changes = connection.stateChanges.makeAsyncIterator()
                proxy.retarget(to: second)
                while case .connected? = await changes.next() {}
                #expect(try await producer.send(Message("new 1")).offset == 1)
                #expect(try await consumer.takeTexts(2) == ["new 0", "new 1"])
                await connection.abort()
            }
        }
    }

    // MARK: - Heartbeats

    @Test func anIdleConnectionStays() async throws {
        try await TestBroker.run(configure: {
            $0.connectionTerms.heartbeatIntervalMilliseconds = 1_000
        }) { address in
            try await Connection.withConnection(to: address) { connection in
                try await connection.admin.create("orders")
                let consumer = try await connection.makeConsumer(topic: "orders")
                // Four intervals without a request; the broker closes after three of silence.
                #expect(try await consumer.poll(maximumWait: .milliseconds(4_000)) == nil)
                #expect(connection.state == .connected)
                let statistics = try await connection.admin.statistics()
                #expect(statistics["connections.accepted"] == 1)
            }
        }
    }

    @Test func aBrokerThatFallsSilentIsLeft() async throws {
        try await TestBroker.run(configure: {
            $0.connectionTerms.heartbeatIntervalMilliseconds = 20
        }) { address in
            let proxy = try CuttingProxy(to: address)
            defer { proxy.stop() }
            try await Connection.withConnection(to: proxy.address, options: impatient) {
                connection in
                var changes = connection.stateChanges.makeAsyncIterator()
                #expect(await changes.next() == .connected)
                proxy.holdAnswers()
                guard case .reconnecting(let cause)? = await changes.next() else {
                    Issue.record("a silent broker is as good as gone")
                    return
                }
                #expect(cause.code == .timedOut)
                proxy.releaseAnswers()
                while let next = await changes.next(), next != .connected {}
            }
        }
    }

    /// Waits, past the proxy, until the broker has so many records.
    private func waitUntilStored(
        _ count: Int64, through connection: Connection, _ proxy: CuttingProxy
    ) async throws {
        try await Connection.withConnection(to: proxy.target) { direct in
            while try await direct.admin.offsets(topic: "orders", partition: 0).next < count {}
        }
    }
}

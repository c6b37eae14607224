// RabbitMQ servers that are not there, refuse, or go away: the cause and a complete account.

#if RabbitMQDriver
    import AeroDrivers
    import AeroIO
    import AeroLoad
    import Glibc
    import TestSupport
    import Testing

    @Suite(.serialized, .timeLimit(.minutes(15))) struct RabbitMQFaultTests {
        private static let steady = """
            message-size: 100B
            load: { schedule: constant, rate: 5k/s }
            """

        // MARK: - Before the run

        private static func refusal(_ endpoint: PeerEndpoint) throws -> DriverError {
            try TargetTrial.refusal(
                RabbitMQUnderTest.plan(steady),
                RabbitMQDriver(endpoint, answerNanoseconds: 300_000_000))
        }

        @Test func nobodyListens() throws {
            let address = try ScriptedServer.refusingAddress()
            let error = try Self.refusal(PeerEndpoint(address))
            #expect(error.action == "connect to \(address)")
            #expect(error.cause.contains("refused"), "\(error)")
        }

        @Test func aListenerThatSaysNothing() throws {
            try ScriptedServer.run { (socket) throws(Errno) in
                _ = try socket.read(byteCount: 1 << 20)
            } _: { server in
                let error = try Self.refusal(PeerEndpoint(server.address))
                #expect(error.cause.hasPrefix("no answer within 300 ms"), "\(error)")
            }
        }

        @Test(arguments: ["HTTP/1.1 400 Bad Request\r\n\r\n", "-ERR unknown command\r\n", ""])
        func aServerOfAnotherKind(words: String) throws {
            try ScriptedServer.run { (socket) throws(Errno) in
                _ = try socket.read(byteCount: 8)
                try socket.write(Array(words.utf8))
            } _: { server in
                let error = try Self.refusal(PeerEndpoint(server.address))
                #expect(error.cause.hasSuffix("is this a RabbitMQ server?"), "\(error)")
            }
        }

        @Test func aServerOfAnotherVersionOfAMQP() throws {
            try ScriptedServer.run { (socket) throws(Errno) in
                _ = try socket.read(byteCount: 8)
                try socket.write(Array("AMQP".utf8) + [0, 1, 0, 0])
            } _: { server in
                let error = try Self.refusal(PeerEndpoint(server.address))
                #expect(error.cause.contains("version of AMQP"), "\(error)")
            }
        }

        @Test func transportSecurityIsRefused() throws {
            var endpoint = PeerEndpoint(try ScriptedServer.refusingAddress())
            endpoint.certificateAuthorityPath = "/ca.pem"
            let error = try Self.refusal(endpoint)
            #expect(error.cause == "the RabbitMQ driver does not speak TLS")
        }

        @Test func aNameThatIsTooLong() throws {
            let plan = try RabbitMQUnderTest.plan(Self.steady)
            let long = LoadPlan(plan.scenario, runId: String(repeating: "r", count: 250))
            let error = try TargetTrial.refusal(
                long, RabbitMQDriver(PeerEndpoint(try ScriptedServer.refusingAddress())))
            #expect(error.cause.contains("more than 255 bytes"), "\(error)")
        }

        // MARK: - During the run

        @Test func aServerThatIsKilledLeavesACompleteAccount() throws {
            let outcome = try RabbitMQUnderTest.withServer { server in
                try TargetTrial.runToDeath(
                    RabbitMQUnderTest.plan(Self.steady, duration: "60s"),
                    RabbitMQDriver(PeerEndpoint(server.address))
                ) { server.signal(SIGKILL) }
            }
            guard case .failed(let error) = outcome.ending else {
                Issue.record("the run ended with \(outcome.ending)")
                return
            }
            #expect(error.action.hasPrefix("go on with the RabbitMQ server at 127.0.0.1:"))
            #expect(outcome.incidents.entries.contains { $0.text.hasPrefix("connection lost") })
            TargetTrial.expectAccount(outcome)
            #expect(outcome.record.classes[0].counts.acknowledged > 0)
        }

        @Test func aMessageThatIsTooLargeForTheServer() throws {
            let outcome = try RabbitMQUnderTest.withServer(settings: "max_message_size = 1000\n") {
                server in
                try TargetTrial.run(
                    RabbitMQUnderTest.plan(
                        """
                        message-size: 1001B
                        load: { schedule: closed-loop, in-flight: 3 }
                        """), RabbitMQDriver(PeerEndpoint(server.address)),
                    drainNanoseconds: 500_000_000)
            }
            guard case .failed(let error) = outcome.ending else {
                Issue.record("the run ended with \(outcome.ending)")
                return
            }
            #expect(error.cause.contains("larger than configured max size"), "\(error)")
            TargetTrial.expectAccount(outcome)
            #expect(outcome.record.classes[0].counts.acknowledged == 0)
        }

        /// A server that is out of memory reads no more from publishers: they wait, nobody blocks.
        @Test func aServerThatBlocksPublishers() throws {
            let outcome = try RabbitMQUnderTest.withServer(
                settings: "vm_memory_high_watermark.absolute = 1MB\n"
            ) { server in
                try TargetTrial.run(
                    RabbitMQUnderTest.plan(
                        """
                        message-size: 200KiB
                        load: { schedule: maximum, in-flight: 500 }
                        """), RabbitMQDriver(PeerEndpoint(server.address)),
                    drainNanoseconds: 500_000_000)
            }
            #expect(outcome.incidents.entries.contains { $0.text.contains("blocks publishers") })
            TargetTrial.expectAccount(outcome)
            #expect(outcome.refusedCount > 0)
            #expect(outcome.failedCount + outcome.unansweredCount > 0)
        }
    }
#endif

// Redis servers that go away, refuse or are something else: the cause, and a complete account.

#if RedisDriver
    import AeroDrivers
    import AeroIO
    import AeroLoad
    import Glibc
    import Testing

    @Suite(.serialized, .timeLimit(.minutes(10))) struct RedisFaultTests {
        private static let lines = """
            message-size: 100B
            load: { schedule: constant, rate: 5k/s }
            """

        @Test func aServerThatIsKilledEndsTheRun() throws {
            let plan = try RedisUnderTest.plan(Self.lines, duration: "30s")
            let outcome = try RedisUnderTest.withServer { server in
                let killed = server.processIdentifier
                return try TargetTrial.runToDeath(plan, RedisUnderTest.driver(server)) {
                    kill(killed, SIGKILL)
                }
            }
            guard case .failed(let error) = outcome.ending else {
                Issue.record("the run ended with \(outcome.ending)")
                return
            }
            #expect(error.cause.contains("closed") || error.cause.contains("reset"), "\(error)")
            #expect(outcome.incidents.entries.contains { $0.text.contains("lost") })
            #expect(outcome.targetFailure?.cause.contains("refused") == true)
            TargetTrial.expectAccount(outcome)
        }

        private static func refusal(
            _ address: SocketAddress, limit: Int64 = 5_000_000_000
        ) throws -> DriverError {
            try TargetTrial.refusal(
                try RedisUnderTest.plan(lines),
                RedisDriver(PeerEndpoint(address), connectNanoseconds: limit))
        }

        @Test func aRefusedConnection() throws {
            let address = try ScriptedServer.refusingAddress()
            let error = try Self.refusal(address)
            #expect(error.action == "connect to \(address)")
            #expect(error.cause.contains("refused"), "\(error)")
        }

        @Test func aSilentListener() throws {
            try ScriptedServer.run { (socket) throws(Errno) in
                _ = try socket.read(byteCount: 1 << 20)
            } _: { server in
                let error = try Self.refusal(server.address, limit: 300_000_000)
                #expect(error.action == "connect to \(server.address)")
                #expect(error.cause == "no answer within 300 ms")
            }
        }

        @Test func aServerOfAnotherKind() throws {
            try ScriptedServer.run { (socket) throws(Errno) in
                try socket.write(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8))
                _ = try socket.read(byteCount: 1 << 20)
            } _: { server in
                let error = try Self.refusal(server.address)
                #expect(error.action == "connect to \(server.address)")
                #expect(error.cause.contains("is this a Redis server?"), "\(error)")
            }
        }

        @Test func aServerThatHangsUp() throws {
            try ScriptedServer.run { (socket) throws(Errno) in
                _ = try socket.read(byteCount: 1)
            } _: { server in
                let error = try Self.refusal(server.address)
                #expect(
                    error.cause.contains("closed") || error.cause.contains("reset"), "\(error)")
            }
        }

        @Test func aPasswordIsAskedForAndKeptSecret() throws {
            let plan = try RedisUnderTest.plan(Self.lines)
            try RedisUnderTest.withServer(arguments: ["--requirepass", "open-sesame"]) { server in
                let nobody = try TargetTrial.refusal(plan, RedisUnderTest.driver(server))
                #expect(nobody.cause.contains("NOAUTH"), "\(nobody)")
                let wrong = try TargetTrial.refusal(
                    plan, RedisUnderTest.driver(server, password: "swordfish"))
                #expect(wrong.cause.contains("WRONGPASS"), "\(wrong)")
                #expect(!"\(wrong)".contains("swordfish"))
                for user in [nil, "default"] {
                    let driver = RedisUnderTest.driver(
                        server, user: user, password: "open-sesame")
                    let outcome = try TargetTrial.run(plan, driver)
                    #expect(outcome.ending == .completed)
                    #expect(outcome.verdicts[0][0].isClean)
                }
            }
        }

        @Test func transportSecurityIsRefused() throws {
            try RedisUnderTest.withServer { server in
                var endpoint = PeerEndpoint(server.address)
                endpoint.certificateAuthorityPath = "/etc/ssl/certs/ca-certificates.crt"
                let error = try TargetTrial.refusal(
                    try RedisUnderTest.plan(Self.lines), RedisDriver(endpoint))
                #expect(error.action.contains("TLS"), "\(error)")
            }
        }

        /// The server says what it has against the message, and hangs up.
        @Test func aMessageThatIsTooLarge() throws {
            let plan = try RedisUnderTest.plan(
                """
                message-size: 2MiB
                load: { schedule: closed-loop, in-flight: 1 }
                """)
            let outcome = try RedisUnderTest.withServer(
                arguments: ["--proto-max-bulk-len", "1mb"]
            ) { server in
                try TargetTrial.run(
                    plan, RedisUnderTest.driver(server), drainNanoseconds: 500_000_000)
            }
            guard case .failed = outcome.ending else {
                Issue.record("the run ended with \(outcome.ending)")
                return
            }
            #expect(outcome.record.classes[0].counts.acknowledged == 0)
            TargetTrial.expectAccount(outcome)
        }

        /// Refused one by one, and the run goes on.
        @Test func aServerThatIsFull() throws {
            let plan = try RedisUnderTest.plan(
                """
                message-size: 100KiB
                load: { schedule: constant, rate: 1k/s }
                """)
            let outcome = try RedisUnderTest.withServer(arguments: ["--maxmemory", "8mb"]) {
                server in
                try TargetTrial.run(plan, RedisUnderTest.driver(server))
            }
            #expect(outcome.ending == .completed, "\(outcome.ending)")
            #expect(outcome.record.classes[0].counts.acknowledged > 0)
            #expect(outcome.failedCount > 0 && outcome.unansweredCount == 0)
            #expect(outcome.incidents.entries.contains { $0.text.contains("OOM") })
            TargetTrial.expectAccount(outcome)
            #expect(outcome.verdicts[0][0].acknowledgedThenLost == 0)
        }
    }
#endif

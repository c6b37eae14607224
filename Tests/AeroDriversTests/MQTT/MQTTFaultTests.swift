// MQTT servers that go away, refuse or are something else: the cause, and a complete account.

#if MQTTDriver
    import AeroDrivers
    import AeroIO
    import AeroLoad
    import Glibc
    import Testing

    @Suite(.serialized, .timeLimit(.minutes(10))) struct MQTTFaultTests {
        private static let lines = """
            message-size: 100B
            load: { schedule: constant, rate: 5k/s }
            """

        @Test func aServerThatIsKilledEndsTheRun() throws {
            let plan = try MQTTUnderTest.plan(Self.lines, duration: "30s")
            let outcome = try MQTTUnderTest.withServer { server in
                let killed = server.processIdentifier
                return try TargetTrial.runToDeath(plan, MQTTUnderTest.driver(server)) {
                    kill(killed, SIGKILL)
                }
            }
            guard case .failed(let error) = outcome.ending else {
                Issue.record("the run ended with \(outcome.ending)")
                return
            }
            #expect(error.cause.contains("lost") || error.cause.contains("reset"), "\(error)")
            #expect(outcome.incidents.entries.contains { $0.text.contains("was lost") })
            TargetTrial.expectAccount(outcome)
        }

        private static func refusal(
            _ address: SocketAddress, limit: Int64 = 5_000_000_000
        ) throws -> DriverError {
            try TargetTrial.refusal(
                try MQTTUnderTest.plan(lines),
                MQTTDriver(PeerEndpoint(address), connectNanoseconds: limit))
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
                #expect(error.cause.contains("no answer within 300 ms"), "\(error)")
            }
        }

        /// What it says looks like the beginning of an answer that never ends.
        @Test func aServerOfAnotherKind() throws {
            try ScriptedServer.run { (socket) throws(Errno) in
                try socket.write(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8))
                _ = try socket.read(byteCount: 1 << 20)
            } _: { server in
                let error = try Self.refusal(server.address, limit: 300_000_000)
                #expect(error.action == "connect to \(server.address)")
                #expect(error.cause.contains("is this an MQTT server?"), "\(error)")
            }
        }

        @Test func aServerThatHangsUp() throws {
            try ScriptedServer.run { (socket) throws(Errno) in
                _ = try socket.read(byteCount: 1)
            } _: { server in
                let error = try Self.refusal(server.address)
                #expect(error.action == "connect to \(server.address)")
                #expect(error.cause.contains("lost") || error.cause.contains("reset"), "\(error)")
            }
        }

        /// "open-sesame", as mosquitto_passwd keeps it.
        private static let passwords =
            "ann:$7$101$vaRv/O4n1iwlNt4F$RGZbcNNnLrJpMdJQkb7znunRNQLphJWsjSQOGnMUBWY3xcHYim5FezfR"
            + "8wpZLPxqjjQSQ9DRlpFXM0ISrlkjcA==\n"

        @Test func aPasswordIsAskedForAndKeptSecret() throws {
            let plan = try MQTTUnderTest.plan(Self.lines)
            let settings = ["allow_anonymous false", "password_file FOLDER/passwords"]
            try MQTTUnderTest.withServer(
                settings: settings, files: ["passwords": Self.passwords]
            ) { server in
                let nobody = try TargetTrial.refusal(plan, MQTTUnderTest.driver(server))
                #expect(nobody.cause.lowercased().contains("not authori"), "\(nobody)")
                let wrong = try TargetTrial.refusal(
                    plan, MQTTUnderTest.driver(server, user: "ann", password: "swordfish"))
                #expect(wrong.cause.lowercased().contains("not authori"), "\(wrong)")
                #expect(!"\(wrong)".contains("swordfish"))
                let outcome = try TargetTrial.run(
                    plan, MQTTUnderTest.driver(server, user: "ann", password: "open-sesame"))
                #expect(outcome.ending == .completed)
                #expect(outcome.verdicts[0][0].isClean)
            }
        }

        /// The server has told the library how large a packet may be.
        @Test(arguments: ["all", "0"]) func aMessageThatIsTooLarge(acks: String) throws {
            let plan = try MQTTUnderTest.plan(
                """
                message-size: 200KiB
                acks: \(acks)
                load: { schedule: constant, rate: 100/s }
                """)
            let outcome = try MQTTUnderTest.withServer(settings: ["max_packet_size 100000"]) {
                server in
                try TargetTrial.run(
                    plan, MQTTUnderTest.driver(server), drainNanoseconds: 500_000_000)
            }
            #expect(outcome.ending == .completed, "\(outcome.ending)")
            let counts = outcome.record.classes[0].counts
            #expect(counts.sent > 0 && counts.acknowledged == 0 && counts.received == 0)
            #expect(outcome.incidents.entries.contains { $0.text.contains("larger than") })
            if acks == "all" { #expect(outcome.failedCount == counts.sent) }
        }

        /// A server as Debian sets it up hands out twenty messages at a time, and no more than it
        /// has answers for.
        @Test func aServerThatHandsOutLittleLosesNothing() throws {
            let scenario = DriverScenario.all[1]
            let outcome = try MQTTUnderTest.withServer(settings: ["max_inflight_messages 20"]) {
                server in
                try TargetTrial.run(scenario.makePlan(), MQTTUnderTest.driver(server))
            }
            scenario.expectConformance(of: outcome)
        }
    }
#endif

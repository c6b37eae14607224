// NATS servers that are not there, refuse, or go away: one line with the cause, a complete account.

#if NATSDriver
    import AeroDrivers
    import AeroIO
    import AeroLoad
    import Glibc
    import Testing

    @Suite(.serialized, .timeLimit(.minutes(10)))
    struct NATSFaultTests {
        private static let steady = DriverScenario(
            testDescription: "",
            lines: """
                message-size: 100B
                load: { schedule: constant, rate: 5k/s }
                """)

        @Test(arguments: NATSTarget.allCases)
        func aServerThatIsKilledLeavesACompleteAccount(_ target: NATSTarget) throws {
            let plan = try target.plan(Self.steady, duration: "60s")
            let outcome = try NATSTarget.withServer { server in
                let group = -server.processIdentifier
                return try TargetTrial.runToDeath(
                    plan, target.driver(PeerEndpoint(server.address))
                ) { kill(group, SIGKILL) }
            }
            guard case .failed(let error) = outcome.ending else {
                Issue.record("the run ended with \(outcome.ending)")
                return
            }
            #expect(error.action.hasPrefix("go on with 127.0.0.1:"), "\(error)")
            #expect(!outcome.incidents.entries.isEmpty)
            TargetTrial.expectAccount(outcome)
        }

        /// A stream that is full refuses messages one by one; the run goes on.
        @Test func aFullServerFailsMessages() throws {
            let target = NATSTarget.jetStreamInFiles
            let plan = try target.plan(Self.steady)
            let outcome = try target.run(
                plan,
                settings: { settings in
                    settings.replacing("jetstream {", with: "jetstream { max_file: 65536,")
                })
            #expect(outcome.ending == .completed)
            let counts = outcome.record.classes[0].counts
            #expect(counts.acknowledged > 0 && outcome.failedCount > 0)
            #expect(counts.sent == counts.acknowledged + outcome.failedCount)
            #expect(outcome.verdicts[0][0].acknowledgedThenLost == 0)
        }

        // MARK: - Before the run

        @Test(arguments: NATSTarget.allCases) func nobodyListens(_ target: NATSTarget) throws {
            let address = try ScriptedServer.refusingAddress()
            let error = try target.refusal(PeerEndpoint(address))
            #expect(error.action == "connect to \(address)")
            #expect(error.cause.contains("refused"), "\(error)")
        }

        @Test func aListenerThatSaysNothing() throws {
            try ScriptedServer.run { (socket) throws(Errno) in
                _ = try socket.read(byteCount: 1 << 20)
            } _: { server in
                let error = try NATSTarget.nats.refusal(
                    PeerEndpoint(server.address), connectNanoseconds: 300_000_000)
                #expect(error.cause == "no answer within 300 ms", "\(error)")
            }
        }

        @Test func aServerOfAnotherKind() throws {
            try ScriptedServer.run { (socket) throws(Errno) in
                try socket.write(
                    Array("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n".utf8))
                _ = try socket.read(byteCount: 1 << 20)
            } _: { server in
                let error = try NATSTarget.nats.refusal(PeerEndpoint(server.address))
                #expect(error.cause.hasPrefix("is this a NATS server?"), "\(error)")
            }
        }

        @Test func aWrongPasswordIsToldAndNotShown() throws {
            let users = "authorization { user: loader, password: right-one }\n"
            try NATSTarget.withServer({ $0 + users }) { server in
                var endpoint = PeerEndpoint(server.address)
                endpoint.user = "loader"
                endpoint.password = "wrong-one"
                let error = try NATSTarget.nats.refusal(endpoint)
                #expect(error.cause.contains("uthorization"), "\(error)")
                #expect(!"\(error)".contains("wrong-one"))
                endpoint.password = "right-one"
                let driver = NATSTarget.nats.driver(endpoint)
                let plan = try NATSTarget.nats.plan(DriverScenario.all[0])
                try driver.prepare(plan)
            }
        }

        @Test(arguments: NATSTarget.allCases) func messagesThatAreTooLarge(_ target: NATSTarget)
            throws
        {
            try NATSTarget.withServer({
                $0.replacing("max_payload: 8388608", with: "max_payload: 512")
            }) { server in
                let error = try target.refusal(PeerEndpoint(server.address))
                #expect(error.cause.contains("at most 512 bytes"), "\(error)")
            }
        }

        @Test func aServerWithoutJetStream() throws {
            try NATSTarget.withServer({ settings in
                settings.split(separator: "\n").filter { !$0.hasPrefix("jetstream") }
                    .joined(separator: "\n")
            }) { server in
                let error = try NATSTarget.jetStreamInMemory.refusal(PeerEndpoint(server.address))
                #expect(error.action.hasPrefix("create stream"), "\(error)")
                #expect(error.cause == "JetStream does not run there", "\(error)")
            }
        }
    }
#endif

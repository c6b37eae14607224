// Whether what JetStream acknowledged survives its server, as the promise says.

#if NATSDriver
    import AeroDrivers
    import AeroIO
    import AeroLoad
    import Glibc
    import TestSupport
    import Testing

    @Suite(.serialized, .timeLimit(.minutes(5)))
    struct NATSSurvivalTests {
        /// A server is killed under load and started again in the same directory.
        ///
        /// - Returns: What was acknowledged before, and how many messages there are after; nil when
        ///   the stream is gone.
        private static func survivors(
            _ target: NATSTarget
        ) throws -> (acknowledged: Int64, kept: Int64?) {
            let folder = try TemporaryFolder()
            func start() throws -> PeerServer {
                try PeerServer.start(directory: folder.path) {
                    NATSServer.plan($0, directory: folder.path, durability: .os)
                }
            }
            let scenario = DriverScenario(
                testDescription: "",
                lines: """
                    message-size: 100B
                    groups: 0
                    load: { schedule: maximum, in-flight: 100 }
                    """)
            let acknowledged: Int64
            do {
                var server = try start()
                let group = -server.processIdentifier
                let outcome = try TargetTrial.runToDeath(
                    try target.plan(scenario, duration: "60s"),
                    target.driver(PeerEndpoint(server.address))
                ) { kill(group, SIGKILL) }
                acknowledged = outcome.record.classes[0].counts.acknowledged
                try server.stop()
            }
            var server = try start()
            let kept = try messageCount("t1-main-0", server.address)
            try server.stop()
            return (acknowledged, kept)
        }

        /// Asks in the protocol's own words, without the library.
        private static func messageCount(_ stream: String, _ address: SocketAddress) throws
            -> Int64?
        {
            let socket = try BlockingSocket(try TCPConnection.connect(to: address))
            let request = """
                CONNECT {"verbose":false}\r\nSUB answer 1\r\n\
                PUB $JS.API.STREAM.INFO.\(stream) answer 0\r\n\r\nPING\r\n
                """
            try socket.write(Array(request.utf8))
            var text = ""
            // BOUND: the server answers or the suite's time limit ends the test.
            while true {
                let bytes = try socket.read(byteCount: 1)
                text += String(decoding: bytes, as: UTF8.self)
                if bytes.isEmpty || text.contains("\"error\"") { return nil }
                guard let state = text.firstRange(of: "\"messages\":") else { continue }
                let digits = text[state.upperBound...].prefix { $0.isNumber }
                if digits.endIndex < text.endIndex { return Int64(digits) }
            }
        }

        @Test func whatWasWrittenToFilesIsStillThere() throws {
            let (acknowledged, kept) = try Self.survivors(.jetStreamInFiles)
            #expect(acknowledged > 0)
            #expect(try #require(kept) >= acknowledged)
        }

        /// The check above can fail: memory ends with the server.
        @Test func whatWasInMemoryIsGone() throws {
            let (acknowledged, kept) = try Self.survivors(.jetStreamInMemory)
            #expect(acknowledged > 0 && kept == nil)
        }
    }
#endif

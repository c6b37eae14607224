// Targets that are no Kafka, or do not let the driver in: one line that names the cause.

#if KafkaDriver
    import AeroDrivers
    import AeroIO
    import AeroLoad
    import Testing

    @Suite(.serialized, .timeLimit(.minutes(10))) struct KafkaConnectionTests {
        private static func refusal(
            _ endpoint: PeerEndpoint, withinNanoseconds limit: Int64 = 20_000_000_000
        ) throws -> DriverError {
            let plan = try DriverScenario.all[0].makePlan()
            let refusal = KafkaRun.refusal(plan, endpoint, withinNanoseconds: limit)
            let error = try #require(refusal)
            #expect(error.action == "connect to \(endpoint.address)")
            #expect(!error.description.contains("\n"))
            return error
        }

        @Test func aRefusedConnection() throws {
            let address = try ScriptedServer.refusingAddress()
            let error = try Self.refusal(PeerEndpoint(address))
            #expect(error.cause.contains("refused"), "\(error)")
        }

        @Test func aSilentListener() throws {
            try ScriptedServer.run { (socket) throws(Errno) in
                _ = try socket.read(byteCount: 1 << 20)
            } _: { server in
                let error = try Self.refusal(
                    PeerEndpoint(server.address), withinNanoseconds: 300_000_000)
                #expect(error.cause == "no answer within 300 ms")
            }
        }

        @Test func aServerOfAnotherKind() throws {
            try ScriptedServer.run { (socket) throws(Errno) in
                try socket.write(
                    Array("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n".utf8))
                _ = try socket.read(byteCount: 1 << 20)
            } _: { server in
                let error = try Self.refusal(PeerEndpoint(server.address))
                #expect(error.cause.contains("is this a Kafka broker?"), "\(error)")
            }
        }

        @Test func aServerThatHangsUp() throws {
            try ScriptedServer.run { (socket) throws(Errno) in
                _ = try socket.read(byteCount: 1)
            } _: { server in
                let error = try Self.refusal(PeerEndpoint(server.address))
                #expect(
                    error.cause.contains("Disconnected") || error.cause.contains("reset"),
                    "\(error)")
            }
        }

        /// The password goes to the library, and into no text.
        @Test func aServerThatDoesNotLetIn() throws {
            try KafkaScript.run(KafkaScript(password: "right")) { server in
                var endpoint = PeerEndpoint(server.address)
                (endpoint.user, endpoint.password) = ("ann", "secret-3141")
                let error = try Self.refusal(endpoint)
                #expect(error.cause.contains("SASL authentication error"), "\(error)")
                #expect(!"\(error)".contains("secret-3141"))
                endpoint.password = "right"
                let plan = try DriverScenario.all[0].makePlan()
                #expect(KafkaRun.refusal(plan, endpoint) == nil)
            }
        }

        @Test func anAuthorityThatIsNotThere() throws {
            var endpoint = PeerEndpoint(try ScriptedServer.refusingAddress())
            endpoint.certificateAuthorityPath = "/nowhere/ca.pem"
            let plan = try DriverScenario.all[0].makePlan()
            let error = try #require(KafkaRun.refusal(plan, endpoint))
            #expect(error.cause.contains("/nowhere/ca.pem"), "\(error)")
        }
    }
#endif

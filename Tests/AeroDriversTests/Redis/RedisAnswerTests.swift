// Servers that answer what Redis would not: the run fails or says so, and its account is complete.

#if RedisDriver
    import AeroDrivers
    import AeroIO
    import AeroLoad
    import Testing

    @Suite(.serialized, .timeLimit(.minutes(5))) struct RedisAnswerTests {
        private static func run(
            answering name: String, with text: String
        ) throws -> LoadOutcome {
            let plan = try RedisUnderTest.plan(
                """
                message-size: 64B
                load: { schedule: closed-loop, in-flight: 7 }
                """)
            var outcome: LoadOutcome?
            try ScriptedServer.run { (socket) throws(Errno) in
                try RedisScript.serve(socket) { $0 == name ? text : nil }
            } _: { server in
                outcome = try TargetTrial.run(
                    plan, RedisDriver(PeerEndpoint(server.address)), drainNanoseconds: 100_000_000)
            }
            return try #require(outcome)
        }

        /// Bounded by the drain, unanswered or failed.
        @Test func aServerThatNeverAnswers() throws {
            let outcome = try Self.run(answering: "XADD", with: "")
            #expect(outcome.ending == .completed, "\(outcome.ending)")
            TargetTrial.expectAccount(outcome)
            #expect(outcome.record.classes[0].counts.sent == 7)
            #expect(outcome.failedCount + outcome.unansweredCount == 7)
            #expect(outcome.verdicts[0][0].acknowledgedThenLost == 0)
        }

        /// Refused one by one; the run goes on.
        @Test func aServerThatRefusesMessages() throws {
            let outcome = try Self.run(answering: "XADD", with: "-READONLY not me\r\n")
            #expect(outcome.ending == .completed, "\(outcome.ending)")
            TargetTrial.expectAccount(outcome)
            #expect(outcome.failedCount == outcome.record.classes[0].counts.sent)
            #expect(outcome.incidents.entries.contains { $0.text.contains("READONLY not me") })
        }

        /// What a server says, and what of it has to be in the cause.
        struct Nonsense: Sendable {
            let name: String
            let text: String
            let words: String
        }

        private static func entry(of stream: String) -> String {
            "*1\r\n*2\r\n$\(stream.utf8.count)\r\n\(stream)\r\n"
                + "*1\r\n*2\r\n$3\r\n1-1\r\n*2\r\n$1\r\nv\r\n$3\r\nabc\r\n"
        }

        static let nonsense = [
            Nonsense(name: "XADD", text: "+a\r\n+b\r\n", words: "answer to nothing"),
            Nonsense(name: "XADD", text: "HTTP/1.1\r\n", words: "is this a Redis server?"),
            Nonsense(name: "XREADGROUP", text: "+a\r\n", words: "a text"),
            Nonsense(name: "XREADGROUP", text: entry(of: "x"), words: "a stream that nobody reads"),
            Nonsense(name: "XREADGROUP", text: "-NOGROUP gone\r\n", words: "NOGROUP gone"),
            Nonsense(
                name: "XREADGROUP",
                text: "*1\r\n*2\r\n*0\r\n*1\r\n*2\r\n$1\r\na\r\n*2\r\n$1\r\nv\r\n$1\r\nx\r\n",
                words: "a message of no stream"),
        ]

        @Test(arguments: nonsense.indices) func nonsenseEndsTheRun(index: Int) throws {
            let each = Self.nonsense[index]
            let outcome = try Self.run(answering: each.name, with: each.text)
            guard case .failed(let error) = outcome.ending else {
                Issue.record("the run ended with \(outcome.ending)")
                return
            }
            #expect(error.cause.contains(each.words), "\(error)")
            let counts = outcome.record.classes[0].counts
            #expect(
                counts.sent == counts.acknowledged + outcome.failedCount + outcome.unansweredCount)
            #expect(outcome.strayTokenCount == 0)
        }
    }
#endif

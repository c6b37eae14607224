// What a Redis server promises is what it is set to, and a run that asks for more is refused.

#if RedisDriver
    import AeroDrivers
    import AeroLoad
    import Testing

    @Suite(.serialized, .timeLimit(.minutes(5))) struct RedisPromiseTests {
        private static func plan(_ durability: String) throws -> LoadPlan {
            try RedisUnderTest.plan(
                """
                message-size: 100B
                durability: \(durability)
                load: { schedule: closed-loop, in-flight: 1 }
                """)
        }

        /// A setting of the server, a wish, and the promise; nil where the wish is refused.
        struct Case: Sendable {
            let server: TopicStorage.Durability
            let arguments: [String]
            let wish: String
            let promise: TopicStorage.Durability?
            let differs: Bool

            init(
                _ server: TopicStorage.Durability, _ wish: String,
                _ promise: TopicStorage.Durability?, differs: Bool = false,
                with arguments: [String] = []
            ) {
                (self.server, self.arguments, self.wish) = (server, arguments, wish)
                (self.promise, self.differs) = (promise, differs)
            }
        }

        private static let unsynced = ["--appendfsync", "no"]
        /// A server of somebody who lets nobody ask.
        private static let hidden = ["--rename-command", "CONFIG", ""]

        static let cases = [
            Case(.volatile, "volatile", .volatile),
            Case(.volatile, "os", nil),
            Case(.volatile, "sync", nil),
            Case(.os, "volatile", .os, differs: true),
            Case(.os, "os", .os),
            Case(.os, "interval 1s", .os, differs: true),
            Case(.os, "interval 100ms", nil),
            Case(.os, "sync", nil),
            Case(.os, "os", .os, with: unsynced),
            Case(.os, "interval 5s", nil, with: unsynced),
            Case(.sync, "os", .sync, differs: true),
            Case(.sync, "interval 100ms", .sync, differs: true),
            Case(.sync, "sync", .sync),
            Case(.sync, "volatile", .volatile, differs: true, with: hidden),
            Case(.sync, "os", nil, with: hidden),
        ]

        @Test(arguments: cases.indices) func theServerIsAsked(index: Int) throws {
            let each = Self.cases[index]
            let plan = try Self.plan(each.wish)
            try RedisUnderTest.withServer(each.server, arguments: each.arguments) { server in
                let driver = RedisUnderTest.driver(server)
                guard let promise = each.promise else {
                    let error = try TargetTrial.refusal(plan, driver)
                    #expect(error.action.contains("class main as durability \(each.wish)"))
                    #expect(error.cause.contains("the server"), "\(error)")
                    return
                }
                try driver.prepare(plan)
                let promises = try driver.promises(plan)
                #expect(promises.map(\.durability) == [promise])
                #expect(promises.map { !$0.differences.isEmpty } == [each.differs], "\(promises)")
            }
        }

        @Test func whatIsNotThereIsSaid() throws {
            let plan = try RedisUnderTest.plan(
                """
                message-size: 100B
                acks: 0
                retention-size: 1MiB
                load: { schedule: constant, rate: 1k/s }
                batch: { messages: 10, linger: 1ms, compression: zstd }
                """)
            try RedisUnderTest.withServer { server in
                let driver = RedisUnderTest.driver(server)
                try driver.prepare(plan)
                let promise = try #require(try driver.promises(plan).first)
                #expect(promise.durability == nil)
                #expect(promise.acknowledgement.contains("CLIENT REPLY OFF"))
                for word in ["compression", "linger", "MAXLEN"] {
                    #expect(promise.differences.contains { $0.contains(word) }, "\(word)")
                }
            }
        }
    }
#endif

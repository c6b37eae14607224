// What NATS means by a scenario's words, and which of them it refuses.

#if NATSDriver
    import AeroDrivers
    import AeroIO
    import AeroLoad
    import Testing

    struct NATSPromiseTests {
        private static let endpoint = PeerEndpoint(.loopback(port: 1))

        private static func plan(_ lines: String) throws -> LoadPlan {
            try DriverScenario(
                testDescription: "",
                lines: """
                    message-size: 100B
                    load: { schedule: constant, rate: 1k/s }
                    \(lines)
                    """
            ).makePlan()
        }

        private static func promise(
            _ driver: any LoadDriver, _ lines: String
        ) throws -> TargetPromise {
            try #require(try driver.promises(try plan(lines)).first)
        }

        @Test func coreNATSKeepsNothing() throws {
            let driver = NATSDriver(Self.endpoint)
            let promise = try Self.promise(driver, "")
            #expect(promise.durability == .volatile && promise.differences.isEmpty)
            #expect(promise.acknowledgement.contains("keeps nothing"))
            #expect(try Self.promise(driver, "acks: 0").durability == nil)
            let refusal = #expect(throws: DriverError.self) {
                try driver.prepare(try Self.plan("durability: os"))
            }
            #expect(refusal?.cause.contains("jetstream") == true)
        }

        @Test func jetStreamKeepsInMemoryOrInFiles() throws {
            let driver = JetStreamDriver(Self.endpoint)
            #expect(try Self.promise(driver, "").durability == .volatile)
            let promise = try Self.promise(driver, "durability: os")
            #expect(promise.durability == .os && promise.acknowledgement.contains("in a file"))
            #expect(try Self.promise(driver, "acks: 0\ndurability: os").durability == nil)
        }

        @Test(arguments: ["sync", "interval 100ms"])
        func jetStreamRefusesSyncsThatItDoesNotMake(durability: String) throws {
            let refusal = #expect(throws: DriverError.self) {
                try JetStreamDriver(Self.endpoint).prepare(
                    try Self.plan("durability: \(durability)"))
            }
            #expect(refusal?.cause.contains("durability os") == true)
        }

        @Test(arguments: [
            ("batch: { messages: 10, linger: 2ms }", "waits"),
            ("batch: { compression: lz4 }", "compress"),
            ("acks: all", "replicas"),
        ])
        func whatIsNotMetIsTold(lines: String, words: String) throws {
            let drivers: [any LoadDriver] = [
                NATSDriver(Self.endpoint), JetStreamDriver(Self.endpoint),
            ]
            for driver in drivers {
                let differences = try Self.promise(driver, lines).differences
                #expect(differences.count == 1 && differences[0].contains(words), "\(differences)")
            }
            #expect(
                try Self.promise(NATSDriver(Self.endpoint), "consume: pull").differences.count == 1)
            #expect(
                try Self.promise(JetStreamDriver(Self.endpoint), "consume: pull").differences == [])
        }
    }
#endif

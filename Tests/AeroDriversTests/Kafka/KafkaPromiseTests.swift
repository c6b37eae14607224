// What a Kafka cluster is asked for, what it promises, and what the driver refuses.

#if KafkaDriver
    import AeroDrivers
    import AeroIO
    import AeroLoad
    import Testing

    @Suite(.serialized, .timeLimit(.minutes(10))) struct KafkaPromiseTests {
        private static func plan(_ lines: String = "") throws -> LoadPlan {
            try DriverScenario(
                testDescription: "",
                lines: """
                    message-size: 100B
                    load: { schedule: constant, rate: 1k/s }
                    \(lines)
                    """
            ).makePlan()
        }

        // MARK: - The cluster for tests

        @Test(arguments: ["os", "sync"]) func theClusterForTestsHasNoDisk(durability: String) throws
        {
            let cluster = try KafkaTestCluster()
            let refusal = KafkaRun.refusal(
                try Self.plan("durability: \(durability)"), PeerEndpoint(cluster.address))
            #expect(refusal?.cause.contains("no disk") == true, "\(String(describing: refusal))")
        }

        @Test func theClusterForTestsHasFourPartitions() throws {
            let cluster = try KafkaTestCluster()
            let endpoint = PeerEndpoint(cluster.address)
            let refusal = KafkaRun.refusal(try Self.plan("partitions: 5"), endpoint)
            #expect(refusal?.cause.contains("4 partitions") == true)
            #expect(KafkaRun.refusal(try Self.plan("partitions: 4"), endpoint) == nil)
        }

        @Test func theClusterForTestsSaysWhatItIs() throws {
            let cluster = try KafkaTestCluster()
            let driver = KafkaDriver(PeerEndpoint(cluster.address))
            let promise = try driver.promises(
                try Self.plan("retention-size: 1MiB\nconsume: pull"))[0]
            #expect(promise.durability == .volatile)
            #expect(promise.acknowledgement.contains("cluster for tests"))
            #expect(promise.differences.count == 2)
            #expect(promise.differences.contains { $0.contains("no broker") })
            #expect(promise.differences.contains { $0.hasPrefix("retention-size") })
            let unanswered = try driver.promises(try Self.plan("acks: 0"))[0]
            #expect(unanswered.durability == nil)
            #expect(unanswered.differences.contains { $0.hasPrefix("push") })
        }

        // MARK: - Brokers

        /// A topic for a promise is made with the setting that makes it true, and is looked at
        /// again.
        @Test func syncIsASettingOfTheTopic() throws {
            let script = KafkaScript()
            try KafkaScript.run(script) { server in
                let driver = KafkaDriver(PeerEndpoint(server.address))
                let plan = try Self.plan(
                    "durability: sync\npartitions: 3\nretention-size: 1GiB")
                try driver.prepare(plan)
                let topics = script.existing
                #expect(topics.keys.sorted() == [plan.topicName(classIndex: 0, topic: 0)])
                #expect(topics.values.first?.partitionCount == 3)
                #expect(
                    topics.values.first?.settings
                        == ["flush.messages": "1", "retention.bytes": "1073741824"])
                let promise = try driver.promises(plan)[0]
                #expect(promise.durability == .sync)
                #expect(promise.acknowledgement.contains("flush.messages=1"))
                try driver.cleanUp(plan)
                #expect(script.existing.isEmpty)
            }
        }

        @Test func aBrokerThatDoesNotKeepToASettingIsRefused() throws {
            try KafkaScript.run(KafkaScript(stubbornSetting: "flush.messages")) { server in
                let refusal = KafkaRun.refusal(
                    try Self.plan("durability: sync"), PeerEndpoint(server.address))
                #expect(
                    refusal?.cause
                        == "its flush.messages is 9223372036854775807, and 1 was asked for")
            }
        }

        @Test func aTopicThatIsThereIsRefused() throws {
            try KafkaScript.run(KafkaScript()) { server in
                let plan = try Self.plan("durability: os")
                #expect(KafkaRun.refusal(plan, PeerEndpoint(server.address)) == nil)
                let refusal = KafkaRun.refusal(plan, PeerEndpoint(server.address))
                #expect(refusal?.cause.contains("already exists") == true)
            }
        }

        /// Kafka has logs and nothing less, and no syncs by the clock.
        @Test func whatKafkaHasNot() throws {
            try KafkaScript.run(KafkaScript()) { server in
                let driver = KafkaDriver(PeerEndpoint(server.address))
                let volatile = try driver.promises(try Self.plan("acks: 1"))[0]
                #expect(volatile.durability == .os)
                #expect(volatile.acknowledgement.contains("acks=1"))
                #expect(volatile.differences.contains { $0.hasPrefix("volatile was asked for") })
                let os = try driver.promises(
                    try Self.plan("durability: os\nacks: all\nconsume: pull"))[0]
                #expect(os.durability == .os && os.differences.isEmpty)
                #expect(os.acknowledgement.contains("acks=all"))
                let refusal = KafkaRun.refusal(
                    try Self.plan("durability: interval 100ms"), PeerEndpoint(server.address))
                #expect(refusal?.cause.contains("not at intervals") == true)
            }
        }
    }
#endif

// Workload and driver files of the OpenMessaging Benchmark as scenarios.

import AeroLoad
import Testing

struct OpenMessagingTests {
    /// The keys that every workload file of the benchmark has.
    private static let plain = """
        name: 2 topics / 3 partitions / 1Kb

        topics: 2
        partitionsPerTopic: 3
        keyDistributor: "KEY_ROUND_ROBIN"
        messageSize: 1024
        payloadFile: "payload/payload-1Kb.data"
        subscriptionsPerTopic: 2
        consumerPerSubscription: 2
        producersPerTopic: 4
        producerRate: 50000
        consumerBacklogSizeGB: 0
        testDurationMinutes: 15
        """

    private func mapped(
        _ text: String, driver: String? = nil
    ) throws -> (scenario: Scenario, mapping: OpenMessagingScenario) {
        let mapping = OpenMessagingScenario(
            try OpenMessagingWorkload.parse(Array(text.utf8), fileName: "workload.yaml"),
            driver: try driver.map {
                try OpenMessagingDriver.parse(Array($0.utf8), fileName: "driver.yaml")
            })
        let scenario = try Scenario.parse(Array(mapping.text.utf8), fileName: "mapped")
        return (scenario, mapping)
    }

    /// The plain workload with one line changed or added.
    private func changed(_ key: String, _ value: String?) -> String {
        let lines = Self.plain.split(separator: "\n").filter { !$0.hasPrefix(key + ":") }
        return (lines + (value.map { ["\(key): \($0)"] } ?? [])).joined(separator: "\n")
    }

    @Test func everyKeyHasItsPlace() throws {
        let (scenario, mapping) = try mapped(Self.plain)
        #expect(scenario.name == "2-topics-3-partitions-1kb")
        #expect(scenario.durationNanoseconds == 15 * 60_000_000_000)
        #expect(scenario.warmupNanoseconds == 60_000_000_000)
        let main = scenario.classes[0]
        #expect(main.topicCount == 2 && main.partitionCount == 3)
        #expect(main.producerCount == 8)
        #expect(main.groupCount == 2)
        #expect(main.consumersPerGroup == 4)
        #expect(main.messageByteCount == 1_024)
        #expect(main.keys == .roundRobin)
        #expect(main.load.rate?.messagesPerSecond == 50_000)
        #expect(!mapping.asksForCapacity)
        #expect(mapping.notes.contains { $0.hasPrefix("payloadFile") })
        #expect(mapping.notes.contains { $0.hasPrefix("producersPerTopic") })
        #expect(mapping.notes.contains { $0.hasPrefix("keyDistributor: one key for each") })
        #expect(mapping.notes.contains { $0.hasPrefix("latencies count from the intended") })
    }

    @Test func randomizedPayloadsSayHowRandom() throws {
        let half = """
            \(changed("payloadFile", nil))
            useRandomizedPayloads: true
            randomBytesRatio: 0.5
            randomizedPayloadPoolSize: 1000
            """
        let (scenario, mapping) = try mapped(half)
        #expect(mapping.notes.contains { $0.hasPrefix("randomBytesRatio") })
        #expect(mapping.notes.contains { $0.hasPrefix("randomizedPayloadPoolSize 1000") })
        #expect(scenario.classes[0].compressibleBillionths == 500_000_000)
        let whole = half.replacing("0.5", with: "1.0")
        #expect(
            try !mapped(whole).mapping.notes.contains {
                $0.hasPrefix("randomBytesRatio") || $0.hasPrefix("payloadFile")
            })
    }

    @Test func aRateOfZeroAsksForASearch() throws {
        let (scenario, mapping) = try mapped(changed("producerRate", "0"))
        #expect(mapping.asksForCapacity)
        #expect(scenario.classes[0].load.rate?.messagesPerSecond == 10_000)
        #expect(mapping.notes.contains { $0.hasPrefix("producerRate 0") })
    }

    @Test func tenMillionMeansAsFastAsPossible() throws {
        let (scenario, mapping) = try mapped(changed("producerRate", "10000000"))
        #expect(scenario.classes[0].load.inFlight == 4_096)
        #expect(mapping.notes.contains { $0.hasPrefix("producerRate 10000000") })
        #expect(
            try mapped(changed("producerRate", "9999999")).scenario.classes[0].load.rate != nil)
    }

    @Test func warmupKeysBacklogAndUnknownKeys() throws {
        let text = """
            \(changed("consumerBacklogSizeGB", "512"))
            warmupDurationMinutes: 5
            keyDistributors: oops
            sampleRateMillis: 10000
            """
        let (scenario, mapping) = try mapped(text)
        #expect(scenario.warmupNanoseconds == 300_000_000_000)
        #expect(mapping.notes.contains { $0.hasPrefix("consumerBacklogSizeGB") })
        #expect(mapping.notes.contains { $0.hasPrefix("keyDistributors: ignored") })
        #expect(mapping.notes.contains { $0.hasPrefix("sampleRateMillis: ignored") })
        let random = try mapped(changed("keyDistributor", "RANDOM_NANO"))
        #expect(random.scenario.classes[0].keys == .uniform(count: 10_000))
        #expect(!random.mapping.notes.contains { $0.hasPrefix("keyDistributor") })
    }

    @Test func moreConsumersThanPartitionsAndTooManyStreamsAreCut() throws {
        let crowded = try mapped(changed("consumerPerSubscription", "16"))
        #expect(crowded.scenario.classes[0].consumersPerGroup == 6)
        #expect(
            crowded.mapping.notes.contains { $0.hasPrefix("consumerPerSubscription: 6 consumers") })
        let wide = changed("partitionsPerTopic", "10000").replacing(
            "producersPerTopic: 4", with: "producersPerTopic: 200")
        let (scenario, mapping) = try mapped(wide)
        let main = scenario.classes[0]
        #expect(main.producerCount * main.destinationCount <= ScenarioLimits.streams)
        #expect(mapping.notes.contains { $0.contains("instead of 400") })
    }

    /// As there: the middle of each range, as often as its weight says.
    @Test func sizesAreDistributedAsTheWeightsSay() throws {
        let text = """
            \(changed("messageSize", nil))
            messageSizeDistribution:
              "0-201": 50
              "1KB-3KB": 30
              "1MB-2MB": 0
            """
        let (scenario, mapping) = try mapped(text)
        #expect(
            scenario.classes[0].messageSize
                == .weighted([
                    .init(byteCount: 100, weight: 50), .init(byteCount: 2_048, weight: 30),
                ]))
        #expect(!mapping.notes.contains { $0.hasPrefix("messageSize") })
        let one = try mapped(text.replacing(": 30", with: ": 0"))
        #expect(one.scenario.classes[0].messageSize == .fixed(100))
        #expect(throws: ScenarioError.self) {
            try mapped(text.replacing(": 30", with: ": 0").replacing(": 50", with: ": 0"))
        }
    }

    @Test func aMessageHasRoomForItsStamp() throws {
        let tiny = try mapped(changed("messageSize", "10"))
        #expect(tiny.scenario.classes[0].messageByteCount == 16)
        #expect(tiny.mapping.notes.contains { $0.hasPrefix("messageSize: a message carries") })
        let varying = try mapped(
            changed("messageSize", nil) + "\nmessageSizeDistribution: { 0-8: 1, 0-200: 1 }")
        #expect(varying.scenario.classes[0].messageSize.bounds == 32...100)
        #expect(varying.mapping.notes.contains { $0.contains("at least 32 bytes") })
    }

    /// Batches hold as many of the smallest messages as their bytes do.
    @Test func batchesOfDifferentSizesAreBoundByBytes() throws {
        let text =
            changed("messageSize", nil) + "\nmessageSizeDistribution: { 0-200: 1, 0-4KB: 1 }"
        let main = try mapped(text, driver: "producerConfig: |\n  batch.size=1000\n")
            .scenario.classes[0]
        #expect(main.batch.byteCount == 2_048 && main.batch.messageCount == 20)
    }

    @Test func withoutConsumersThereAreNoGroups() throws {
        #expect(
            try mapped(changed("consumerPerSubscription", "0")).scenario.classes[0].groupCount == 0)
    }

    @Test func aDriverFileSaysHowProducersBatch() throws {
        let driver = """
            name: Kafka
            driverClass: io.openmessaging.benchmark.driver.kafka.KafkaBenchmarkDriver
            replicationFactor: 3
            commonConfig: |
              bootstrap.servers=localhost:9092
            producerConfig: |
              acks=all
              linger.ms=1
              batch.size=1048576
              compression.type=lz4
              max.in.flight.requests.per.connection=1
            """
        let (scenario, mapping) = try mapped(Self.plain, driver: driver)
        let main = scenario.classes[0]
        #expect(main.acknowledgement == .all)
        #expect(main.batch.lingerNanoseconds == 1_000_000)
        #expect(main.batch.byteCount == 1_048_576)
        #expect(main.batch.messageCount == 1_024)
        #expect(main.batch.compression == .lz4)
        #expect(mapping.notes.contains("replicationFactor 3: there is one broker"))
        #expect(
            mapping.notes.contains {
                $0.contains("max.in.flight.requests.per.connection=1 is ignored")
            })
        let odd = try mapped(
            Self.plain, driver: "producerConfig: |\n  acks=2\n  compression.type=brotli\n")
        #expect(odd.scenario.classes[0].acknowledgement == .leader)
        #expect(odd.scenario.classes[0].batch.compression == .none)
        #expect(odd.mapping.notes.count { $0.contains("not known") } == 2)
    }

    @Test(
        arguments: [
            ("topics", nil), ("topics", "0"), ("producerRate", "-1"), ("messageSize", "1KiB"),
            ("keyDistributor", "NONE"), ("testDurationMinutes", "5.5"),
        ] as [(String, String?)])
    func faultsNameTheirPlace(key: String, value: String?) {
        #expect {
            try mapped(changed(key, value))
        } throws: { error in
            "\(error)".contains("workload.yaml:") && "\(error)".contains(key)
        }
    }

    @Test func whatIsNoMappingIsNoWorkload() {
        #expect(throws: ScenarioError.self) { try mapped("- 1") }
        #expect(throws: ScenarioError.self) {
            try mapped(Self.plain, driver: "[]")
        }
    }
}

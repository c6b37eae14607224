// What a legal scenario becomes.

import AeroLoad
import Testing

@Suite struct ScenarioParsingTests {
    @Test func minimalScenarioGetsEveryDefault() throws {
        let scenario = try ScenarioFixture.parse(ScenarioFixture.minimal)
        #expect(scenario.name == "tiny")
        #expect(scenario.description == "")
        #expect(scenario.seed == 42)
        #expect(scenario.durationNanoseconds == 1_000_000_000)
        #expect(scenario.warmupNanoseconds == 2_000_000_000)
        #expect(scenario.intervalNanoseconds == 1_000_000_000)
        #expect(scenario.driver == "aeromq")
        #expect(scenario.broker.shardCount == 1)
        #expect(scenario.broker.buffers == .pooled)
        #expect(scenario.broker.poller == .epoll)
        #expect(scenario.workerCount == 1)
        #expect(scenario.objectives.isEmpty)
        let main = try #require(scenario.classes.first)
        #expect(main.destinationCount == 1)
        #expect(main.producerCount == 1)
        #expect(main.consumersPerGroup == 1)
        #expect(main.groupCount == 1)
        #expect(main.messageByteCount == 1_024)
        #expect(main.load == .constant(MessageRate(messagesPerSecond: 10)))
        #expect(main.batch.messageCount == 64)
        #expect(main.batch.byteCount == 65_536)
        #expect(main.batch.lingerNanoseconds == 0)
        #expect(main.batch.compression == .none)
        #expect(main.batch.sizing == .fixed)
        #expect(main.payload == .random)
        #expect(!scenario.isCompressing)
        #expect(main.acknowledgement == .leader)
        #expect(main.consume == .push)
        #expect(main.keys == .none)
        #expect(main.stampForm == .full)
        #expect(main.storage.durability == .volatile)
        #expect(main.storage.segmentByteCount == nil && main.storage.retentionByteCount == nil)
    }

    @Test func everyKeyIsRead() throws {
        let scenario = try ScenarioFixture.parse(
            """
            name: all-1
            description: "every key"
            seed: 18446744073709551615
            duration: 1.5m
            warmup: 0s
            interval: 250 ms
            driver: relay
            broker: { shards: 2, buffers: native, poller: uring }
            workers: 3
            classes:
              - name: a
                topics: 2
                partitions: 3
                producers: 1_000
                consumers-per-group: 6
                groups: 4
                message-size: 16B
                payload: json
                load: { schedule: closed-loop, in-flight: 2 }
                batch: { messages: 7, bytes: 1KB, linger: 20us, compression: lz4, sizing: adaptive }
                acks: all
                consume: pull
                keys: round-robin
                durability: interval 250ms
                segment-size: 8MiB
                retention-size: 3GiB
              - name: b
                message-size: 2MiB
                load: { schedule: maximum }
                acks: 0
            slo: [ "e2e.intended.p99 < 5ms", ledger.lost == 0 ]
            """,
            overrides: ["classes.a.producers=256"])
        #expect(scenario.seed == .max)
        #expect(scenario.durationNanoseconds == 90_000_000_000)
        #expect(scenario.warmupNanoseconds == 0)
        #expect(scenario.intervalNanoseconds == 250_000_000)
        #expect(scenario.driver == "relay")
        #expect(scenario.broker.shardCount == 2)
        #expect(scenario.broker.buffers == .native)
        #expect(scenario.broker.poller == .uring)
        #expect(scenario.workerCount == 3)
        #expect(
            scenario.objectives.map(\.text) == ["e2e.intended.p99 < 5ms", "ledger.lost == 0"])
        let a = scenario.classes[0]
        #expect(a.destinationCount == 6)
        #expect(a.producerCount == 256)
        #expect(a.stampForm == .compact)
        #expect(a.load == .closedLoop(inFlight: 2))
        #expect(a.batch.messageCount == 7)
        #expect(a.batch.byteCount == 1_000)
        #expect(a.batch.lingerNanoseconds == 20_000)
        #expect(a.batch.compression == .lz4)
        #expect(a.batch.sizing == .adaptive)
        #expect(a.payload == .json)
        #expect(scenario.isCompressing)
        #expect(a.acknowledgement == .all)
        #expect(a.consume == .pull)
        #expect(a.keys == .roundRobin)
        #expect(a.storage.durability == .interval(nanoseconds: 250_000_000))
        #expect(a.storage.segmentByteCount == 8 << 20)
        #expect(a.storage.retentionByteCount == 3 << 30)
        let b = scenario.classes[1]
        #expect(b.load == .maximum(inFlight: 4_096))
        #expect(b.batch.byteCount == 2 << 20, "the default batch holds one message")
        #expect(b.acknowledgement == .none)
    }

    @Test(arguments: [
        ("1/s", 1_000_000_000), ("100k/s", 100_000_000_000_000), ("2.5k/s", 2_500_000_000_000),
        ("0.5/s", 500_000_000), ("3M/s", 3_000_000_000_000_000),
        ("0.123456789k/s", 123_456_789_000),
        ("1_000 /s", 1_000_000_000_000),
    ])
    func ratesAreExact(text: String, billionths: Int64) throws {
        let scenario = try ScenarioFixture.parse(
            ScenarioFixture.minimal, overrides: ["classes.main.load.rate=\(text)"])
        #expect(scenario.classes[0].load.rate?.billionthsPerSecond == billionths)
    }

    @Test(arguments: ["volatile", "os", "sync", "interval 1ms", "interval 90s"])
    func durabilitiesAreWrittenAsTheyAreRead(text: String) throws {
        let scenario = try ScenarioFixture.parse(
            ScenarioFixture.minimal, overrides: ["classes.main.durability=\(text)"])
        let json = scenario.resolvedTree.json
        // A default is left out: results from before the key stay comparable.
        #expect(json.contains("durability") == (text != "volatile"))
        #expect(scenario.classes[0].storage.needsDisk == (text != "volatile"))
        #expect(try Scenario.parse(Array(json.utf8), fileName: "again.json") == scenario)
    }

    @Test(arguments: [
        ("auto", Int64(30_000_000_000), true), ("auto 90s", 90_000_000_000, true),
        ("3s", 3_000_000_000, false),
    ])
    func warmUpsAreFixedOrEndByThemselves(text: String, most: Int64, isAutomatic: Bool) throws {
        let scenario = try ScenarioFixture.parse(
            ScenarioFixture.minimal, overrides: ["warmup=\(text)"])
        #expect(scenario.warmupNanoseconds == most && scenario.isWarmupAutomatic == isAutomatic)
        let json = scenario.resolvedTree.json
        #expect(try Scenario.parse(Array(json.utf8), fileName: "again.json") == scenario)
    }

    @Test func anAutomaticWarmUpNeedsIntervals() {
        let message = ScenarioFixture.message(
            ScenarioFixture.minimal, overrides: ["warmup=auto 5s"])
        #expect(message.contains("twelve intervals"), "\(message)")
        #expect(
            ScenarioFixture.message(ScenarioFixture.minimal, overrides: ["warmup=automatic"])
                != "no error")
    }

    @Test(arguments: [
        "{latency: 1ms}", "{slow: 5ms, slow-per-thousand: 10}",
        "{stall: 10ms, stall-every: 1s, service: 100us}",
        "{latency: 0s, faults: {lose: 100, reorder: 50}}",
    ])
    func targetsAreWrittenAsTheyAreRead(text: String) throws {
        let scenario = try ScenarioFixture.parse(
            ScenarioFixture.minimal, overrides: ["target=\(text)"])
        let json = scenario.resolvedTree.json
        #expect(try Scenario.parse(Array(json.utf8), fileName: "again.json") == scenario)
    }

    @Test(arguments: [
        ("{slow: 5ms}", "slow-per-thousand"), ("{stall: 5ms}", "stall-every"),
        ("{stall: 2s, stall-every: 1s}", "no message"), ("{laten: 1ms}", "latency"),
        ("{slow: 1ms, slow-per-thousand: 5, service: 1us}", "service"),
        ("{faults: {lose: 3}}", "16"), ("{faults: {loose: 100}}", "lose"),
    ])
    func targetsThatContradictThemselvesAreRefused(text: String, word: String) {
        let message = ScenarioFixture.message(
            ScenarioFixture.minimal, overrides: ["target=\(text)"])
        #expect(message != "no error" && message.contains(word), "\(message)")
    }

    @Test func resolvedTreeReadsBackAsTheSameScenario() throws {
        for file in ScenarioFixture.shippedFiles() {
            let scenario = try Scenario.parse(
                ScenarioFixture.shippedBytes(file), fileName: ScenarioFixture.shippedPath(file),
                overrides: [
                    "description='quotes \" \\ and ümläut: #'", "classes.0.batch.linger=1234567ns",
                ])
            let json = scenario.resolvedTree.json
            let again = try Scenario.parse(
                Array(json.utf8), fileName: ScenarioFixture.shippedPath("resolved.json"))
            #expect(again == scenario, "\(json)")
        }
    }

    @Test func shippedScenariosAreTheOnesAnnounced() throws {
        let names = [
            "adaptive-batches", "backlog", "batching-off", "batching-on", "compression",
            "durable-os-1k", "durable-sync-1k", "fan-in", "fan-out", "generator-four",
            "generator-one", "hot-beside-bulk", "iot", "latency-1k", "microservices",
            "one-in-flight", "partitions-1", "partitions-1000", "smoke", "sync-low-rate",
            "throughput-100b", "throughput-1k", "trace-replay", "trading", "truth",
        ]
        #expect(ScenarioFixture.shippedFiles() == names.map { $0 + ".yaml" })
        for name in names {
            let bytes = ScenarioFixture.shippedBytes(name + ".yaml")
            let scenario = try Scenario.parse(
                bytes, fileName: ScenarioFixture.shippedPath(name + ".yaml"))
            #expect(scenario.name == name, "a scenario is named after its file")
            #expect(!scenario.description.isEmpty)
            #expect(!scenario.objectives.isEmpty)
            #expect(bytes.first == UInt8(ascii: "#"), "a comment says what \(name) is for")
        }
    }

    /// Written in a class, an objective is of that class; the result has them all in one list.
    @Test func classesHaveTheirOwnObjectives() throws {
        let scenario = try Scenario.parse(
            ScenarioFixture.shippedBytes("hot-beside-bulk.yaml"), fileName: "mix.yaml")
        #expect(
            scenario.objectives.map(\.text) == [
                "ledger.lost == 0", "hot:e2e.intended.p99 < 20ms", "bulk:e2e.intended.p99 < 250ms",
            ])
        let json = scenario.resolvedTree.json
        #expect(try Scenario.parse(Array(json.utf8), fileName: "again.json") == scenario)
        #expect(
            ScenarioFixture.message(
                ScenarioFixture.minimal, overrides: ["classes.main.slo=[ \"a:lag.p50 < 1ms\" ]"])
                == "--set classes.main.slo=[ \"a:lag.p50 < 1ms\" ]: main: slo: the objectives of a "
                + "class are of that class; remove what stands before the colon, or move it to the "
                + "scenario's slo")
    }

    @Test func smokeTakesTenSeconds() throws {
        let smoke = try Scenario.parse(
            ScenarioFixture.shippedBytes("smoke.yaml"), fileName: "smoke.yaml")
        #expect(smoke.warmupNanoseconds + smoke.durationNanoseconds == 10_000_000_000)
    }

    @Test func latencyScenarioIsTheOneOfTheDesign() throws {
        let scenario = try Scenario.parse(
            ScenarioFixture.shippedBytes("latency-1k.yaml"), fileName: "latency-1k.yaml")
        #expect(
            scenario.classes[0].load == .constant(MessageRate(messagesPerSecond: 100_000)))
        #expect(scenario.classes[0].messageByteCount == 1_024)
    }
}

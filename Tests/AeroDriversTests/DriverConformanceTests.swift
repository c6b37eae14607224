// What every driver has to do, checked by running the real engine through it.

import AeroBroker
import AeroDrivers
import AeroIO
import AeroLoad
import Testing

/// A kind of target and what it can be asked for.
enum DriverUnderTest: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case null, truth, aeromq, aeromqThreeShards, relay, echo

    var testDescription: String { rawValue }

    /// Whether messages may go to several groups and be spread over workers.
    var hasGroups: Bool { self != .echo }
    var hasWorkers: Bool { ![.null, .truth, .echo].contains(self) }

    /// Runs a plan against a fresh target.
    ///
    /// - Parameter disturb: Called several times a second with the target's stop; true interrupts.
    func run(
        _ plan: LoadPlan, disturb: (() -> Void) -> Bool = { _ in false }
    ) throws -> LoadOutcome {
        var options = LoadRunOptions()
        options.drainNanoseconds = 5_000_000_000
        switch self {
        case .null:
            return try LoadRun(plan, driver: NullDriver(), options: options)
                .run(isInterrupted: { disturb({}) }, progress: { _, _ in })
        case .truth:
            return try LoadRun(plan, driver: TruthDriver(), options: options)
                .run(isInterrupted: { disturb({}) }, progress: { _, _ in })
        case .aeromq, .aeromqThreeShards:
            var configuration = BrokerConfiguration(listenAddress: .loopback(port: 0))
            configuration.shardCount = self == .aeromq ? 1 : 3
            let broker = try Broker.start(configuration)
            defer { broker.stop() }
            let outcome = try LoadRun(
                plan, driver: AeroMQDriver(address: broker.address), options: options
            ).run(isInterrupted: { disturb(broker.stop) }, progress: { _, _ in })
            broker.stop()
            try broker.join()
            return outcome
        case .relay, .echo:
            let (server, acceptor) = try RelayServer.start(.loopback(port: 0))
            defer {
                server.stop()
                acceptor.join()
            }
            let driver = RelayDriver(
                address: server.address, mode: self == .relay ? .relay : .echo)
            return try LoadRun(plan, driver: driver, options: options)
                .run(isInterrupted: { disturb({}) }, progress: { _, _ in })
        }
    }
}

/// A shape of load that every driver has to carry correctly.
struct DriverScenario: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let lines: String
    var groups = 1
    var workers = 1
    var isAcknowledged = true

    static let all = [
        DriverScenario(
            testDescription: "one in flight",
            lines: """
                message-size: 1KiB
                load: { schedule: closed-loop, in-flight: 1 }
                batch: { messages: 1 }
                """),
        DriverScenario(
            testDescription: "maximum, small batches",
            lines: """
                message-size: 100B
                load: { schedule: maximum, in-flight: 500 }
                batch: { messages: 16 }
                """),
        DriverScenario(
            testDescription: "constant rate with linger, many partitions",
            lines: """
                message-size: 64B
                topics: 2
                partitions: 3
                producers: 4
                consumers-per-group: 2
                load: { schedule: constant, rate: 5k/s }
                batch: { messages: 50, linger: 2ms }
                """),
        DriverScenario(
            testDescription: "pull",
            lines: """
                message-size: 200B
                partitions: 2
                consume: pull
                load: { schedule: constant, rate: 5k/s }
                """),
        DriverScenario(
            testDescription: "two groups, pull",
            lines: """
                message-size: 200B
                groups: 2
                consume: pull
                load: { schedule: constant, rate: 2k/s }
                """, groups: 2),
        DriverScenario(
            testDescription: "three groups, push",
            lines: """
                message-size: 16B
                groups: 3
                load: { schedule: poisson, rate: 3k/s }
                """, groups: 3),
        DriverScenario(
            testDescription: "without acknowledgement",
            lines: """
                message-size: 300B
                acks: 0
                load: { schedule: constant, rate: 5k/s }
                """, isAcknowledged: false),
        DriverScenario(
            testDescription: "large messages",
            lines: """
                message-size: 200KiB
                load: { schedule: maximum, in-flight: 8 }
                batch: { messages: 4, bytes: 1MiB }
                """),
        DriverScenario(
            testDescription: "everything at once, push",
            lines: """
                message-size: 100B
                topics: 2
                partitions: 3
                producers: 3
                consumers-per-group: 4
                groups: 2
                consume: push
                keys: round-robin
                load: { schedule: maximum, in-flight: 200 }
                batch: { messages: 1 }
                """, groups: 2, workers: 2),
        DriverScenario(
            testDescription: "everything at once, pull",
            lines: """
                message-size: 100B
                topics: 2
                partitions: 3
                producers: 3
                consumers-per-group: 4
                groups: 2
                consume: pull
                keys: round-robin
                load: { schedule: maximum, in-flight: 200 }
                batch: { messages: 1 }
                """, groups: 2, workers: 2),
        DriverScenario(
            testDescription: "compressed, push",
            lines: """
                message-size: 500B
                payload: json
                partitions: 2
                load: { schedule: maximum, in-flight: 300 }
                batch: { messages: 50, compression: zstd }
                """),
        DriverScenario(
            testDescription: "compressed, two groups, pull",
            lines: """
                message-size: 300B
                payload: json
                groups: 2
                consume: pull
                keys: round-robin
                load: { schedule: constant, rate: 5k/s }
                batch: { messages: 20, linger: 2ms, compression: lz4 }
                """, groups: 2),
        DriverScenario(
            testDescription: "sizes and keys that are drawn, in bursts",
            lines: """
                message-size:
                  { distribution: log-normal, median: 500B, sigma: 1.5, min: 32B, max: 40KiB }
                topics: 2
                partitions: 3
                producers: 3
                keys: { distribution: zipf, count: 1000, exponent: 1.1 }
                load: { schedule: burst, base: 1k/s, messages: 200, every: 50ms }
                batch: { messages: 100, bytes: 64KiB }
                """),
        DriverScenario(
            testDescription: "two sizes, compressible, keys that are drawn, two groups, pull",
            lines: """
                message-size:
                  distribution: weighted
                  sizes: [ { size: 32B, weight: 9 }, { size: 8KiB } ]
                compressible: 60%
                partitions: 4
                groups: 2
                consume: pull
                keys: { distribution: uniform, count: 1_000_000 }
                load:
                  { schedule: sine, mean: 3k/s, amplitude: 2k/s, period: 100ms, arrivals: poisson }
                batch: { messages: 20, linger: 1ms, compression: lz4 }
                """, groups: 2),
        DriverScenario(
            testDescription: "two workers",
            lines: """
                message-size: 64B
                producers: 2
                partitions: 2
                load: { schedule: constant, rate: 5k/s }
                """, workers: 2),
    ]

    func makePlan(duration: String = "300ms") throws -> LoadPlan {
        LoadPlan(try parse(duration: duration), runId: "t1")
    }

    func parse(duration: String = "300ms", overrides: [String] = []) throws -> Scenario {
        let keys = lines.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
        let text = """
            name: conformance
            duration: \(duration)
            warmup: 0s
            interval: 100ms
            workers: \(workers)
            classes:
              - name: main
            \(keys)

            """
        return try Scenario.parse(
            Array(text.utf8), fileName: "conformance.yaml", overrides: overrides)
    }
}

@Suite(.serialized, .timeLimit(.minutes(10)))
struct DriverConformanceTests {
    @Test(arguments: DriverUnderTest.allCases, DriverScenario.all)
    func everythingIsAcknowledgedOnceAndDeliveredOnceToEachGroup(
        _ driver: DriverUnderTest, _ scenario: DriverScenario
    ) throws {
        guard driver.hasGroups || scenario.groups == 1, driver.hasWorkers || scenario.workers == 1
        else { return }
        let outcome = try driver.run(try scenario.makePlan())
        #expect(outcome.ending == .completed, "\(outcome.incidents.entries)")
        let counts = outcome.record.classes[0].counts
        #expect(counts.sent > 0)
        #expect(counts.acknowledged == (scenario.isAcknowledged ? counts.sent : 0))
        #expect(counts.received == counts.sent * Int64(scenario.groups))
        #expect(outcome.failedCount == 0 && outcome.unansweredCount == 0)
        #expect(outcome.strayTokenCount == 0)
        #expect(outcome.incidents.entries.isEmpty, "\(outcome.incidents.entries)")
        for (group, verdict) in outcome.verdicts[0].enumerated() {
            #expect(verdict.isClean, "group \(group): \(verdict)")
            #expect(verdict.sent == counts.sent && verdict.unique == counts.sent)
        }
    }

    /// The broker counts batches and records: a batch holds no more messages than allowed.
    @Test(arguments: [1, 16, 64])
    func batchesHoldNoMoreThanAllowed(messages: Int) throws {
        let scenario = DriverScenario(
            testDescription: "",
            lines: """
                message-size: 100B
                load: { schedule: maximum, in-flight: 1000 }
                batch: { messages: \(messages) }
                """)
        let outcome = try DriverUnderTest.aeromq.run(try scenario.makePlan())
        func grown(_ name: String) -> Int64 {
            (outcome.statistics.after[name] ?? 0) - (outcome.statistics.before[name] ?? 0)
        }
        let batches = grown("batches.appended")
        #expect(grown("records.appended") == outcome.record.classes[0].counts.sent)
        #expect(batches * Int64(messages) >= outcome.record.classes[0].counts.sent)
        if messages > 1 { #expect(batches < outcome.record.classes[0].counts.sent) }
    }

    /// Every codec saves at least 30 % of JSON, and nothing of noise, which is sent as it is.
    @Test(arguments: ["gzip", "snappy", "lz4", "zstd"], ["json", "random"])
    func compressionSavesBytes(codec: String, payload: String) throws {
        let scenario = DriverScenario(
            testDescription: "",
            lines: """
                message-size: 1KiB
                payload: \(payload)
                load: { schedule: maximum, in-flight: 512 }
                batch: { messages: 64, compression: \(codec) }
                """)
        let outcome = try DriverUnderTest.aeromq.run(try scenario.makePlan())
        func grown(_ name: String) -> Int64 {
            (outcome.statistics.after[name] ?? 0) - (outcome.statistics.before[name] ?? 0)
        }
        #expect(outcome.verdicts[0][0].isClean, "\(outcome.verdicts[0][0])")
        let sent = outcome.record.classes[0].counts.sent
        #expect(grown("records.appended") == sent && sent > 0)
        let share = Double(grown("batches.bytes")) / Double(max(sent, 1) * 1_024)
        if payload == "json" {
            #expect(share > 0.1 && share < 0.7, "\(share)")
        } else {
            // Stamps are the one thing in them that is not noise.
            #expect(share > 0.95, "\(share)")
        }
    }

    /// A target that goes away ends the run; what was sent stays in the account.
    @Test(arguments: [DriverUnderTest.aeromq, .aeromqThreeShards])
    func aTargetThatStopsLeavesACompleteAccount(_ driver: DriverUnderTest) throws {
        let scenario = DriverScenario(
            testDescription: "",
            lines: """
                message-size: 100B
                load: { schedule: constant, rate: 5k/s }
                """)
        var callCount = 0
        let outcome = try driver.run(try scenario.makePlan(duration: "1500ms")) { stop in
            callCount += 1
            if callCount == 20 { stop() }
            return callCount > 60
        }
        let counts = outcome.record.classes[0].counts
        #expect(counts.sent > 0)
        let isMentioned = outcome.ending != .completed || !outcome.incidents.entries.isEmpty
        #expect(isMentioned)
        #expect(
            counts.sent == counts.acknowledged + outcome.failedCount + outcome.unansweredCount)
        #expect(outcome.strayTokenCount == 0)
        let verdict = outcome.verdicts[0][0]
        #expect(verdict.sent == counts.sent)
        #expect(verdict.counts.duplicates == 0 && verdict.counts.corrupt == 0)
        #expect(verdict.counts.misrouted == 0)
    }

    @Test(arguments: DriverUnderTest.allCases)
    func anInterruptionEndsTheRunEarlyAndCleanly(_ driver: DriverUnderTest) throws {
        let scenario = DriverScenario.all[1]
        var callCount = 0
        let outcome = try driver.run(try scenario.makePlan(duration: "60s")) { _ in
            callCount += 1
            return callCount > 10
        }
        #expect(outcome.ending == .interrupted)
        for verdict in outcome.verdicts[0] { #expect(verdict.isClean, "\(verdict)") }
        #expect(outcome.unansweredCount == 0)
    }
}

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

@Suite(.serialized, .timeLimit(.minutes(10)))
struct DriverConformanceTests {
    @Test(arguments: DriverUnderTest.allCases, DriverScenario.all)
    func everythingIsAcknowledgedOnceAndDeliveredOnceToEachGroup(
        _ driver: DriverUnderTest, _ scenario: DriverScenario
    ) throws {
        guard driver.hasGroups || scenario.groups == 1, driver.hasWorkers || scenario.workers == 1
        else { return }
        scenario.expectConformance(of: try driver.run(try scenario.makePlan()))
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

// Every message has one fate, and every event is a sample or is counted as out of range.

import AeroLoad
import HDRHistogram
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct LoadAccountTests {
    /// A random target: slow or fast, with stalls and faults.
    static func model(_ random: inout SplitMix64) -> VirtualModel {
        var model = VirtualModel()
        // Some loads send anew with each answer: a target that answered at once would drown.
        model.acknowledgementNanoseconds = .random(in: 5_000_000...200_000_000, using: &random)
        model.deliveryNanoseconds = .random(in: 1...200_000_000, using: &random)
        let stall = VirtualRun.startNanoseconds + .random(in: 0...1_500_000_000, using: &random)
        let stallLength = Int64.random(in: 1...700_000_000, using: &random)
        if Bool.random(using: &random) { model.refusal = stall..<stall + stallLength }
        if Bool.random(using: &random) { model.pause = stall..<stall + stallLength }
        if Bool.random(using: &random) { model.capacity = .random(in: 1...200, using: &random) }
        let kinds: [VirtualFault] = [
            .drop, .duplicate, .delay(30_000_000), .fail, .silence, .skew(-10_000_000_000),
            .answerTwice, .corrupt, .foreign,
        ]
        for _ in 0..<Int.random(in: 0...40, using: &random) {
            model.faults[.random(in: 0..<1_000, using: &random)] = kinds.randomElement(
                using: &random)
        }
        return model
    }

    static func scenario(_ random: inout SplitMix64) throws -> Scenario {
        let loads = [
            "{ schedule: constant, rate: 500/s }", "{ schedule: poisson, rate: 700/s }",
            "{ schedule: maximum, in-flight: 8 }", "{ schedule: closed-loop, in-flight: 3 }",
        ]
        let load = loads.randomElement(using: &random) ?? loads[0]
        let partitions = Int.random(in: 1...4, using: &random)
        let consumers = Int.random(in: 1...partitions, using: &random)
        return try VirtualRun.scenario(
            load: load, duration: "1500ms", warmup: "300ms",
            [
                "interval=250ms", "seed=\(UInt32.random(in: 0...9_999, using: &random))",
                "classes.main.producers=\(Int.random(in: 1...3, using: &random))",
                "classes.main.partitions=\(partitions)",
                "classes.main.groups=\(Int.random(in: 0...2, using: &random))",
                "classes.main.consumers-per-group=\(consumers)",
                "classes.main.message-size=\(Bool.random(using: &random) ? 16 : 100)B",
                "classes.main.batch.messages=\(Int.random(in: 1...5, using: &random))",
            ])
    }

    @Test(arguments: 0..<40) func nothingIsLostSilently(round: Int) throws {
        let seed = TestSeed.current &+ UInt64(round)
        var random = SplitMix64(seed: seed)

        let outcome = try VirtualRun.run(Self.scenario(&random), Self.model(&random))
        let (counts, ledgers) = (outcome.counts, outcome.ledgers)
        let comment: Comment = "seed \(seed): \(outcome.scenario) \(outcome.target.model)"
        #expect(counts.sent == Int64(outcome.target.messages.count), comment)
        #expect(counts.sent == ledgers.sends[0].sentCount, comment)
        #expect(
            counts.sent == counts.acknowledged + counts.failed + ledgers.unansweredCount, comment)
        #expect(counts.failed == ledgers.failedCount, comment)
        for series in LatencySeries.allCases {
            let events =
                switch series {
                case .acknowledgeIntended, .acknowledgeActual: counts.acknowledged
                case .endToEndIntended, .endToEndActual: counts.received
                case .lag: counts.sent
                }
            let inIntervals = outcome.record.intervals.reduce(Int64(0)) { sum, interval in
                let encoded = interval.series(series, classIndex: 0)
                return sum + encoded.sampleCount + encoded.outOfRangeCount
            }
            #expect(inIntervals == events, comment)
            // And they are the right ones, in the right phase; 16-byte stamps round the times.
            guard outcome.scenario.classes[0].messageByteCount >= 32 else { continue }
            let record = outcome.record.classes[0]
            #expect(record.histogram(series) == (try outcome.expected(series)), comment)
            #expect(
                record.warmup[series.index] == (try outcome.expected(series, isWarmup: true)),
                comment)
        }
        for verdict in outcome.verdicts {
            #expect(verdict.sent == counts.sent && verdict.isExact, comment)
            #expect(verdict.unique + verdict.lost == verdict.sent, comment)
        }
        let unique = outcome.verdicts.reduce(Int64(0)) { $0 + $1.unique }
        #expect(unique == counts.received, comment)
    }

    @Test(arguments: 0..<20) func openLoopsSendThePrefixOfTheirSchedule(round: Int) throws {
        let seed = TestSeed.current &+ UInt64(round)
        var random = SplitMix64(seed: seed)
        let scenario = try Self.scenario(&random)
        let outcome = try VirtualRun.run(scenario, Self.model(&random))
        let trafficClass = scenario.classes[0]
        guard
            let schedule = ArrivalSchedule(
                trafficClass.load,
                seed: ArrivalSchedule.classSeed(scenarioSeed: scenario.seed, classIndex: 0))
        else { return }
        var cursors = (0..<trafficClass.producerCount).map {
            schedule.cursor(first: Int64($0), stride: Int64(trafficClass.producerCount))
        }
        for message in outcome.target.messages {
            let due = VirtualRun.startNanoseconds + cursors[message.producer].intendedNanoseconds
            cursors[message.producer].advance()
            #expect(message.stamp.intendedNanoseconds == due, "seed \(seed)")
        }
        // What was due and could not be sent has a number, too.
        let arrivals = schedule.arrivalCount(
            beforeNanoseconds: outcome.window.measureEndNanoseconds - VirtualRun.startNanoseconds)
        #expect(
            outcome.counts.sent + outcome.ledgers.unsentCount == arrivals, "seed \(seed)")
    }

    @Test func aDriverErrorKeepsWhatWasRecorded() throws {
        let scenario = try VirtualRun.scenario(load: "{ schedule: constant, rate: 1k/s }")
        var model = VirtualModel()
        model.errorNanoseconds = VirtualRun.startNanoseconds + 3_500_500_000
        let outcome = try VirtualRun.run(scenario, model)
        #expect(outcome.failure == DriverError("go on", "the target is gone"))
        #expect(outcome.counts.sent == 3_501)
        #expect(outcome.counts.acknowledged == 3_501)
        #expect(outcome.record.classes[0].histogram(.lag).totalCount == 3_501)
        #expect(outcome.record.intervals.map(\.index) == [0, 1, 2, 3])
        #expect(outcome.record.intervals.last?.endNanoseconds == model.errorNanoseconds)
        #expect(outcome.verdicts[0].sent == 3_501 && outcome.verdicts[0].lost == 0)
        // The window has an end, so that rates can be told.
        let usage = try #require(outcome.usage.end)
        #expect(usage.sentCount == 3_501)
    }

    @Test func stopEndsTheWindowEarly() throws {
        let scenario = try VirtualRun.scenario(
            load: "{ schedule: poisson, rate: 1k/s }", duration: "1h")
        let stop = VirtualRun.startNanoseconds + 2_000_000_000
        let outcome = try VirtualRun.run(scenario, stopNanoseconds: stop)
        #expect(outcome.failure == nil)
        #expect(outcome.endNanoseconds < stop + 100_000_000)
        #expect(outcome.counts.sent > 1_500 && outcome.counts.sent < 2_500)
        #expect(outcome.counts.acknowledged == outcome.counts.sent)
        #expect(outcome.verdicts[0].isClean && outcome.usage.end != nil)
        #expect(outcome.ledgers.unsentCount == 0)
    }

    @Test func warmUpMessagesStayOutOfTheMeasuredWindow() throws {
        let scenario = try VirtualRun.scenario(
            load: "{ schedule: constant, rate: 1k/s }", duration: "3s", warmup: "2s")
        var model = VirtualModel()
        // A stall at the end of the warm-up: its messages are sent and answered in the window.
        let edge = VirtualRun.startNanoseconds + 2_000_000_000
        model.refusal = edge - 500_000_000..<edge + 250_000
        let outcome = try VirtualRun.run(scenario, model)
        let record = outcome.record.classes[0]
        for series in LatencySeries.allCases {
            #expect(record.histogram(series).totalCount == 3_000)
            #expect(record.histogram(series) == (try outcome.expected(series)))
            #expect(record.warmup[series.index].totalCount == 2_000)
        }
        #expect(Double(record.histogram(.endToEndIntended).maximum) < 400_000)
        #expect(record.counts.sent == 5_000)
        // Counts belong to the moment: those of the stall were sent in the window.
        #expect(record.measuredCounts.sent == 3_500)
    }

    /// Whoever stops a run that drains waits a second for it, and not until the last answer.
    @Test func aDrainThatIsStoppedIsCut() throws {
        var model = VirtualModel()
        model.acknowledgementNanoseconds = 1_900_000_000
        let scenario = try VirtualRun.scenario(
            load: "{ schedule: constant, rate: 1k/s }", duration: "1s")
        let whole = try VirtualRun.run(scenario, model)
        #expect(!whole.ledgers.isDrainCut && whole.ledgers.unansweredCount == 0)
        let start = VirtualRun.startNanoseconds
        #expect(whole.endNanoseconds > start + 2_800_000_000)
        let cut = try VirtualRun.run(scenario, model, stopNanoseconds: start + 1_100_000_000)
        #expect(cut.ledgers.isDrainCut && cut.ledgers.unansweredCount > 0)
        #expect(cut.endNanoseconds < start + 2_200_000_000)
        #expect(cut.counts.sent == 1_000)
    }
}

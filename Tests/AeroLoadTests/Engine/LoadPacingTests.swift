// When messages are sent, when the target is slow, refuses, or sets the pace itself.

import AeroLoad
import HDRHistogram
import Testing

@Suite(.timeLimit(.minutes(10))) struct LoadPacingTests {
    /// The target takes 100 messages at a time, each for 1 s: a tenth of what is offered.
    @Test func refusedClaimsMakeMessagesLateNotSkipped() throws {
        let scenario = try VirtualRun.scenario(load: "{ schedule: constant, rate: 1k/s }")
        var model = VirtualModel()
        model.capacity = 100
        model.acknowledgementNanoseconds = 1_000_000_000
        model.deliveryNanoseconds = 1_000_000_000
        let outcome = try VirtualRun.run(scenario, model)
        #expect(outcome.target.refusedClaimCount > 0)
        #expect(outcome.target.underWayCountMax == 100)
        for (index, message) in outcome.target.messages.enumerated() {
            let due = VirtualRun.startNanoseconds + Int64(index) * 1_000_000
            #expect(message.stamp.sequence == Int64(index))
            #expect(message.stamp.intendedNanoseconds == due)
            // The hundred of second n go out in second n, whenever they were due.
            let sent = VirtualRun.startNanoseconds + Int64(index / 100) * 1_000_000_000
            #expect(
                message.stamp.actualNanoseconds == max(due, sent + Int64(index % 100) * 1_000_000))
        }
        #expect(outcome.counts.sent + outcome.ledgers.unsentCount == 10_000)
        #expect(outcome.verdicts[0].isClean)
    }

    /// A target that refuses to the end: what it was not sent is told, not forgotten.
    @Test func messagesThatCouldNotBeSentAreCounted() throws {
        let scenario = try VirtualRun.scenario(load: "{ schedule: constant, rate: 1k/s }")
        var model = VirtualModel()
        let end = VirtualRun.startNanoseconds + 10_000_000_000
        model.refusal = end - 2_000_000_000..<end + 60_000_000_000
        let outcome = try VirtualRun.run(scenario, model)
        #expect(outcome.counts.sent == 8_000)
        #expect(outcome.ledgers.unsentCount == 2_000)
    }

    /// A message that is due in the window is sent, though the loop comes late to it.
    @Test func theLastMessageOfTheWindowIsSentLate() throws {
        let scenario = try VirtualRun.scenario(load: "{ schedule: constant, rate: 1k/s }")
        var model = VirtualModel()
        let end = VirtualRun.startNanoseconds + 10_000_000_000
        model.pause = end - 10_500_000..<end + 5_000_000
        let outcome = try VirtualRun.run(scenario, model)
        #expect(outcome.counts.sent == 10_000 && outcome.ledgers.unsentCount == 0)
        #expect(outcome.verdicts[0].isClean && outcome.ledgers.incidents.entries.isEmpty)
        let lag = outcome.record.classes[0].histogram(.lag)
        #expect(lag == (try outcome.expected(.lag)) && lag.maximum > 10_000_000)
    }

    @Test(arguments: [1, 3, 64, 65, 200]) func aClosedLoopKeepsItsNumberInFlight(
        inFlight: Int
    ) throws {
        let scenario = try VirtualRun.scenario(
            load: "{ schedule: closed-loop, in-flight: \(inFlight) }", duration: "1s",
            ["classes.main.producers=2"])
        var model = VirtualModel()
        model.acknowledgementNanoseconds = 10_000_000
        let outcome = try VirtualRun.run(scenario, model)
        #expect(outcome.target.underWayCountMax == 2 * inFlight)
        // A turn sends 64 at most, so larger numbers build up over the first turns.
        let steady = outcome.target.underWayCounts.filter { $0 > 0 && $0 % 128 != 0 }
        #expect(steady == [2 * inFlight] || 2 * inFlight == 128)
        // Each round trip of 10 ms sends all of them again.
        #expect(outcome.counts.sent == Int64(2 * inFlight * 100))
        let record = outcome.record.classes[0]
        #expect(record.histogram(.acknowledgeIntended) == record.histogram(.acknowledgeActual))
        #expect(outcome.verdicts[0].isClean)
    }

    @Test func maximumNeverExceedsItsBound() throws {
        let scenario = try VirtualRun.scenario(
            load: "{ schedule: maximum, in-flight: 500 }", duration: "200ms",
            ["classes.main.producers=3", "classes.main.partitions=4"])
        for capacity in [1, 700, Int.max] {
            var model = VirtualModel()
            model.capacity = capacity
            model.acknowledgementNanoseconds = 10_000_000
            let outcome = try VirtualRun.run(scenario, model)
            #expect(outcome.target.underWayCountMax == min(capacity, 1_500))
            #expect(outcome.verdicts[0].isClean && outcome.ledgers.unsentCount == 0)
        }
    }

    /// A producer's failed message makes room for the next.
    @Test func failuresFreeTheirPlaceInAClosedLoop() throws {
        let scenario = try VirtualRun.scenario(
            load: "{ schedule: closed-loop, in-flight: 2 }", duration: "100ms")
        var model = VirtualModel()
        for ordinal in stride(from: 0, to: 1_000, by: 2) { model.faults[ordinal] = .fail }
        let outcome = try VirtualRun.run(scenario, model)
        #expect(outcome.counts.failed == 500)
        #expect(outcome.counts.sent == 4_000)
        #expect(outcome.ledgers.incidents.entries.map(\.text) == ["refused"])
        #expect(outcome.ledgers.incidents.entries.map(\.count) == [500])
    }

    /// The producers of a class keep its rate together, and two classes keep theirs.
    @Test func classesKeepTheirOwnRates() throws {
        let scenario = try ScenarioFixture.parse(
            """
            name: two
            duration: 5s
            warmup: 0s
            classes:
              - name: small
                message-size: 16B
                producers: 3
                load: { schedule: constant, rate: 300/s }
              - name: large
                message-size: 8KiB
                groups: 2
                load: { schedule: constant, rate: 7/s }
            """)
        let outcome = try VirtualRun.run(scenario)
        #expect(outcome.record.classes.map(\.counts.sent) == [1_500, 35])
        #expect(outcome.record.classes.map(\.counts.received) == [1_500, 70])
        #expect(outcome.record.classes.map(\.counts.sentByteCount) == [24_000, 35 * 8_192])
    }
}

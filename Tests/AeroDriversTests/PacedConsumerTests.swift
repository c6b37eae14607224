// Slow consumers on a real broker: what they do not take stays there.

import AeroBroker
import AeroDrivers
import AeroIO
import AeroLoad
import HDRHistogram
import Testing

@Suite(.serialized, .timeLimit(.minutes(10)))
struct PacedConsumerTests {
    /// A hundred messages at once, of which a consumer takes 50 a second, beside a quick class.
    static func plan(_ consume: String, _ more: [String] = []) throws -> LoadPlan {
        let text = """
            name: paced
            duration: 500ms
            warmup: 0s
            interval: 100ms
            classes:
              - name: slow
                message-size: 1KiB
                load: { schedule: burst, messages: 100, every: 10s }
                batch: { messages: 1 }
                consume: \(consume)
                handling: { processing: 20ms, window: 4KiB }
              - name: quick
                message-size: 128B
                load: { schedule: closed-loop, in-flight: 2 }
            """
        return LoadPlan(
            try Scenario.parse(Array(text.utf8), fileName: "paced.yaml", overrides: more),
            runId: "t1")
    }

    @Test(arguments: ["push", "pull"]) func aBusyConsumerAsksForNoMore(consume: String) throws {
        let outcome = try DriverUnderTest.aeromq.run(try Self.plan(consume))
        #expect(outcome.ending == .completed, "\(outcome.incidents.entries)")
        #expect(outcome.record.classes[0].counts.received == 100)
        #expect(outcome.record.classes[1].counts.received > 0)
        for verdict in outcome.verdicts.flatMap({ $0 }) { #expect(verdict.isClean, "\(verdict)") }
        // However slow the machine: never more than were handled, and a window and a fetch of
        // them. Four fit the window, which may be overdrawn by a batch.
        let start = outcome.window.startNanoseconds
        var received: Int64 = 0
        for interval in outcome.record.intervals.sorted(by: { $0.index < $1.index }) {
            received += interval.counts[0].received
            let handled = (interval.endNanoseconds - start) / 20_000_000
            #expect(received <= handled + 12, "interval \(interval.index)")
        }
        let slow = outcome.record.classes[0].histogram(.endToEndIntended)
        let quick = outcome.record.classes[1].histogram(.endToEndIntended)
        #expect(slow.maximum >= 99 * 20_000_000)
        #expect(quick.value(atPercentile: 50) < slow.value(atPercentile: 50))
    }

    /// The check above can fail: with room for all of them, all are there at once.
    @Test func aWindowForAllHoldsNothingBack() throws {
        let outcome = try DriverUnderTest.aeromq.run(
            try Self.plan(
                "push",
                ["classes.slow.handling.window=1MiB", "classes.slow.handling.processing=60ms"]))
        let slow = outcome.record.classes[0].histogram(.endToEndIntended)
        #expect(slow.maximum >= 99 * 60_000_000)
        // The run is over before the last of them could be handled.
        let last = try #require(outcome.record.intervals.map(\.endNanoseconds).max())
        #expect(last - outcome.window.startNanoseconds < 99 * 60_000_000)
    }
}

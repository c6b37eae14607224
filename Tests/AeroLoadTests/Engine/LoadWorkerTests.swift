// The load loop in virtual time: rate, coordinated omission, back-pressure, closed loops, failure.

import AeroLoad
import HDRHistogram
import Testing

struct LoadWorkerTests {
    private static let millisecond: Int64 = 1_000_000
    private static let second: Int64 = 1_000_000_000

    private func constant(_ rate: String, extra: String = "") -> String {
        """
        message-size: 64B
        load: { schedule: constant, rate: \(rate) }
        \(extra)
        """
    }

    @Test(arguments: [("1/s", 10), ("1k/s", 10_000), ("100k/s", 1_000_000)])
    func theRateIsExactOverTenSeconds(rate: String, expected: Int64) throws {
        let run = try VirtualRun(constant(rate))
        #expect(run.counts.sent == expected)
        #expect(run.counts.acknowledged == expected && run.counts.received == expected)
        #expect(run.verdict().isClean && run.ledgers.unsentCount == 0)
    }

    /// Without acknowledgements and consumers, so that ten million messages stay affordable.
    @Test func aMillionASecondIsExactOverTenSeconds() throws {
        let run = try VirtualRun(
            """
            message-size: 16B
            acks: 0
            load: { schedule: constant, rate: 1M/s }
            """, drainNanoseconds: 1
        ) { target in
            target.isBottomless = true
        }
        let deviation = abs(run.counts.sent - 10_000_000)
        #expect(deviation <= 10_000, "\(run.counts.sent) of 10,000,000")
    }

    @Test func aStallShowsInIntendedAndNotInActual() throws {
        let stallStart = VirtualRun.start + 5 * Self.second
        let run = try VirtualRun(constant("1k/s")) { target in
            target.refusal = stallStart..<stallStart + 100 * Self.millisecond
        }
        #expect(run.counts.sent == 10_000, "late, not skipped")
        for (intended, actual) in [
            (LatencySeries.acknowledgeIntended, LatencySeries.acknowledgeActual),
            (.endToEndIntended, .endToEndActual),
        ] {
            let response = run.histogram(intended)
            let service = run.histogram(actual)
            #expect(response.totalCount == 10_000 && service.totalCount == 10_000)
            // 100 of 10,000 messages were due during the stall: evenly 0 to 100 ms late.
            #expect(response.value(atPercentile: 98.9) < Self.millisecond)
            let middle = response.value(atPercentile: 99.5)
            #expect(middle > 48 * Self.millisecond && middle < 52 * Self.millisecond)
            let top = response.value(atPercentile: 99.99)
            #expect(top > 98 * Self.millisecond && top < 102 * Self.millisecond)
            #expect(service.maximum < Self.millisecond)
        }
        let lag = run.histogram(.lag)
        #expect(lag.totalCount == 10_000)
        #expect(lag.maximum > 98 * Self.millisecond && lag.maximum < 102 * Self.millisecond)
    }

    /// A target that takes messages and sits on them shows in both series.
    @Test func aSlowAnswerShowsInBoth() throws {
        let run = try VirtualRun(constant("1k/s")) { target in
            target.latencyNanoseconds = 30 * Self.millisecond
        }
        #expect(run.histogram(.acknowledgeActual).minimum >= 29 * Self.millisecond)
        #expect(run.histogram(.endToEndIntended).minimum >= 29 * Self.millisecond)
        #expect(run.counts.acknowledged == 10_000 && run.verdict().isClean)
    }

    /// Messages that were due before the window closed and could not be sent are not forgotten:
    /// they are exactly the worst ones.
    @Test func messagesDueAtTheEndOfTheWindowAreAccountedFor() throws {
        let stallStart = VirtualRun.start + 9 * Self.second
        let run = try VirtualRun(constant("1k/s")) { target in
            target.refusal = stallStart..<stallStart + 5 * Self.second
        }
        #expect(run.counts.sent == 9_000)
        #expect(run.ledgers.unsentCount == 1_000)
    }

    @Test(arguments: [1, 7, 64, 1_000])
    func aClosedLoopKeepsExactlySoManyUnderWay(inFlight: Int) throws {
        let run = try VirtualRun(
            """
            message-size: 64B
            load: { schedule: closed-loop, in-flight: \(inFlight) }
            """, duration: "1s"
        ) { $0.latencyNanoseconds = 10 * Self.millisecond }
        #expect(run.target.mostUnderWay == inFlight)
        #expect(run.counts.sent == run.counts.acknowledged)
        #expect(run.counts.sent >= Int64(inFlight * 90))
        #expect(run.verdict().isClean)
    }

    @Test func nothingIsLostFromTheAccountUnderBackPressureAndFailures() throws {
        let run = try VirtualRun(constant("10k/s"), duration: "2s") { target in
            target.capacity = 3
            target.latencyNanoseconds = 700_000
            for number in stride(from: 100, to: 8_000, by: 97) { target.faults[number] = .failIt }
            for number in stride(from: 111, to: 8_000, by: 1_000) {
                target.faults[number] = .forget
            }
        }
        #expect(run.target.refusedClaimCount > 0)
        let counts = run.counts
        #expect(counts.sent == Int64(run.target.committedCount))
        #expect(
            counts.sent == counts.acknowledged + counts.failed + run.ledgers.unansweredCount)
        #expect(run.ledgers.failedCount == counts.failed && counts.failed > 0)
        #expect(run.ledgers.unansweredCount == 8)
        #expect(run.histogram(.acknowledgeIntended).totalCount == counts.acknowledged)
        #expect(run.histogram(.lag).totalCount == counts.sent)
        #expect(run.verdict().sent == counts.sent)
        #expect(run.verdict().lost == counts.failed + 8)
        #expect(run.verdict().acknowledgedThenLost == 0)
    }

    @Test func aDriverThatFailsKeepsWhatWasRecorded() throws {
        let run = try VirtualRun(constant("1k/s")) { target in
            target.failsAtNanoseconds = VirtualRun.start + 3 * Self.second
            target.latencyNanoseconds = 2 * Self.millisecond
        }
        #expect(run.failure == DriverError("go on", "the test wanted it so"))
        let counts = run.counts
        #expect(counts.sent >= 2_990 && counts.sent <= 3_010)
        #expect(counts.sent == counts.acknowledged + counts.failed + run.ledgers.unansweredCount)
        #expect(run.histogram(.acknowledgeActual).totalCount == counts.acknowledged)
        #expect(counts.acknowledged > 2_900)
    }

    @Test func aPoissonScheduleKeepsItsRate() throws {
        let run = try VirtualRun(
            """
            message-size: 64B
            load: { schedule: poisson, rate: 10k/s }
            """)
        // Four standard deviations of a Poisson count of 100,000.
        #expect(abs(run.counts.sent - 100_000) < 1_265)
        #expect(run.verdict().isClean)
    }
}

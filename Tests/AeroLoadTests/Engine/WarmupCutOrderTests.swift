// A warm-up that ends before its time, and messages in flight over time.

import AeroLoad
import HDRHistogram
import Testing

@Suite(.timeLimit(.minutes(10))) struct WarmupCutOrderTests {
    static let start = VirtualRun.startNanoseconds

    @Test func theWindowBeginsWhereItIsTold() throws {
        let scenario = try VirtualRun.scenario(
            load: "{ schedule: constant, rate: 1k/s }", duration: "2s", warmup: "6s")
        let order = WarmupCutOrder(
            orderedNanoseconds: Self.start + 1_200_000_000,
            measureNanoseconds: Self.start + 2_000_000_000)
        let outcome = try VirtualRun.run(scenario, cut: order)
        #expect(
            outcome.record.intervals.map(\.phase) == [
                .warmup, .warmup, .measure, .measure, .drain,
            ])
        #expect(outcome.record.intervals.map(\.index) == [0, 1, 2, 3, 4])
        // As long a window as planned, and not a message of the warm-up in it.
        #expect(outcome.counts.sent == 4_000)
        #expect(outcome.record.classes[0].measuredCounts.sent == 2_000)
        for series in LatencySeries.allCases {
            let histogram = outcome.record.classes[0].histogram(series)
            #expect(histogram.totalCount == 2_000, "\(series.name)")
            #expect(histogram == (try outcome.expected(series)), "\(series.name)")
        }
        #expect(outcome.verdicts[0].isClean)
    }

    /// A worker with nothing to send sleeps until the interval ends, and rotates before it looks.
    @Test func aWorkerThatSleepsUntilTheCutKeepsToIt() throws {
        let scenario = try VirtualRun.scenario(
            load: "{ schedule: constant, rate: 1/s }", duration: "2s", warmup: "6s")
        let order = WarmupCutOrder(
            orderedNanoseconds: Self.start + 1_000_000_000,
            measureNanoseconds: Self.start + 2_000_000_000)
        let outcome = try VirtualRun.run(scenario, cut: order)
        #expect(
            outcome.record.intervals.map(\.phase) == [
                .warmup, .warmup, .measure, .measure, .drain,
            ])
        #expect(outcome.record.classes[0].measuredCounts.sent == 2)
    }

    @Test func cutsLieAtTheEndOfAnInterval() {
        let window = RecordingWindow(
            startNanoseconds: 1_000, warmupNanoseconds: 60, durationNanoseconds: 40,
            intervalNanoseconds: 10)
        #expect(window.nextCut(afterNanoseconds: 1_020) == 1_030)
        // Less than half an interval ahead is too soon for every worker to hear of it.
        #expect(window.nextCut(afterNanoseconds: 1_026) == 1_040)
        #expect(window.nextCut(afterNanoseconds: 1_059) == 1_060)
        let cut = window.measuring(from: 1_030)
        #expect(cut.warmupIntervalCount == 3 && cut.measuredIntervalCount == 4)
        #expect(cut.measureEndNanoseconds == 1_070)
    }
}

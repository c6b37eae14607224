// What is kept of a run that is long.

import HDRHistogram
import TestSupport
import Testing

@testable import AeroLoad

@Suite(.timeLimit(.minutes(10))) struct LongRunTests {
    /// A day of simulated time, second by second, through recorder, collector and collection.
    @Test func aDayTakesWhatMinutesTake() throws {
        let second: Int64 = 1_000_000_000
        let scenario = try ScenarioFixture.parse(
            ScenarioFixture.minimal, overrides: ["duration=24h", "warmup=10s", "interval=1s"])
        let window = RecordingWindow(scenario, startNanoseconds: 0)
        let ends = try IntervalRecorder.make(classCount: 1, window: window)
        var recorder = ends.recorder
        var collection = try RunCollection(scenario)
        collection.add(ends.collector)
        var (reportedCount, sentCount) = (0, Int64(0))
        var keptCountMax = 0
        for number in 0..<Int64(86_410) {
            let now = number * second + 500
            for sample in 0..<Int64(5) {
                recorder.recordSend(
                    classIndex: 0, intendedNanoseconds: now,
                    actualNanoseconds: now + sample + number % 100, byteCount: 8)
            }
            let isFinished = try collection.drain { record, interval in
                reportedCount += 1
                sentCount += interval.counts[0].sent
                keptCountMax = max(keptCountMax, record.intervals.count)
            }
            try #require(!isFinished)
        }
        recorder.finish(atNanoseconds: 86_410 * second)
        let isFinished = try collection.drain {
            reportedCount += 1
            sentCount += $1.counts[0].sent
        }
        #expect(isFinished)
        let record = collection.finish()
        // Everybody who watched saw every second, and the drain.
        #expect(reportedCount == 86_411 && sentCount == 5 * 86_410)
        #expect(keptCountMax < 400)
        // Nothing is lost by it.
        #expect(record.intervals.reduce(0) { $0 + $1.counts[0].sent } == 5 * 86_410)
        let samples = record.intervals.reduce(0) {
            $0 + $1.series(.lag, classIndex: 0).sampleCount
        }
        #expect(samples == 5 * 86_410)
        let measured = record.intervals.filter { $0.phase == .measure }
        let step = record.kept.mergeCount
        #expect(step > 1 && measured.count == (86_400 + step - 1) / step)
        for (number, interval) in measured.enumerated() {
            #expect(interval.index == 10 + number * step)
            // The last one may be shorter; what follows it is the drain.
            let inside = min(interval.index + step / 2, 86_409)
            #expect(record.kept.index(of: inside) == interval.index)
        }
        #expect(record.intervals.map(\.phase).prefix(2) == [.warmup, .measure])
        #expect(record.intervals.last?.phase == .drain)
    }

    /// What decides is the scenario: windows of runs that are compared are of one length.
    @Test(arguments: [
        ("10s", "1s", 1), ("590s", "1s", 1), ("590s", "100ms", 1), ("1h", "1s", 55),
        ("1h", "10s", 6), ("24h", "1s", 1_309),
    ])
    func intervalsAreMergedByTheLengthOfTheRun(
        duration: String, interval: String, mergeCount: Int
    ) throws {
        let scenario = try ScenarioFixture.parse(
            ScenarioFixture.minimal,
            overrides: ["duration=\(duration)", "warmup=10s", "interval=\(interval)"])
        #expect(KeptIntervals(scenario).mergeCount == mergeCount)
    }

    /// A small histogram takes its neighbours in as a large one does.
    @Test func sizesOfHistogramsDecideNothing() throws {
        let seed = TestSeed.current
        var random = SplitMix64(seed: seed)
        var kept = [KeptIntervals(mergeCount: 8), KeptIntervals(mergeCount: 8)]
        for index in 0..<200 {
            for (place, sampleCount) in [500, 1].enumerated() {
                var histogram = try IntervalBuffer.makeHistogram()
                for _ in 0..<sampleCount {
                    histogram.record(Int64.random(in: 1...5_000_000, using: &random))
                }
                try kept[place].add(
                    IntervalRecord(
                        index: index, phase: .measure, startNanoseconds: Int64(index),
                        endNanoseconds: Int64(index + 1), counts: [IntervalCounts()],
                        series: [IntervalRecord.EncodedSeries(histogram)]))
            }
        }
        #expect(kept[0].intervals.map(\.index) == Array(stride(from: 0, to: 200, by: 8)))
        #expect(kept[1].intervals.map(\.index) == kept[0].intervals.map(\.index))
        let samples = kept[0].intervals.reduce(0) { $0 + $1.series[0].sampleCount }
        #expect(samples == 100_000, "seed \(seed)")
        #expect(kept[0].intervals.allSatisfy { $0.endNanoseconds == $0.startNanoseconds + 8 })
    }

    /// The parts of one interval may come in any order, and phases stay apart.
    @Test func partsFindTheirPlace() throws {
        var kept = KeptIntervals(mergeCount: 4)
        let order: [(Int, RunPhase)] = [
            (0, .warmup), (2, .measure), (3, .measure), (4, .measure), (1, .warmup), (5, .measure),
            (6, .drain), (5, .measure),
        ]
        for (index, phase) in order {
            try kept.add(
                IntervalRecord(
                    index: index, phase: phase, startNanoseconds: 0, endNanoseconds: 1,
                    counts: [IntervalCounts()], series: []))
        }
        #expect(kept.intervals.map(\.phase) == [.warmup, .measure, .drain])
        #expect(kept.intervals.map(\.index) == [0, 2, 6])
        #expect(kept.index(of: 5) == 2 && kept.index(of: 1) == 0 && kept.index(of: 6) == 6)
    }
}

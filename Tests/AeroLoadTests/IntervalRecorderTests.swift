// Every sample that goes in comes out, in the right place.

import AeroLoad
import HDRHistogram
import TestSupport
import Testing

@Suite struct IntervalRecorderTests {
    static let window = RecordingWindow(
        startNanoseconds: 1_000, warmupNanoseconds: 2_000, durationNanoseconds: 4_000,
        intervalNanoseconds: 1_000)

    static func samples(_ record: RunRecord, _ series: LatencySeries, _ index: Int = 0) -> Int64 {
        let each = record.classes[index]
        return [each.measured, each.warmup].reduce(0) { sum, histograms in
            let histogram = histograms[series.index]
            return sum + histogram.totalCount + histogram.outOfRangeCount
        }
    }

    @Test func latenciesBelongToTheIntendedPhaseAndCountsToTheMoment() throws {
        var ends = try IntervalRecorder.make(classCount: 1, window: Self.window)
        var record = try RunRecord(classCount: 1)
        // A warm-up message, sent in the warm-up, arrives in the measured window.
        ends.recorder.recordSend(
            classIndex: 0, intendedNanoseconds: 2_900, actualNanoseconds: 2_950, byteCount: 10)
        ends.recorder.recordReceipt(
            classIndex: 0, intendedNanoseconds: 2_900, actualNanoseconds: 2_950,
            nowNanoseconds: 3_100, byteCount: 10)
        // A message of the window's end arrives in the drain.
        ends.recorder.recordSend(
            classIndex: 0, intendedNanoseconds: 6_900, actualNanoseconds: 6_910, byteCount: 10)
        ends.recorder.recordAcknowledgement(
            classIndex: 0, intendedNanoseconds: 6_900, actualNanoseconds: 6_910,
            nowNanoseconds: 7_500)
        ends.recorder.recordReceipt(
            classIndex: 0, intendedNanoseconds: 6_900, actualNanoseconds: 6_910,
            nowNanoseconds: 8_900, byteCount: 10)
        ends.recorder.recordFailure(classIndex: 0, count: 2, nowNanoseconds: 8_950)
        ends.recorder.finish(atNanoseconds: 9_000)
        let isFinished = try ends.collector.drain { interval throws(HistogramError) in
            try record.absorb(interval)
        }
        #expect(isFinished)
        let main = record.classes[0]
        #expect(main.warmup[LatencySeries.endToEndIntended.index].maximum == 200)
        #expect(main.warmup[LatencySeries.endToEndActual.index].maximum == 150)
        #expect(main.warmup[LatencySeries.lag.index].maximum == 50)
        #expect(main.histogram(.endToEndIntended).maximum == 2_000)
        #expect(main.histogram(.endToEndActual).minimum == 1_990)
        #expect(main.histogram(.acknowledgeIntended).maximum == 600)
        #expect(main.histogram(.acknowledgeActual).maximum == 590)
        #expect(main.histogram(.lag).maximum == 10)
        #expect(main.measuredCounts.sent == 1 && main.measuredCounts.received == 1)
        #expect(main.counts.sent == 2 && main.counts.received == 2 && main.counts.failed == 2)
        #expect(main.counts.acknowledged == 1 && main.measuredCounts.acknowledged == 0)
        #expect(main.counts.sentByteCount == 20 && main.counts.receivedByteCount == 20)
        #expect(record.intervals.map(\.index) == [0, 1, 2, 5, 6])
        #expect(
            record.intervals.map(\.phase) == [.warmup, .warmup, .measure, .measure, .drain])
        #expect(record.intervals.last?.endNanoseconds == 9_000)
    }

    /// A run of one worker with a collector that is late at random.
    struct Run {
        var recorded = 0
        var outOfRange = 0
        var deferred = 0
        var record: RunRecord
    }

    static func run(_ window: RecordingWindow, _ random: inout SplitMix64) throws -> Run {
        var run = Run(record: try RunRecord(classCount: 2))
        var ends = try IntervalRecorder.make(classCount: 2, window: window)
        var now = window.startNanoseconds
        let collectorPatience = Int.random(in: 1...400, using: &random)
        for _ in 0..<2_000 {
            now += Int64.random(in: 0...20, using: &random)
            var intended = now - Int64.random(in: 0...3_000, using: &random)
            if Int.random(in: 0..<50, using: &random) == 0 { intended = now + 5 }
            if Int.random(in: 0..<50, using: &random) == 0 { intended = now - 4_000_000_000_000 }
            let latency = now - intended
            if latency < 0 || latency > 3_600_000_000_000 { run.outOfRange += 1 }
            ends.recorder.recordReceipt(
                classIndex: Int.random(in: 0...1, using: &random), intendedNanoseconds: intended,
                actualNanoseconds: intended, nowNanoseconds: now, byteCount: 1)
            run.recorded += 1
            if Int.random(in: 0..<collectorPatience, using: &random) == 0 {
                let isFinished = try ends.collector.drain { interval throws(HistogramError) in
                    try run.record.absorb(interval)
                }
                #expect(!isFinished)
            }
        }
        run.deferred = ends.recorder.deferredRotationCount
        ends.recorder.finish(atNanoseconds: now)
        _ = try ends.collector.drain { interval throws(HistogramError) in
            try run.record.absorb(interval)
        }
        return run
    }

    @Test(arguments: [0, 5_000] as [Int64])
    func nothingIsLostHoweverLateTheCollector(warmupNanoseconds: Int64) throws {
        let seed = TestSeed.current
        var random = SplitMix64(seed: seed)
        var sawDeferral = false
        for _ in 0..<20 {
            let window = RecordingWindow(
                startNanoseconds: 10_000_000_000_000, warmupNanoseconds: warmupNanoseconds,
                durationNanoseconds: 10_000, intervalNanoseconds: 500)
            let run = try Self.run(window, &random)
            sawDeferral = sawDeferral || run.deferred > 0
            let series = LatencySeries.endToEndIntended
            let totals = Self.samples(run.record, series, 0) + Self.samples(run.record, series, 1)
            #expect(totals == Int64(run.recorded), "seed \(seed)")
            var (inIntervals, outOfRange, counted): (Int64, Int64, Int64) = (0, 0, 0)
            for interval in run.record.intervals {
                for classIndex in 0...1 {
                    let encoded = interval.series(series, classIndex: classIndex)
                    #expect(try encoded.decoded().totalCount == encoded.sampleCount)
                    inIntervals += encoded.sampleCount
                    outOfRange += encoded.outOfRangeCount
                    counted += interval.counts[classIndex].received
                }
            }
            #expect(inIntervals + outOfRange == Int64(run.recorded), "seed \(seed)")
            #expect(outOfRange == Int64(run.outOfRange), "seed \(seed)")
            #expect(counted == Int64(run.recorded), "seed \(seed)")
        }
        #expect(sawDeferral, "some collectors must have been late for this to mean anything")
    }

    @Test func theWarmupEndsOnTimeEvenWithoutACollector() throws {
        var ends = try IntervalRecorder.make(classCount: 1, window: Self.window)
        for now in stride(from: 1_000, to: 3_500, by: 10) as StrideTo<Int64> {
            ends.recorder.recordSend(
                classIndex: 0, intendedNanoseconds: now, actualNanoseconds: now, byteCount: 1)
        }
        ends.recorder.finish(atNanoseconds: 3_500)
        var record = try RunRecord(classCount: 1)
        _ = try ends.collector.drain { interval throws(HistogramError) in
            try record.absorb(interval)
        }
        #expect(record.classes[0].measuredCounts.sent == 50)
        #expect(record.classes[0].histogram(.lag).totalCount == 50)
        #expect(record.classes[0].warmup[LatencySeries.lag.index].totalCount == 200)
    }

    @Test func aDroppedRecorderHandsOverWhatItHolds() throws {
        let ends = try IntervalRecorder.make(classCount: 1, window: Self.window)
        var collector = ends.collector
        var recorder = Optional.some(ends.recorder)
        recorder?.recordSend(
            classIndex: 0, intendedNanoseconds: 1_500, actualNanoseconds: 1_500, byteCount: 1)
        recorder = nil
        var record = try RunRecord(classCount: 1)
        let isFinished = try collector.drain { interval throws(HistogramError) in
            try record.absorb(interval)
        }
        #expect(isFinished && Self.samples(record, .lag) == 1)
    }

    @Test func anIntervalWhoseVisitFailsIsVisitedAgain() throws {
        let ends = try IntervalRecorder.make(classCount: 1, window: Self.window)
        var collector = ends.collector
        var recorder = ends.recorder
        recorder.recordSend(
            classIndex: 0, intendedNanoseconds: 1_500, actualNanoseconds: 1_500, byteCount: 1)
        recorder.finish(atNanoseconds: 1_600)
        do {
            _ = try collector.drain { _ throws(HistogramError) in throw .countOverflow }
            Issue.record("the visitor's error must reach the caller")
        } catch {
            #expect(error == .countOverflow)
        }
        var record = try RunRecord(classCount: 1)
        _ = try collector.drain { interval throws(HistogramError) in
            try record.absorb(interval)
        }
        #expect(Self.samples(record, .lag) == 1)
    }

    @Test func seriesHaveTheNamesOfTheResult() {
        #expect(
            LatencySeries.allCases.map(\.name)
                == ["ack.intended", "ack.actual", "e2e.intended", "e2e.actual", "lag"])
        #expect(LatencySeries.allCases.map(\.index) == Array(0..<LatencySeries.count))
    }
}

// What is kept of a run that is long.

import HDRHistogram
import TestSupport
import Testing

@testable import AeroLoad

@Suite(.timeLimit(.minutes(10))) struct LongRunTests {
    /// A day of simulated time, second by second, through recorder, collector and collection.
    @Test func aDayTakesWhatMinutesTake() throws {
        let second: Int64 = 1_000_000_000
        let window = RecordingWindow(
            startNanoseconds: 0, warmupNanoseconds: 10 * second,
            durationNanoseconds: 86_400 * second, intervalNanoseconds: second)
        let ends = try IntervalRecorder.make(classCount: 1, window: window)
        var recorder = ends.recorder
        var collection = try RunCollection(classCount: 1)
        collection.add(ends.collector)
        var (reportedCount, sentCount) = (0, Int64(0))
        var (keptCountMax, byteCountMax) = (0, 0)
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
                guard reportedCount % 100 == 0 else { return }
                keptCountMax = max(keptCountMax, record.intervals.count)
                byteCountMax = max(
                    byteCountMax, record.intervals.reduce(0) { $0 + $1.fileByteCount })
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
        #expect(byteCountMax <= KeptIntervals.byteCountMax)
        #expect(keptCountMax < 5_000)
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
            #expect(record.kept.index(of: interval.index + step / 2) == interval.index)
        }
        #expect(record.intervals.map(\.phase).prefix(2) == [.warmup, .measure])
        #expect(record.intervals.last?.phase == .drain)
    }

    /// The bound is about the file: what is kept is never said to take less than it does.
    @Test(arguments: 0..<8) func theFileTakesNoMoreThanWasCounted(round: Int) throws {
        let seed = TestSeed.current &+ UInt64(round)
        var random = SplitMix64(seed: seed)
        var histogram = try IntervalBuffer.makeHistogram()
        for _ in 0..<(1 << (2 * round)) {
            histogram.record(
                Int64.random(
                    in: 1...(1 << Int64.random(in: 1...40, using: &random)), using: &random))
        }
        let interval = IntervalRecord(
            index: 0, phase: .measure, startNanoseconds: 0, endNanoseconds: 1,
            counts: [IntervalCounts()], series: [IntervalRecord.EncodedSeries(histogram)])
        #expect(
            histogram.encodedBase64().utf8.count + 140 <= interval.fileByteCount - 700,
            "seed \(seed)")
    }

    /// Wide histograms are what makes files large.
    @Test func wideHistogramsAreMergedTheSooner() throws {
        let seed = TestSeed.current
        var random = SplitMix64(seed: seed)
        var kept = KeptIntervals(byteCountMax: 100_000, countMin: 8)
        for index in 0..<200 {
            var histogram = try IntervalBuffer.makeHistogram()
            for _ in 0..<500 { histogram.record(Int64.random(in: 1...5_000_000, using: &random)) }
            try kept.add(
                IntervalRecord(
                    index: index, phase: .measure, startNanoseconds: Int64(index),
                    endNanoseconds: Int64(index + 1), counts: [IntervalCounts()],
                    series: [IntervalRecord.EncodedSeries(histogram)]))
            let byteCount = kept.intervals.reduce(0) { $0 + $1.fileByteCount }
            #expect(byteCount <= 100_000 || kept.intervals.count <= 8, "seed \(seed)")
        }
        #expect(kept.intervals.reduce(0) { $0 + $1.series[0].sampleCount } == 100_000)
        #expect(kept.intervals.allSatisfy { $0.endNanoseconds > $0.startNanoseconds })
        #expect(kept.intervals.count >= 4 && kept.mergeCount >= 8)
    }

    @Test func aFewAreKeptWhateverTheyTake() throws {
        var kept = KeptIntervals(byteCountMax: 1, countMin: 10)
        for index in 0..<11 {
            #expect(kept.mergeCount == 1 && kept.intervals.count == index)
            try kept.add(
                IntervalRecord(
                    index: index, phase: .measure, startNanoseconds: 0, endNanoseconds: 1,
                    counts: [IntervalCounts()], series: []))
        }
        #expect(kept.mergeCount == 2 && kept.intervals.map(\.index) == [0, 2, 4, 6, 8, 10])
    }

    /// The parts of one interval may come in any order, and phases stay apart.
    @Test func partsFindTheirPlace() throws {
        var kept = KeptIntervals(byteCountMax: 1, countMin: 3)
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

// Intervals of several workers become the intervals of the run, each reported once.

import AeroLoad
import HDRHistogram
import TestSupport
import Testing

@Suite struct RunCollectionTests {
    /// Two warm-up intervals, four measured ones, and the drain.
    static let window = RecordingWindow(
        startNanoseconds: 0, warmupNanoseconds: 2_000, durationNanoseconds: 4_000,
        intervalNanoseconds: 1_000)

    /// A worker's end; it hands over what is open when it is let go.
    final class RecorderBox {
        var recorder: IntervalRecorder?

        init(_ recorder: consuming IntervalRecorder) { self.recorder = consume recorder }
    }

    /// What a collection reported, and what it was left with.
    struct Outcome {
        var reported: [Int] = []
        /// The interval reported, and the time.
        var reportedNanoseconds: [Int: Int64] = [:]
        var record: RunRecord
    }

    /// Lets workers record a sample every 100 ns up to 6,500 ns.
    ///
    /// - Parameter isAway: True when a worker does nothing at a time.
    static func run(
        workers: Int, isAway: (Int, Int64) -> Bool = { _, _ in false }
    ) throws -> Outcome {
        var collection = try RunCollection(classCount: 1)
        var recorders: [RecorderBox] = []
        for _ in 0..<workers {
            let ends = try IntervalRecorder.make(classCount: 1, window: window)
            collection.add(ends.collector)
            recorders.append(RecorderBox(ends.recorder))
        }
        var outcome = Outcome(record: try RunRecord(classCount: 1))
        var isFinished = false
        for now in stride(from: 0, through: 6_500, by: 100) as StrideThrough<Int64> {
            for (worker, box) in recorders.enumerated() where !isAway(worker, now) {
                box.recorder?.recordSend(
                    classIndex: 0, intendedNanoseconds: now, actualNanoseconds: now, byteCount: 8)
            }
            isFinished = try collection.drain { outcome.note($1, now) }
        }
        #expect(!isFinished)
        for box in recorders { box.recorder = nil }
        #expect(try collection.drain { outcome.note($1, 7_000) })
        outcome.record = collection.finish()
        return outcome
    }

    @Test(arguments: [1, 2, 5]) func workersAreMergedIntervalByInterval(workers: Int) throws {
        let outcome = try Self.run(workers: workers)
        let intervals = outcome.record.intervals
        #expect(intervals.map(\.index) == Array(0...6))
        #expect(
            intervals.map(\.phase) == [
                .warmup, .warmup, .measure, .measure, .measure, .measure, .drain,
            ])
        let each = Int64(10 * workers)
        #expect(
            intervals.map { $0.counts[0].sent } == [
                each, each, each, each, each, each, each * 6 / 10,
            ])
        for interval in intervals {
            #expect(
                interval.series(.lag, classIndex: 0).sampleCount == interval.counts[0].sent)
        }
        #expect(outcome.record.classes[0].measuredCounts.sent == 4 * each)
        #expect(outcome.record.classes[0].counts.sent == Int64(66 * workers))
    }

    /// The last interval of the warm-up stays open for stragglers, so it comes in at the end; the
    /// others are reported while the run goes on, and none twice.
    @Test(arguments: [1, 3]) func everyIntervalIsReportedOnce(workers: Int) throws {
        let outcome = try Self.run(workers: workers)
        #expect(outcome.reported.sorted() == Array(0...6))
        #expect(outcome.reported == [0, 2, 3, 4, 5, 1, 6])
        for index in 2...5 {
            #expect(outcome.reportedNanoseconds[index] == Int64(index + 1) * 1_000)
        }
    }

    /// Processes merge what their workers record; what comes of that is what threads would give.
    @Test func processesTakeThePlaceOfWorkers() throws {
        let whole = try Self.run(workers: 3).record
        let parts = [try Self.run(workers: 1).record, try Self.run(workers: 2).record]
        var collection = try RunCollection(classCount: 1)
        for _ in parts { collection.expectProcess() }
        var outcome = Outcome(record: try RunRecord(classCount: 1))
        for index in 0...6 {
            for (place, part) in parts.enumerated() {
                let fits = collection.fits(part.intervals[index])
                #expect(fits)
                try collection.take(part.intervals[index], ofProcess: place)
            }
            #expect(try !collection.drain { outcome.note($1, Int64(index)) })
        }
        #expect(outcome.reported == Array(0...6))
        collection.finish(process: 0)
        #expect(try !collection.drain { outcome.note($1, 7) })
        collection.finish(process: 1)
        #expect(try collection.drain { outcome.note($1, 8) })
        #expect(outcome.reported == Array(0...6))
        let record = collection.finish()
        #expect(record.intervals == whole.intervals)
        #expect(record.classes[0].counts == whole.classes[0].counts)
        #expect(record.classes[0].histogram(.lag) == whole.classes[0].histogram(.lag))
    }

    /// A process that dies sends nothing any more: what it has not sent is not waited for.
    @Test func aProcessThatIsGoneHoldsNothingUp() throws {
        let part = try Self.run(workers: 1).record
        var collection = try RunCollection(classCount: 1)
        for _ in 0..<2 { collection.expectProcess() }
        var reported: [Int] = []
        try collection.take(part.intervals[2], ofProcess: 0)
        #expect(try !collection.drain { reported.append($1.index) } && reported.isEmpty)
        collection.finish(process: 1)
        #expect(try !collection.drain { reported.append($1.index) } && reported == [2])
    }

    /// A worker that was held up for two intervals has none of the second: the rest goes on.
    @Test func anIntervalThatAWorkerMissedHoldsNothingUp() throws {
        let outcome = try Self.run(workers: 2) { worker, now in
            worker == 0 && now >= 2_900 && now < 4_100
        }
        #expect(outcome.reported.sorted() == Array(0...6))
        let index4 = try #require(outcome.reportedNanoseconds[4])
        #expect(index4 < 6_000)
        #expect(outcome.record.intervals.map { $0.counts[0].sent }.reduce(0, +) == 66 + 54)
    }
}

extension RunCollectionTests.Outcome {
    mutating func note(_ interval: IntervalRecord, _ now: Int64) {
        reported.append(interval.index)
        reportedNanoseconds[interval.index] = now
    }
}

// Recording and collecting on different threads at once.

import AeroLoad
import HDRHistogram
import Synchronization
import TestSupport
import Testing

@Suite struct IntervalThreadsTests {
    static let window = RecordingWindow(
        startNanoseconds: 0, warmupNanoseconds: 20_000, durationNanoseconds: 400_000,
        intervalNanoseconds: 5_000)
    static let messageCount = 100_000

    /// The work of one generator thread: virtual time, so that rotations are as frequent as can be.
    static func record(_ recorder: consuming IntervalRecorder, seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var now: Int64 = 0
        for index in 0..<messageCount {
            now += Int64(index & 7)
            let intended = now - Int64.random(in: -1...4_000, using: &random)
            recorder.recordSend(
                classIndex: 0, intendedNanoseconds: intended, actualNanoseconds: now, byteCount: 3)
        }
        recorder.finish(atNanoseconds: now)
    }

    @Test(.timeLimit(.minutes(10)))
    func everySampleOfEveryThreadArrives() async throws {
        let seed = TestSeed.current
        let workerCount = 2
        let record = try await withThrowingTaskGroup(
            of: RunRecord?.self, returning: RunRecord.self
        ) { group in
            for worker in 0..<workerCount {
                let ends = try IntervalRecorder.make(classCount: 1, window: Self.window)
                let recorder = Handover(ends.recorder)
                let collector = Handover(ends.collector)
                group.addTask {
                    Self.record(recorder.take(), seed: seed &+ UInt64(worker))
                    return nil
                }
                group.addTask {
                    var collector = collector.take()
                    var record = try RunRecord(classCount: 1)
                    var isFinished = false
                    while !isFinished {
                        isFinished = try collector.drain { interval throws(HistogramError) in
                            try record.absorb(interval)
                        }
                        await Task.yield()
                    }
                    return record
                }
            }
            var records: [RunRecord] = []
            for try await record in group { if let record { records.append(record) } }
            try #require(records.count == workerCount)
            for record in records { Self.check(record, seed) }
            return records[0]
        }
        #expect(record.classes[0].counts.sentByteCount == 3 * Int64(Self.messageCount))
    }

    static func check(_ record: RunRecord, _ seed: UInt64) {
        let series = LatencySeries.lag
        let inIntervals: Int64 = record.intervals.reduce(0) { sum, interval in
            let encoded = interval.series(series, classIndex: 0)
            return sum + encoded.sampleCount + encoded.outOfRangeCount
        }
        #expect(inIntervals == Int64(messageCount), "seed \(seed)")
        #expect(IntervalRecorderTests.samples(record, series) == Int64(messageCount))
        #expect(record.classes[0].counts.sent == Int64(messageCount), "seed \(seed)")
    }
}

/// Moves one value that cannot be copied into a task.
final class Handover<Value: ~Copyable & Sendable>: Sendable {
    private let value: Mutex<Value?>

    init(_ value: consuming sending Value) { self.value = Mutex(value) }

    /// The value; asked for once.
    func take() -> Value {
        value.withLock { value in
            guard let taken = value.take() else { preconditionFailure("taken twice") }
            return taken
        }
    }
}

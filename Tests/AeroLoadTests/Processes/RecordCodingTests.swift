// What workers note arrives in another process as it was.

import HDRHistogram
import TestSupport
import Testing

@testable import AeroLoad

@Suite(.timeLimit(.minutes(10))) struct RecordCodingTests {
    static func bytes(_ value: some ByteCodable) -> [UInt8] {
        var writer = ByteWriter()
        writer.write(value)
        return writer.bytes
    }

    static func copy<Value: ByteCodable>(_ value: Value) throws -> Value {
        var reader = ByteReader(bytes(value))
        return try reader.read(Value.self)
    }

    /// A run with faults of every kind, so that nothing in the ledgers is empty.
    static func faultyRun() throws -> VirtualOutcome {
        var model = VirtualModel()
        let faults: [VirtualFault] = [
            .drop, .duplicate, .delay(400_000_000), .corrupt, .misroute, .foreign, .fail, .silence,
            .answerTwice,
        ]
        for (index, fault) in faults.enumerated() { model.faults[100 + 37 * index] = fault }
        return try VirtualRun.run(LedgerFaultTests.scenario(), model)
    }

    @Test func ledgersAreTheSame() throws {
        let outcome = try Self.faultyRun()
        let ledgers = outcome.ledgers
        let copy = try Self.copy(ledgers)
        #expect(copy.sends == ledgers.sends && copy.receives == ledgers.receives)
        #expect(ledgers.receives.contains { $0.counts.duplicates > 0 && $0.counts.corrupt > 0 })
        #expect(ledgers.strayTokenCount > 0 && ledgers.unansweredCount > 0)
        #expect(copy.failedCount == ledgers.failedCount)
        #expect(copy.strayTokenCount == ledgers.strayTokenCount)
        #expect(copy.unansweredCount == ledgers.unansweredCount)
        #expect(copy.unsentCount == ledgers.unsentCount)
        #expect(copy.refusedCount == ledgers.refusedCount)
        #expect(copy.inFlightArea == ledgers.inFlightArea && ledgers.inFlightArea > 0)
        #expect(copy.isDrainCut == ledgers.isDrainCut)
        #expect(copy.incidents == ledgers.incidents && !ledgers.incidents.entries.isEmpty)
        for group in outcome.verdicts.indices {
            let verdict = LedgerVerdict(send: copy.sends[0], receive: copy.receives[group])
            #expect(verdict == outcome.verdicts[group])
        }
    }

    @Test func intervalsAreTheSame() throws {
        let intervals = try Self.faultyRun().record.intervals
        #expect(try Self.copy(intervals) == intervals && intervals.count > 2)
    }

    /// The encoding of a histogram has no place for what did not fit.
    @Test func samplesOutOfRangeAreNotForgotten() throws {
        let window = RecordingWindow(
            startNanoseconds: 0, warmupNanoseconds: 0, durationNanoseconds: 1_000_000_000,
            intervalNanoseconds: 1_000_000_000)
        let ends = try IntervalRecorder.make(classCount: 1, window: window)
        var recorder = ends.recorder
        let collection = try VirtualCollection(ends.collector, classCount: 1)
        recorder.recordSend(
            classIndex: 0, intendedNanoseconds: 0, actualNanoseconds: 1_000, byteCount: 8)
        recorder.recordAcknowledgement(
            classIndex: 0, intendedNanoseconds: 0, actualNanoseconds: 0,
            nowNanoseconds: 7_200_000_000_000)
        recorder.finish(atNanoseconds: 7_200_000_000_001)
        collection.drain()
        var whole = try RunRecord(classCount: 1)
        for interval in collection.record.intervals { try whole.count(Self.copy(interval)) }
        for series in LatencySeries.allCases {
            #expect(
                whole.classes[0].histogram(series) == collection.record.classes[0].histogram(series)
            )
        }
        #expect(whole.classes[0].histogram(.acknowledgeIntended).outOfRangeCount == 1)
        #expect(whole.classes[0].counts == collection.record.classes[0].counts)
    }

    @Test func usageIsTheSame() throws {
        let usage = try Self.faultyRun().usage
        let copy = try Self.copy(usage)
        let (end, other) = (try #require(usage.end), try #require(copy.end))
        #expect(end.atNanoseconds == other.atNanoseconds && end.thread == other.thread)
        #expect(end.allocations == other.allocations && end.sentCount == other.sentCount)
        #expect(end.receivedCount == other.receivedCount)
        #expect(end.inFlightArea == other.inFlightArea)
        #expect(end.spinNanoseconds == other.spinNanoseconds)
        #expect(usage.start != nil && copy.workShare == usage.workShare)
    }

    @Test func slowMessagesKeepTheirTimes() throws {
        var slowest = SlowestMessages(capacity: 3)
        for number in 1...Int64(5) {
            slowest.insert(
                SlowMessage(
                    classIndex: 1, group: 2, producer: 3, destination: 4, sequence: number,
                    intendedNanoseconds: 10, takenNanoseconds: 11, handledNanoseconds: 20 * number,
                    times: StageTimes(
                        offset: 12, sentNanoseconds: 13, arrivedNanoseconds: 14,
                        appendedNanoseconds: 15, durableNanoseconds: 16,
                        dispatchedNanoseconds: 17, receivedNanoseconds: 18)))
        }
        #expect(try Self.copy(slowest).sorted == slowest.sorted)
        #expect(slowest.sorted.map(\.sequence) == [5, 4, 3])
    }

    @Test func damagedBytesAreRefused() throws {
        let interval = try #require(Self.faultyRun().record.intervals.first)
        let bytes = Self.bytes(interval)
        for count in stride(from: 0, to: bytes.count, by: 7) {
            var reader = ByteReader(Array(bytes[..<count]))
            #expect(throws: ByteCodingError.self) { try reader.read(IntervalRecord.self) }
        }
        // A count that asks for more than there is gets nothing.
        var reader = ByteReader([UInt8](repeating: 0x7F, count: 64))
        #expect(throws: ByteCodingError.self) { try reader.read([Int64].self) }
    }
}

@Suite struct ShareMessageTests {
    @Test func aMessageIsAsManyLinesAsItNeeds() throws {
        let seed = TestSeed.current
        var random = SplitMix64(seed: seed)
        let letters = (0..<2_500_000).map { _ in UInt8.random(in: 32...126, using: &random) }
        let text = String(decoding: letters, as: UTF8.self)
        let lines = ShareLines.lines(.failed(DriverError("connect", text)))
        #expect(lines.count == 3 && lines.allSatisfy { !$0.contains("\n") })
        var reader = ShareLines.Reader()
        #expect(try reader.take(lines[0]) == nil)
        #expect(try reader.take(lines[1]) == nil)
        guard case .failed(let error)? = try reader.take(lines[2]) else {
            Issue.record("another message, seed \(seed)")
            return
        }
        #expect(error == DriverError("connect", text), "seed \(seed)")
        // The next one begins anew.
        guard case .ready? = try reader.take(ShareLines.lines(.ready)[0]) else {
            Issue.record("another message")
            return
        }
    }

    @Test(arguments: ["", "hello", ".", ".AAA", ".!!!!", "+AAAA AAAA"])
    func otherLinesAreNoMessages(line: String) {
        var reader = ShareLines.Reader()
        #expect(throws: ByteCodingError.self) { try reader.take(line) }
    }
}

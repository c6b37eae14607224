// The crash matrix: after every change a log makes to its disk, every state that a power loss may
// leave is recovered, and nothing that was durable may be missing.

import AeroIO
import AeroMemory
import AeroStorage
import AeroWire
import FaultSupport
import TestSupport
import Testing

@Suite("Log crash matrix") struct LogCrashTests {
    /// What a workload does with a log.
    private enum Step {
        case append(Int)
        case write, synchronize, synchronizeNames, checkpoint, release
        case delete(Int64)
        case maintain(Int64)
    }

    /// A log on a simulated disk, whose every crash is tried.
    private struct Workload: ~Copyable {
        let disk: SimulatedDisk
        let expected: LogExpectation
        var log: PartitionLog
        var random: SplitMix64
        /// The next sequence number of each producer.
        var sequences: [Int64: Int32] = [:]
        let tally: CrashTally

        init(
            _ durability: TopicDurability, source: ChunkSource, limit: Int, crashesWithin: Int,
            seed: UInt64
        ) throws {
            var settings = LogSettings(durability: durability)
            settings.segmentByteCount = 1_200
            settings.indexIntervalByteCount = 300
            settings.tailByteCount = 0
            settings.retentionMilliseconds = 5_000
            settings.segmentMilliseconds = 5_000
            let disk = SimulatedDisk()
            let expected = LogExpectation(settings: settings, source: source, seed: seed)
            for directory in ["/log", LogExpectation.quarantine] {
                try disk.createDirectory(directory)
            }
            try disk.synchronizeDirectory("/")
            let tally = CrashTally()
            disk.setHook { disk, operation in
                guard operation.kind.changesTheDisk else { return }
                expected.place = "\(operation.kind) \(operation.ordinal) of \(operation.path)"
                let coverage = disk.enumerateCrashStates(
                    limit: limit, seed: seed &+ UInt64(operation.ordinal)
                ) { expected.check($0, crashesWithin: crashesWithin) }
                tally.add(coverage)
            }
            let log = try expected.open(disk)
            self.disk = disk
            self.expected = expected
            self.tally = tally
            self.log = log
            random = SplitMix64(seed: seed)
        }

        mutating func run(_ step: Step) throws {
            switch step {
            case .append(let byteCount): try append(byteCount)
            case .write: #expect(log.write() != .diskFull, "seed \(expected.seed)")
            case .synchronize:
                _ = log.write()
                guard let target = log.takeSyncTarget() else { return }
                let isStored = try target.carryOut()
                log.synchronized(through: target.offset, isSnapshotStored: isStored)
                expected.durableOffset = target.offset
            case .synchronizeNames:
                guard let target = log.takeSyncTarget(isOfNamesOnly: true) else { return }
                let isStored = try target.carryOut()
                log.synchronized(through: target.offset, isSnapshotStored: isStored)
            case .checkpoint:
                let removal = log.takeRemoval()
                expected.checkpoint = log.recoveryPoint
                try removal?.run()
            case .release: _ = log.release(below: .max, reserving: .max)
            case .delete(let back):
                let offset = max(0, log.highWatermark - back)
                expected.deletableOffset = max(expected.deletableOffset, offset)
                _ = try log.deleteRecords(below: offset)
            case .maintain(let now):
                let before = expected.deletableOffset
                expected.deletableOffset = log.logEndOffset
                #expect(log.maintain(nowMilliseconds: now).failure == nil)
                expected.deletableOffset = max(before, log.logStartOffset)
            }
        }

        private mutating func append(_ byteCount: Int) throws {
            var bytes = ModelBatch.random(&random, byteCountMax: byteCount)
            let recordCount = try RecordBatchHeader.checked(bytes).recordCount
            let producer = Int64.random(in: -1...2, using: &random)
            if producer >= 0 {
                bytes = bytes.produced(by: producer, sequence: sequences[producer] ?? 0)
                sequences[producer, default: 0] += recordCount
            }
            let base = try log.append(bytes, nowMilliseconds: 1)
            expected.batches.append(
                ModelBatch(bytes: bytes, baseOffset: base, recordCount: Int(recordCount)))
        }

        mutating func randomStep() throws {
            switch Int.random(in: 0..<24, using: &random) {
            case 0..<9: try run(.append(Int.random(in: 1...900, using: &random)))
            case 9..<13: try run(.write)
            case 13..<16: try run(.synchronize)
            case 16..<18: try run(.checkpoint)
            case 18: try run(.release)
            case 19: try run(.delete(Int64.random(in: 0...20, using: &random)))
            case 20..<22: try run(.synchronizeNames)
            default: try run(.maintain(Int64.random(in: 0...8_000, using: &random)))
            }
        }
    }

    private func withSource(_ body: (ChunkSource) throws -> Void) throws {
        let pool = try BufferPool(
            configuration: BufferPoolConfiguration(capacityBytes: 64 << 20))
        try body(ChunkSource(pool: pool))
        #expect(pool.statistics.bytesOutstanding == 0)
    }

    @Test(arguments: [TopicDurability.sync, .os])
    func everyCrashOfASmallLogIsRecovered(durability: TopicDurability) throws {
        // More seeds than these are tried by `scripts/faults`.
        try withSource { source in
            var workload = try Workload(
                durability, source: source, limit: 4_000, crashesWithin: 0,
                seed: TestSeed.current)
            let script: [Step] = [
                .append(300), .append(100), .write, .append(200), .synchronize, .checkpoint,
                // Into the second segment, and the third.
                .append(700), .append(400), .write, .synchronize, .append(300), .append(300),
                .synchronize, .release, .delete(4), .checkpoint, .append(700), .append(100),
                .write, .synchronize,
                // Old segments are given up, and go behind a checkpoint.
                .maintain(6_000), .append(600), .synchronize, .checkpoint, .maintain(9_000),
                .synchronize, .maintain(9_000), .checkpoint, .append(50), .write, .synchronize,
            ]
            for step in script { try workload.run(step) }
            // A matrix that leaves states out would prove less than it says.
            #expect(workload.tally.sampledCount == 0)
            #expect(workload.expected.recoveryCount > 500)
        }
    }

    /// Retention of a log that promises nothing about power loss does not wait for the disk.
    @Test func everyCrashOfALogThatGivesUpWhatWasNeverDurableIsRecovered() throws {
        try withSource { source in
            var workload = try Workload(
                .os, source: source, limit: 4_000, crashesWithin: 0, seed: TestSeed.current)
            let script: [Step] = [
                .append(300), .append(700), .write, .append(700), .append(300), .write,
                .synchronizeNames, .append(900), .write, .synchronizeNames, .maintain(6_000),
            ]
            for step in script { try workload.run(step) }
            let start = workload.log.logStartOffset
            #expect(start > 0 && workload.expected.durableOffset == 0)
            #expect(workload.log.recoveryPoint.offset == start)
            for step: Step in [
                .checkpoint, .append(600), .write, .synchronizeNames, .maintain(9_000),
                .checkpoint, .append(50), .write, .synchronize,
            ] { try workload.run(step) }
            #expect(workload.tally.sampledCount == 0)
            #expect(workload.expected.recoveryCount > 100)
        }
    }

    @Test(arguments: 0..<UInt64(2))
    func crashesWithinRecoveriesAreRecovered(round: UInt64) throws {
        try withSource { source in
            var workload = try Workload(
                round % 2 == 0 ? .sync : .os, source: source, limit: 10, crashesWithin: 8,
                seed: TestSeed.current &+ round)
            for _ in 0..<25 { try workload.randomStep() }
        }
    }

    @Test(arguments: 0..<UInt64(2))
    func crashesOfRandomWorkloadsAreRecovered(round: UInt64) throws {
        try withSource { source in
            var workload = try Workload(
                round % 2 == 0 ? .sync : .interval, source: source, limit: 30, crashesWithin: 0,
                seed: TestSeed.current &+ 100 &+ round)
            for _ in 0..<60 { try workload.randomStep() }
        }
    }
}

/// How much of the matrix was visited.
///
/// SAFETY: hooks of a simulated disk run on the thread of the test that owns this.
final class CrashTally: @unchecked Sendable {
    private(set) var stateCount = 0
    /// Changes of which not every state was visited.
    private(set) var sampledCount = 0

    func add(_ coverage: CrashCoverage) {
        stateCount += coverage.stateCount
        if !coverage.isExhaustive { sampledCount += 1 }
    }
}

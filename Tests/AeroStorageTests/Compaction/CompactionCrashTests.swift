// Power may fail at any step of a compaction: what is found then is the old log or the new one, or
// a part of each, and nothing is lost by it.

import AeroIO
import AeroMemory
import AeroStorage
import AeroWire
import FaultSupport
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct CompactionCrashTests {
    /// What must be found after a crash.
    ///
    /// SAFETY: hooks of a simulated disk run on the thread of the test that owns this.
    private final class Expectation: @unchecked Sendable {
        let settings: LogSettings
        let source: ChunkSource
        let seed: UInt64
        var model = KeyedModel()
        var point: RecoveryPoint?
        var durableOffset: Int64 = 0
        var keepsTombstones = true
        private(set) var recoveryCount = 0
        private var issueCount = 0

        init(_ settings: LogSettings, _ source: ChunkSource, seed: UInt64) {
            self.settings = settings
            self.source = source
            self.seed = seed
        }

        /// Recovers what is left, looks at it, and goes on compacting.
        func check(_ disk: SimulatedDisk, _ place: String, crashesWithin: Int) {
            guard issueCount < 3 else { return }
            recoveryCount += 1
            let listing = disk.listing
            do {
                if crashesWithin > 0 {
                    disk.setHook { [self] disk, operation in
                        guard operation.kind.changesTheDisk else { return }
                        _ = disk.enumerateCrashStates(limit: crashesWithin, seed: seed) {
                            check($0, "\(place), then \(operation.kind)", crashesWithin: 0)
                        }
                    }
                }
                var log = try CompactingLog.open(disk, settings, point, source, 5_000_000)
                disk.setHook(nil)
                try check(&log, place, listing)
                guard crashesWithin > 0 else { return }
                while let turn = log.nextCompaction(nowMilliseconds: 5_000_000) {
                    let outcome = turn.run()
                    if let failure = outcome.failure { throw failure }
                    log.finishCompaction(outcome, nowMilliseconds: 5_000_000)
                }
                keepsTombstones = false
                try check(&log, "\(place), compacted", listing)
                keepsTombstones = true
            } catch {
                disk.setHook(nil)
                fail("\(error)", place, listing)
            }
        }

        private func check(
            _ log: inout PartitionLog, _ place: String, _ listing: String
        ) throws {
            let end = log.logEndOffset
            if end < durableOffset || log.logStartOffset != 0 {
                fail("\(log.logStartOffset)..<\(end) is left", place, listing)
            }
            if log.recovery.findings.contains(where: \.isAlarm) {
                fail("\(log.recovery.findings)", place, listing)
            }
            guard end > 0 else { return }
            let found = try log.readAll().keyedRecords()
            if let fault = model.fault(of: found, end: end, keepsTombstones: keepsTombstones) {
                fail(fault, place, listing)
            }
            let batches = model.batches.filter { $0.endOffset <= end }
            if let fault = try log.producerFault(batches) { fail(fault, place, listing) }
        }

        private func fail(_ what: String, _ place: String, _ listing: String) {
            issueCount += 1
            Issue.record("\(what)\nafter \(place), seed \(seed), with\n\(listing)")
        }
    }

    @Test(arguments: 0..<UInt64(4))
    func everyCrashOfACompactionIsRecovered(round: UInt64) throws {
        let pool = try BufferPool(configuration: BufferPoolConfiguration(capacityBytes: 64 << 20))
        var settings = CompactingLog.settings
        settings.segmentByteCount = 700
        settings.compactionTurnByteCount = round % 2 == 0 ? 1 : 100_000
        do {
            let source = ChunkSource(pool: pool)
            let seed = TestSeed.current &+ round
            var place = try CompactingLog(source, settings, seed: seed)
            let expected = Expectation(settings, source, seed: seed)
            for _ in 0..<2 {
                for _ in 0..<14 {
                    try place.append()
                    try place.synchronize()
                }
                expected.model = place.model
                expected.durableOffset = place.log.synchronizedOffset
                expected.point = place.log.recoveryPoint
                // Something is under way in the last segment, too.
                try place.append()
                _ = place.log.write()
                expected.model = place.model
                place.disk.setHook { disk, operation in
                    guard operation.kind.changesTheDisk else { return }
                    _ = disk.enumerateCrashStates(
                        limit: round < 2 ? 8 : 2, seed: seed &+ UInt64(operation.ordinal)
                    ) {
                        expected.check(
                            $0, "\(operation.kind) of \(operation.path)",
                            crashesWithin: round < 2 ? 0 : 1)
                    }
                    // The process dies first, and the power fails while the next one recovers: what
                    // the first has renamed is not durable then.
                    guard operation.kind == .rename else { return }
                    expected.check(disk.afterKill(), "a kill", crashesWithin: 20)
                }
                try place.compact()
                place.disk.setHook(nil)
                try place.synchronize()
                try place.check()
            }
            #expect(expected.recoveryCount > 300)
        }
        #expect(pool.statistics.bytesOutstanding == 0)
    }

    /// A record without a value and a value deleted by it.
    private func record(_ key: UInt8, _ byteCount: Int?, _ now: Int64) -> KeyedRecord {
        KeyedRecord(
            offset: 0, key: [key], value: byteCount.map { [UInt8](repeating: 5, count: $0) },
            timestamp: now)
    }

    /// Two segments whose remains are as long as the first of them was: it may not pass for clean,
    /// or what deletes its records would go before they do, and no crash may leave the new file
    /// with the old one's index.
    @Test func aFileOfTheOldLengthTakesItsPlaceToo() throws {
        let pool = try BufferPool(configuration: BufferPoolConfiguration(capacityBytes: 64 << 20))
        var settings = CompactingLog.settings
        settings.segmentByteCount = 235
        settings.indexIntervalByteCount = 1
        do {
            let source = ChunkSource(pool: pool)
            let seed = TestSeed.current
            var place = try CompactingLog(source, settings, seed: seed)
            let kept = record(2, 100, place.now)
            let keptByteCount = ModelBatch.keyed([kept], .none).count
            // What is left of the first segment is an empty batch, a header.
            let wished = WireLimits.batchHeaderByteCount + keptByteCount
            let superseded = (1..<settings.segmentByteCount).map { record(1, $0, place.now) }
                .first { ModelBatch.keyed([$0], .none).count == wished }
            try place.append([try #require(superseded)])
            try place.append([kept])
            try place.append([record(1, nil, place.now)])
            try place.append([record(3, 200, place.now)])
            try place.synchronize()
            let expected = Expectation(settings, source, seed: seed)
            expected.model = place.model
            expected.durableOffset = place.log.synchronizedOffset
            expected.point = place.log.recoveryPoint
            place.disk.setHook { disk, operation in
                guard operation.kind.changesTheDisk else { return }
                _ = disk.enumerateCrashStates(limit: 60, seed: seed) {
                    expected.check($0, "\(operation.kind) of \(operation.path)", crashesWithin: 0)
                }
            }
            try place.compact()
            place.disk.setHook(nil)
            try place.check()
            try place.reopen(place.disk.afterKill())
            place.now += 10_000
            for _ in 0..<2 { try place.append([record(4, 200, place.now)]) }
            try place.synchronize()
            try place.compact()
            try place.check(keepsTombstones: false)
            let found = try place.log.readAll().keyedRecords().map(\.key)
            #expect(!found.contains([1]))
        }
        #expect(pool.statistics.bytesOutstanding == 0)
    }

    /// A full disk, or one that fails, ends the compaction and nothing else.
    @Test(arguments: [
        DiskOperationKind.create, .write, .synchronize, .rename, .remove, .synchronizeDirectory,
    ])
    func aFailingDiskEndsTheCompactionOnly(kind: DiskOperationKind) throws {
        let pool = try BufferPool(configuration: BufferPoolConfiguration(capacityBytes: 64 << 20))
        do {
            let source = ChunkSource(pool: pool)
            for ordinal in 1...6 {
                var place = try CompactingLog(
                    source, CompactingLog.settings, seed: TestSeed.current &+ UInt64(ordinal))
                for _ in 0..<60 { try place.append() }
                try place.synchronize()
                place.disk.inject(DiskFault(kind, .noSpace, ordinal: ordinal))
                var failures = 0
                while let turn = place.log.nextCompaction(nowMilliseconds: place.now) {
                    let outcome = turn.run()
                    if outcome.failure != nil { failures += 1 }
                    place.log.finishCompaction(outcome, nowMilliseconds: place.now)
                    try place.check()
                }
                place.disk.removeFaults()
                #expect(failures <= 1, "\(kind) \(ordinal)")
                for _ in 0..<20 { try place.append() }
                try place.synchronize()
                let isTooEarly = place.log.nextCompaction(nowMilliseconds: place.now) == nil
                if failures > 0 { #expect(isTooEarly, "\(kind) \(ordinal)") }
                place.now += 100_000
                try place.compact()
                try place.check(keepsTombstones: false)
                try place.reopen(place.disk.synchronizedState())
                try place.check(keepsTombstones: false)
            }
        }
        #expect(pool.statistics.bytesOutstanding == 0)
    }
}

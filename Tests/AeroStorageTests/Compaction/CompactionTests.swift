// Compaction against a naive model: what may go is gone, what must stay is there, and readers,
// producers and restarts do not notice.

import AeroIO
import AeroMemory
import AeroStorage
import AeroWire
import FaultSupport
import TestSupport
import Testing

@Suite struct CompactionTests {
    private func withLog(
        _ settings: LogSettings = CompactingLog.settings, seed: UInt64 = TestSeed.current,
        _ body: (inout CompactingLog) throws -> Void
    ) throws {
        let pool = try BufferPool(configuration: BufferPoolConfiguration(capacityBytes: 64 << 20))
        do {
            var log = try CompactingLog(ChunkSource(pool: pool), settings, seed: seed)
            try body(&log)
        }
        #expect(pool.statistics.bytesOutstanding == 0)
    }

    /// Where the last segment begins, which compaction leaves alone.
    private func lastBase(_ disk: SimulatedDisk) throws -> Int64 {
        let names = try disk.entries(of: CompactingLog.directory).map(\.name)
            .filter { $0.hasSuffix(".log") }.sorted()
        return Int64(names.last?.prefix(20) ?? "") ?? 0
    }

    @Test(arguments: 0..<UInt64(8))
    func agreesWithTheModel(round: UInt64) throws {
        var settings = CompactingLog.settings
        // Passes of one segment and of many; tables with room for everything and for few keys.
        settings.compactionTurnByteCount = round % 2 == 0 ? 1 : 100_000
        if round % 4 > 1 { settings.compactionMemoryByteCount = 300 }
        try withLog(settings, seed: TestSeed.current &+ round) { place in
            for cycle in 0..<12 {
                for _ in 0..<Int.random(in: 5...40, using: &place.random) {
                    try place.append()
                    if Int.random(in: 0..<3, using: &place.random) == 0 { try place.synchronize() }
                }
                try place.synchronize()
                try place.compact()
                // With little room it takes several passes for all, and keys beyond are let be.
                let cleaned = round % 4 > 1 ? 0 : try lastBase(place.disk)
                try place.check(cleaned: cleaned)
                switch cycle % 4 {
                case 1: try place.reopen(place.disk.afterKill())
                case 3: try place.reopen(place.disk.synchronizedState())
                default: break
                }
                try place.check(cleaned: cleaned)
            }
            let inspection = try LogInspector(disk: place.disk).inspectPartition(
                CompactingLog.directory, point: place.log.recoveryPoint)
            #expect(inspection.findings.isEmpty, "\(inspection.findings)")
            let recordCount = inspection.segments.reduce(0) { $0 + $1.recordCount }
            #expect(recordCount < place.model.records.count)
        }
    }

    @Test func tombstonesStayForTheirTimeAndThenGo() throws {
        try withLog { place in
            for _ in 0..<60 { try place.append() }
            try place.synchronize()
            let first = try place.compact()
            #expect(first > 0)
            try place.check(cleaned: try lastBase(place.disk))
            let tombstones = try place.log.readAll().keyedRecords().filter(\.isTombstone)
            #expect(!tombstones.isEmpty)
            // Not over yet: the clock of their retention began with the first compaction.
            place.now += 900
            for _ in 0..<30 { try place.append() }
            try place.synchronize()
            try place.compact()
            try place.check(cleaned: try lastBase(place.disk))
            place.now += 2_000
            for _ in 0..<30 { try place.append() }
            try place.synchronize()
            try place.compact()
            try place.check(cleaned: try lastBase(place.disk), keepsTombstones: false)
            let left = try place.log.readAll().keyedRecords().filter(\.isTombstone)
            #expect(Set(left.map(\.offset)).isDisjoint(with: tombstones.map(\.offset)))
        }
    }

    /// What a reader holds of the old files stays whole, and it goes on in the new ones.
    @Test func readersAreNotDisturbed() throws {
        try withLog { place in
            for _ in 0..<60 { try place.append() }
            try place.synchronize()
            let before = try place.log.readAll().keyedRecords()
            var cursor = StoreCursor(offset: 0)
            guard case .file(let held) = place.log.read(&cursor, maximumByteCount: 900) else {
                Issue.record("nothing can be read")
                return
            }
            let bytes = try held.bytes()
            let readOn = cursor.offset
            // Between the new file's coming and the log's hearing of it nothing has changed either.
            try place.compact { log in
                let found = try log.readAll().keyedRecords()
                #expect(found.count > 20 && found.allSatisfy(before.contains))
            }
            #expect(try held.bytes() == bytes)
            var rest: [KeyedRecord] = []
            while case .file(let next) = place.log.read(&cursor, maximumByteCount: 900) {
                rest += try next.bytes().keyedRecords().filter { $0.offset >= readOn }
            }
            let all = try place.log.readAll().keyedRecords()
            #expect(rest == all.filter { $0.offset >= readOn })
            try place.check(cleaned: try lastBase(place.disk))
        }
    }

    @Test func nothingIsDoneBeforeEnoughIsNewNorByARestart() throws {
        var settings = CompactingLog.settings
        settings.dirtyRatioMin = 0.9
        try withLog(settings) { place in
            for _ in 0..<60 { try place.append() }
            try place.synchronize()
            #expect(try place.compact() > 0)
            for _ in 0..<20 { try place.append() }
            try place.synchronize()
            #expect(try place.compact() == 0)
            try place.reopen(place.disk.synchronizedState())
            #expect(place.log.recoveryPoint.cleanedOffset > 0)
            #expect(try place.compact() == 0)
            place.log.settings.dirtyRatioMin = 0.05
            #expect(try place.compact() > 0)
            try place.check(cleaned: try lastBase(place.disk))
        }
    }

    /// A producer whose records are all superseded is known from its batches alone.
    @Test func theLastBatchOfEachProducerOutlivesItsRecords() throws {
        try withLog { place in
            for _ in 0..<80 { try place.append() }
            try place.synchronize()
            try place.compact()
            for entry in try place.disk.entries(of: CompactingLog.directory)
            where entry.name.hasSuffix(".producers") {
                try place.disk.remove(CompactingLog.directory + "/" + entry.name)
            }
            try place.reopen(place.disk.afterKill())
            for producer in Int64(0)...3 {
                let batch = place.model.batches.last { batch in
                    batch.bytes.withUnsafeBytes { RecordBatchHeader.peek(in: $0, at: 0) }?
                        .producerId == producer
                }
                let last = try #require(batch)
                let header = try RecordBatchHeader.checked(last.bytes)
                let outcome = try last.bytes.withUnsafeBytes {
                    try place.log.append($0, header: header, nowMilliseconds: place.now)
                }
                #expect(
                    outcome
                        == .duplicate(baseOffset: last.baseOffset, nextOffset: last.endOffset))
            }
        }
    }

    @Test func aDamagedSegmentIsLeftAloneAndSaidOnce() throws {
        try withLog { place in
            for _ in 0..<60 { try place.append() }
            try place.synchronize()
            try place.disk.damage(CompactingLog.directory + "/00000000000000000000.log") {
                $0[200] ^= 1
            }
            let before = try place.disk.entries(of: CompactingLog.directory).map(\.name).sorted()
            #expect(throws: StorageError.self) { try place.compact() }
            let found = try place.disk.entries(of: CompactingLog.directory).map(\.name).sorted()
            #expect(found == before)
        }
    }
}

// Every flipped bit of a log is found: by an inspection always, by recovery where it matters.

import AeroIO
import AeroMemory
import AeroStorage
import AeroWire
import FaultSupport
import TestSupport
import Testing

@Suite("Log inspector") struct LogInspectorTests {
    private static let directory = "/log/0"

    /// A durable log of three segments, closed; and its recovery point.
    private func makeLog(
        _ source: ChunkSource
    ) throws -> (disk: SimulatedDisk, expected: LogExpectation, point: RecoveryPoint) {
        var settings = LogSettings(durability: .sync)
        settings.segmentByteCount = 400
        settings.indexIntervalByteCount = 150
        let disk = SimulatedDisk()
        for directory in ["/log", LogExpectation.quarantine] { try disk.createDirectory(directory) }
        let expected = LogExpectation(settings: settings, source: source, seed: TestSeed.current)
        var log = try expected.open(disk)
        for byte in UInt8(0)..<9 {
            let bytes = ModelBatch.filled(byte, byteCount: 40)
            let base = try log.append(bytes)
            expected.batches.append(ModelBatch(bytes: bytes, baseOffset: base, recordCount: 1))
            _ = log.write()
        }
        let pending = log.takeSyncTarget()
        let target = try #require(pending)
        try target.carryOut()
        log.synchronized(through: target.offset)
        try disk.synchronizeFileSystem(holding: "/")
        expected.durableOffset = target.offset
        return (disk, expected, log.recoveryPoint)
    }

    private func withSource(_ body: (ChunkSource) throws -> Void) throws {
        let pool = try BufferPool(configuration: BufferPoolConfiguration(capacityBytes: 8 << 20))
        try body(ChunkSource(pool: pool))
        #expect(pool.statistics.bytesOutstanding == 0)
    }

    @Test func aSoundLogHasNothingToTell() throws {
        try withSource { source in
            let (disk, _, point) = try makeLog(source)
            let found = try LogInspector(disk: disk).inspectPartition(Self.directory, point: point)
            #expect(found.findings == [])
            #expect(found.segments.count == 3)
            #expect(found.segments.map(\.recordCount).reduce(0, +) == 9)
            #expect(found.segments.last?.nextOffset == 9)
            #expect(found.segments.map { $0.indexEntryCount != nil } == [true, true, false])
        }
    }

    @Test func everyFlippedBitOfEveryFileIsFound() throws {
        try withSource { source in
            let (disk, _, point) = try makeLog(source)
            var segmentBits = 0
            for entry in try disk.entries(of: Self.directory) {
                let path = Self.directory + "/" + entry.name
                for bit in 0..<(try disk.open(path).byteCount() * 8) {
                    let copy = disk.afterKill()
                    try copy.damage(path) { $0[bit / 8] ^= 1 << UInt8(bit % 8) }
                    let isBatches = path.hasSuffix(".log")
                    let inspector = LogInspector(disk: copy)
                    let known = try inspector.inspectPartition(Self.directory, point: point)
                    let found = known.findings.filter { $0.path == path }
                    #expect(!found.isEmpty, "bit \(bit) of \(path)")
                    #expect(
                        found.contains { $0.severity == (isBatches ? .damage : .remark) },
                        "bit \(bit) of \(path): \(found)")
                    if isBatches { segmentBits += 1 }
                }
            }
            #expect(segmentBits > 7_000)
        }
    }

    /// What is durable is refused or served as it was; above the recovery point it is cut and kept.
    @Test func recoveryNeverServesAFlippedBit() throws {
        try withSource { source in
            let (disk, expected, point) = try makeLog(source)
            var refusedCount = 0
            for entry in try disk.entries(of: Self.directory) {
                let path = Self.directory + "/" + entry.name
                for bit in stride(from: 0, to: try disk.open(path).byteCount() * 8, by: 3) {
                    let copy = disk.afterKill()
                    try copy.damage(path) { $0[bit / 8] ^= 1 << UInt8(bit % 8) }
                    let before = copy.visibleHash
                    expected.checkpoint = point
                    do throws(StorageError) {
                        let log = try expected.open(copy)
                        // A sealed segment is believed by its end: its middle is for the
                        // inspector and for consumers, who verify each batch.
                        #expect(log.logEndOffset == 9, "bit \(bit) of \(path)")
                    } catch {
                        guard case .damaged = error else {
                            Issue.record("\(error), bit \(bit) of \(path)")
                            continue
                        }
                        refusedCount += 1
                        #expect(copy.visibleHash == before, "bit \(bit) of \(path)")
                    }
                }
            }
            #expect(refusedCount > 500)
        }
    }

    @Test func aboveTheRecoveryPointWhatIsCutIsKept() throws {
        try withSource { source in
            let (disk, expected, _) = try makeLog(source)
            let path = Self.directory + "/00000000000000000003.log"
            expected.checkpoint = RecoveryPoint(offset: 3, logStartOffset: 0)
            for bit in stride(from: 0, to: try disk.open(path).byteCount() * 8, by: 7) {
                let copy = disk.afterKill()
                try copy.damage(path) { $0[bit / 8] ^= 1 << UInt8(bit % 8) }
                let bytes = try copy.readFile(path, limit: 10_000)
                let log = try expected.open(copy)
                #expect((3..<6).contains(log.logEndOffset), "bit \(bit)")
                let kept = try copy.entries(of: LogExpectation.quarantine).map(\.name).sorted()
                // The rest of this segment, when a batch of it is whole behind the bit, and the
                // last segment.
                let isLast = log.logEndOffset == 5
                #expect(kept.count == (isLast ? 1 : 2), "bit \(bit): \(kept)")
                guard !isLast, let first = kept.first else { continue }
                let copied = try copy.readFile(
                    LogExpectation.quarantine + "/" + first, limit: 10_000)
                #expect(copied == Array(bytes.suffix(copied.count)), "bit \(bit)")
                #expect(
                    copied.count + (try copy.open(path).byteCount()) == bytes.count, "bit \(bit)")
            }
        }
    }

    @Test func aMissingSegmentIsDamage() throws {
        try withSource { source in
            let (disk, expected, point) = try makeLog(source)
            try disk.remove(Self.directory + "/00000000000000000003.log")
            let found = try LogInspector(disk: disk).inspectPartition(Self.directory, point: point)
            #expect(found.findings.contains { $0.severity == .damage })
            expected.checkpoint = point
            #expect(throws: StorageError.self) { _ = try expected.open(disk) }
        }
    }

    @Test func foreignFilesAreLeftAlone() throws {
        try withSource { source in
            let (disk, expected, point) = try makeLog(source)
            _ = try disk.create(Self.directory + "/notes.txt")
            let found = try LogInspector(disk: disk).inspectPartition(Self.directory, point: point)
            #expect(found.findings.map(\.severity) == [.remark])
            expected.checkpoint = point
            let log = try expected.open(disk)
            #expect(log.recovery.findings == [.foreign(path: Self.directory + "/notes.txt")])
            #expect(try disk.entries(of: Self.directory).contains { $0.name == "notes.txt" })
        }
    }
}

// Logs whose disk fills up or fails: nothing that was said to be durable is lost by it.

import AeroIO
import AeroMemory
import AeroStorage
import AeroWire
import FaultSupport
import TestSupport
import Testing

@Suite("Log disk faults") struct LogFaultTests {
    /// A log on a simulated disk, and what it must hold.
    private struct Place: ~Copyable {
        let disk = SimulatedDisk()
        let expected: LogExpectation
        var log: PartitionLog

        init(source: ChunkSource) throws {
            var settings = LogSettings(durability: .sync)
            settings.segmentByteCount = 1_000
            settings.indexIntervalByteCount = 300
            settings.tailByteCount = 0
            let expected = LogExpectation(
                settings: settings, source: source, seed: TestSeed.current)
            for directory in ["/log", LogExpectation.quarantine] {
                try disk.createDirectory(directory)
            }
            try disk.synchronizeFileSystem(holding: "/")
            let log = try expected.open(disk)
            self.expected = expected
            self.log = log
        }

        /// Appends a batch of some 300 bytes.
        mutating func append(_ byte: UInt8) throws -> AppendOutcome {
            let bytes = ModelBatch.filled(byte, byteCount: 200)
            let header = try RecordBatchHeader.checked(bytes)
            let outcome = try bytes.withUnsafeBytes {
                try log.append($0, header: header, nowMilliseconds: 0)
            }
            if case .appended(let base) = outcome {
                expected.batches.append(
                    ModelBatch(bytes: bytes, baseOffset: base, recordCount: 1))
            }
            return outcome
        }

        /// Has the log synchronized, as another thread would.
        mutating func synchronize() {
            guard let target = log.takeSyncTarget() else { return }
            do throws(Errno) {
                let isStored = try target.carryOut()
                log.synchronized(through: target.offset, isSnapshotStored: isStored)
                expected.durableOffset = target.offset
            } catch {
                log.fail(error)
            }
        }

        func checkCrashes(_ place: String) {
            expected.place = place
            _ = disk.enumerateCrashStates(limit: 40, seed: expected.seed) {
                $0.capacityByteCount = .max
                expected.check($0)
            }
        }
    }

    private func withSource(_ body: (ChunkSource) throws -> Void) throws {
        let pool = try BufferPool(configuration: BufferPoolConfiguration(capacityBytes: 8 << 20))
        try body(ChunkSource(pool: pool))
        #expect(pool.statistics.bytesOutstanding == 0)
    }

    @Test func aFullDiskRefusesAppendsUntilThereIsRoomAgain() throws {
        try withSource { source in
            for capacity in stride(from: 0, through: 3_000, by: 61) {
                var place = try Place(source: source)
                place.disk.capacityByteCount = capacity
                for round in 0..<UInt8(8) {
                    let outcome = try place.append(round)
                    if place.log.state == .diskFull {
                        #expect(outcome == .refused(.diskFull))
                        break
                    }
                    let written = place.log.write()
                    if written == .diskFull {
                        #expect(place.log.state == .diskFull, "\(capacity)")
                        #expect(place.log.highWatermark < place.log.logEndOffset, "\(capacity)")
                    }
                    // What could be written may be synchronized all the same.
                    place.synchronize()
                    place.checkCrashes("capacity \(capacity), round \(round)")
                }
                let end = place.log.logEndOffset
                place.disk.capacityByteCount = .max
                let isWritten = place.log.write()
                #expect(isWritten != .diskFull && place.log.state == .writable, "\(capacity)")
                place.synchronize()
                #expect(place.log.highWatermark == end, "\(capacity)")
                #expect(
                    try place.log.readAll() == place.expected.batches.flatMap { $0.placed() },
                    "\(capacity)")
                place.checkCrashes("capacity \(capacity), room again")
            }
        }
    }

    @Test(arguments: [
        DiskOperationKind.write, .synchronize, .create, .synchronizeDirectory, .remove,
    ])
    func aFailingDiskEndsTheLogAndLosesNothing(kind: DiskOperationKind) throws {
        try withSource { source in
            for ordinal in 1...10 {
                var place = try Place(source: source)
                place.disk.inject(
                    DiskFault(kind, .ioError, ordinal: ordinal, writtenByteCount: 100))
                for round in 0..<UInt8(10) {
                    let outcome = try place.append(round)
                    if case .failed = place.log.state {
                        #expect(outcome == .refused(.logFailed))
                        let hasTarget = place.log.takeSyncTarget() != nil
                        #expect(!hasTarget)
                        break
                    }
                    if place.log.write() == .failed(.ioError) {
                        #expect(place.log.state == .failed(.ioError))
                    }
                    if round % 2 == 1 { place.synchronize() }
                }
                // What is below the watermark can be read from a failed log, too.
                let readable = place.expected.batches.filter {
                    $0.endOffset <= place.log.highWatermark
                }
                #expect(try place.log.readAll() == readable.flatMap { $0.placed() })
                place.checkCrashes("\(kind) \(ordinal)")
            }
        }
    }

    /// A write fails while a commit is under way, which succeeds: those who waited for it have been
    /// refused, so the watermark stays where what is durable of each segment ends.
    @Test func aCommitThatEndsBehindAFailureMovesNothing() throws {
        try withSource { source in
            for count in UInt8(1)...6 {
                var place = try Place(source: source)
                _ = try place.append(0)
                _ = place.log.write()
                place.synchronize()
                for round in 1...count { _ = try place.append(round) }
                _ = place.log.write()
                let taken = place.log.takeSyncTarget()
                let target = try #require(taken)
                _ = try place.append(100)
                place.disk.inject(DiskFault(.write, .ioError))
                let outcome = place.log.write()
                #expect(outcome == .failed(.ioError))
                place.log.fail(.ioError)
                try target.carryOut()
                place.log.synchronized(through: target.offset)
                let watermark = place.log.highWatermark
                try #require(watermark == 1, "\(count)")
                _ = place.log.release(below: .max, reserving: .max)
                let found = try place.log.readAll()
                #expect(found == place.expected.batches[0].placed(), "\(count)")
                place.checkCrashes("a commit of \(count) behind a failure")
            }
        }
    }

    /// A full disk keeps nobody from what is there: indexes and snapshots of producers, which a
    /// recovery leaves for the next one, can wait.
    @Test func aFullDiskIsRecoveredFromAllTheSame() throws {
        try withSource { source in
            for room in stride(from: 0, through: 400, by: 40) {
                var place = try Place(source: source)
                for round in 0..<UInt8(10) {
                    _ = try place.append(round)
                    _ = place.log.write()
                    place.synchronize()
                }
                place.expected.checkpoint = place.log.recoveryPoint
                let left = place.disk.afterKill()
                let path = LogExpectation.directory
                for entry in try left.entries(of: path) where !entry.name.hasSuffix(".log") {
                    try left.remove(path + "/" + entry.name)
                }
                left.capacityByteCount = left.usedByteCount + room
                let log = try place.expected.open(left)
                #expect(
                    try log.readAll() == place.expected.batches.flatMap { $0.placed() },
                    "\(room) B of room")
                left.capacityByteCount = .max
                place.expected.place = "a recovery with \(room) B of room"
                _ = left.enumerateCrashStates(limit: 20, seed: place.expected.seed) {
                    $0.capacityByteCount = .max
                    place.expected.check($0)
                }
            }
        }
    }

    /// The process ends after a synchronization that failed, the machine does not: what the next
    /// process reads is with the kernel only. What it serves must be on the disk.
    @Test(arguments: 1...3) func aRestartMakesDurableWhatAFailedSyncDidNot(ordinal: Int) throws {
        try withSource { source in
            for count in UInt8(1)...9 {
                var place = try Place(source: source)
                for round in 0..<UInt8(4) { _ = try place.append(round) }
                _ = place.log.write()
                place.synchronize()
                place.expected.checkpoint = place.log.recoveryPoint
                for round in 0..<count { _ = try place.append(100 + round) }
                _ = place.log.write()
                place.disk.inject(DiskFault(.synchronize, .ioError, ordinal: ordinal))
                place.synchronize()
                let left = place.disk.afterKill()
                var log = try place.expected.open(left)
                #expect(log.highWatermark == place.log.logEndOffset, "\(count)")
                let readable = try log.readAll()
                // Everything that was said to be readable outlives the power.
                var again = try place.expected.open(left.synchronizedState())
                #expect(again.highWatermark == log.highWatermark, "\(count)")
                let found = try again.readAll()
                #expect(found == readable, "\(count)")
                let alarms = again.recovery.findings.filter(\.isAlarm)
                #expect(alarms.isEmpty, "\(count)")
                // So does what is appended behind it.
                try log.append(ModelBatch.timed([7]))
                _ = log.write()
                let target = log.takeSyncTarget()
                try #require(target).carryOut()
                again = try place.expected.open(left.synchronizedState())
                #expect(again.highWatermark == log.logEndOffset, "\(count)")
            }
        }
    }
}

// A recovery that could not make durable what it found, and the one behind it.

import AeroIO
import AeroMemory
import AeroStorage
import AeroWire
import FaultSupport
import Testing

@Suite("Recoveries whose sync fails") struct FailedRecoverySyncTests {
    /// Opens a log, has `body` use it, and lets go of it as a process that is killed.
    private func withLog(
        _ disk: SimulatedDisk, _ body: (inout PartitionLog) throws -> Void
    ) throws {
        let pool = try BufferPool(configuration: BufferPoolConfiguration(capacityBytes: 8 << 20))
        do {
            let expected = LogExpectation(
                settings: LogSettings(durability: .sync), source: ChunkSource(pool: pool),
                seed: 1)
            var log = try expected.open(disk)
            try body(&log)
        }
        #expect(pool.statistics.bytesOutstanding == 0)
    }

    private func append(_ byte: UInt8, to log: inout PartitionLog) throws {
        let bytes = ModelBatch.filled(byte, byteCount: 700)
        let header = try RecordBatchHeader.checked(bytes)
        _ = try bytes.withUnsafeBytes {
            try log.append($0, header: header, nowMilliseconds: 0)
        }
        #expect(log.write() == .written(byteCount: bytes.count))
    }

    /// The sync with which a recovery ends fails; the next attempt may not trust the kernel either.
    @Test func aRecoveryWhoseSyncFailedIsNotTheLast() throws {
        let disk = SimulatedDisk()
        try disk.createDirectory("/log")
        try disk.createDirectory(LogExpectation.quarantine)
        try disk.synchronizeFileSystem(holding: "/")
        try withLog(disk) { log in
            try append(0, to: &log)
            let target = log.takeSyncTarget()
            try #require(target).carryOut()
            log.synchronized(through: 1, isSnapshotStored: false)
            try append(1, to: &log)
        }
        let killed = disk.afterKill()
        killed.inject(DiskFault(.synchronize, .ioError, ordinal: 1))
        #expect(throws: StorageError.self) { try withLog(killed) { _ in } }
        try withLog(killed) { log in #expect(log.logEndOffset == 2) }
        try withLog(killed.synchronizedState()) { log in #expect(log.logEndOffset == 2) }
    }
}

// How old a log's last segment is: a restart may not make it older than it is.

import AeroIO
import AeroMemory
import AeroStorage
import AeroWire
import FaultSupport
import Testing

@Suite struct LogAgeTests {
    private let disk = SimulatedDisk()

    private func open(_ source: ChunkSource, nowMilliseconds: Int64) throws -> PartitionLog {
        var settings = LogSettings(durability: .sync)
        settings.segmentMilliseconds = 5_000
        settings.retentionMilliseconds = 5_000
        return try PartitionLog(
            opening: "/log", on: disk, settings: settings, recoveryPoint: nil,
            quarantine: "/quarantine", source: source, nowMilliseconds: nowMilliseconds)
    }

    /// Appends one record with its own time, makes it durable, and closes the log.
    private func leaveRecord(
        stamped timestamp: Int64, _ source: ChunkSource, nowMilliseconds: Int64
    ) throws {
        for directory in ["/log", "/quarantine"] { try disk.createDirectory(directory) }
        var log = try open(source, nowMilliseconds: nowMilliseconds)
        try log.append(ModelBatch.timed([timestamp]), nowMilliseconds: nowMilliseconds)
        try settle(&log)
        _ = log.maintain(nowMilliseconds: nowMilliseconds)
        #expect(log.logStartOffset == 0 && log.highWatermark == 1)
    }

    /// Makes everything durable, a new segment too.
    private func settle(_ log: inout PartitionLog) throws {
        _ = log.write()
        guard let target = log.takeSyncTarget() else { return }
        try target.carryOut()
        log.synchronized(through: target.offset)
    }

    /// What the broker does every second.
    private func maintain(_ log: inout PartitionLog, nowMilliseconds: Int64) throws {
        _ = log.maintain(nowMilliseconds: nowMilliseconds)
        try settle(&log)
        _ = log.maintain(nowMilliseconds: nowMilliseconds)
    }

    private func withSource(_ body: (ChunkSource) throws -> Void) throws {
        let pool = try BufferPool(configuration: BufferPoolConfiguration(capacityBytes: 8 << 20))
        try body(ChunkSource(pool: pool))
    }

    /// A producer's clock stands in 1970: what is acknowledged is kept as long as without a
    /// restart.
    @Test(arguments: [Int64(1), -1, .min, 999_994_999])
    func aRestartDeletesNothingForItsTimestamp(timestamp: Int64) throws {
        try withSource { source in
            let now: Int64 = 1_000_000_000
            try leaveRecord(stamped: timestamp, source, nowMilliseconds: now)
            var log = try open(source, nowMilliseconds: now + 10)
            for later in [now + 10, now + 4_000] {
                try maintain(&log, nowMilliseconds: later)
                #expect(log.logStartOffset == 0, "after \(later - now) ms")
            }
            // It is not kept for ever either.
            try maintain(&log, nowMilliseconds: now + 5_010)
            #expect(log.logStartOffset == 1)
        }
    }

    /// Nor does a restart make anything younger where its time can be believed.
    @Test func aRestartKeepsTheAgeThatCanBeBelieved() throws {
        try withSource { source in
            let now: Int64 = 1_000_000_000
            try leaveRecord(stamped: now, source, nowMilliseconds: now)
            var log = try open(source, nowMilliseconds: now + 4_000)
            try maintain(&log, nowMilliseconds: now + 4_999)
            #expect(log.logStartOffset == 0)
            try maintain(&log, nowMilliseconds: now + 5_001)
            #expect(log.logStartOffset == 1)
        }
    }
}

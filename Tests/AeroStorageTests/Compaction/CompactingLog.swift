// A compacted log on a simulated disk, driven by random steps, beside a model of it.

import AeroIO
import AeroMemory
import AeroStorage
import AeroWire
import FaultSupport
import TestSupport
import Testing

/// What is asked of a compacted log, and what it must hold.
struct CompactingLog: ~Copyable {
    static let directory = "/log/0"
    static let codecs: [CompressionCodec] = [.none, .none, .gzip, .snappy, .lz4, .zstd]

    var disk: SimulatedDisk
    let source: ChunkSource
    var settings: LogSettings
    var log: PartitionLog
    var model = KeyedModel()
    var now: Int64 = 1_000_000
    var random: SplitMix64
    let seed: UInt64
    private var sequences: [Int64: Int32] = [:]

    init(_ source: ChunkSource, _ settings: LogSettings, seed: UInt64) throws {
        let disk = SimulatedDisk()
        for directory in ["/log", "/quarantine"] { try disk.createDirectory(directory) }
        try disk.synchronizeDirectory("/")
        let log = try Self.open(disk, settings, nil, source, 1_000_000)
        self.disk = disk
        self.source = source
        self.settings = settings
        self.seed = seed
        random = SplitMix64(seed: seed)
        self.log = log
    }

    /// Small segments, and compaction whenever anything is new.
    static var settings: LogSettings {
        var settings = LogSettings(durability: .sync)
        settings.segmentByteCount = 1_200
        settings.indexIntervalByteCount = 300
        settings.tailByteCount = 0
        settings.cleanup = .compact
        settings.dirtyRatioMin = 0
        settings.deleteRetentionMilliseconds = 1_000
        return settings
    }

    static func open(
        _ disk: SimulatedDisk, _ settings: LogSettings, _ point: RecoveryPoint?,
        _ source: ChunkSource, _ now: Int64
    ) throws(StorageError) -> PartitionLog {
        try PartitionLog(
            opening: directory, on: disk, settings: settings, recoveryPoint: point,
            quarantine: "/quarantine", source: source, nowMilliseconds: now)
    }

    /// Appends a batch of some records, with few keys, so that they supersede each other.
    mutating func append() throws {
        var records: [KeyedRecord] = []
        for _ in 0..<Int.random(in: 1...5, using: &random) {
            let keyed = Int.random(in: 0..<10, using: &random) > 0
            let valued = Int.random(in: 0..<6, using: &random) > 0
            let byte = UInt8.random(in: 0...255, using: &random)
            records.append(
                KeyedRecord(
                    offset: 0, key: keyed ? [UInt8.random(in: 0..<12, using: &random)] : nil,
                    value: valued
                        ? [UInt8](
                            repeating: byte, count: Int.random(in: 0...120, using: &random)) : nil,
                    timestamp: now + Int64.random(in: -50...50, using: &random)))
        }
        let codec = Self.codecs[Int.random(in: 0..<Self.codecs.count, using: &random)]
        var batch = ModelBatch.keyed(records, codec)
        let producer = Int64.random(in: -1...3, using: &random)
        if producer >= 0 {
            batch = batch.produced(by: producer, sequence: sequences[producer] ?? 0)
            sequences[producer, default: 0] += Int32(records.count)
        }
        let base = try log.append(batch, nowMilliseconds: now)
        #expect(base == model.logEnd, "seed \(seed)")
        model.append(batch, records)
        now += 1
    }

    /// Appends a batch of these records.
    mutating func append(_ records: [KeyedRecord]) throws {
        let batch = ModelBatch.keyed(records, .none)
        let base = try log.append(batch, nowMilliseconds: now)
        #expect(base == model.logEnd, "seed \(seed)")
        model.append(batch, records)
        now += 1
    }

    mutating func synchronize() throws {
        #expect(log.write() != .diskFull, "seed \(seed)")
        guard let target = log.takeSyncTarget() else { return }
        let isStored = try target.carryOut()
        log.synchronized(through: target.offset, isSnapshotStored: isStored)
        // What is in memory is as it came: readers are to be served from the files.
        _ = log.release(below: .max, reserving: .max)
    }

    /// Runs compactions until none is due.
    ///
    /// - Parameter between: Called between the end of a turn's work and the log's hearing of it.
    /// - Returns: Records that were left out.
    @discardableResult
    mutating func compact(
        between: (inout PartitionLog) throws -> Void = { _ in }
    ) throws -> Int {
        var removedRecordCount = 0
        while let turn = log.nextCompaction(nowMilliseconds: now) {
            let outcome = turn.run()
            try between(&log)
            if let failure = outcome.failure { throw failure }
            log.finishCompaction(outcome, nowMilliseconds: now)
            removedRecordCount += outcome.removedRecordCount
        }
        return removedRecordCount
    }

    /// Opens the log again, on what is left of the disk.
    mutating func reopen(_ left: SimulatedDisk) throws {
        disk = left
        log = try Self.open(left, settings, log.recoveryPoint, source, now)
        #expect(log.recovery.findings.isEmpty, "seed \(seed): \(log.recovery.findings)")
        #expect(log.logEndOffset == model.logEnd, "seed \(seed)")
    }

    /// Compares the log with the model.
    mutating func check(cleaned: Int64 = 0, keepsTombstones: Bool = true) throws {
        let found = try log.readAll().keyedRecords()
        if let fault = model.fault(
            of: found, end: log.highWatermark, cleaned: cleaned, keepsTombstones: keepsTombstones)
        {
            Issue.record("\(fault), seed \(seed)")
        }
        if let fault = try log.producerFault(model.batches) {
            Issue.record("\(fault), seed \(seed)")
        }
        // From inside, too: also from offsets whose records are gone.
        for _ in 0..<5 {
            let offset = Int64.random(
                in: log.logStartOffset..<log.highWatermark, using: &random)
            var cursor = StoreCursor(offset: offset)
            guard case .file(let slice) = log.read(&cursor, maximumByteCount: 400) else {
                Issue.record("offset \(offset) cannot be read, seed \(seed)")
                continue
            }
            let records = try slice.bytes().keyedRecords().filter { $0.offset >= offset }
            let expected = found.filter { $0.offset >= offset && $0.offset < cursor.offset }
            #expect(records == expected, "offset \(offset), seed \(seed)")
        }
    }
}

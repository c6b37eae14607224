// Producer state outlives its process: from snapshots, and from batches where those are no good.

import AeroIO
import AeroMemory
import AeroStorage
import AeroWire
import FaultSupport
import TestSupport
import Testing

@Suite struct ProducerRecoveryTests {
    /// A log of many small segments on a simulated disk, and everything that was appended to it.
    private struct Place: ~Copyable {
        static let directory = "/log/0"

        var disk = SimulatedDisk()
        let source: ChunkSource
        var settings = LogSettings(durability: .sync)
        var log: PartitionLog
        var batches: [ModelBatch] = []
        var sequences: [Int64: Int32] = [:]
        var now: Int64 = 1_000

        init(_ source: ChunkSource) throws {
            self.source = source
            settings.segmentByteCount = 1_200
            settings.indexIntervalByteCount = 300
            settings.tailByteCount = 0
            for directory in ["/log", "/quarantine"] { try disk.createDirectory(directory) }
            try disk.synchronizeDirectory("/")
            log = try Self.open(disk, settings, nil, source, now)
        }

        static func open(
            _ disk: SimulatedDisk, _ settings: LogSettings, _ point: RecoveryPoint?,
            _ source: ChunkSource, _ now: Int64
        ) throws -> PartitionLog {
            try PartitionLog(
                opening: directory, on: disk, settings: settings, recoveryPoint: point,
                quarantine: "/quarantine", source: source, nowMilliseconds: now)
        }

        mutating func append(by id: Int64, count: Int = 2) throws {
            let sequence = sequences[id] ?? 0
            let bytes = ModelBatch.timed([Int64](repeating: now, count: count))
                .produced(by: id, sequence: sequence)
            let base = try log.append(bytes, nowMilliseconds: now)
            batches.append(ModelBatch(bytes: bytes, baseOffset: base, recordCount: count))
            sequences[id] = sequence + Int32(count)
        }

        /// Twelve batches of one producer, then some segments of two others.
        mutating func fill() throws {
            for round in 0..<72 {
                if round < 12 {
                    try append(by: 7)
                } else {
                    try append(by: 8 + Int64(round % 2), count: 1 + round % 3)
                }
                synchronize()
            }
        }

        mutating func synchronize() {
            #expect(log.write() != .diskFull)
            guard let target = log.takeSyncTarget() else { return }
            do throws(Errno) {
                try target.carryOut()
                log.synchronized(through: target.offset)
            } catch {
                Issue.record("\(error)")
            }
        }

        /// Opens the log again, on this disk or on what is left of it.
        mutating func reopen(_ disk: SimulatedDisk? = nil, point: RecoveryPoint? = nil) throws {
            let point = point ?? log.recoveryPoint
            if let disk { self.disk = disk }
            log = try Self.open(self.disk, settings, point, source, now)
        }

        /// Names of files of one kind, in the order of their offsets.
        func names(_ suffix: String) throws -> [String] {
            try disk.entries(of: Self.directory).map(\.name).filter { $0.hasSuffix(suffix) }
                .sorted()
        }

        func path(_ name: String) -> String { Self.directory + "/" + name }

        mutating func checkProducers(_ comment: Comment) throws {
            let fault = try log.producerFault(batches)
            #expect(fault == nil, comment)
        }
    }

    private func withPlace(_ body: (inout Place) throws -> Void) throws {
        let pool = try BufferPool(configuration: BufferPoolConfiguration(capacityBytes: 8 << 20))
        do {
            var place = try Place(ChunkSource(pool: pool))
            try body(&place)
        }
        #expect(pool.statistics.bytesOutstanding == 0)
    }

    @Test func aKilledLogKnowsProducersOfSealedSegmentsWithoutReadingThem() throws {
        try withPlace { place in
            try place.fill()
            let logs = try place.names(".log")
            #expect(logs.count > 3)
            #expect(try place.names(".producers").count == logs.count - 1)
            try place.reopen(place.disk.afterKill())
            try place.checkProducers("killed")
            // Nobody looks at the bytes of a sealed segment that its index vouches for.
            try place.disk.damage(place.path(logs[0])) { $0[30] ^= 1 }
            try place.reopen()
            try place.checkProducers("sealed segments are not read")
        }
    }

    @Test func powerLossTakesNothingThatWasSynchronized() throws {
        try withPlace { place in
            try place.fill()
            try place.reopen(place.disk.synchronizedState())
            try place.checkProducers("power loss")
        }
    }

    @Test(arguments: ["flipped", "cut", "removed", "empty", "of another offset"])
    func snapshotsThatAreNoGoodAreMadeAgainFromTheBatches(damage: String) throws {
        try withPlace { place in
            try place.fill()
            let names = try place.names(".producers")
            let (first, last) = (names[0], names[names.count - 1])
            for name in names {
                let path = place.path(name)
                switch damage {
                case "flipped": try place.disk.damage(path) { $0[$0.count / 2] ^= 16 }
                case "cut": try place.disk.damage(path) { $0.removeLast(5) }
                case "removed": try place.disk.remove(path)
                case "empty": try place.disk.damage(path) { $0.removeAll() }
                default: if name != first { try place.disk.copy(place.path(first), to: path) }
                }
            }
            try place.reopen()
            try place.checkProducers("\(damage)")
            #expect(place.log.recovery.findings.isEmpty)
            // The next opening has a snapshot again, and reads no sealed segment for it.
            #expect(try place.names(".producers").last == last)
            let sealed = try place.names(".log")[0]
            try place.disk.damage(place.path(sealed)) { $0[30] ^= 1 }
            try place.reopen()
            try place.checkProducers("\(damage), once more")
        }
    }

    @Test func anOrderlyStopLeavesASnapshotAtTheEnd() throws {
        try withPlace { place in
            try place.fill()
            let before = try place.names(".producers")
            try place.log.storeProducers()
            let after = try place.names(".producers")
            #expect(after.count == before.count + 1)
            try place.reopen()
            try place.checkProducers("an orderly stop")
            // One that is not in front of a segment goes once there is a later one.
            for _ in 0..<30 {
                try place.append(by: 9)
                place.synchronize()
            }
            try place.log.storeProducers()
            try place.reopen()
            try place.checkProducers("and another")
            let names = try place.names(".producers")
            #expect(!names.contains(after[after.count - 1]))
            #expect(try place.names(".log").count == names.count)
        }
    }

    @Test func whatIsNotSynchronizedIsNotStored() throws {
        try withPlace { place in
            try place.append(by: 1)
            #expect(place.log.write() != .diskFull)
            try place.log.storeProducers()
            #expect(try place.names(".producers").isEmpty)
        }
    }

    @Test func aSnapshotOfBatchesThatWereCutIsForgotten() throws {
        try withPlace { place in
            try place.fill()
            let end = place.log.logEndOffset
            try place.log.storeProducers()
            let stale = try #require(try place.names(".producers").last)
            // The last batch was not durable after all, as far as the checkpoint knows.
            let log = try #require(try place.names(".log").last)
            try place.disk.damage(place.path(log)) { $0.removeLast() }
            place.batches.removeLast()
            try place.reopen(point: RecoveryPoint(offset: 0, logStartOffset: 0))
            #expect(place.log.logEndOffset < end)
            try place.checkProducers("cut")
            #expect(try !place.names(".producers").contains(stale))
            // Somebody else takes the offsets.
            while place.log.logEndOffset < end { try place.append(by: 20, count: 1) }
            place.synchronize()
            try place.reopen()
            try place.checkProducers("taken by others")
        }
    }

    @Test func producersOutliveTheSegmentsOfTheirBatches() throws {
        try withPlace { place in
            place.log.settings.retentionMilliseconds = 10
            try place.fill()
            place.now += 1_000
            #expect(place.log.maintain(nowMilliseconds: place.now).failure == nil)
            #expect(place.log.logStartOffset >= 40)
            let removal = place.log.takeRemoval()
            try #require(removal).run()
            #expect(try place.names(".log").count <= 2)
            try place.reopen(place.disk.synchronizedState())
            try place.checkProducers("deleted")
        }
    }

    @Test func idleProducersAreForgottenAndNotBecauseOfARestart() throws {
        try withPlace { place in
            place.settings.producerIdleMilliseconds = 100_000
            place.log.settings.producerIdleMilliseconds = 100_000
            try place.append(by: 1)
            place.synchronize()
            place.now += 90_000
            try place.append(by: 2)
            place.synchronize()
            // Down for long: nobody knows whether the clock is right.
            place.now += 500_000
            try place.reopen()
            _ = place.log.maintain(nowMilliseconds: place.now)
            try place.checkProducers("restarted")
            place.now += 99_000
            _ = place.log.maintain(nowMilliseconds: place.now)
            try place.checkProducers("idle, but not long enough")
            try place.append(by: 2)
            place.synchronize()
            place.now += 2_000
            _ = place.log.maintain(nowMilliseconds: place.now + 60_000)
            place.batches.removeFirst()
            try place.checkProducers("in use")
            // It begins anew, and only so.
            #expect(throws: AppendRefused.self) { try place.append(by: 1) }
            place.sequences[1] = 0
            try place.append(by: 1)
        }
    }

    /// What a deleted segment says of producers must stand in a snapshot that no crash takes.
    @Test func noSegmentGoesBeforeASnapshotBehindItIsDurable() throws {
        try withPlace { place in
            place.log.settings.retentionByteCount = 1
            try place.fill()
            _ = place.log.maintain(nowMilliseconds: place.now)
            let start = place.log.logStartOffset
            // Into another segment, whose snapshot is nowhere yet: the one in front of it stays.
            while !place.log.needsSynchronization || place.log.storedByteCount < 1_200 {
                try place.append(by: 9)
                #expect(place.log.write() != .diskFull)
            }
            let outcome = place.log.maintain(nowMilliseconds: place.now)
            #expect(outcome.isHeldBack && outcome.deletedByteCount == 0)
            #expect(place.log.logStartOffset == start)
            // Nor when it could not be stored.
            let target = place.log.takeSyncTarget()
            try #require(target).synchronize()
            place.log.synchronized(through: place.log.writtenOffset, isSnapshotStored: false)
            #expect(place.log.maintain(nowMilliseconds: place.now).isHeldBack)
            let isDueAgain = place.log.needsSynchronization
            #expect(isDueAgain)
            place.synchronize()
            #expect(!place.log.maintain(nowMilliseconds: place.now).isHeldBack)
            #expect(place.log.logStartOffset > start)
            try place.reopen(place.disk.synchronizedState())
            try place.checkProducers("deleted at last")
        }
    }
}

extension SimulatedDisk {
    /// Gives a file the bytes of another.
    fileprivate func copy(_ source: String, to target: String) throws {
        let bytes = try readFile(source, limit: 1 << 20)
        try damage(target) { $0 = bytes }
    }
}

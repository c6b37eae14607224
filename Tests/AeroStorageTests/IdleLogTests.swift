// A log that nobody writes to any more: closed by age, known by its snapshot, opened again.

import AeroIO
import AeroMemory
import AeroStorage
import AeroWire
import FaultSupport
import TestSupport
import Testing

@Suite struct IdleLogTests {
    /// How the empty last segment and the snapshot in front of it came about.
    enum Origin: CaseIterable, Sendable {
        /// In this process.
        case rolled
        /// In the one before.
        case reopened
        /// The snapshot was lost, and made again by the recovery.
        case madeAgain
    }

    /// A log whose only batches are those of a sealed segment.
    private struct Place: ~Copyable {
        let disk: SimulatedDisk
        let expected: LogExpectation
        var log: PartitionLog

        init(_ source: ChunkSource, _ origin: Origin) throws {
            var settings = LogSettings(durability: .sync)
            settings.segmentMilliseconds = 1_000
            let expected = LogExpectation(
                settings: settings, source: source, seed: TestSeed.current)
            var disk = SimulatedDisk()
            for directory in ["/log", LogExpectation.quarantine] {
                try disk.createDirectory(directory)
            }
            try disk.synchronizeDirectory("/")
            var log = try expected.open(disk)
            for sequence in Int32(0)..<7 {
                let bytes = ModelBatch.timed([500]).produced(by: 7, sequence: sequence)
                let base = try log.append(bytes, nowMilliseconds: 1_000)
                expected.batches.append(
                    ModelBatch(bytes: bytes, baseOffset: base, recordCount: 1))
            }
            // Old enough: the next one is begun, and stays empty.
            for _ in 0..<2 {
                _ = log.write()
                try Self.synchronize(&log)
                _ = log.maintain(nowMilliseconds: 3_000)
            }
            expected.durableOffset = log.synchronizedOffset
            expected.checkpoint = log.recoveryPoint
            #expect(log.recoveryPoint.offset == 7)
            if origin != .rolled {
                disk = disk.afterKill()
                if origin == .madeAgain {
                    let snapshot = try disk.entries(of: LogExpectation.directory).map(\.name)
                        .filter { $0.hasSuffix(".producers") }
                    #expect(snapshot.count == 1)
                    try disk.remove(LogExpectation.directory + "/" + snapshot[0])
                }
                log = try expected.open(disk)
            }
            self.disk = disk
            self.expected = expected
            self.log = log
        }

        static func synchronize(_ log: inout PartitionLog) throws {
            guard let target = log.takeSyncTarget() else { return }
            let isStored = try target.carryOut()
            log.synchronized(through: target.offset, isSnapshotStored: isStored)
        }

        /// Has the retention take the sealed segment, as a broker would.
        mutating func expire() throws {
            log.settings.retentionMilliseconds = 10
            let outcome = log.maintain(nowMilliseconds: 100_000)
            #expect(!outcome.isHeldBack)
            #expect(log.logStartOffset == 7)
            expected.deletableOffset = 7
            expected.checkpoint = log.recoveryPoint
            let removal = log.takeRemoval()
            try #require(removal).run()
        }

        func checkCrashes(_ place: String) {
            expected.place = place
            let coverage = disk.enumerateCrashStates(limit: 200, seed: expected.seed) {
                expected.check($0, crashesWithin: 5)
            }
            #expect(coverage.stateCount > 0)
        }
    }

    private func withPlace(_ origin: Origin, _ body: (inout Place) throws -> Void) throws {
        let pool = try BufferPool(configuration: BufferPoolConfiguration(capacityBytes: 8 << 20))
        do {
            var place = try Place(ChunkSource(pool: pool), origin)
            try body(&place)
        }
        #expect(pool.statistics.bytesOutstanding == 0)
    }

    @Test(arguments: Origin.allCases) func itsOldSegmentGoes(_ origin: Origin) throws {
        try withPlace(origin) { place in
            place.checkCrashes("\(origin)")
            try place.expire()
            let fault = try place.log.producerFault(place.expected.batches)
            #expect(fault == nil)
            place.checkCrashes("\(origin) and expired")
        }
    }

    /// The snapshot is all that is left of its producers; a stop has nothing to add to it.
    @Test(arguments: Origin.allCases) func anOrderlyStopKeepsTheSnapshot(_ origin: Origin) throws {
        try withPlace(origin) { place in
            try place.expire()
            try place.log.storeProducers()
            place.checkCrashes("\(origin), expired and stopped")
            let again = try place.expected.open(place.disk.afterKill())
            place.log = again
            try place.log.storeProducers()
            place.checkCrashes("\(origin), expired, stopped and opened")
        }
    }
}

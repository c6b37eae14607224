// A full disk has room for a checkpoint, because some was kept for it.

import AeroIO
import AeroStorage
import FaultSupport
import Testing

@Suite struct BallastTests {
    private func entries(_ count: UInt32, offset: Int64) -> [CheckpointEntry] {
        (0..<count).map {
            CheckpointEntry(topicId: 1, partition: $0, offset: offset, logStartOffset: 0)
        }
    }

    /// Also when the disk is full again and again, and when there is more to be written than at
    /// first.
    @Test(arguments: [[1, 1, 1, 1], [20_000, 20_000, 20_001], [1, 20_000, 20_000]])
    func aCheckpointIsWrittenToAFullDisk(counts: [UInt32]) throws {
        let disk = SimulatedDisk()
        let directory = try DataDirectory.open("/data", on: disk)
        for (round, count) in counts.enumerated() {
            let found = entries(count, offset: Int64(round))
            // It is only known what the next one takes once one like it was written.
            let isLarger = round > 0 && count > counts[round - 1] + 100
            if round > 0, !isLarger { disk.capacityByteCount = disk.usedByteCount }
            try directory.writeCheckpoint(shard: 0, found)
            #expect(try directory.readCheckpoints() == found)
            disk.capacityByteCount = .max
            directory.keepBallast(shard: 0)
        }
    }

    /// What is left of a disk is the logs'.
    @Test func noBallastTakesTheLastRoom() throws {
        let disk = SimulatedDisk()
        let directory = try DataDirectory.open("/data", on: disk)
        disk.capacityByteCount = disk.usedByteCount + 100_000
        try directory.writeCheckpoint(shard: 0, entries(1, offset: 1))
        #expect(disk.usedByteCount < 10_000)
        #expect(try directory.readCheckpoints() == entries(1, offset: 1))
    }

    @Test func eachShardHasItsOwn() throws {
        let disk = SimulatedDisk()
        let directory = try DataDirectory.open("/data", on: disk)
        for shard in 0..<2 {
            let found = CheckpointEntry(
                topicId: 1, partition: UInt32(shard), offset: 1, logStartOffset: 0)
            try directory.writeCheckpoint(shard: shard, [found])
        }
        disk.capacityByteCount = disk.usedByteCount
        try directory.writeCheckpoint(shard: 0, entries(1, offset: 7))
        disk.capacityByteCount = disk.usedByteCount
        let other = CheckpointEntry(topicId: 1, partition: 1, offset: 7, logStartOffset: 0)
        try directory.writeCheckpoint(shard: 1, [other])
        #expect(try directory.readCheckpoints() == entries(2, offset: 7))
    }
}

// Partitioners against published vectors, and how evenly they spread.

import AeroClient
import TestSupport
import Testing

@Suite struct PartitionChooserTests {
    /// Hashes of Kafka's own `UtilsTest.testMurmur2`, without the sign bit.
    @Test(arguments: [
        ("21", Int32(-973_932_308)), ("foobar", -790_332_482),
        ("a-little-bit-long-string", -985_981_536),
        ("a-little-bit-longer-string", -1_486_304_829),
        ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971), ("abc", 479_470_107),
    ])
    func keyHashIsKafkas(key: String, hash: Int32) {
        var chooser = PartitionChooser(.keyHash)
        for count in [1, 3, 12, 50, 1_000] {
            let expected = Int(UInt32(bitPattern: hash) & 0x7FFF_FFFF) % count
            #expect(chooser.choose(key: Array(key.utf8), partitionCount: count) == expected)
        }
    }

    /// Vectors of Guava's `HashingTest`, which states compatibility with the paper's generator.
    @Test(arguments: [
        (UInt64(10_863_919_174_838_991), 11, 6), (2_016_238_256_797_177_309, 11, 3),
        (1_673_758_223_894_951_030, 11, 5), (2, 100_001, 80_343), (2_201, 100_001, 22_152),
        (2_202, 100_001, 15_018),
    ])
    func consistentHashIsJumpHash(hash: UInt64, buckets: Int, expected: Int) {
        #expect(ConsistentHash.bucket(hash, bucketCount: buckets) == expected)
    }

    @Test func consistentHashMovesFewKeys() {
        var moved = 0
        for key in 0..<10_000 {
            let digest = ConsistentHash.digest(Array("key-\(key)".utf8))
            let before = ConsistentHash.bucket(digest, bucketCount: 10)
            let after = ConsistentHash.bucket(digest, bucketCount: 11)
            if before != after {
                #expect(after == 10)
                moved += 1
            }
        }
        // One key in eleven is 909; six standard deviations are 172.
        #expect((737...1_081).contains(moved))
    }

    @Test(arguments: [PartitionChooser.PartitionerKind.keyHash, .consistentHash])
    func keysSpreadEvenly(kind: PartitionChooser.PartitionerKind) {
        var random = SplitMix64(seed: TestSeed.current)
        var chooser = PartitionChooser(kind)
        var counts = Array(repeating: 0, count: 16)
        for _ in 0..<16_000 {
            let key = (0..<Int.random(in: 1...24, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            counts[chooser.choose(key: key, partitionCount: 16)] += 1
        }
        // 1,000 each expected; seven standard deviations are 214. One-byte keys are only 256.
        #expect(
            counts.allSatisfy { (700...1_300).contains($0) },
            "\(counts), seed \(TestSeed.current)")
    }

    @Test func roundRobinTakesTurns() {
        var chooser = PartitionChooser(.roundRobin, start: 1)
        let chosen = (0..<6).map { _ in chooser.choose(key: [1], partitionCount: 3) }
        #expect(chosen == [1, 2, 0, 1, 2, 0])
    }

    @Test(arguments: [
        PartitionChooser.PartitionerKind.sticky, .keyHash, .consistentHash,
    ])
    func keylessMessagesStayUntilTheBatchIsClosed(kind: PartitionChooser.PartitionerKind) {
        var chooser = PartitionChooser(kind)
        #expect(chooser.choose(key: nil, partitionCount: 3) == 0)
        #expect(chooser.choose(key: nil, partitionCount: 3) == 0)
        chooser.batchClosed(partition: 2, partitionCount: 3)
        #expect(chooser.choose(key: nil, partitionCount: 3) == 0)
        chooser.batchClosed(partition: 0, partitionCount: 3)
        #expect(chooser.choose(key: nil, partitionCount: 3) == 1)
    }
}

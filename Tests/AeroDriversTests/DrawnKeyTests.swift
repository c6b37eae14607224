// The engine's partition of a key, and the one that clients choose.

import AeroLoad
import AeroWire
import TestSupport
import Testing

@Suite struct DrawnKeyTests {
    @Test func theEngineChoosesThePartitionThatAClientWould() {
        let seed = TestSeed.current
        var random = SplitMix64(seed: seed)
        for _ in 0..<2_000 {
            let key = random.next() >> UInt64.random(in: 0..<64, using: &random)
            let count = Int.random(in: 1...10_000, using: &random)
            let expected = withUnsafeBytes(of: key.bigEndian) {
                MurmurHash2.partition(ofKey: $0, partitionCount: UInt32(count))
            }
            #expect(
                KeyHash.partition(ofKey: key, count: count) == Int(expected),
                "key \(key) of \(count) partitions, seed \(seed)")
        }
        #expect(KeyHash.byteCount == MemoryLayout<UInt64>.size)
    }
}

// Jump consistent hash: when buckets are added, only the keys that must move do.

/// Consistent hashing without a table.
package enum ConsistentHash {
    /// The bucket of a hashed key.
    ///
    /// From n to n + 1 buckets, one key in n + 1 moves, and only to the new bucket.
    /// Source: J. Lamping and E. Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm", 2014.
    ///
    /// - Parameters:
    ///   - hash: Well mixed, as `digest` gives it.
    ///   - bucketCount: More than 0.
    /// - Complexity: O(log bucketCount).
    package static func bucket(_ hash: UInt64, bucketCount: Int) -> Int {
        precondition(bucketCount > 0, "there is at least one bucket")
        var state = hash
        var bucket = 0
        var candidate = 0
        while candidate < bucketCount {
            bucket = candidate
            state = state &* 2_862_933_555_777_941_757 &+ 1
            let draw = Double(Int64(1) << 31) / Double((state >> 33) + 1)
            // BOUND: the draw is at most 2^31, and buckets fit 32 bits, so this cannot overflow.
            candidate = Int(Double(bucket + 1) * draw)
        }
        return bucket
    }

    /// FNV-1a of 64 bits, finished by SplitMix64's mixer so that short keys differ in all bits.
    package static func digest(_ key: [UInt8]) -> UInt64 {
        var word: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in key { word = (word ^ UInt64(byte)) &* 0x100_0000_01B3 }
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}

// The key hash by which Kafka clients choose partitions.

/// MurmurHash2, 32 bits, little-endian blocks, with Kafka's seed.
///
/// A key lands in the same partition as with Kafka's own clients.
/// Source: Austin Appleby, MurmurHash2 (public domain); the seed is that of Kafka's
/// `Utils.murmur2`.
package enum MurmurHash2 {
    /// Kafka's seed.
    package static let seed: UInt32 = 0x9747_B28C

    /// The hash of a key's bytes.
    @inlinable
    package static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        let multiplier: UInt32 = 0x5BD1_E995
        var hash = seed ^ UInt32(truncatingIfNeeded: bytes.count)
        var position = 0
        while bytes.count - position >= 4 {
            var block = UInt32(
                littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self))
            block &*= multiplier
            block ^= block &>> 24
            block &*= multiplier
            hash &*= multiplier
            hash ^= block
            position += 4
        }
        if position < bytes.count {
            var shift: UInt32 = 0
            while position < bytes.count {
                hash ^= UInt32(bytes[position]) &<< shift
                shift += 8
                position += 1
            }
            hash &*= multiplier
        }
        hash ^= hash &>> 13
        hash &*= multiplier
        hash ^= hash &>> 15
        return hash
    }

    /// The partition of a key: the hash without its sign bit, modulo the partitions.
    ///
    /// - Precondition: `partitionCount` > 0.
    @inlinable
    package static func partition(
        ofKey key: UnsafeRawBufferPointer, partitionCount: UInt32
    ) -> UInt32 {
        precondition(partitionCount > 0, "a topic has at least one partition")
        return (hash(key) & 0x7FFF_FFFF) % partitionCount
    }
}

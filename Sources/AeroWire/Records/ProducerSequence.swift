// The numbers by which an idempotent producer's records are told apart.

/// Arithmetic of sequence numbers: 31 bits, and 0 follows `Int32.max`.
///
/// Source: Apache Kafka, KIP-98, and `DefaultRecordBatch.incrementSequence`.
package enum ProducerSequence {
    /// How many sequence numbers there are; a distance from this half on means "behind".
    package static let count: Int64 = 1 << 31

    /// How many of a producer's newest batches a partition remembers, and so how many a producer
    /// may have in flight: one that is sent again is always among them.
    package static let rememberedBatchCount = 5

    /// The number of the record `recordCount` places behind the one with `sequence`.
    ///
    /// - Parameters:
    ///   - sequence: 0 or more.
    ///   - recordCount: 0 or more.
    package static func advanced(_ sequence: Int32, by recordCount: Int32) -> Int32 {
        Int32((Int64(sequence) + Int64(recordCount)) % count)
    }

    /// How far `sequence` lies ahead of `reference` going upwards: 0 ..< 2^31.
    package static func distance(from reference: Int32, to sequence: Int32) -> Int64 {
        let difference = Int64(sequence) - Int64(reference)
        return difference >= 0 ? difference : difference + count
    }

    /// True when `sequence` comes after `reference`: less than half the numbers ahead of it.
    package static func isAhead(_ sequence: Int32, of reference: Int32) -> Bool {
        let ahead = distance(from: reference, to: sequence)
        return ahead > 0 && ahead < count / 2
    }
}

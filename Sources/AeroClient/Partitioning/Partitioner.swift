// How a producer chooses partitions.

/// The rule by which a message without a partition gets one.
public enum Partitioner: Sendable, Equatable {
    /// By the key's murmur2 hash, exactly as Kafka's clients do; without a key as `sticky`.
    case keyHash
    /// Each message goes to the next partition, whatever its key.
    case roundRobin
    /// All messages go to one partition until its batch is sent, then to the next: the fullest
    /// batches. Keys do not matter.
    case sticky
    /// By the key, so that few keys move when partitions are added; without a key as `sticky`.
    case consistentHash
}

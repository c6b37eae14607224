// What producers tried, and what can have come of it.

/// Who numbers batches: one epoch of a producer in one partition.
struct SequenceWriter: Hashable {
    let producerId: Int64
    let epoch: Int16
    let partition: PartitionName
}

/// The number of an idempotent producer's batch: that of its first record.
struct BatchSequence: Hashable {
    let writer: SequenceWriter
    let number: Int32
}

/// A batch that was handed to a session once.
final class SendAttempt {
    let partition: PartitionName
    let messages: [MessageId]
    /// Counts the client's connections; and the batches of one.
    let connectionNumber: Int
    let ordinal: Int
    /// Nil of a producer that does not number its batches.
    let sequence: BatchSequence?

    init(
        partition: PartitionName, messages: [MessageId], connectionNumber: Int, ordinal: Int,
        sequence: BatchSequence? = nil
    ) {
        self.partition = partition
        self.messages = messages
        self.connectionNumber = connectionNumber
        self.ordinal = ordinal
        self.sequence = sequence
    }
}

/// Counts how often each message may be in a partition's log.
struct AttemptLedger {
    private struct Key: Hashable {
        let partition: PartitionName
        let message: MessageId
    }

    /// Attempts that were stored or may have been.
    private var possible: [Key: Int] = [:]
    private(set) var attemptCount = 0
    private(set) var messageCount = 0

    /// A batch was sent.
    mutating func sent(_ attempt: SendAttempt) {
        attemptCount += 1
        messageCount += attempt.messages.count
        for id in attempt.messages {
            possible[Key(partition: attempt.partition, message: id), default: 0] += 1
        }
    }

    /// A batch was refused in a way that says that nothing of it was stored.
    mutating func refused(_ attempt: SendAttempt) {
        for id in attempt.messages {
            possible[Key(partition: attempt.partition, message: id), default: 0] -= 1
        }
    }

    /// How often a message may be in a partition.
    func possibleCount(_ id: MessageId, _ partition: PartitionName) -> Int {
        possible[Key(partition: partition, message: id)] ?? 0
    }
}

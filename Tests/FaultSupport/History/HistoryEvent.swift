// What clients did and saw, one step at a time.

/// A message as its sender names it.
package struct SentMessage: Hashable, Sendable {
    /// The sender, from 0.
    package let producer: Int
    /// Counts up with every message that this producer hands over, whatever its partition.
    package let sequence: Int64

    /// Names a message.
    package init(producer: Int, sequence: Int64) {
        self.producer = producer
        self.sequence = sequence
    }
}

extension SentMessage: Comparable {
    /// By producer, then sequence.
    package static func < (left: SentMessage, right: SentMessage) -> Bool {
        (left.producer, left.sequence) < (right.producer, right.sequence)
    }
}

/// One offset of one partition.
package struct RecordPlace: Hashable, Sendable {
    /// The partition, from 0.
    package let partition: Int
    /// The offset in it.
    package let offset: Int64

    /// Names a place.
    package init(_ partition: Int, _ offset: Int64) {
        self.partition = partition
        self.offset = offset
    }
}

/// What a producer was promised about the copies and the order of its messages.
package enum DeliveryPromise: Sendable, Equatable, CaseIterable {
    /// Idempotent: each message once at most, and all in the order they were handed over.
    case once
    /// Never sent again by its client: once at most; what was acknowledged is in order.
    case atMostOnce
    /// Sent again when in doubt: copies are allowed, and a copy may stand behind later messages.
    case atLeastOnce
}

/// Where a consumer begins to read a partition.
package enum HistoryStart: Hashable, Sendable {
    /// At this offset, or the next one that holds a record.
    case offset(Int64)
    /// Where the group committed, or at the first record before it ever did.
    case group(String)
}

/// One step of a history, in the order in which the clients together took them.
///
/// An answer stands behind the call that it answers; what happened at one time stands in any order.
package enum HistoryEvent: Hashable, Sendable {
    /// A producer hands a message over. Once for each message.
    case sendInvoked(SentMessage, partition: Int)
    /// The broker has it, at this offset.
    case sendAcknowledged(SentMessage, offset: Int64)
    /// It was refused, and certainly not stored.
    case sendFailed(SentMessage)
    /// Nobody knows whether it was stored.
    case sendUnknown(SentMessage)
    /// A consumer begins, or begins again, in a partition.
    case consumerStarted(consumer: Int, partition: Int, at: HistoryStart)
    /// A consumer gets a record.
    case received(consumer: Int, RecordPlace, SentMessage)
    /// A consumer gets a record whose bytes are not those that were sent.
    case receivedDamaged(consumer: Int, RecordPlace)
    /// A consumer has read everything from `start` up to `end`, since it last started. The last
    /// such reading of a partition is what counts as its content.
    case readToEnd(consumer: Int, partition: Int, start: Int64, end: Int64)
    /// A group asks to keep a position: the next offset that it wants.
    case commitInvoked(group: String, partition: Int, offset: Int64)
    /// The broker has kept it.
    case commitAcknowledged(group: String, partition: Int, offset: Int64)
    /// The broker, or its successor on the same data, is ready.
    case brokerStarted
}

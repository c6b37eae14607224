// What a consumer is made with.

import AeroWire

/// Which partitions of its topic a consumer reads.
public enum PartitionSelection: Sendable, Equatable {
    /// All that the topic has when the consumer is made.
    case all
    /// These, from 0, without repetition.
    case list([Int])
}

/// Where a consumer starts in each partition.
public enum StartPosition: Sendable, Equatable {
    /// At the first record that is still there.
    case earliest
    /// At the next record to be appended.
    case latest
    /// At this offset.
    case offset(Int64)
    /// At the first batch with a record that is not older than this, in milliseconds since 1970; at
    /// the next record to be appended when all are. Earlier records of that batch come along.
    case time(milliseconds: Int64)
    /// Behind what the group has acknowledged; at the earliest record when it has not yet.
    case committed
}

/// What a consumer does whose position is not in the log any more: retention has taken the records
/// there, or a broker without a disk was started anew. Gaps in what is delivered are not looked
/// for: compaction makes them too.
public enum OutOfRangePolicy: String, Sendable, CaseIterable {
    /// Goes on at the first record that is still there.
    case earliest
    /// Goes on at the next record to be appended.
    case latest
    /// Ends with `.offsetOutOfRange`.
    case error
}

/// Who says that records have been worked off, and when.
public enum AcknowledgementPolicy: Sendable, Equatable {
    /// A batch is acknowledged when the next one is asked for, and when consumer or connection are
    /// closed: at least once.
    case automatic
    /// Nothing is acknowledged but by `acknowledge(through:)`: at least once, as the caller says.
    case manual
    /// Records are acknowledged as the broker sends them: at most once.
    case onDelivery
}

/// When the broker sends records.
public enum DeliveryMode: Sendable, Equatable {
    /// When `poll` or an iterator waits: nothing is asked for ahead of it. What was asked for
    /// and came too late is there for the next one.
    case pull
    /// Ahead of the consumer, up to `receiveWindow` bytes.
    case push
}

/// Position, acknowledgement and flow of one consumer; `validate()` checks all of them.
public struct ConsumerOptions: Sendable, Equatable {
    /// Which partitions.
    public var partitions = PartitionSelection.all
    /// The consumer group that keeps the position; nil for none. One consumer of a group has a
    /// partition at a time.
    public var group: String?
    /// Where to start.
    public var start = StartPosition.earliest
    /// What happens when the position is lost under way. A start `.offset` that is not in the log
    /// is always an error.
    public var whenOutOfRange = OutOfRangePolicy.earliest
    /// Who acknowledges, and when.
    public var acknowledgement = AcknowledgementPolicy.automatic
    /// When the broker sends records.
    public var mode = DeliveryMode.push
    /// Bytes that may be on their way or waiting to be taken, over all partitions; the broker
    /// may pass it by one batch a partition. Batches on their way count as they are sent, batches
    /// that wait as they are without compression.
    public var receiveWindow = 1 << 20
    /// Records that may wait to be taken, over all partitions. While so many wait, the broker is
    /// asked for no more; what it was asked for before, by the size of the records so far, may
    /// pass it, and so may one batch a partition.
    public var maximumQueuedRecords = 100_000

    /// The largest batch in bytes, without its compression. A batch that says it is larger is not
    /// decompressed: the consumer ends with `.corruptData`. A connection whose memory could not
    /// hold it refuses it earlier.
    public var maximumBatchByteCount = 16 << 20

    /// The defaults.
    public init() {}

    /// The defaults, changed by `configure`.
    public init(_ configure: (inout ConsumerOptions) -> Void) { configure(&self) }

    /// Checks every bound.
    ///
    /// - Throws: `.invalidConfiguration` with the option's name and bounds.
    public func validate() throws(ClientError) {
        try OptionBounds.check("receiveWindow", receiveWindow, in: (1 << 10)...(1 << 30))
        try OptionBounds.check(
            "maximumQueuedRecords", maximumQueuedRecords, in: 1...1_000_000_000)
        try OptionBounds.check(
            "maximumBatchByteCount", maximumBatchByteCount, in: (64 << 10)...(1 << 30))
        if let group {
            try OptionBounds.check(
                "group's length", group.utf8.count, in: 1...WireLimits.groupNameByteCountMax)
        }
        try OptionBounds.require(
            group != nil || start != .committed, "a committed position needs a group")
        if case .offset(let offset) = start {
            try OptionBounds.check("start offset", offset, in: 0...Int64.max)
        }
        if case .time(let milliseconds) = start {
            try OptionBounds.check("start time", milliseconds, in: 0...Int64.max)
        }
        if case .list(let partitions) = partitions {
            try OptionBounds.require(
                !partitions.isEmpty && Set(partitions).count == partitions.count,
                "the list of partitions is empty or names one twice")
            try OptionBounds.require(
                partitions.allSatisfy { 0 <= $0 && $0 <= Int(UInt32.max) },
                "partitions count from 0")
        }
    }

    /// Checks what depends on the connection too.
    func validate(within connection: ConnectionOptions) throws(ClientError) {
        try validate()
        try OptionBounds.require(
            receiveWindow <= connection.poolByteCountMax / 3,
            "maximumMemory is too small for receiveWindow: it must be at least 4 times it")
    }
}

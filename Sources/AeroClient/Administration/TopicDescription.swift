// What administration tells and asks about topics.

import AeroWire

/// What a topic promises about acknowledged records, with the loss window in its name.
public enum Durability: Sendable, Equatable {
    /// Memory only: lost with the broker's process.
    case volatile
    /// In the page cache: lost with the machine.
    case os
    /// Synced every so often: the last interval is lost with the machine.
    case interval(Duration)
    /// Synced before the acknowledgement: nothing acknowledged is lost.
    case sync
}

/// How a topic is to be created.
public struct TopicOptions: Sendable, Equatable {
    /// How many partitions.
    public var partitionCount = 1
    /// The promise about acknowledged records.
    public var durability = Durability.volatile
    /// Bytes kept of each partition for replay; nil for the broker's default.
    public var retentionByteCount: Int?
    /// Bytes of a partition at which producers are held back; nil for the broker's default.
    public var maximumByteCount: Int?

    /// The defaults.
    public init() {}

    /// The defaults, changed by `configure`.
    public init(_ configure: (inout TopicOptions) -> Void) { configure(&self) }

    /// Checks every bound.
    ///
    /// - Throws: `.invalidConfiguration` with the option's name and bounds.
    public func validate() throws(ClientError) {
        try OptionBounds.check(
            "partitionCount", partitionCount, in: 1...WireLimits.partitionsPerTopicMax)
        try OptionBounds.check(
            "retentionByteCount", retentionByteCount ?? 1, in: 1...Int.max)
        try OptionBounds.check("maximumByteCount", maximumByteCount ?? 1, in: 1...Int.max)
        if case .interval(let interval) = durability {
            try OptionBounds.check(
                "interval", interval, in: .milliseconds(1) ... .seconds(3_600))
        }
    }
}

/// The ends of a partition's log.
public struct PartitionOffsets: Sendable, Equatable {
    /// The first offset that the partition still has.
    public let earliest: Int64
    /// The offset that its next record will have.
    public let next: Int64
}

/// The state of one partition.
public struct PartitionState: Sendable, Equatable {
    /// The ends of its log.
    public let offsets: PartitionOffsets
    /// Bytes that the broker keeps of it.
    public let storedByteCount: UInt64
    /// Consumer groups with a position in it.
    public let groupCount: Int
}

/// A topic's properties and the state of its partitions.
public struct TopicDescription: Sendable, Equatable {
    /// The name.
    public let name: String
    /// The broker's number for it, as long as the broker runs.
    let topicId: UInt32
    /// The promise about acknowledged records; the interval is not told.
    public let durability: Durability
    /// Bytes kept of each partition for replay.
    public let retentionByteCount: UInt64
    /// Bytes of a partition at which producers are held back.
    public let maximumByteCount: UInt64
    /// The partitions, from 0 on.
    public let partitions: [PartitionState]

    init(_ name: String, _ reply: DescribeTopicReply) {
        self.name = name
        topicId = reply.topicId
        durability =
            switch reply.durability {
            case .volatile: .volatile
            case .os: .os
            case .interval: .interval(.zero)
            case .sync: .sync
            }
        retentionByteCount = reply.retentionByteCount
        maximumByteCount = reply.maximumByteCount
        partitions = reply.partitions.map {
            PartitionState(
                offsets: PartitionOffsets(earliest: $0.logStartOffset, next: $0.highWatermark),
                storedByteCount: $0.storedByteCount, groupCount: Int($0.groupCount))
        }
    }
}

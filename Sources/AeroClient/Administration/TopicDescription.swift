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
    /// The promise about acknowledged records; nil for the broker's default, which is `sync` where
    /// the broker has a data directory and `volatile` where it has not.
    public var durability: Durability?
    /// Bytes kept of each partition: of a volatile topic for replay, of others before the oldest
    /// are deleted. Nil for the broker's default: 1 MiB, and all.
    public var retentionByteCount: Int?
    /// Bytes of a partition at which producers are held back; nil for the broker's default.
    public var maximumByteCount: Int?
    /// Everything else by name, such as `segment.bytes`; README lists the names.
    public var settings: [String: String] = [:]

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
    /// The promise about acknowledged records.
    public let durability: Durability
    /// Bytes kept of each partition for replay.
    public let retentionByteCount: UInt64
    /// Bytes of a partition at which producers are held back.
    public let maximumByteCount: UInt64
    /// The partitions, from 0 on.
    public let partitions: [PartitionState]
    /// Everything else by name.
    public let settings: [String: String]

    init(_ name: String, _ reply: DescribeTopicReply) {
        self.name = name
        topicId = reply.topicId
        settings = Dictionary(
            reply.settings.map { ($0.name, $0.value) }, uniquingKeysWith: { _, last in last })
        let interval = settings["durability.interval.ms"].flatMap { Int64($0) } ?? 0
        durability =
            switch reply.durability {
            case .volatile: .volatile
            case .os: .os
            case .interval: .interval(.milliseconds(interval))
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

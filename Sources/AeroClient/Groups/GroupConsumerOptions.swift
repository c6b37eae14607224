// What a group consumer is made with.

package import AeroWire

/// How a group's partitions are shared out among its members; the same for all of them.
public enum GroupStrategy: String, Sendable, CaseIterable {
    /// Ranges of neighbouring partitions, as long as each other within one.
    case averagely
    /// One partition to each member in turn.
    case byCircle = "by-circle"
    /// By a ring of hashes: of a member that comes or goes, only its own partitions move.
    case consistentHash = "consistent-hash"
    /// Everybody keeps what balance allows; no partition moves without need.
    case sticky
    /// To members of the partition's own machine room, where there are any.
    case machineRoom = "machine-room"

    /// The strategy on the wire.
    var onTheWire: AssignmentStrategy {
        switch self {
        case .averagely: .averagely
        case .byCircle: .byCircle
        case .consistentHash: .consistentHash
        case .sticky: .sticky
        case .machineRoom: .machineRoom
        }
    }

    /// What the wire says.
    package init(_ strategy: AssignmentStrategy) {
        self =
            switch strategy {
            case .averagely: .averagely
            case .byCircle: .byCircle
            case .consistentHash: .consistentHash
            case .sticky: .sticky
            case .machineRoom: .machineRoom
            }
    }
}

/// Who gets a message of a group.
public enum ConsumptionMode: Sendable, Equatable {
    /// One member. The broker keeps the group's offsets.
    case clustering
    /// Every member. Each keeps its own offsets, in a file whose path is given; its folder must
    /// exist. One member of a file at a time.
    case broadcasting(offsetFile: String)
}

/// When offsets are stored.
public enum CommitPolicy: Sendable, Equatable {
    /// Of batches that are worked off, which they are when the next one is asked for: every so
    /// often, before a partition goes to another member, and on closing.
    case automatic(interval: Duration)
    /// When `commit` is called.
    case manual
}

/// Where a member starts in a partition of which the group has no offset.
public enum InitialPosition: String, Sendable, CaseIterable {
    /// At the first record that is still there.
    case earliest
    /// At the next record to be appended.
    case latest
}

/// Membership, position and flow of a group consumer; `validate()` checks all of them.
public struct GroupConsumerOptions: Sendable, Equatable {
    /// Who gets a message; the same for all members.
    public var mode = ConsumptionMode.clustering
    /// How partitions are shared out; the same for all members.
    public var strategy = GroupStrategy.sticky
    /// A name that this member keeps over its restarts, for a static member: if it comes back
    /// within `sessionTimeout`, it goes on with the same partitions, and nobody else notices. A
    /// second consumer of the same name takes the first one's place, which then ends.
    public var instanceId: String?
    /// Where this member runs, for `GroupStrategy.machineRoom`.
    public var machineRoom: String?
    /// The group gives a member up that it has not heard of for this long.
    public var sessionTimeout = Duration.seconds(10)
    /// How long a member may take to let go of a partition that goes to another one. A batch that
    /// is worked on for more than half of it, or of `sessionTimeout`, may be worked on twice.
    public var rebalanceTimeout = Duration.seconds(60)
    /// Where to start where the group has no offset yet.
    public var initialPosition = InitialPosition.earliest
    /// What happens when the member's position is lost while it consumes; `.error` ends it. An
    /// offset of the group's that is not in the log any more is moved by the broker to the nearest
    /// that is.
    public var whenOutOfRange = OutOfRangePolicy.earliest
    /// When offsets are stored.
    public var commit = CommitPolicy.automatic(interval: .seconds(1))
    /// When the broker sends records.
    public var delivery = DeliveryMode.push
    /// Bytes that may be on their way or waiting to be taken, over all partitions; the broker
    /// may pass it by one batch a partition.
    public var receiveWindow = 1 << 20
    /// The largest batch in bytes, without its compression: see `ConsumerOptions`.
    public var maximumBatchByteCount = 16 << 20
    /// Records that may wait to be taken, over all partitions; as for a consumer that is alone.
    public var maximumQueuedRecords = 100_000

    /// The defaults.
    public init() {}

    /// The defaults, changed by `configure`.
    public init(_ configure: (inout GroupConsumerOptions) -> Void) { configure(&self) }

    /// Checks every bound.
    ///
    /// - Throws: `.invalidConfiguration` with the option's name and bounds.
    public func validate() throws(ClientError) {
        try OptionBounds.check("receiveWindow", receiveWindow, in: (1 << 10)...(1 << 30))
        try OptionBounds.check(
            "maximumBatchByteCount", maximumBatchByteCount, in: (64 << 10)...(1 << 30))
        try OptionBounds.check(
            "maximumQueuedRecords", maximumQueuedRecords, in: 1...1_000_000_000)
        try OptionBounds.check(
            "sessionTimeout", sessionTimeout, in: .milliseconds(500) ... .seconds(3_600))
        try OptionBounds.check(
            "rebalanceTimeout", rebalanceTimeout, in: .milliseconds(500) ... .seconds(3_600))
        if let instanceId {
            try OptionBounds.check(
                "instanceId's length", instanceId.utf8.count,
                in: 1...WireLimits.instanceIdByteCountMax)
        }
        if let machineRoom {
            try OptionBounds.check(
                "machineRoom's length", machineRoom.utf8.count,
                in: 1...WireLimits.machineRoomByteCountMax)
        }
        if case .automatic(let interval) = commit {
            try OptionBounds.check(
                "commit interval", interval, in: .milliseconds(10) ... .seconds(3_600))
        }
        if case .broadcasting(let offsetFile) = mode {
            try OptionBounds.require(!offsetFile.isEmpty, "broadcasting needs an offset file")
        }
    }

    /// Checks what depends on group, topics and connection too.
    func validate(
        group: String, topics: [String], within connection: ConnectionOptions
    ) throws(ClientError) {
        try validate()
        try OptionBounds.check(
            "group's length", group.utf8.count, in: 1...WireLimits.groupNameByteCountMax)
        try OptionBounds.check(
            "number of topics", topics.count, in: 1...WireLimits.topicsPerMemberMax)
        try OptionBounds.require(
            Set(topics).count == topics.count, "the list of topics names one twice")
        for topic in topics {
            try OptionBounds.require(
                TopicName.isValid(topic), "'\(topic)' is no name of a topic")
        }
        try OptionBounds.require(
            receiveWindow <= connection.poolByteCountMax / 3,
            "maximumMemory is too small for receiveWindow: it must be at least 4 times it")
    }
}

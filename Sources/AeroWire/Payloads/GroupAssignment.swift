// The vocabulary of consumer groups: how partitions are shared out, and who got which.

/// How a group's partitions are shared out among its members.
package enum AssignmentStrategy: UInt8, CaseIterable, Sendable {
    /// Ranges of neighbouring partitions, as long as each other within one.
    case averagely = 0
    /// One partition to each member in turn.
    case byCircle = 1
    /// By a ring of hashes: of a member that comes or goes, only its own partitions move.
    case consistentHash = 2
    /// Everybody keeps what balance allows; no partition moves without need.
    case sticky = 3
    /// To members of the partition's own machine room, where there are any.
    case machineRoom = 4
}

/// Who gets a message of a group.
package enum GroupMode: UInt8, CaseIterable, Sendable {
    /// One member; the broker keeps the group's offsets.
    case clustering = 0
    /// Every member; each keeps its own offsets.
    case broadcasting = 1
}

/// What a group is doing.
package enum GroupState: UInt8, CaseIterable, Sendable {
    /// It has offsets and no members.
    case empty = 0
    /// Partitions are moving between members.
    case preparingRebalance = 1
    /// Every member has what is assigned to it.
    case stable = 2
}

/// Partitions of one topic that a member is to consume.
///
/// `topicId u32 | topic string | count u32 | partition u32 ...`
package struct TopicAssignment: Hashable, Sendable {
    /// The least bytes on the wire.
    static let encodedByteCountMin = 10

    /// The topic's number.
    package var topicId: UInt32
    /// The topic's name.
    package var topic: String
    /// The partitions, ascending.
    package var partitions: [UInt32]

    /// Makes an assignment from its fields.
    package init(topicId: UInt32, topic: String, partitions: [UInt32]) {
        self.topicId = topicId
        self.topic = topic
        self.partitions = partitions
    }

    var encodedByteCount: Int { 4 + 2 + topic.utf8.count + 4 + 4 * partitions.count }
}

extension [TopicAssignment] {
    /// Bytes of the whole list, its count included.
    var encodedByteCount: Int { reduce(4) { $0 + $1.encodedByteCount } }
}

extension WireReader {
    /// Reads `count u32 | TopicAssignment ...`.
    mutating func readAssignment() throws(WireError) -> [TopicAssignment] {
        let count = try readCount(
            limit: WireLimits.topicsPerMemberMax,
            elementByteCountMin: TopicAssignment.encodedByteCountMin)
        var topics: [TopicAssignment] = []
        topics.reserveCapacity(count)
        for _ in 0..<count {
            let topicId: UInt32 = try readInteger()
            let topic = try readText(limit: WireLimits.topicNameByteCountMax)
            let partitionCount = try readCount(
                limit: WireLimits.partitionsPerAssignmentMax, elementByteCountMin: 4)
            var partitions: [UInt32] = []
            partitions.reserveCapacity(partitionCount)
            for _ in 0..<partitionCount { partitions.append(try readInteger()) }
            topics.append(
                TopicAssignment(topicId: topicId, topic: topic, partitions: partitions))
        }
        return topics
    }
}

extension WireWriter {
    /// Writes `count u32 | TopicAssignment ...`.
    mutating func write(assignment: [TopicAssignment]) throws(WireError) {
        try write(count: assignment.count, limit: WireLimits.topicsPerMemberMax)
        for topic in assignment {
            try write(topic.topicId)
            try write(text: topic.topic, limit: WireLimits.topicNameByteCountMax)
            try write(
                count: topic.partitions.count, limit: WireLimits.partitionsPerAssignmentMax)
            for partition in topic.partitions { try write(partition) }
        }
    }
}

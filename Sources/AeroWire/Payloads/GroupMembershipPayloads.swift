// JOIN_GROUP, HEARTBEAT_GROUP and LEAVE_GROUP: the life of a group's member.

/// Enters a group, or asks it for the present assignment.
///
/// A member joins once with an empty id, is given one, and joins again with that id whenever a
/// heartbeat is answered `groupRebalancing`. A reply takes away what is not in it; the member
/// commits and unsubscribes that, and says so by its next heartbeat of the same generation.
///
/// `group string | memberId string | instanceId string | clientId string | machineRoom string |
/// sessionTimeoutMilliseconds u32 | rebalanceTimeoutMilliseconds u32 | strategy u8 | mode u8 |
/// topicCount u32 | topic string ...`
package struct JoinGroupRequest: RequestPayload {
    /// The group's name; not empty.
    package var group: String
    /// The id that an earlier reply gave; empty for a new member.
    package var memberId: String
    /// The id that a static member keeps over its restarts; empty for a dynamic member.
    package var instanceId: String
    /// The client's name, for people.
    package var clientId: String
    /// Where the member runs, for `AssignmentStrategy.machineRoom`; may be empty.
    package var machineRoom: String
    /// A member that is not heard of for this long is removed.
    package var sessionTimeoutMilliseconds: UInt32
    /// A member that has not taken on a new assignment for this long is removed.
    package var rebalanceTimeoutMilliseconds: UInt32
    /// How partitions are shared out; the same for all members.
    package var strategy: AssignmentStrategy
    /// Who gets a message; the same for all members.
    package var mode: GroupMode
    /// The topics that the member consumes, by name; they need not exist yet.
    package var topics: [String]

    /// Makes a request from its fields.
    package init(
        group: String, memberId: String = "", instanceId: String = "", clientId: String = "",
        machineRoom: String = "", sessionTimeoutMilliseconds: UInt32,
        rebalanceTimeoutMilliseconds: UInt32, strategy: AssignmentStrategy = .sticky,
        mode: GroupMode = .clustering, topics: [String]
    ) {
        self.group = group
        self.memberId = memberId
        self.instanceId = instanceId
        self.clientId = clientId
        self.machineRoom = machineRoom
        self.sessionTimeoutMilliseconds = sessionTimeoutMilliseconds
        self.rebalanceTimeoutMilliseconds = rebalanceTimeoutMilliseconds
        self.strategy = strategy
        self.mode = mode
        self.topics = topics
    }

    package static var command: Command { .joinGroup }

    package var encodedByteCount: Int {
        let texts = [group, memberId, instanceId, clientId, machineRoom] + topics
        return texts.reduce(4 + 4 + 1 + 1 + 4) { $0 + 2 + $1.utf8.count }
    }

    package static func decode(from reader: inout WireReader) throws(WireError) -> JoinGroupRequest
    {
        var request = JoinGroupRequest(
            group: try reader.readText(limit: WireLimits.groupNameByteCountMax),
            memberId: try reader.readText(limit: WireLimits.memberIdByteCountMax),
            instanceId: try reader.readText(limit: WireLimits.instanceIdByteCountMax),
            clientId: try reader.readText(limit: WireLimits.peerIdByteCountMax),
            machineRoom: try reader.readText(limit: WireLimits.machineRoomByteCountMax),
            sessionTimeoutMilliseconds: try reader.readInteger(),
            rebalanceTimeoutMilliseconds: try reader.readInteger(),
            strategy: try reader.readEnumeration(), mode: try reader.readEnumeration(), topics: [])
        let count = try reader.readCount(
            limit: WireLimits.topicsPerMemberMax, elementByteCountMin: 2)
        request.topics.reserveCapacity(count)
        for _ in 0..<count {
            request.topics.append(try reader.readText(limit: WireLimits.topicNameByteCountMax))
        }
        return request
    }

    package func encode(into writer: inout WireWriter) throws(WireError) {
        try writer.write(text: group, limit: WireLimits.groupNameByteCountMax)
        try writer.write(text: memberId, limit: WireLimits.memberIdByteCountMax)
        try writer.write(text: instanceId, limit: WireLimits.instanceIdByteCountMax)
        try writer.write(text: clientId, limit: WireLimits.peerIdByteCountMax)
        try writer.write(text: machineRoom, limit: WireLimits.machineRoomByteCountMax)
        try writer.write(sessionTimeoutMilliseconds)
        try writer.write(rebalanceTimeoutMilliseconds)
        try writer.write(strategy.rawValue)
        try writer.write(mode.rawValue)
        try writer.write(count: topics.count, limit: WireLimits.topicsPerMemberMax)
        for topic in topics {
            try writer.write(text: topic, limit: WireLimits.topicNameByteCountMax)
        }
    }
}

/// A member's place in its group.
///
/// `memberId string | generation i32 | heartbeatIntervalMilliseconds u32 |
/// awaitedPartitionCount u32 | topicCount u32 | TopicAssignment ...`
package struct JoinGroupReply: ReplyPayload {
    /// The member's id, to be used from now on.
    package var memberId: String
    /// Counts the group's assignments; never goes back.
    package var generation: Int32
    /// How often the member has to send HEARTBEAT_GROUP.
    package var heartbeatIntervalMilliseconds: UInt32
    /// Partitions that will be added once other members have let go of them.
    package var awaitedPartitionCount: UInt32
    /// What the member may consume now.
    package var assignment: [TopicAssignment]

    /// Makes a reply from its fields.
    package init(
        memberId: String, generation: Int32, heartbeatIntervalMilliseconds: UInt32,
        awaitedPartitionCount: UInt32, assignment: [TopicAssignment]
    ) {
        self.memberId = memberId
        self.generation = generation
        self.heartbeatIntervalMilliseconds = heartbeatIntervalMilliseconds
        self.awaitedPartitionCount = awaitedPartitionCount
        self.assignment = assignment
    }

    package var encodedByteCount: Int {
        2 + memberId.utf8.count + 4 + 4 + 4 + assignment.encodedByteCount
    }

    package static func decode(from reader: inout WireReader) throws(WireError) -> JoinGroupReply {
        JoinGroupReply(
            memberId: try reader.readText(limit: WireLimits.memberIdByteCountMax),
            generation: try reader.readInteger(),
            heartbeatIntervalMilliseconds: try reader.readInteger(),
            awaitedPartitionCount: try reader.readInteger(),
            assignment: try reader.readAssignment())
    }

    package func encode(into writer: inout WireWriter) throws(WireError) {
        try writer.write(text: memberId, limit: WireLimits.memberIdByteCountMax)
        try writer.write(generation)
        try writer.write(heartbeatIntervalMilliseconds)
        try writer.write(awaitedPartitionCount)
        try writer.write(assignment: assignment)
    }
}

/// Proves that a member is alive and has taken on its assignment; the answer may wait for news.
///
/// Answered `ok`; `groupRebalancing` and `staleGeneration` when the member is to join again;
/// `unknownMember` and `memberFenced` when it is none any more, and has lost its partitions.
///
/// `group string | memberId string | generation i32 | maxWaitMilliseconds u32`
package struct HeartbeatGroupRequest: RequestPayload {
    /// The group's name.
    package var group: String
    /// The member's id.
    package var memberId: String
    /// The generation of the last JOIN_GROUP reply.
    package var generation: Int32
    /// How long the answer may wait for a rebalance to tell of; 0 not at all.
    package var maxWaitMilliseconds: UInt32

    /// Makes a request from its fields.
    package init(
        group: String, memberId: String, generation: Int32, maxWaitMilliseconds: UInt32 = 0
    ) {
        self.group = group
        self.memberId = memberId
        self.generation = generation
        self.maxWaitMilliseconds = maxWaitMilliseconds
    }

    package static var command: Command { .heartbeatGroup }

    package var encodedByteCount: Int {
        2 + group.utf8.count + 2 + memberId.utf8.count + 4 + 4
    }

    package static func decode(
        from reader: inout WireReader
    ) throws(WireError) -> HeartbeatGroupRequest {
        HeartbeatGroupRequest(
            group: try reader.readText(limit: WireLimits.groupNameByteCountMax),
            memberId: try reader.readText(limit: WireLimits.memberIdByteCountMax),
            generation: try reader.readInteger(), maxWaitMilliseconds: try reader.readInteger())
    }

    package func encode(into writer: inout WireWriter) throws(WireError) {
        try writer.write(text: group, limit: WireLimits.groupNameByteCountMax)
        try writer.write(text: memberId, limit: WireLimits.memberIdByteCountMax)
        try writer.write(generation)
        try writer.write(maxWaitMilliseconds)
    }
}

/// Answers HEARTBEAT_GROUP.
package typealias HeartbeatGroupReply = EmptyReply

/// Leaves a group. `group string | memberId string`
package struct LeaveGroupRequest: RequestPayload {
    /// The group's name.
    package var group: String
    /// The member's id.
    package var memberId: String

    /// Makes a request.
    package init(group: String, memberId: String) {
        self.group = group
        self.memberId = memberId
    }

    package static var command: Command { .leaveGroup }

    package var encodedByteCount: Int { 2 + group.utf8.count + 2 + memberId.utf8.count }

    package static func decode(
        from reader: inout WireReader
    ) throws(WireError) -> LeaveGroupRequest {
        LeaveGroupRequest(
            group: try reader.readText(limit: WireLimits.groupNameByteCountMax),
            memberId: try reader.readText(limit: WireLimits.memberIdByteCountMax))
    }

    package func encode(into writer: inout WireWriter) throws(WireError) {
        try writer.write(text: group, limit: WireLimits.groupNameByteCountMax)
        try writer.write(text: memberId, limit: WireLimits.memberIdByteCountMax)
    }
}

/// Answers LEAVE_GROUP.
package typealias LeaveGroupReply = EmptyReply

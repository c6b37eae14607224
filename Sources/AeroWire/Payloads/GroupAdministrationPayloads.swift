// LIST_GROUPS, DESCRIBE_GROUP and DELETE_GROUP.

/// Asks for all groups.
package struct ListGroupsRequest: RequestPayload {
    /// Makes the request.
    package init() {}

    package static var command: Command { .listGroups }

    package var encodedByteCount: Int { 0 }

    package static func decode(
        from reader: inout WireReader
    ) throws(WireError) -> ListGroupsRequest {
        ListGroupsRequest()
    }

    package func encode(into writer: inout WireWriter) throws(WireError) {}
}

/// One group in a list.
///
/// `group string | state u8 | mode u8 | strategy u8 | generation i32 | memberCount u32`
package struct GroupListing: Hashable, Sendable {
    /// The least bytes on the wire.
    static let encodedByteCountMin = 13

    /// The group's name.
    package var group: String
    /// What it is doing.
    package var state: GroupState
    /// Who gets a message.
    package var mode: GroupMode
    /// How partitions are shared out.
    package var strategy: AssignmentStrategy
    /// Counts the group's assignments.
    package var generation: Int32
    /// How many members it has.
    package var memberCount: UInt32

    /// Makes a listing from its fields.
    package init(
        group: String, state: GroupState, mode: GroupMode, strategy: AssignmentStrategy,
        generation: Int32, memberCount: UInt32
    ) {
        self.group = group
        self.state = state
        self.mode = mode
        self.strategy = strategy
        self.generation = generation
        self.memberCount = memberCount
    }
}

/// `count u32 | GroupListing ...`
package struct ListGroupsReply: ReplyPayload {
    /// The groups, by name.
    package var groups: [GroupListing]

    /// Makes a reply.
    package init(groups: [GroupListing]) { self.groups = groups }

    package var encodedByteCount: Int {
        groups.reduce(4) { $0 + GroupListing.encodedByteCountMin + $1.group.utf8.count }
    }

    package static func decode(from reader: inout WireReader) throws(WireError) -> ListGroupsReply {
        let count = try reader.readCount(
            limit: WireLimits.groupsPerListMax,
            elementByteCountMin: GroupListing.encodedByteCountMin)
        var groups: [GroupListing] = []
        groups.reserveCapacity(count)
        for _ in 0..<count {
            groups.append(
                GroupListing(
                    group: try reader.readText(limit: WireLimits.groupNameByteCountMax),
                    state: try reader.readEnumeration(), mode: try reader.readEnumeration(),
                    strategy: try reader.readEnumeration(),
                    generation: try reader.readInteger(), memberCount: try reader.readInteger()))
        }
        return ListGroupsReply(groups: groups)
    }

    package func encode(into writer: inout WireWriter) throws(WireError) {
        try writer.write(count: groups.count, limit: WireLimits.groupsPerListMax)
        for group in groups {
            try writer.write(text: group.group, limit: WireLimits.groupNameByteCountMax)
            try writer.write(group.state.rawValue)
            try writer.write(group.mode.rawValue)
            try writer.write(group.strategy.rawValue)
            try writer.write(group.generation)
            try writer.write(group.memberCount)
        }
    }
}

/// Asks for a group's description. `group string`
package struct DescribeGroupRequest: RequestPayload {
    /// The group's name.
    package var group: String

    /// Makes a request.
    package init(group: String) { self.group = group }

    package static var command: Command { .describeGroup }

    package var encodedByteCount: Int { 2 + group.utf8.count }

    package static func decode(
        from reader: inout WireReader
    ) throws(WireError) -> DescribeGroupRequest {
        DescribeGroupRequest(group: try reader.readText(limit: WireLimits.groupNameByteCountMax))
    }

    package func encode(into writer: inout WireWriter) throws(WireError) {
        try writer.write(text: group, limit: WireLimits.groupNameByteCountMax)
    }
}

/// A member as others see it.
///
/// `memberId string | instanceId string | clientId string | address string |
/// machineRoom string | topicCount u32 | TopicAssignment ...`
package struct MemberDescription: Hashable, Sendable {
    /// The least bytes on the wire.
    static let encodedByteCountMin = 14

    /// The id that the coordinator gave it.
    package var memberId: String
    /// The id that it keeps over its restarts; empty for a dynamic member.
    package var instanceId: String
    /// The client's name.
    package var clientId: String
    /// Where it connects from; may be empty.
    package var address: String
    /// The machine room it runs in; may be empty.
    package var machineRoom: String
    /// What it may consume now.
    package var assignment: [TopicAssignment]

    /// Makes a description from its fields.
    package init(
        memberId: String, instanceId: String, clientId: String, address: String,
        machineRoom: String, assignment: [TopicAssignment]
    ) {
        self.memberId = memberId
        self.instanceId = instanceId
        self.clientId = clientId
        self.address = address
        self.machineRoom = machineRoom
        self.assignment = assignment
    }

    fileprivate var encodedByteCount: Int {
        [memberId, instanceId, clientId, address, machineRoom].reduce(
            assignment.encodedByteCount
        ) { $0 + 2 + $1.utf8.count }
    }
}

/// Where a group stands in one partition.
///
/// `topicId u32 | topic string | partition u32 | offset i64 | timestampMilliseconds i64 |
/// metadata string | logStartOffset i64 | highWatermark i64`
package struct GroupOffsetDescription: Hashable, Sendable {
    /// The least bytes on the wire.
    static let encodedByteCountMin = 44

    /// The topic's number.
    package var topicId: UInt32
    /// The topic's name.
    package var topic: String
    /// The partition, from 0.
    package var partition: UInt32
    /// The first offset that is not worked off; -1 when nothing has been committed.
    package var offset: Int64
    /// When that was committed, in milliseconds since 1970; 0 when it was not.
    package var timestampMilliseconds: Int64
    /// The consumer's own note.
    package var metadata: String
    /// The first offset that the partition still has.
    package var logStartOffset: Int64
    /// The offset that the next record to become readable will have.
    package var highWatermark: Int64

    /// Makes a description from its fields.
    package init(
        topicId: UInt32, topic: String, partition: UInt32, offset: Int64,
        timestampMilliseconds: Int64, metadata: String, logStartOffset: Int64,
        highWatermark: Int64
    ) {
        self.topicId = topicId
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.timestampMilliseconds = timestampMilliseconds
        self.metadata = metadata
        self.logStartOffset = logStartOffset
        self.highWatermark = highWatermark
    }

    fileprivate var encodedByteCount: Int {
        Self.encodedByteCountMin + topic.utf8.count + metadata.utf8.count
    }
}

/// A group, its members and its offsets.
///
/// `state u8 | mode u8 | strategy u8 | generation i32 | memberCount u32 | MemberDescription ... |
/// offsetCount u32 | GroupOffsetDescription ...`
package struct DescribeGroupReply: ReplyPayload {
    /// What it is doing.
    package var state: GroupState
    /// Who gets a message.
    package var mode: GroupMode
    /// How partitions are shared out.
    package var strategy: AssignmentStrategy
    /// Counts the group's assignments.
    package var generation: Int32
    /// The members, by id.
    package var members: [MemberDescription]
    /// Where the group stands, by topic and partition.
    package var offsets: [GroupOffsetDescription]

    /// Makes a reply from its fields.
    package init(
        state: GroupState, mode: GroupMode, strategy: AssignmentStrategy, generation: Int32,
        members: [MemberDescription], offsets: [GroupOffsetDescription]
    ) {
        self.state = state
        self.mode = mode
        self.strategy = strategy
        self.generation = generation
        self.members = members
        self.offsets = offsets
    }

    package var encodedByteCount: Int {
        let members = members.reduce(4) { $0 + $1.encodedByteCount }
        return offsets.reduce(3 + 4 + members + 4) { $0 + $1.encodedByteCount }
    }

    package static func decode(
        from reader: inout WireReader
    ) throws(WireError) -> DescribeGroupReply {
        var reply = DescribeGroupReply(
            state: try reader.readEnumeration(), mode: try reader.readEnumeration(),
            strategy: try reader.readEnumeration(), generation: try reader.readInteger(),
            members: [], offsets: [])
        let memberCount = try reader.readCount(
            limit: WireLimits.membersPerGroupMax,
            elementByteCountMin: MemberDescription.encodedByteCountMin)
        reply.members.reserveCapacity(memberCount)
        for _ in 0..<memberCount { reply.members.append(try reader.readMember()) }
        let offsetCount = try reader.readCount(
            limit: WireLimits.offsetsPerFrameMax,
            elementByteCountMin: GroupOffsetDescription.encodedByteCountMin)
        reply.offsets.reserveCapacity(offsetCount)
        for _ in 0..<offsetCount { reply.offsets.append(try reader.readOffsetDescription()) }
        return reply
    }

    package func encode(into writer: inout WireWriter) throws(WireError) {
        try writer.write(state.rawValue)
        try writer.write(mode.rawValue)
        try writer.write(strategy.rawValue)
        try writer.write(generation)
        try writer.write(count: members.count, limit: WireLimits.membersPerGroupMax)
        for member in members { try writer.write(member: member) }
        try writer.write(count: offsets.count, limit: WireLimits.offsetsPerFrameMax)
        for offset in offsets { try writer.write(offset: offset) }
    }
}

extension WireReader {
    fileprivate mutating func readMember() throws(WireError) -> MemberDescription {
        MemberDescription(
            memberId: try readText(limit: WireLimits.memberIdByteCountMax),
            instanceId: try readText(limit: WireLimits.instanceIdByteCountMax),
            clientId: try readText(limit: WireLimits.peerIdByteCountMax),
            address: try readText(limit: WireLimits.memberAddressByteCountMax),
            machineRoom: try readText(limit: WireLimits.machineRoomByteCountMax),
            assignment: try readAssignment())
    }

    fileprivate mutating func readOffsetDescription() throws(WireError) -> GroupOffsetDescription {
        GroupOffsetDescription(
            topicId: try readInteger(),
            topic: try readText(limit: WireLimits.topicNameByteCountMax),
            partition: try readInteger(), offset: try readInteger(),
            timestampMilliseconds: try readInteger(),
            metadata: try readText(limit: WireLimits.offsetMetadataByteCountMax),
            logStartOffset: try readInteger(), highWatermark: try readInteger())
    }
}

extension WireWriter {
    fileprivate mutating func write(member: MemberDescription) throws(WireError) {
        try write(text: member.memberId, limit: WireLimits.memberIdByteCountMax)
        try write(text: member.instanceId, limit: WireLimits.instanceIdByteCountMax)
        try write(text: member.clientId, limit: WireLimits.peerIdByteCountMax)
        try write(text: member.address, limit: WireLimits.memberAddressByteCountMax)
        try write(text: member.machineRoom, limit: WireLimits.machineRoomByteCountMax)
        try write(assignment: member.assignment)
    }

    fileprivate mutating func write(offset: GroupOffsetDescription) throws(WireError) {
        try write(offset.topicId)
        try write(text: offset.topic, limit: WireLimits.topicNameByteCountMax)
        try write(offset.partition)
        try write(offset.offset)
        try write(offset.timestampMilliseconds)
        try write(text: offset.metadata, limit: WireLimits.offsetMetadataByteCountMax)
        try write(offset.logStartOffset)
        try write(offset.highWatermark)
    }
}

/// Deletes a group without members, and its offsets. `group string`
package struct DeleteGroupRequest: RequestPayload {
    /// The group's name.
    package var group: String

    /// Makes a request.
    package init(group: String) { self.group = group }

    package static var command: Command { .deleteGroup }

    package var encodedByteCount: Int { 2 + group.utf8.count }

    package static func decode(
        from reader: inout WireReader
    ) throws(WireError) -> DeleteGroupRequest {
        DeleteGroupRequest(group: try reader.readText(limit: WireLimits.groupNameByteCountMax))
    }

    package func encode(into writer: inout WireWriter) throws(WireError) {
        try writer.write(text: group, limit: WireLimits.groupNameByteCountMax)
    }
}

/// Answers DELETE_GROUP; the group's offsets are gone for good.
package typealias DeleteGroupReply = EmptyReply

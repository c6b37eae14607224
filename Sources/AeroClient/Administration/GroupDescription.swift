// What administration tells about consumer groups.

import AeroWire

/// What a group is doing.
public enum GroupActivity: String, Sendable, CaseIterable {
    /// It has offsets and no members.
    case empty
    /// Partitions are moving between members.
    case rebalancing
    /// Every member has what is assigned to it.
    case stable

    init(_ state: GroupState) {
        self =
            switch state {
            case .empty: .empty
            case .preparingRebalance: .rebalancing
            case .stable: .stable
            }
    }
}

/// A group in a list.
public struct GroupSummary: Sendable, Equatable {
    /// The name.
    public let name: String
    /// What it is doing.
    public let activity: GroupActivity
    /// Whether every member gets every message.
    public let isBroadcasting: Bool
    /// How partitions are shared out.
    public let strategy: GroupStrategy
    /// Counts the group's assignments.
    public let generation: Int
    /// How many members it has.
    public let memberCount: Int

    init(_ listing: GroupListing) {
        name = listing.group
        activity = GroupActivity(listing.state)
        isBroadcasting = listing.mode == .broadcasting
        strategy = GroupStrategy(listing.strategy)
        generation = Int(listing.generation)
        memberCount = Int(listing.memberCount)
    }
}

/// A member of a group.
public struct GroupMemberDescription: Sendable, Equatable {
    /// The id that the broker gave it.
    public let memberId: String
    /// The id that it keeps over its restarts; nil for a dynamic member.
    public let instanceId: String?
    /// The client's name.
    public let clientId: String
    /// Where it connects from; empty when that is not known.
    public let address: String
    /// The machine room it runs in.
    public let machineRoom: String?
    /// What it may consume now.
    public let assignment: [GroupPartition]

    init(_ member: MemberDescription) {
        memberId = member.memberId
        instanceId = member.instanceId.isEmpty ? nil : member.instanceId
        clientId = member.clientId
        address = member.address
        machineRoom = member.machineRoom.isEmpty ? nil : member.machineRoom
        assignment = member.assignment.flatMap { topic in
            topic.partitions.map { GroupPartition(topic: topic.topic, partition: Int($0)) }
        }.sorted()
    }
}

/// Where a group stands in one partition.
public struct GroupOffsetState: Sendable, Equatable {
    /// The partition.
    public let partition: GroupPartition
    /// The first offset that is not worked off; nil when nothing has been committed.
    public let committed: Int64?
    /// When that was committed, in milliseconds since 1970.
    public let committedMilliseconds: Int64?
    /// The consumer's own note.
    public let metadata: String
    /// The ends of the partition's log.
    public let log: PartitionOffsets

    /// Records that are not worked off, as far as they are still there; nil when nothing has been
    /// committed.
    public var lag: Int64? {
        committed.map { max(log.next - max($0, log.earliest), 0) }
    }

    init(_ description: GroupOffsetDescription) {
        partition = GroupPartition(
            topic: description.topic, partition: Int(description.partition))
        let isCommitted = description.offset >= 0
        committed = isCommitted ? description.offset : nil
        committedMilliseconds = isCommitted ? description.timestampMilliseconds : nil
        metadata = description.metadata
        log = PartitionOffsets(
            earliest: description.logStartOffset, next: description.highWatermark)
    }
}

/// A group, its members and where it stands.
public struct GroupDescription: Sendable, Equatable {
    /// The name.
    public let name: String
    /// What it is doing.
    public let activity: GroupActivity
    /// Whether every member gets every message.
    public let isBroadcasting: Bool
    /// How partitions are shared out.
    public let strategy: GroupStrategy
    /// Counts the group's assignments.
    public let generation: Int
    /// The members, by id.
    public let members: [GroupMemberDescription]
    /// Where it stands, by topic and partition: where it has committed, and what is assigned.
    public let offsets: [GroupOffsetState]

    /// Records that are not worked off, over all partitions with a committed offset.
    public var lag: Int64 { offsets.reduce(0) { $0 + ($1.lag ?? 0) } }

    init(_ name: String, _ reply: DescribeGroupReply) {
        self.name = name
        activity = GroupActivity(reply.state)
        isBroadcasting = reply.mode == .broadcasting
        strategy = GroupStrategy(reply.strategy)
        generation = Int(reply.generation)
        members = reply.members.map(GroupMemberDescription.init)
        offsets = reply.offsets.map(GroupOffsetState.init).sorted {
            $0.partition < $1.partition
        }
    }
}

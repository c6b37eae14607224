// What shards say to each other about consumer groups.

import AeroCore
import AeroWire

/// A message about groups; one word in a `ShardMessage`, because it is seldom sent.
internal indirect enum GroupMessage: Sendable {
    // MARK: To the coordinator's shard
    /// - Parameter partition: Of the internal topic.
    case work(RequestOrigin, partition: UInt32, GroupWork)
    case admit(RequestOrigin, partition: UInt32, PartitionKey, slot: Int, SubscriptionTerms)
    case acknowledged(partition: UInt32, [GroupAcknowledgement])

    // MARK: To every shard, for the coordinators that it hosts
    case list(RequestOrigin)
    case connectionLost(ConnectionAddress)
    case endWaiting(ConnectionAddress)
    case topicChanged(UInt32)

    // MARK: To the partition's shard
    case admitted(
        RequestOrigin, PartitionKey, slot: Int, SubscriptionTerms, SubscriptionAdmission)
    case endSubscription(PartitionKey, group: String, memberId: String)
    case forget(group: String)

    // MARK: To the connection's shard
    case answered(RequestOrigin, Command, GroupReply)
    case listed(RequestOrigin, [GroupListing], ErrorCode)
}

/// What a client asks of a group's coordinator.
internal enum GroupWork: Sendable {
    case join(JoinGroupRequest, address: String)
    case heartbeat(HeartbeatGroupRequest)
    case leave(LeaveGroupRequest)
    case commit(CommitOffsetsRequest)
    case fetchOffsets(FetchOffsetsRequest)
    case describe(DescribeGroupRequest)
    case delete(DeleteGroupRequest)

    /// The group's name.
    var group: String {
        switch self {
        case .join(let request, _): request.group
        case .heartbeat(let request): request.group
        case .leave(let request): request.group
        case .commit(let request): request.group
        case .fetchOffsets(let request): request.group
        case .describe(let request): request.group
        case .delete(let request): request.group
        }
    }

    /// The command that asked for it.
    var command: Command {
        switch self {
        case .join: .joinGroup
        case .heartbeat: .heartbeatGroup
        case .leave: .leaveGroup
        case .commit: .commitOffsets
        case .fetchOffsets: .fetchOffsets
        case .describe: .describeGroup
        case .delete: .deleteGroup
        }
    }

    /// What the client is told where no group has ever been; nil for what makes the first one.
    var codeWithoutGroups: ErrorCode? {
        switch self {
        case .join, .commit: nil
        case .heartbeat, .leave: .unknownMember
        case .fetchOffsets, .describe, .delete: .unknownGroup
        }
    }
}

/// What a client is answered.
internal enum GroupReply: Sendable {
    case coordinated(GroupAnswer)
    case offsets(FetchOffsetsReply)
    case described(DescribeGroupReply)
}

// One consumer group: its members, who holds what, and its offsets.

import AeroWire

/// A group of one coordinator; nobody else has a reference to it.
///
/// Members are kept in the order in which they came, never by hash, so that the same events give
/// the same actions in the same order.
internal final class ConsumerGroup {
    let name: String
    /// Of the first member; fixed while there are members.
    var mode = GroupMode.clustering
    var strategy = AssignmentStrategy.sticky
    /// Counts the group's assignments; never goes back.
    var generation: Int32 = 0
    /// False while the log does not have `generation` yet: members are not told of it before.
    var isGenerationDurable = true
    /// The append of the newest generation.
    var generationTicket: UInt64 = 0

    private(set) var members: [GroupMember] = []
    private var indices: [String: Int] = [:]
    /// Who may be consuming a partition, by member id; not used in broadcasting mode.
    private(set) var holders: [TopicPartition: String] = [:]
    /// The topics that members consume and that exist, by name.
    var topics: [String: GroupTopic] = [:]
    var offsets = GroupOffsets()

    /// When partitions are to be shared out anew; `.max` when that is not due.
    var rebalanceAtNanoseconds = Int64.max
    /// True when members came or went since partitions were shared out.
    var isMembershipChanged = false

    init(name: String) { self.name = name }

    // MARK: - Members

    /// The place of a member among `members`.
    func index(of memberId: String) -> Int? { indices[memberId] }

    /// The place of a static member.
    func index(ofInstance instanceId: String) -> Int? {
        guard !instanceId.isEmpty else { return nil }
        return members.firstIndex { $0.instanceId == instanceId }
    }

    /// Whether somebody took over from this member.
    func isFenced(_ memberId: String) -> Bool {
        members.contains { $0.formerIds.contains(memberId) }
    }

    /// Changes one member in place.
    func update<Value>(_ index: Int, _ change: (inout GroupMember) -> Value) -> Value {
        let id = members[index].id
        defer {
            if members[index].id != id {
                indices[id] = nil
                indices[members[index].id] = index
            }
        }
        return change(&members[index])
    }

    func append(_ member: GroupMember) {
        indices[member.id] = members.count
        members.append(member)
    }

    func remove(at index: Int) -> GroupMember {
        let member = members.remove(at: index)
        indices[member.id] = nil
        for later in index..<members.count { indices[members[later].id] = later }
        return member
    }

    // MARK: - Partitions

    /// Whether a member could be given a partition now.
    func isFree(_ partition: TopicPartition, for memberId: String) -> Bool {
        guard mode == .clustering, let holder = holders[partition] else { return true }
        return holder == memberId
    }

    func hold(_ partitions: some Sequence<TopicPartition>, by memberId: String) {
        guard mode == .clustering else { return }
        for partition in partitions {
            precondition(isFree(partition, for: memberId), "a partition has one holder")
            holders[partition] = memberId
        }
    }

    func letGo(_ partitions: some Sequence<TopicPartition>) {
        for partition in partitions { holders[partition] = nil }
    }

    /// Whether a member is to join again: for a later generation, or for what others let go of.
    func hasNews(for member: GroupMember) -> Bool {
        guard isGenerationDurable, member.parkedJoin == nil else { return false }
        if member.generation != generation { return true }
        return member.awaitedPartitionCount > 0
            && member.target.contains { partition in
                !member.assigned.contains(partition) && isFree(partition, for: member.id)
            }
    }

    // MARK: - Descriptions

    var state: GroupState {
        if members.isEmpty { return .empty }
        let isStable =
            rebalanceAtNanoseconds == .max && isGenerationDurable
            && members.allSatisfy { member in
                member.generation == generation && member.isSettled
                    && member.awaitedPartitionCount == 0
            }
        return isStable ? .stable : .preparingRebalance
    }

    var metadata: GroupListing {
        GroupListing(
            group: name, state: state, mode: mode, strategy: strategy, generation: generation,
            memberCount: UInt32(members.count))
    }

    /// Partitions as they are told to members: by topic.
    func assignment(of partitions: Set<TopicPartition>) -> [TopicAssignment] {
        let byTopic = Dictionary(grouping: partitions, by: \.topicId)
        return topics.values.sorted { $0.topicId < $1.topicId }.compactMap { topic in
            guard let own = byTopic[topic.topicId] else { return nil }
            return TopicAssignment(
                topicId: topic.topicId, topic: topic.name,
                partitions: own.map(\.partition).sorted())
        }
    }
}

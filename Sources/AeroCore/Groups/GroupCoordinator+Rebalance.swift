// Sharing partitions out, and handing them over.

import AeroWire

extension GroupCoordinator {
    /// Partitions are shared out anew soon, together with whatever else changes until then.
    mutating func scheduleRebalance(_ group: ConsumerGroup, _ time: GroupTime) {
        let due = time.nanoseconds + limits.rebalanceDelayNanoseconds
        group.rebalanceAtNanoseconds = min(group.rebalanceAtNanoseconds, due)
        noteDue(group)
    }

    /// Shares a group's partitions out. Where nothing would change the generation stays.
    mutating func rebalance(_ group: ConsumerGroup, _ time: GroupTime) {
        group.rebalanceAtNanoseconds = .max
        guard !group.members.isEmpty else { return }
        let shares = AssignmentPlan.make(
            group.strategy, mode: group.mode,
            members: group.members.map { member in
                AssignmentMember(
                    name: member.assignmentName, machineRoom: member.machineRoom,
                    topics: member.topics, previous: member.target)
            }, topics: Array(group.topics.values))
        let isChanged =
            group.isMembershipChanged || zip(group.members, shares).contains { $0.target != $1 }
        for index in group.members.indices {
            group.update(index) { $0.isWaitingForTarget = false }
        }
        guard isChanged else {
            answerJoins(group)
            return
        }
        group.isMembershipChanged = false
        group.generation &+= 1
        for (index, share) in shares.enumerated() {
            group.update(index) { member in
                member.target = share
                // One that has never been told anything has its request waiting here.
                guard member.generation >= 0 else { return }
                member.rebalanceDeadlineNanoseconds = min(
                    member.rebalanceDeadlineNanoseconds,
                    time.nanoseconds + member.rebalanceTimeoutNanoseconds)
            }
        }
        noteDue(group)
        group.isGenerationDurable = false
        let metadata = GroupMetadata(
            generation: group.generation, mode: group.mode, strategy: group.strategy,
            timestampMilliseconds: time.milliseconds)
        group.generationTicket = append(
            [.group(group.name, metadata)], .generation(group: group.name))
    }

    /// Answers those who wait to join, and tells the others that they are to join again.
    mutating func tellNews(_ group: ConsumerGroup) {
        answerJoins(group)
        for index in group.members.indices {
            guard let heartbeat = group.members[index].parkedHeartbeat,
                group.hasNews(for: group.members[index])
            else { continue }
            group.update(index) { $0.parkedHeartbeat = nil }
            answer(heartbeat.origin, .heartbeatGroup, .refused(.groupRebalancing))
        }
    }

    /// Answers those who wait to join, unless partitions are about to be shared out anew.
    mutating func answerJoins(_ group: ConsumerGroup) {
        guard group.isGenerationDurable, group.rebalanceAtNanoseconds == .max else { return }
        for index in group.members.indices {
            guard let origin = group.members[index].parkedJoin,
                !group.members[index].isWaitingForTarget
            else { continue }
            answer(origin, .joinGroup, .joined(handOver(index, group)))
        }
    }

    /// Gives a member those of its partitions that nobody else holds.
    private func handOver(_ index: Int, _ group: ConsumerGroup) -> JoinGroupReply {
        let generation = group.generation
        let id = group.members[index].id
        let free = group.members[index].target.filter { group.isFree($0, for: id) }
        group.hold(free, by: id)
        group.update(index) { member in
            member.parkedJoin = nil
            member.generation = generation
            member.assigned = Set(free)
            if group.mode == .broadcasting { member.held = member.assigned }
            member.held.formUnion(free)
            member.isSettled = member.held.count == member.assigned.count
            if member.isSettled { member.rebalanceDeadlineNanoseconds = .max }
        }
        let member = group.members[index]
        return JoinGroupReply(
            memberId: id, generation: generation,
            heartbeatIntervalMilliseconds: UInt32(
                clamping: heartbeatIntervalNanoseconds(of: member) / 1_000_000),
            awaitedPartitionCount: UInt32(member.awaitedPartitionCount),
            assignment: group.assignment(of: member.assigned))
    }
}

// Joining, staying in and leaving a group.

package import AeroWire

extension GroupCoordinator {
    /// Somebody wants to enter a group, or asks for its present assignment.
    ///
    /// Answered by `.joined`; `.malformedRequest` for a group without a name or no topics,
    /// `.invalidTopicName`, `.invalidSessionTimeout`, `.inconsistentGroup`, `.tooManyGroups`,
    /// `.tooManyMembers`, `.unknownMember`, `.memberFenced`.
    package mutating func join(_ join: GroupJoin, at time: GroupTime) {
        do throws(ErrorCode) {
            try check(join.request)
            let isKnown = group(join.request.group) != nil
            guard isKnown || join.request.memberId.isEmpty else { throw .unknownMember }
            let group = try groupOrNew(join.request.group)
            let index = try place(join, in: group, time)
            park(join, at: index, in: group, time)
        } catch {
            answer(join.origin, .joinGroup, .refused(error))
        }
    }

    private func check(_ request: JoinGroupRequest) throws(ErrorCode) {
        guard !request.group.isEmpty, !request.topics.isEmpty else { throw .malformedRequest }
        guard request.topics.allSatisfy(TopicName.isValid) else { throw .invalidTopicName }
        guard limits.sessionTimeoutMilliseconds.contains(request.sessionTimeoutMilliseconds),
            limits.rebalanceTimeoutMilliseconds.contains(request.rebalanceTimeoutMilliseconds)
        else { throw .invalidSessionTimeout }
    }

    /// Finds the member that joins, or makes it one.
    private mutating func place(
        _ join: GroupJoin, in group: ConsumerGroup, _ time: GroupTime
    ) throws(ErrorCode) -> Int {
        let request = join.request
        let isFirst = group.members.isEmpty
        if !isFirst {
            guard request.mode == group.mode, request.strategy == group.strategy else {
                throw .inconsistentGroup
            }
        }
        if !request.memberId.isEmpty {
            guard let index = group.index(of: request.memberId) else {
                throw group.isFenced(request.memberId) ? .memberFenced : .unknownMember
            }
            guard group.members[index].instanceId == request.instanceId else {
                throw .unknownMember
            }
            note(join.topics, group)
            if group.update(index, { $0.update(join) }) { noteChange(index, group, time) }
            return index
        }
        if let index = group.index(ofInstance: request.instanceId) {
            note(join.topics, group)
            takeOver(index, join, group, time)
            return index
        }
        guard group.members.count < limits.memberCountMax else { throw .tooManyMembers }
        if isFirst {
            group.mode = request.mode
            group.strategy = request.strategy
        }
        note(join.topics, group)
        group.append(GroupMember(id: makeMemberId(request.clientId), join))
        noteChange(group.members.count - 1, group, time)
        return group.members.count - 1
    }

    /// A static member came back, or a second one took its name: it has the place now, and the
    /// other one is fenced.
    private mutating func takeOver(
        _ index: Int, _ join: GroupJoin, _ group: ConsumerGroup, _ time: GroupTime
    ) {
        let before = group.members[index]
        refuseParked(before, .memberFenced)
        endSubscriptions(of: before, group)
        let id = makeMemberId(join.request.clientId)
        let isChanged = group.update(index) { member in
            member.parkedJoin = nil
            member.parkedHeartbeat = nil
            member.replaceId(by: id)
            return member.update(join)
        }
        if isChanged { noteChange(index, group, time) }
    }

    /// The member waits for its answer, which may come at once.
    private mutating func park(
        _ join: GroupJoin, at index: Int, in group: ConsumerGroup, _ time: GroupTime
    ) {
        // A second request of the same member: the answer to the first one got lost on its way.
        if let older = group.members[index].parkedJoin {
            answer(older, .joinGroup, .refused(.groupRebalancing))
        }
        group.update(index) { member in
            member.renewSession(time, on: join.origin.connection)
            member.parkedJoin = join.origin
        }
        if let heartbeat = group.members[index].parkedHeartbeat {
            group.update(index) { $0.parkedHeartbeat = nil }
            answer(heartbeat.origin, .heartbeatGroup, .done)
        }
        noteDue(group)
        answerJoins(group)
    }

    private func note(_ topics: [GroupTopic], _ group: ConsumerGroup) {
        for topic in topics { group.topics[topic.name] = topic }
    }

    /// Partitions are to be shared out anew because of a member's wishes.
    private mutating func noteChange(_ index: Int, _ group: ConsumerGroup, _ time: GroupTime) {
        group.update(index) { $0.isWaitingForTarget = true }
        group.isMembershipChanged = true
        scheduleRebalance(group, time)
    }

    // MARK: - Staying

    /// A member proves that it is alive, and has let go of what it lost.
    ///
    /// Answered by `.done`, perhaps after a while; `.groupRebalancing` and `.staleGeneration` when
    /// the member is to join again; `.unknownMember` and `.memberFenced` when it is none.
    package mutating func heartbeat(
        _ request: HeartbeatGroupRequest, _ origin: RequestOrigin, at time: GroupTime
    ) {
        do throws(ErrorCode) {
            let (group, index) = try find(request.group, request.memberId)
            guard group.members[index].generation == request.generation else {
                throw .staleGeneration
            }
            group.update(index) { $0.renewSession(time, on: origin.connection) }
            confirm(index, group, time)
            if let older = group.members[index].parkedHeartbeat {
                group.update(index) { $0.parkedHeartbeat = nil }
                answer(older.origin, .heartbeatGroup, .done)
            }
            guard !group.hasNews(for: group.members[index]) else { throw .groupRebalancing }
            let wait = min(
                Int64(request.maxWaitMilliseconds) * 1_000_000,
                heartbeatIntervalNanoseconds(of: group.members[index]))
            guard wait > 0 else {
                answer(origin, .heartbeatGroup, .done)
                return
            }
            group.update(index) {
                $0.parkedHeartbeat = GroupMember.ParkedHeartbeat(
                    origin: origin, deadlineNanoseconds: time.nanoseconds + wait)
            }
            noteDue(group)
        } catch {
            answer(origin, .heartbeatGroup, .refused(error))
        }
    }

    /// The member has taken on what it was told: what it lost is free.
    private mutating func confirm(_ index: Int, _ group: ConsumerGroup, _ time: GroupTime) {
        let member = group.members[index]
        let lost = member.held.subtracting(member.assigned)
        let isCurrent = member.generation == group.generation
        group.update(index) { member in
            member.held = member.assigned
            if isCurrent {
                member.rebalanceDeadlineNanoseconds = .max
            } else if !member.isSettled {
                // It is behind again, but not for being slow.
                member.rebalanceDeadlineNanoseconds =
                    time.nanoseconds + member.rebalanceTimeoutNanoseconds
            }
            member.isSettled = true
        }
        guard !lost.isEmpty else { return }
        group.letGo(lost)
        tellNews(group)
    }

    // MARK: - Leaving

    /// A member leaves.
    package mutating func leave(
        _ request: LeaveGroupRequest, _ origin: RequestOrigin, at time: GroupTime
    ) {
        do throws(ErrorCode) {
            let (group, index) = try find(request.group, request.memberId)
            remove(index, from: group, .unknownMember, time)
            answer(origin, .leaveGroup, .done)
        } catch {
            answer(origin, .leaveGroup, .refused(error))
        }
    }

    /// A connection was lost: nothing that waited on it can be answered. Its dynamic members have
    /// a short grace to be heard of again; static ones have their session timeout.
    package mutating func disconnected(_ connection: ConnectionAddress, at time: GroupTime) {
        let roof = time.nanoseconds + limits.disconnectGraceNanoseconds
        for group in groups {
            for index in group.members.indices
            where group.members[index].connection == connection {
                group.update(index) { member in
                    member.parkedJoin = nil
                    member.parkedHeartbeat = nil
                    guard member.instanceId.isEmpty else { return }
                    member.sessionDeadlineNanoseconds = min(
                        member.sessionDeadlineNanoseconds, roof)
                }
                noteDue(group)
            }
        }
    }

    /// A client will send no more: what waits for it is answered now, so that its connection can
    /// end. Its members are given up as after a lost connection, unless they leave first.
    package mutating func endWaiting(of connection: ConnectionAddress) {
        for group in groups {
            for index in group.members.indices
            where group.members[index].connection == connection {
                refuseParked(group.members[index], .shuttingDown)
                group.update(index) { member in
                    member.parkedJoin = nil
                    member.parkedHeartbeat = nil
                }
            }
        }
    }

    /// Takes a member out of its group; its partitions are free at once.
    mutating func remove(
        _ index: Int, from group: ConsumerGroup, _ code: ErrorCode, _ time: GroupTime
    ) {
        let member = group.remove(at: index)
        refuseParked(member, code)
        endSubscriptions(of: member, group)
        group.isMembershipChanged = true
        if group.members.isEmpty {
            group.rebalanceAtNanoseconds = .max
            group.topics = [:]
        } else {
            scheduleRebalance(group, time)
            tellNews(group)
        }
    }

    private mutating func refuseParked(_ member: GroupMember, _ code: ErrorCode) {
        if let origin = member.parkedJoin { answer(origin, .joinGroup, .refused(code)) }
        if let heartbeat = member.parkedHeartbeat {
            answer(heartbeat.origin, .heartbeatGroup, .refused(code))
        }
    }

    /// Nobody may consume on behalf of a member that is none any more.
    private mutating func endSubscriptions(of member: GroupMember, _ group: ConsumerGroup) {
        guard group.mode == .clustering else { return }
        group.letGo(member.held)
        for partition in member.held.sorted() {
            act(.endSubscription(group: group.name, memberId: member.id, partition))
        }
    }

    // MARK: - Parts

    /// - Throws: `.unknownMember`, `.memberFenced`.
    func find(
        _ name: String, _ memberId: String
    ) throws(ErrorCode) -> (group: ConsumerGroup, index: Int) {
        guard let group = group(name) else { throw .unknownMember }
        guard let index = group.index(of: memberId) else {
            throw group.isFenced(memberId) ? .memberFenced : .unknownMember
        }
        return (group, index)
    }

    func heartbeatIntervalNanoseconds(of member: GroupMember) -> Int64 {
        min(
            member.sessionTimeoutNanoseconds / 3,
            Int64(limits.heartbeatIntervalMillisecondsMax) * 1_000_000)
    }
}

// Committed offsets: stored, asked for, and where a subscription starts.

package import AeroWire

/// How long the offsets of a partition are worth keeping.
package enum OffsetKeeping: Hashable, Sendable {
    /// As long as the broker runs: the records themselves are gone then.
    case whileRunning
    /// In the log.
    case forGood
}

/// How far a consumer that has joined no group of members has worked a partition off.
package struct GroupAcknowledgement: Hashable, Sendable {
    /// The group's name.
    package let group: String
    /// The partition.
    package let partition: TopicPartition
    /// The first offset that is not worked off.
    package let offset: Int64
    /// How long it is worth keeping.
    package let keeping: OffsetKeeping

    /// Makes an acknowledgement from its fields.
    package init(
        group: String, partition: TopicPartition, offset: Int64,
        keeping: OffsetKeeping = .forGood
    ) {
        self.group = group
        self.partition = partition
        self.offset = offset
        self.keeping = keeping
    }
}

extension GroupCoordinator {
    /// Stores offsets.
    ///
    /// Answered, once they are durable, by `.committed` with a code each: `.staleGeneration` for a
    /// partition that the member does not hold, `.unknownPartition`, `.offsetOutOfRange` below 0,
    /// `.storageFull` above the bound, or why the log refused them. Refused as a whole with
    /// `.unknownMember`, `.memberFenced`, `.staleGeneration`, `.inconsistentGroup` in broadcasting
    /// mode, `.groupNotEmpty` for a tool while there are members, `.tooManyGroups`.
    ///
    /// - Parameter keeping: How long offsets of a partition are worth keeping; nil where there is
    ///   no such partition.
    package mutating func commit(
        _ request: CommitOffsetsRequest, _ origin: RequestOrigin, at time: GroupTime,
        keeping: (TopicPartition) -> OffsetKeeping?
    ) {
        do throws(ErrorCode) {
            let held = try admitCommit(request, origin, time)
            let known = group(request.group)?.offsets ?? GroupOffsets()
            var added: Set<TopicPartition> = []
            var records: [GroupRecord] = []
            var durableRecords: [GroupRecord] = []
            let codes = request.offsets.map { commit in
                let partition = TopicPartition(
                    topicId: commit.topicId, partition: commit.partition)
                if commit.offset < 0 { return ErrorCode.offsetOutOfRange }
                if let held, !held.contains(partition) { return .staleGeneration }
                guard let keeping = keeping(partition) else { return .unknownPartition }
                if known[partition] == nil, !added.contains(partition) {
                    guard known.count + added.count < limits.offsetCountMax else {
                        return .storageFull
                    }
                    added.insert(partition)
                }
                let entry = GroupOffset(
                    offset: commit.offset, metadata: commit.metadata,
                    timestampMilliseconds: time.milliseconds)
                let record = GroupRecord.offset(group: request.group, partition, entry)
                records.append(record)
                if keeping == .forGood { durableRecords.append(record) }
                return .ok
            }
            if !records.isEmpty { _ = try groupOrNew(request.group) }
            guard !durableRecords.isEmpty else {
                apply(records)
                answer(origin, .commitOffsets, .committed(codes))
                return
            }
            append(durableRecords, .commit(origin, codes, records))
        } catch {
            answer(origin, .commitOffsets, .refused(error))
        }
    }

    /// - Returns: The partitions that the member may commit; nil for a tool, which may any.
    private func admitCommit(
        _ request: CommitOffsetsRequest, _ origin: RequestOrigin, _ time: GroupTime
    ) throws(ErrorCode) -> Set<TopicPartition>? {
        guard !request.group.isEmpty else { throw .malformedRequest }
        guard !request.memberId.isEmpty else {
            guard group(request.group)?.members.isEmpty ?? true else { throw .groupNotEmpty }
            return nil
        }
        let (group, index) = try find(request.group, request.memberId)
        guard group.members[index].generation == request.generation else {
            throw .staleGeneration
        }
        guard group.mode == .clustering else { throw .inconsistentGroup }
        group.update(index) { $0.renewSession(time, on: origin.connection) }
        return group.members[index].held
    }

    /// Stores what consumers that are no members have acknowledged; nobody waits for it.
    ///
    /// Groups beyond the bound are not made: their positions end with the consumers.
    package mutating func acknowledged(
        _ acknowledgements: [GroupAcknowledgement], at time: GroupTime
    ) {
        var records: [GroupRecord] = []
        var durableRecords: [GroupRecord] = []
        for item in acknowledgements {
            guard let group = groupOrNil(item.group), group.members.isEmpty else { continue }
            let known = group.offsets[item.partition]
            guard known?.offset != item.offset else { continue }
            guard known != nil || group.offsets.count < limits.offsetCountMax else { continue }
            let entry = GroupOffset(
                offset: item.offset, timestampMilliseconds: time.milliseconds)
            let record = GroupRecord.offset(group: item.group, item.partition, entry)
            records.append(record)
            if item.keeping == .forGood { durableRecords.append(record) }
        }
        if durableRecords.isEmpty {
            apply(records)
        } else {
            append(durableRecords, .silent(records))
        }
    }

    private mutating func groupOrNil(_ name: String) -> ConsumerGroup? {
        do throws(ErrorCode) { return try groupOrNew(name) } catch { return nil }
    }

    /// What a group has committed.
    ///
    /// - Throws: `.unknownGroup`.
    package func fetchOffsets(
        _ request: FetchOffsetsRequest
    ) throws(ErrorCode) -> FetchOffsetsReply {
        guard let group = group(request.group) else { throw .unknownGroup }
        return FetchOffsetsReply(offsets: group.offsets.answer(request.partitions))
    }

    /// Whether somebody may subscribe to a partition for a group, and where the group stands there.
    ///
    /// - Parameter memberId: Empty for a consumer that has not joined; it may while nobody has.
    package func admit(
        group name: String, memberId: String, generation: Int32, _ partition: TopicPartition
    ) -> SubscriptionAdmission {
        guard !memberId.isEmpty else {
            guard group(name)?.members.isEmpty ?? true else { return .refused(.groupNotEmpty) }
            return .admitted(committedOffset: group(name)?.offsets[partition]?.offset)
        }
        do throws(ErrorCode) {
            let (group, index) = try find(name, memberId)
            let member = group.members[index]
            guard group.mode == .clustering else { throw .inconsistentGroup }
            guard member.generation == generation, member.assigned.contains(partition) else {
                throw .staleGeneration
            }
            return .admitted(committedOffset: group.offsets[partition]?.offset)
        } catch {
            return .refused(error)
        }
    }
}

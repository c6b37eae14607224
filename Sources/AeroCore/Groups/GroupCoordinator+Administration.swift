// Groups seen from outside, and topics that come and go.

package import AeroWire

extension GroupCoordinator {
    /// All groups, by name.
    package func list() -> [GroupListing] {
        groups.map(\.metadata).sorted { $0.group < $1.group }
    }

    /// A group, its members and its offsets; names of topics and ends of logs are the caller's to
    /// fill in.
    ///
    /// - Throws: `.unknownGroup`.
    package func describe(_ name: String) throws(ErrorCode) -> DescribeGroupReply {
        guard let group = group(name) else { throw .unknownGroup }
        let assigned = group.members.reduce(into: Set<TopicPartition>()) { all, member in
            all.formUnion(member.target)
        }
        let partitions = assigned.union(group.offsets.partitions).sorted()
        return DescribeGroupReply(
            state: group.state, mode: group.mode, strategy: group.strategy,
            generation: group.generation,
            members: group.members.map { member in
                MemberDescription(
                    memberId: member.id, instanceId: member.instanceId,
                    clientId: member.clientId, address: member.address,
                    machineRoom: member.machineRoom,
                    assignment: group.assignment(of: member.assigned))
            }.sorted { $0.memberId < $1.memberId },
            offsets: partitions.map { partition in
                let entry = group.offsets[partition]
                return GroupOffsetDescription(
                    topicId: partition.topicId, topic: "", partition: partition.partition,
                    offset: entry?.offset ?? -1,
                    timestampMilliseconds: entry?.timestampMilliseconds ?? 0,
                    metadata: entry?.metadata ?? "", logStartOffset: 0, highWatermark: 0)
            })
    }

    /// Deletes a group and its offsets, answered once that is durable.
    ///
    /// Refused with `.unknownGroup`, `.groupNotEmpty`.
    package mutating func delete(_ name: String, _ origin: RequestOrigin) {
        guard let group = group(name) else {
            answer(origin, .deleteGroup, .refused(.unknownGroup))
            return
        }
        guard group.members.isEmpty else {
            answer(origin, .deleteGroup, .refused(.groupNotEmpty))
            return
        }
        let records = group.offsets.partitions.map { partition in
            GroupRecord.offset(group: name, partition, nil)
        }
        append(records + [.group(name, nil)], .deletion(origin, group: name))
    }

    // MARK: - Topics

    /// The names of all topics that members consume.
    package var subscribedTopics: Set<String> {
        groups.reduce(into: []) { names, group in
            for member in group.members { names.formUnion(member.topics) }
        }
    }

    /// A topic was created, or has other partitions than before.
    package mutating func topicChanged(_ topic: GroupTopic, at time: GroupTime) {
        for group in groups where group.members.contains(where: { $0.topics.contains(topic.name) })
        {
            guard group.topics[topic.name] != topic else { continue }
            group.topics[topic.name] = topic
            scheduleRebalance(group, time)
        }
    }

    /// A topic was deleted: nobody is to consume it, and its offsets mean nothing any more.
    package mutating func topicDeleted(_ topicId: UInt32, at time: GroupTime) {
        var records: [GroupRecord] = []
        for group in groups {
            records += group.offsets.partitions(of: topicId).map { partition in
                .offset(group: group.name, partition, nil)
            }
            guard let name = group.topics.values.first(where: { $0.topicId == topicId })?.name
            else { continue }
            group.topics[name] = nil
            scheduleRebalance(group, time)
        }
        if !records.isEmpty { append(records, .silent(records)) }
    }

    /// Forgets the offsets of partitions that do not exist: after a restart, of topics that were
    /// deleted meanwhile.
    package mutating func dropOffsets(where isGone: (TopicPartition) -> Bool) {
        var records: [GroupRecord] = []
        for group in groups {
            for partition in group.offsets.partitions where isGone(partition) {
                records.append(.offset(group: group.name, partition, nil))
            }
        }
        if !records.isEmpty { append(records, .silent(records)) }
    }

    /// Shares out anew wherever that gives another result: what a missed event would have done.
    ///
    /// - Parameter topics: Those of `subscribedTopics` that exist.
    package mutating func refresh(_ topics: [GroupTopic], at time: GroupTime) {
        let known = Dictionary(topics.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        for group in groups where !group.members.isEmpty {
            let wanted = group.members.reduce(into: Set<String>()) { $0.formUnion($1.topics) }
            group.topics = known.filter { wanted.contains($0.key) }
            scheduleRebalance(group, time)
        }
    }
}

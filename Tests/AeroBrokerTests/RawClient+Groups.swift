// Consumer groups by the native protocol, one call each.

import AeroWire

extension RawClient {
    /// Sends a request to join without waiting.
    func postJoin(
        _ group: String, memberId: String = "", instance: String = "", topics: [String] = ["t"],
        session: UInt32 = 10_000, rebalance: UInt32 = 10_000, mode: GroupMode = .clustering,
        strategy: AssignmentStrategy = .sticky
    ) throws -> UInt64 {
        try post(
            JoinGroupRequest(
                group: group, memberId: memberId, instanceId: instance, clientId: "raw",
                sessionTimeoutMilliseconds: session, rebalanceTimeoutMilliseconds: rebalance,
                strategy: strategy, mode: mode, topics: topics))
    }

    func joined(_ requestId: UInt64) throws -> JoinGroupReply {
        try body(of: try reply(to: requestId), JoinGroupReply.self)
    }

    /// Joins, asking again while the broker is still reading what it knows of groups.
    func join(
        _ group: String, memberId: String = "", instance: String = "", topics: [String] = ["t"],
        session: UInt32 = 10_000, rebalance: UInt32 = 10_000, mode: GroupMode = .clustering,
        strategy: AssignmentStrategy = .sticky
    ) throws -> JoinGroupReply {
        try retrying {
            try joined(
                try postJoin(
                    group, memberId: memberId, instance: instance, topics: topics,
                    session: session, rebalance: rebalance, mode: mode, strategy: strategy))
        }
    }

    /// The code that a heartbeat is answered by.
    func heartbeat(
        _ group: String, _ member: JoinGroupReply, waitMilliseconds: UInt32 = 0
    ) throws -> ErrorCode? {
        try reply(to: try postHeartbeat(group, member, waitMilliseconds: waitMilliseconds)).code
    }

    func postHeartbeat(
        _ group: String, _ member: JoinGroupReply, waitMilliseconds: UInt32
    ) throws -> UInt64 {
        try post(
            HeartbeatGroupRequest(
                group: group, memberId: member.memberId, generation: member.generation,
                maxWaitMilliseconds: waitMilliseconds))
    }

    func leave(_ group: String, _ member: JoinGroupReply) throws {
        _ = try call(
            LeaveGroupRequest(group: group, memberId: member.memberId), LeaveGroupReply.self)
    }

    /// Commits offsets by partition of one topic; as a tool without a member.
    @discardableResult
    func commit(
        _ group: String, _ member: JoinGroupReply? = nil, topic: UInt32,
        _ offsets: [UInt32: Int64]
    ) throws -> [ErrorCode] {
        let commits = offsets.sorted { $0.key < $1.key }.map {
            OffsetCommit(topicId: topic, partition: $0.key, offset: $0.value, metadata: "note")
        }
        return try retrying {
            try call(
                CommitOffsetsRequest(
                    group: group, memberId: member?.memberId ?? "",
                    generation: member?.generation ?? -1, offsets: commits),
                CommitOffsetsReply.self
            ).codes
        }
    }

    /// The committed offsets of a group, by partition of one topic.
    func offsets(_ group: String, topic: UInt32) throws -> [UInt32: Int64] {
        let found = try retrying {
            try call(FetchOffsetsRequest(group: group), FetchOffsetsReply.self).offsets
        }
        let own = found.filter { $0.topicId == topic }.map { ($0.partition, $0.offset) }
        return Dictionary(own, uniquingKeysWith: { $1 })
    }

    /// Asks for a group's offsets again and again until one is as wished for; false after many
    /// tries.
    // BOUND: round trips, each of which lets the broker do what it has to do.
    func awaitOffset(
        _ group: String, topic: UInt32, partition: UInt32 = 0, _ offset: Int64
    ) throws -> Bool {
        for _ in 0..<20_000 {
            do {
                if try offsets(group, topic: topic)[partition] == offset { return true }
            } catch RawClientError.refused(.unknownGroup) {
                continue
            }
        }
        return false
    }

    func listGroups() throws -> [GroupListing] {
        try retrying { try call(ListGroupsRequest(), ListGroupsReply.self).groups }
    }

    func describeGroup(_ group: String) throws -> DescribeGroupReply {
        try retrying { try call(DescribeGroupRequest(group: group), DescribeGroupReply.self) }
    }

    func deleteGroup(_ group: String) throws {
        _ = try retrying { try call(DeleteGroupRequest(group: group), DeleteGroupReply.self) }
    }

    /// Subscribes as a member, asking again while its predecessor is let go.
    @discardableResult
    func subscribe(
        _ id: UInt64, topic: UInt32, partition: UInt32, group: String, as member: JoinGroupReply
    ) throws -> Int64 {
        try retrying(.groupPartitionTaken) {
            try call(
                SubscribeRequest(
                    subscriptionId: id, topicId: topic, partition: partition, group: group,
                    startKind: .committed, creditByteCount: 1 << 20,
                    acknowledgementMode: .manual, memberId: member.memberId,
                    generation: member.generation),
                SubscribeReply.self
            ).startOffset
        }
    }

    /// Does something again while it is refused for something that passes.
    // BOUND: round trips, each of which lets the broker do what it has to do.
    func retrying<Value>(
        _ passing: ErrorCode = .coordinatorLoading, _ body: () throws -> Value
    ) throws -> Value {
        for _ in 0..<50_000 {
            do {
                return try body()
            } catch RawClientError.refused(let code)
                where code == passing || code == .coordinatorLoading
            {
                continue
            }
        }
        return try body()
    }
}

extension JoinGroupReply {
    /// The partitions of all topics, by number.
    var partitions: [UInt32] { assignment.flatMap(\.partitions).sorted() }
}

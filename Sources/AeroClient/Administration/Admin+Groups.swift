// Consumer groups of a broker: who is in them, how far they are, moving them, deleting them.

import AeroIO
import AeroWire

extension Admin {
    /// All groups, by name.
    public func groups() async throws(ClientError) -> [GroupSummary] {
        let reply: ListGroupsReply = try await askCoordinator(ListGroupsRequest())
        return reply.groups.map(GroupSummary.init)
    }

    /// A group, its members and where it stands.
    ///
    /// - Throws: `.unknownGroup`.
    public func describe(group: String) async throws(ClientError) -> GroupDescription {
        try checkGroup(group)
        let reply: DescribeGroupReply = try await askCoordinator(
            DescribeGroupRequest(group: group))
        return GroupDescription(group, reply)
    }

    /// Deletes a group and its offsets.
    ///
    /// - Throws: `.unknownGroup`; `.brokerRefused` while it has members.
    public func delete(group: String) async throws(ClientError) {
        try checkGroup(group)
        let _: DeleteGroupReply = try await askCoordinator(DeleteGroupRequest(group: group))
    }

    /// Sets where a group goes on in the partitions of a topic. It must have no members; it is made
    /// if it does not exist.
    ///
    /// - Parameter offsets: The first offset that is not worked off, by partition.
    /// - Throws: `.unknownTopic`, `.unknownPartition`, `.brokerRefused` while the group has
    ///   members, `.brokerBusy` or `.storageFailed` when the group's log takes nothing.
    public func setOffsets(
        group: String, topic: String, _ offsets: [Int: Int64]
    ) async throws(ClientError) {
        try checkGroup(group)
        let description = try await describe(topic)
        var commits: [OffsetCommit] = []
        for (partition, offset) in offsets.sorted(by: { $0.key < $1.key }) {
            guard description.partitions.indices.contains(partition) else {
                throw ClientError(
                    .unknownPartition,
                    "topic \(topic) has \(description.partitions.count) partitions; there is no "
                        + "partition \(partition)",
                    brokerAddress: handle.runtime.brokerAddress)
            }
            commits.append(
                OffsetCommit(
                    topicId: description.topicId, partition: UInt32(partition), offset: offset))
        }
        let reply: CommitOffsetsReply = try await askCoordinator(
            CommitOffsetsRequest(group: group, offsets: commits))
        if let code = reply.codes.first(where: { $0 != .ok }) {
            throw ClientError(
                code.clientCode, code.explanation, brokerAddress: handle.runtime.brokerAddress,
                brokerCode: code.rawValue)
        }
    }

    // MARK: - Parts

    private func checkGroup(_ group: String) throws(ClientError) {
        try OptionBounds.check(
            "group's length", group.utf8.count, in: 1...WireLimits.groupNameByteCountMax)
    }

    /// Asks, and asks again while the broker is still reading what it knows of groups.
    private func askCoordinator<Request: RequestPayload, Answer: ReplyPayload>(
        _ request: Request
    ) async throws(ClientError) -> Answer {
        let timeout = handle.runtime.options.requestTimeout.wholeNanoseconds
        let deadline = saturatingSum(MonotonicClock.nowNanoseconds(), timeout)
        // BOUND: the request timeout.
        while true {
            do throws(ClientError) {
                return try await handle.runtime.call(request)
            } catch {
                guard error.brokerCode == ErrorCode.coordinatorLoading.rawValue,
                    MonotonicClock.nowNanoseconds() < deadline
                else { throw error }
            }
            try await pause()
        }
    }

    private func pause() async throws(ClientError) {
        do { try await Task.sleep(for: .milliseconds(50)) } catch { throw .cancelled }
    }
}

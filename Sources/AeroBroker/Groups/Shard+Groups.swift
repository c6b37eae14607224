// Consumer groups as clients ask for them: to the coordinator, wherever it is, and back.

import AeroCore
import AeroIO
import AeroMemory
import AeroWire

extension Shard where P: ~Copyable {
    // MARK: - Requests on a connection of this shard

    /// Reads a request of a group and sends it to its coordinator.
    func performGroupCommand(
        _ command: Command, _ payload: UnsafeRawBufferPointer, _ origin: RequestOrigin,
        _ connection: BrokerConnection
    ) throws(WireError) {
        let range = 0..<payload.count
        switch command {
        case .joinGroup:
            connection.usesGroups = true
            let address = connection.peer.map { "\($0)" } ?? ""
            coordinate(
                .join(try JoinGroupRequest.decode(in: payload, range: range), address: address),
                origin)
        case .heartbeatGroup:
            connection.usesGroups = true
            coordinate(
                .heartbeat(try HeartbeatGroupRequest.decode(in: payload, range: range)), origin)
        case .leaveGroup:
            coordinate(.leave(try LeaveGroupRequest.decode(in: payload, range: range)), origin)
        case .commitOffsets:
            coordinate(.commit(try CommitOffsetsRequest.decode(in: payload, range: range)), origin)
        case .fetchOffsets:
            coordinate(
                .fetchOffsets(try FetchOffsetsRequest.decode(in: payload, range: range)), origin)
        case .describeGroup:
            coordinate(
                .describe(try DescribeGroupRequest.decode(in: payload, range: range)), origin)
        case .deleteGroup:
            coordinate(.delete(try DeleteGroupRequest.decode(in: payload, range: range)), origin)
        default:
            _ = try ListGroupsRequest.decode(in: payload, range: range)
            listGroups(origin)
        }
    }

    private func coordinate(_ work: GroupWork, _ origin: RequestOrigin) {
        guard !work.group.isEmpty else {
            answer(origin, work.command, .malformedRequest)
            return
        }
        if knownGroupsTopicId() == nil, let code = work.codeWithoutGroups {
            answer(origin, work.command, code)
            return
        }
        do throws(ErrorCode) {
            let key = try coordinatorKey(ofGroup: work.group)
            post(.work(origin, partition: key.partition, work), toShardOf: key)
        } catch {
            answer(origin, work.command, error)
        }
    }

    /// Asks every shard for the groups that it coordinates.
    private func listGroups(_ origin: RequestOrigin) {
        guard origin.requestId != 0, knownGroupsTopicId() != nil else {
            reply(ListGroupsReply(groups: []), to: origin, .listGroups)
            return
        }
        groups.listings[origin] = GroupHosting.Listing(awaitedCount: configuration.shardCount)
        for case let link? in links { link.post(.group(.list(origin))) }
        handle(.list(origin))
    }

    private func listed(_ origin: RequestOrigin, _ found: [GroupListing], _ code: ErrorCode) {
        guard var listing = groups.listings[origin] else { return }
        listing.awaitedCount -= 1
        listing.groups += found
        if code != .ok { listing.code = code }
        guard listing.awaitedCount == 0 else {
            groups.listings[origin] = listing
            return
        }
        groups.listings[origin] = nil
        guard listing.code == .ok else {
            answer(origin, .listGroups, listing.code)
            return
        }
        reply(
            ListGroupsReply(groups: listing.groups.sorted { $0.group < $1.group }), to: origin,
            .listGroups)
    }

    private func answered(_ origin: RequestOrigin, _ command: Command, _ reply: GroupReply) {
        switch reply {
        case .coordinated(.done): answer(origin, command, .ok)
        case .coordinated(.joined(let reply)): self.reply(reply, to: origin, command)
        case .coordinated(.committed(let codes)):
            self.reply(CommitOffsetsReply(codes: codes), to: origin, command)
        case .coordinated(.refused(let code)): answer(origin, command, code)
        case .offsets(let reply): self.reply(reply, to: origin, command)
        case .described(let reply): self.reply(reply, to: origin, command)
        }
    }

    // MARK: - Messages

    /// Carries out a message about groups, from another shard or from this one.
    func handle(_ message: GroupMessage) {
        switch message {
        case .work(let origin, let partition, let work): perform(work, partition, origin)
        case .admit(let origin, let partition, let key, let slot, let terms):
            admit(terms, partition, key, slot, origin)
        case .acknowledged(let partition, let acknowledgements):
            acknowledged(acknowledgements, partition)
        case .list(let origin):
            let (found, code) = listCoordinatedGroups()
            tell(origin.connection, .group(.listed(origin, found, code)))
        case .connectionLost(let address):
            eachCoordinator { $0.disconnected(address, at: groupTime) }
        case .endWaiting(let address): eachCoordinator { $0.endWaiting(of: address) }
        case .topicChanged(let topicId): coordinatedTopicChanged(topicId)
        case .admitted(let origin, let key, let slot, let terms, let admission):
            admitted(terms, key, slot, admission, origin)
        case .endSubscription(let key, let group, let memberId):
            endSubscription(key, group: group, memberId: memberId)
        case .forget(let group):
            for partition in partitions.values { partition.machine.forget(group: group) }
        case .answered(let origin, let command, let reply): answered(origin, command, reply)
        case .listed(let origin, let found, let code): listed(origin, found, code)
        }
    }

    /// Sends a message to the shard that owns a partition.
    func post(_ message: GroupMessage, toShardOf key: PartitionKey) {
        let owner = shard(of: key)
        if owner == index { handle(message) } else { links[owner]?.post(.group(message)) }
    }

    /// Sends a message to every shard, this one included.
    func broadcast(_ message: GroupMessage) {
        for case let link? in links { link.post(.group(message)) }
        handle(message)
    }

    // MARK: - The internal topic

    /// The internal topic's number, if there has ever been a group.
    func knownGroupsTopicId() -> UInt32? {
        if let known = groups.topicId { return known }
        groups.topicId = context.topics.topic(named: InternalTopic.groups)?.properties.topicId
        return groups.topicId
    }

    /// The partition of the internal topic that a group falls into; the topic is made on its first
    /// use.
    ///
    /// - Throws: As `TopicDirectory.create`.
    func coordinatorKey(ofGroup name: String) throws(ErrorCode) -> PartitionKey {
        let partition = InternalTopic.partition(ofGroup: name)
        if let known = knownGroupsTopicId() {
            return PartitionKey(topicId: known, partition: partition)
        }
        do throws(ErrorCode) {
            let hasDisk = context.storage != nil
            let topic = try context.topics.create(
                InternalTopic.groupsRequest(hasDisk: hasDisk), on: context.storage)
            groups.topicId = topic.topicId
        } catch {
            // Another shard may have been faster.
            guard error == .topicAlreadyExists, knownGroupsTopicId() != nil else { throw error }
        }
        return PartitionKey(topicId: groups.topicId ?? 0, partition: partition)
    }
}

// Coordinators on their shard: found, asked, and their actions carried out.

import AeroCore
import AeroIO
import AeroMemory
import AeroStorage
import AeroWire

extension Shard where P: ~Copyable {
    var groupTime: GroupTime {
        GroupTime(nanoseconds: nowNanoseconds, milliseconds: wallMilliseconds)
    }

    // MARK: - Asking

    /// The coordinator of a partition of the internal topic that this shard owns; it begins to read
    /// its log on its first use.
    ///
    /// - Throws: `.coordinatorLoading`, or why its log cannot be read.
    func coordinator(_ partition: UInt32) throws(ErrorCode) -> HostedCoordinator {
        let coordinator = try hostedCoordinator(partition)
        switch coordinator.state {
        case .ready: return coordinator
        case .loading: throw .coordinatorLoading
        case .failed(let code): throw code
        }
    }

    /// As `coordinator`, also while it is loading.
    private func hostedCoordinator(_ number: UInt32) throws(ErrorCode) -> HostedCoordinator {
        if let known = groups.coordinators.first(where: { $0.partition.key.partition == number }) {
            return known
        }
        guard let topicId = knownGroupsTopicId() else { throw .unknownTopic }
        let partition = try partition(PartitionKey(topicId: topicId, partition: number))
        let made = HostedCoordinator(
            partition: partition, limits: configuration.groupLimits,
            epoch: UInt64(bitPattern: wallMilliseconds))
        partition.coordinator = made
        groups.coordinators.append(made)
        groups.isLoading = true
        // A log without records is read at once.
        load(made)
        return made
    }

    /// Lets a coordinator do what a client asks for.
    func perform(_ work: GroupWork, _ partition: UInt32, _ origin: RequestOrigin) {
        do throws(ErrorCode) {
            let coordinator = try coordinator(partition)
            switch work {
            case .join(let request, let address):
                let topics = request.topics.compactMap(groupTopic(named:))
                coordinator.machine.join(
                    GroupJoin(
                        request: request, origin: origin, address: address, topics: topics),
                    at: groupTime)
            case .heartbeat(let request):
                coordinator.machine.heartbeat(request, origin, at: groupTime)
            case .leave(let request):
                coordinator.machine.leave(request, origin, at: groupTime)
            case .commit(let request):
                coordinator.machine.commit(
                    request, origin, at: groupTime, keeping: offsetKeeping(of:))
            case .fetchOffsets(let request):
                let reply = try coordinator.machine.fetchOffsets(request)
                tell(origin.connection, .group(.answered(origin, .fetchOffsets, .offsets(reply))))
            case .describe(let request):
                let reply = fillIn(try coordinator.machine.describe(request.group))
                tell(
                    origin.connection, .group(.answered(origin, .describeGroup, .described(reply))))
            case .delete(let request): coordinator.machine.delete(request.group, origin)
            }
            carryOut(coordinator)
        } catch {
            finish(origin, work.command, error)
        }
    }

    /// Whether a subscription may begin, and where; the partition's shard is told.
    func admit(
        _ terms: SubscriptionTerms, _ partition: UInt32, _ key: PartitionKey, _ slot: Int,
        _ origin: RequestOrigin
    ) {
        var admission: SubscriptionAdmission
        do throws(ErrorCode) {
            admission = try coordinator(partition).machine.admit(
                group: terms.group, memberId: terms.memberId, generation: terms.generation,
                TopicPartition(topicId: key.topicId, partition: key.partition))
        } catch {
            admission = .refused(error)
        }
        post(.admitted(origin, key, slot: slot, terms, admission), toShardOf: key)
    }

    /// Consumers that are no members have worked records off.
    func acknowledged(_ acknowledgements: [GroupAcknowledgement], _ partition: UInt32) {
        do throws(ErrorCode) {
            let coordinator = try hostedCoordinator(partition)
            guard !coordinator.isLoading else {
                let renewed = Set(acknowledgements.map { Place($0) })
                coordinator.early.removeAll { renewed.contains(Place($0)) }
                coordinator.early += acknowledgements
                return
            }
            guard coordinator.isReady else { return }
            coordinator.machine.acknowledged(acknowledgements, at: groupTime)
            carryOut(coordinator)
        } catch {
            // The records come again; the log's failure was said when it was found.
            counters.add(acknowledgements.count, to: .acknowledgementsDropped)
        }
    }

    /// The groups of this shard's coordinators, all of which begin to load if they have not.
    func listCoordinatedGroups() -> ([GroupListing], ErrorCode) {
        guard let topicId = knownGroupsTopicId() else { return ([], .ok) }
        var found: [GroupListing] = []
        var code = ErrorCode.ok
        for partition in 0..<InternalTopic.groupPartitionCount
        where shard(of: PartitionKey(topicId: topicId, partition: partition)) == index {
            do throws(ErrorCode) { found += try coordinator(partition).machine.list() } catch {
                code = error
            }
        }
        return (found, code)
    }

    /// Lets every coordinator of this shard that can be asked do something.
    func eachCoordinator(_ body: (inout GroupCoordinator) -> Void) {
        for coordinator in groups.coordinators where coordinator.isReady {
            body(&coordinator.machine)
            carryOut(coordinator)
        }
    }

    // MARK: - Actions

    /// Does what a coordinator wants done.
    func carryOut(_ coordinator: HostedCoordinator) {
        // BOUND: an append answers no more than what waits.
        while let action = coordinator.machine.nextAction() {
            switch action {
            case .answer(let origin, let command, let answer):
                tell(
                    origin.connection, .group(.answered(origin, command, .coordinated(answer))))
            case .append(let ticket, let records): append(records, ticket, to: coordinator)
            case .endSubscription(let group, let memberId, let partition):
                let key = PartitionKey(
                    topicId: partition.topicId, partition: partition.partition)
                post(.endSubscription(key, group: group, memberId: memberId), toShardOf: key)
            case .forget(let group): broadcast(.forget(group: group))
            }
        }
    }

    private func append(
        _ records: [GroupRecord], _ ticket: UInt64, to coordinator: HostedCoordinator
    ) {
        let batches = GroupRecordBatches.encode(records, timestampMilliseconds: wallMilliseconds)
        var nextOffset = coordinator.partition.store.logEndOffset
        for batch in batches {
            switch appendInternal(batch, to: coordinator.partition) {
            case .success(let offset): nextOffset = offset
            case .failure(let code):
                counters.add(1, to: .groupAppendsRefused)
                coordinator.machine.refused(ticket, code)
                return
            }
        }
        coordinator.machine.stored(ticket)
        if coordinator.partition.store.highWatermark >= nextOffset {
            coordinator.machine.durable(ticket)
        } else {
            coordinator.tickets.append((ticket, nextOffset))
        }
    }

    /// The log of a coordinator has become durable further on.
    func coordinatorSettled(_ coordinator: HostedCoordinator) {
        let watermark = coordinator.partition.store.highWatermark
        while let first = coordinator.tickets.first, first.nextOffset <= watermark {
            _ = coordinator.tickets.popFirst()
            coordinator.machine.durable(first.ticket)
        }
        carryOut(coordinator)
    }

    /// The log of a coordinator has failed: what waits for it waits in vain.
    func coordinatorFailed(_ coordinator: HostedCoordinator, _ code: ErrorCode) {
        while let waiting = coordinator.tickets.popFirst() {
            coordinator.machine.refused(waiting.ticket, code)
        }
        carryOut(coordinator)
    }

    // MARK: - Topics

    /// A topic as coordinators see it.
    private func groupTopic(named name: String) -> GroupTopic? {
        context.topics.topic(named: name).map(groupTopic)
    }

    private func groupTopic(_ topic: Topic) -> GroupTopic {
        let properties = topic.properties
        let room = configuration.machineRoom
        return GroupTopic(
            topicId: properties.topicId, name: properties.name,
            partitionCount: properties.partitionCount,
            machineRooms: room.isEmpty
                ? [] : [String](repeating: room, count: Int(properties.partitionCount)))
    }

    private func offsetKeeping(of partition: TopicPartition) -> OffsetKeeping? {
        guard let topic = context.topics.topic(id: partition.topicId),
            partition.partition < topic.properties.partitionCount
        else { return nil }
        return topic.properties.durability == .volatile ? .whileRunning : .forGood
    }

    /// A topic was created or changed.
    func coordinatedTopicChanged(_ topicId: UInt32) {
        guard !groups.coordinators.isEmpty, let topic = context.topics.topic(id: topicId) else {
            return
        }
        eachCoordinator { $0.topicChanged(groupTopic(topic), at: groupTime) }
    }

    /// A topic was deleted.
    func coordinatedTopicDeleted(_ topicId: UInt32) {
        eachCoordinator { $0.topicDeleted(topicId, at: groupTime) }
    }

    /// Names the topics and the ends of their logs.
    private func fillIn(_ description: DescribeGroupReply) -> DescribeGroupReply {
        var filled = description
        filled.offsets = description.offsets.compactMap { entry in
            guard let topic = context.topics.topic(id: entry.topicId),
                Int(entry.partition) < topic.gauges.count
            else { return nil }
            let gauges = topic.gauges[Int(entry.partition)]
            var named = entry
            named.topic = topic.properties.name
            named.logStartOffset = gauges.logStartOffset
            named.highWatermark = gauges.highWatermark
            return named
        }
        return filled
    }

    // MARK: - Time

    /// What is done about groups on every tick.
    func tickGroups() {
        sendAcknowledgements()
        if context.storage != nil, groups.coordinators.isEmpty { wakeCoordinators() }
        retryStuckCoordinators()
        eachCoordinator { $0.tick(at: groupTime) }
        guard nowNanoseconds >= groups.nextRefreshNanoseconds else { return }
        groups.nextRefreshNanoseconds =
            nowNanoseconds + configuration.groupLimits.refreshIntervalNanoseconds
        counters.add(1, to: .groupRefreshes)
        eachCoordinator { coordinator in
            let topics = coordinator.subscribedTopics.sorted().compactMap(groupTopic(named:))
            coordinator.refresh(topics, at: groupTime)
        }
    }

    /// After a restart coordinators read their logs before anybody asks, so that a topic that is
    /// deleted takes its offsets along.
    private func wakeCoordinators() {
        guard let topicId = knownGroupsTopicId() else { return }
        for number in 0..<InternalTopic.groupPartitionCount
        where shard(of: PartitionKey(topicId: topicId, partition: number)) == index {
            do throws(ErrorCode) { _ = try hostedCoordinator(number) } catch {
                // Said when the log was opened; whoever asks is told again.
                continue
            }
        }
    }

    /// The broker stops: whoever waits for a coordinator is answered.
    func drainCoordinators() {
        sendAcknowledgements()
        eachCoordinator { $0.answerEverythingParked(.shuttingDown) }
    }

    // MARK: - Loading

    /// Goes on reading what coordinators have in their logs, a part in each turn of the loop.
    func loadCoordinators() {
        guard groups.isLoading else { return }
        for coordinator in groups.coordinators
        where coordinator.isLoading && !coordinator.isStuck { load(coordinator) }
        groups.isLoading = groups.coordinators.contains { $0.isLoading && !$0.isStuck }
    }

    /// Lets coordinators go on whose logs could not be read, now and then.
    private func retryStuckCoordinators() {
        guard nowNanoseconds >= groups.nextRetryNanoseconds else { return }
        groups.nextRetryNanoseconds = nowNanoseconds + Self.coordinatorRetryNanoseconds
        for coordinator in groups.coordinators where coordinator.isStuck {
            coordinator.isStuck = false
            groups.isLoading = true
        }
    }

    private static var coordinatorRetryNanoseconds: Int64 { 1_000_000_000 }

    private func load(_ coordinator: HostedCoordinator) {
        guard case .loading(var cursor) = coordinator.state else { return }
        do throws(ErrorCode) {
            if try loadPart(&cursor, coordinator) {
                coordinator.state = .loading(cursor)
            } else {
                finishLoading(coordinator)
            }
        } catch {
            let partition = coordinator.partition.key.partition
            let what =
                "\(InternalTopic.groups) partition \(partition): offsets of its groups cannot be "
                + "read (\(error)); they are not served"
            // A disk that could not read may be able to the next time; damage stays.
            guard error == .logFailed else {
                coordinator.state = .failed(error)
                context.note(what, isAlarm: true)
                return
            }
            coordinator.isStuck = true
            guard !coordinator.hasBeenStuck else { return }
            coordinator.hasBeenStuck = true
            context.note("\(what) until they can be", isAlarm: true)
        }
    }

    /// Reads the next part of a log.
    ///
    /// - Returns: False at its end.
    private func loadPart(
        _ cursor: inout StoreCursor, _ coordinator: HostedCoordinator
    ) throws(ErrorCode) -> Bool {
        switch coordinator.partition.store.read(&cursor, maximumByteCount: 256 << 10) {
        case .atEnd: return false
        case .outOfRange: throw .offsetOutOfRange
        case .failed(let code): throw code
        case .batches(let slice): try restore(slice.bytes, coordinator)
        case .file(let slice):
            let bytes = try read(slice)
            var failure: ErrorCode?
            bytes.withUnsafeBytes { raw in
                do throws(ErrorCode) { try restore(raw, coordinator) } catch { failure = error }
            }
            if let failure { throw failure }
        }
        return true
    }

    private func read(_ slice: FileSlice) throws(ErrorCode) -> [UInt8] {
        var failure: Errno?
        // SAFETY: bytes need no initialization; `count` says how many there are.
        let bytes = [UInt8](unsafeUninitializedCapacity: slice.byteCount) { memory, count in
            do throws(Errno) {
                count = try slice.file.read(
                    into: UnsafeMutableRawBufferPointer(
                        rebasing: UnsafeMutableRawBufferPointer(memory)[..<slice.byteCount]),
                    at: slice.position)
            } catch {
                failure = error
            }
        }
        guard failure == nil, bytes.count == slice.byteCount else { throw .logFailed }
        return bytes
    }

    private func restore(
        _ bytes: UnsafeRawBufferPointer, _ coordinator: HostedCoordinator
    ) throws(ErrorCode) {
        do throws(WireError) {
            try GroupRecordBatches.decode(bytes) { record in
                if let record {
                    coordinator.machine.restore(record)
                } else {
                    counters.add(1, to: .groupRecordsSkipped)
                }
            }
        } catch {
            throw .logDamaged
        }
    }

    private func finishLoading(_ coordinator: HostedCoordinator) {
        coordinator.state = .ready
        coordinator.machine.dropOffsets { offsetKeeping(of: $0) != .forGood }
        if !coordinator.early.isEmpty {
            coordinator.machine.acknowledged(coordinator.early, at: groupTime)
            coordinator.early = []
        }
        carryOut(coordinator)
    }
}

/// What two acknowledgements of the same thing have in common.
private struct Place: Hashable {
    let group: String
    let partition: TopicPartition

    init(_ acknowledgement: GroupAcknowledgement) {
        group = acknowledgement.group
        partition = acknowledgement.partition
    }
}

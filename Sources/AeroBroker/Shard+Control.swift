// Topics and statistics: the control plane, seldom used and allowed to lock and allocate.

import AeroCore
import AeroIO
import AeroMemory
import AeroWire

extension Shard where P: ~Copyable {
    func createTopic(_ request: CreateTopicRequest, _ origin: RequestOrigin) {
        do throws(ErrorCode) {
            try refuseInternal(request.name)
            let topic = try context.topics.create(request, on: context.storage)
            broadcast(.topicChanged(topic.topicId))
            reply(CreateTopicReply(topicId: topic.topicId), to: origin, .createTopic)
        } catch {
            answer(origin, .createTopic, error)
        }
    }

    func deleteTopic(_ request: DeleteTopicRequest, _ origin: RequestOrigin) {
        do throws(ErrorCode) {
            try refuseInternal(request.name)
            let topic = try context.topics.delete(request.name, on: context.storage)
            if topic.durability != .volatile { disk.hasDeletedTopics = true }
            dropTopic(topic.topicId)
            for case let link? in links { link.post(.dropTopic(topic.topicId)) }
            reply(DeleteTopicReply(), to: origin, .deleteTopic)
        } catch {
            answer(origin, .deleteTopic, error)
        }
    }

    func describeTopic(_ request: DescribeTopicRequest, _ origin: RequestOrigin) {
        guard let topic = context.topics.topic(named: request.name) else {
            answer(origin, .describeTopic, .unknownTopic)
            return
        }
        let properties = topic.properties
        for partition in partitions.values where partition.key.topicId == properties.topicId {
            partition.publishGauges()
        }
        reply(
            DescribeTopicReply(
                topicId: properties.topicId, durability: properties.durability,
                retentionByteCount: properties.retentionByteCount,
                maximumByteCount: properties.maximumByteCount,
                partitions: topic.gauges.map(\.description),
                settings: properties.durability == .volatile ? [] : properties.listedSettings),
            to: origin, .describeTopic)
    }

    func alterTopic(_ request: AlterTopicRequest, _ origin: RequestOrigin) {
        do throws(ErrorCode) {
            try refuseInternal(request.name)
            let topic = try context.topics.alter(request, on: context.storage)
            alterTopic(topic)
            broadcast(.topicChanged(topic.topicId))
            for case let link? in links { link.post(.alterTopic(topic)) }
            answer(origin, .alterTopic, .ok)
        } catch {
            answer(origin, .alterTopic, error)
        }
    }

    func listTopics(_ request: ListTopicsRequest, _ origin: RequestOrigin) {
        let names = context.topics.names.filter { name in
            request.includesInternal || !InternalTopic.isInternal(name)
        }
        reply(ListTopicsReply(names: names), to: origin, .listTopics)
    }

    /// Clients may read the broker's own topics, and nothing else.
    private func refuseInternal(_ name: String) throws(ErrorCode) {
        if InternalTopic.isInternal(name) { throw .notSupported }
    }

    func listOffsets(_ request: ListOffsetsRequest, _ origin: RequestOrigin) {
        guard let topic = context.topics.topic(id: request.topicId) else {
            answer(origin, .listOffsets, .unknownTopic)
            return
        }
        guard Int(request.partition) < topic.gauges.count else {
            answer(origin, .listOffsets, .unknownPartition)
            return
        }
        let key = PartitionKey(topicId: request.topicId, partition: request.partition)
        partitions[key]?.publishGauges()
        let gauges = topic.gauges[Int(request.partition)]
        if let refusal = gauges.refusal {
            answer(origin, .listOffsets, refusal)
            return
        }
        reply(
            ListOffsetsReply(
                logStartOffset: gauges.logStartOffset, highWatermark: gauges.highWatermark),
            to: origin, .listOffsets)
    }

    /// Sums the counters of all shards, and adds what the process knows of itself.
    func statistics() -> StatisticsReply {
        // This shard's gauges are of now; those of others of their last tick.
        publishGauges()
        var entries: [Statistic] = ShardCounters.Name.allCases.map { name in
            Statistic(
                name: name.label,
                value: Int64(context.counters.reduce(0) { $0 + $1.value(of: name) }))
        }
        for reason in CloseReason.allCases {
            let count = context.counters.reduce(0) { $0 + $1.closeCount(reason) }
            entries.append(Statistic(name: "connections.closed.\(reason)", value: Int64(count)))
        }
        let uptime = MonotonicClock.nowNanoseconds() - context.startedNanoseconds
        entries.append(Statistic(name: "process.uptime_nanoseconds", value: uptime))
        for figure in context.hiccups?.figures ?? [] {
            entries.append(Statistic(name: figure.name, value: figure.value))
        }
        if let count = AllocationCounter.process() {
            entries.append(
                Statistic(name: "process.allocations", value: Int64(count.allocations)))
            entries.append(
                Statistic(name: "process.allocated_bytes", value: Int64(count.bytes)))
        }
        if let jemalloc = JemallocStatistics.read() {
            entries += [
                Statistic(name: "jemalloc.requests", value: jemalloc.requestCount),
                Statistic(name: "jemalloc.requested_bytes", value: jemalloc.requestedByteCount),
                Statistic(name: "jemalloc.allocated_bytes", value: jemalloc.allocatedByteCount),
                Statistic(name: "jemalloc.active_bytes", value: jemalloc.activeByteCount),
                Statistic(name: "jemalloc.resident_bytes", value: jemalloc.residentByteCount),
            ]
        }
        return StatisticsReply(entries: entries)
    }

    /// Ends a deleted topic's partitions on this shard.
    func dropTopic(_ topicId: UInt32) {
        for (key, partition) in partitions where key.topicId == topicId {
            for parked in partition.machine.takeAllFetches() { refuse(parked, .unknownTopic) }
            answerEverythingParked(in: partition, .unknownTopic)
            refuseUnsettled(of: partition, .unknownTopic)
            refuseDeletions(of: partition, .unknownTopic)
            partition.isDropped = true
            for (address, id) in partition.machine.takeAllSubscriptions() {
                tell(address, .subscriptionEnded(address, key, subscriptionId: id, .unknownTopic))
            }
            partitions[key] = nil
        }
        durablePartitions.removeAll { $0.key.topicId == topicId }
        refusedPartitions = refusedPartitions.filter { $0.key.topicId != topicId }
        for (key, _) in unopenedPoints where key.topicId == topicId { unopenedPoints[key] = nil }
        dirtyPartitions.removeAll { $0.key.topicId == topicId }
        coordinatedTopicDeleted(topicId)
    }
}

extension PartitionGauges {
    fileprivate var description: PartitionDescription {
        PartitionDescription(
            logStartOffset: logStartOffset, highWatermark: highWatermark,
            storedByteCount: UInt64(storedByteCount), groupCount: UInt32(clamping: groupCount))
    }
}

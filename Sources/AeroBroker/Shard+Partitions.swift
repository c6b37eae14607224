// Partitions of a shard: found, served when they changed, expired, taken down.

import AeroCore
import AeroIO
import AeroMemory
import AeroStorage
import AeroWire

extension Shard where P: ~Copyable {
    /// Which shard owns a partition.
    func shard(of key: PartitionKey) -> Int {
        PartitionPlacement.shard(
            topicId: key.topicId, partition: key.partition, shardCount: configuration.shardCount)
    }

    /// A partition that this shard owns; made on its first use.
    ///
    /// - Throws: `.unknownTopic`, `.unknownPartition`; `.logDamaged`, `.logFailed`, `.diskFull`
    ///   for a durable one that cannot be opened.
    func partition(_ key: PartitionKey) throws(ErrorCode) -> HostedPartition {
        if let known = partitions[key] { return known }
        if let code = refusedPartitions[key] { throw code }
        guard let topic = context.topics.topic(id: key.topicId) else { throw .unknownTopic }
        guard Int(key.partition) < topic.gauges.count else { throw .unknownPartition }
        return try host(key, of: topic)
    }

    /// Makes a partition of this shard, from what is on disk where it is durable.
    @discardableResult
    func host(_ key: PartitionKey, of topic: Topic) throws(ErrorCode) -> HostedPartition {
        let gauges = topic.gauges[Int(key.partition)]
        let made: HostedPartition
        if topic.properties.durability == .volatile {
            made = HostedPartition(
                key: key, topic: topic.properties, gauges: gauges,
                store: PartitionLog(
                    volatile: chunks,
                    limits: MemoryStoreLimits(
                        retentionByteCount: Int(clamping: topic.properties.retentionByteCount),
                        maximumByteCount: Int(clamping: topic.properties.maximumByteCount))))
        } else {
            do throws(ErrorCode) {
                made = HostedPartition(
                    key: key, topic: topic.properties, gauges: gauges,
                    store: try openLog(key, topic.properties))
            } catch {
                gauges.publish(refusal: error)
                throw error
            }
            durablePartitions.append(made)
        }
        partitions[key] = made
        return made
    }

    /// The partition is served at the end of this turn of the loop.
    func markDirty(_ partition: HostedPartition) {
        guard !partition.isDirty else { return }
        partition.isDirty = true
        dirtyPartitions.append(partition)
    }

    /// Delivers from every partition that changed.
    func servePartitions() {
        // Serving can make partitions dirty again: a release lets parked producers in.
        while let partition = dirtyPartitions.popLast() {
            partition.isDirty = false
            while let parked = partition.machine.takeReadyFetch() {
                answer(parked, from: partition)
            }
            deliver(from: partition)
            releaseSettled(partition)
            partition.publishGauges()
            if partition.machine.hasAcknowledgements { noteAcknowledgements(partition) }
        }
    }

    /// Something at the partition waits for its time: the next ticks look at it.
    func noteWaiting(_ partition: HostedPartition) {
        guard !partition.isWaitedAt else { return }
        partition.isWaitedAt = true
        waitingPartitions.append(partition)
    }

    /// Ends what has waited too long, at the partitions where anything waits.
    func expireWaiting() {
        var keptCount = 0
        let count = waitingPartitions.count
        for position in 0..<count {
            let partition = waitingPartitions[position]
            expire(partition)
            partition.isWaitedAt =
                !partition.parkedAppends.isEmpty || !partition.unsettled.isEmpty
                || partition.machine.hasParkedFetches
            guard partition.isWaitedAt else { continue }
            waitingPartitions[keptCount] = partition
            keptCount += 1
        }
        waitingPartitions.removeSubrange(keptCount..<count)
    }

    /// Ends what has waited too long at a partition.
    private func expire(_ partition: HostedPartition) {
        while let due = partition.machine.takeDueFetch(nowNanoseconds: nowNanoseconds) {
            answer(due, from: partition)
        }
        expireUnsettled(of: partition)
        guard !partition.parkedAppends.isEmpty else { return }
        expireAppends(of: partition)
        // Those behind one that was given up, or that waited for memory, may be stored now.
        markDirty(partition)
    }

    /// Answers everything that waits at a partition, because it or the broker goes away.
    func answerEverythingParked(in partition: HostedPartition, _ code: ErrorCode) {
        refuseParked(in: partition, code) { _ in true }
        for parked in partition.machine.takeAllFetches() { answer(parked, from: partition) }
    }

    /// A client will say no more: its long polls are answered with what there is, and nothing more
    /// is pushed to it. Its appends still wait for room.
    func endWaiting(of address: ConnectionAddress) {
        for partition in partitions.values where !partition.machine.isQuiet {
            let fetches = partition.machine.takeFetches(of: address)
            partition.machine.disconnected(address)
            for parked in fetches { answer(parked, from: partition) }
            markDirty(partition)
        }
    }

    /// A connection is gone: nothing of it is left waiting at this shard's partitions.
    func disconnected(_ address: ConnectionAddress) {
        for partition in partitions.values {
            if partition.parkedAppends.contains(where: { $0.origin.connection == address }) {
                partition.parkedAppends.removeAll { $0.origin.connection == address }
                markDirty(partition)
            }
            guard !partition.machine.isQuiet else { continue }
            partition.machine.disconnected(address)
            markDirty(partition)
        }
    }

    /// Holds deliveries to a connection back, or lets them go on.
    func setHeldBack(
        _ isHeldBack: Bool, _ address: ConnectionAddress, _ partition: HostedPartition?
    ) {
        guard let partition else { return }
        partition.machine.setHeldBack(isHeldBack, connection: address)
        if !isHeldBack { markDirty(partition) }
    }

    /// Makes room at the shard's memory cap, partition by partition, until there is enough: first
    /// from what is kept for replay only, then from what no live consumer waits for.
    ///
    /// - Parameter byteCount: How much is needed.
    /// - Returns: Bytes of batches released.
    @discardableResult
    func reclaimRetained(byteCount: Int) -> Int {
        var sum = 0
        for partition in partitions.values where sum < byteCount {
            sum += partition.store.release(below: partition.releasableOffset, reserving: .max)
            partition.publishGauges()
        }
        for partition in partitions.values where sum < byteCount {
            sum += partition.store.release(below: partition.pinnedOffset, reserving: .max)
            partition.publishGauges()
        }
        chunks.dropSpares()
        if sum > 0 { counters.add(sum, to: .bytesReleased) }
        return sum
    }

    /// A copy of a batch that other threads may read, or nil where memory allows none.
    ///
    /// - Parameter reserve: How much of the pool it leaves free; nil for as much as a small store.
    func copyToShare(
        _ batch: UnsafeRawBufferPointer, keepingFree reserve: Int? = nil
    ) -> SharedSlice? {
        let reserve = reserve ?? reserves.stores.byteCount
        if let copy = tryCopyToShare(batch, reserve) { return copy }
        return reclaimRetained(byteCount: batch.count) > 0 ? tryCopyToShare(batch, reserve) : nil
    }

    private func tryCopyToShare(
        _ batch: UnsafeRawBufferPointer, _ reserve: Int
    ) -> SharedSlice? {
        do throws(PoolError) {
            let owner = SharedBuffer(
                try pool.allocate(minimumByteCount: batch.count, keepingFree: reserve))
            let position = owner.append(batch)
            return SharedSlice(owner: owner, position: position, byteCount: batch.count)
        } catch {
            return nil
        }
    }
}

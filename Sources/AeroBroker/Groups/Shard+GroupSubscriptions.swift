// Subscriptions on behalf of groups: admitted by the coordinator, and told to it as they go on.

import AeroCore
import AeroIO
import AeroMemory
import AeroStorage
import AeroWire

extension Shard where P: ~Copyable {
    // MARK: - At the partition

    /// Takes the partition and asks the group's coordinator.
    ///
    /// The partition is taken first, and what its last consumer has acknowledged goes ahead of the
    /// question by the same ring: so the answer is where that consumer really got to.
    func reserve(_ terms: SubscriptionTerms, _ key: PartitionKey, _ origin: RequestOrigin) {
        var slot: Int?
        do throws(ErrorCode) {
            let partition = try self.partition(key)
            let taken = try partition.machine.reserve(
                terms, logStartOffset: partition.store.logStartOffset)
            slot = taken
            let coordinator = try coordinatorKey(ofGroup: terms.group)
            sendAcknowledgements(of: partition)
            post(
                .admit(origin, partition: coordinator.partition, key, slot: taken, terms),
                toShardOf: coordinator)
        } catch {
            if let slot { giveBack(slot, terms, key) }
            tellSubscribed(origin, key, terms, .refused(error))
        }
    }

    /// The coordinator has said whether a subscription may begin, and where.
    func admitted(
        _ terms: SubscriptionTerms, _ key: PartitionKey, _ slot: Int,
        _ admission: SubscriptionAdmission, _ origin: RequestOrigin
    ) {
        do throws(ErrorCode) {
            guard let partition = partitions[key] else { throw .unknownTopic }
            guard case .admitted(let committed) = admission else {
                if case .refused(let code) = admission {
                    giveBack(slot, terms, key)
                    throw code
                }
                return
            }
            let start = try partition.machine.activate(
                slot: slot, terms, committedOffset: committed,
                logStartOffset: partition.store.logStartOffset)
            begin(slot, at: start, in: partition)
            tellSubscribed(origin, key, terms, .subscribed(slot: slot, startOffset: start))
        } catch {
            tellSubscribed(origin, key, terms, .refused(error))
        }
    }

    private func giveBack(_ slot: Int, _ terms: SubscriptionTerms, _ key: PartitionKey) {
        guard let partition = partitions[key] else { return }
        _ = partition.machine.unsubscribe(
            slot: slot, connection: terms.connection, subscriptionId: terms.subscriptionId)
        markDirty(partition)
    }

    /// A member has lost a partition: its subscription ends, whether it knows already or not.
    func endSubscription(_ key: PartitionKey, group: String, memberId: String) {
        guard let partition = partitions[key],
            let (address, id) = partition.machine.endSubscription(
                group: group, memberId: memberId)
        else { return }
        tell(address, .subscriptionEnded(address, key, subscriptionId: id, .unknownMember))
        markDirty(partition)
    }

    // MARK: - Acknowledgements

    /// A partition has acknowledgements of consumers that are no members; their coordinators are
    /// told with the next tick.
    func noteAcknowledgements(_ partition: HostedPartition) {
        guard !partition.isAcknowledging else { return }
        partition.isAcknowledging = true
        groups.acknowledging.append(partition)
    }

    /// Tells coordinators what was acknowledged since the last tick.
    func sendAcknowledgements() {
        guard !groups.acknowledging.isEmpty else { return }
        let partitions = groups.acknowledging
        groups.acknowledging.removeAll(keepingCapacity: true)
        var byCoordinator: [UInt32: [GroupAcknowledgement]] = [:]
        for partition in partitions {
            partition.isAcknowledging = false
            guard !partition.isDropped else { continue }
            for item in acknowledgements(of: partition) {
                byCoordinator[InternalTopic.partition(ofGroup: item.group), default: []]
                    .append(item)
            }
        }
        for (_, items) in byCoordinator.sorted(by: { $0.key < $1.key }) { send(items) }
    }

    /// Tells coordinators what was acknowledged in one partition, ahead of the tick.
    private func sendAcknowledgements(of partition: HostedPartition) {
        guard partition.machine.hasAcknowledgements else { return }
        for item in acknowledgements(of: partition) { send([item]) }
    }

    private func acknowledgements(of partition: HostedPartition) -> [GroupAcknowledgement] {
        let name = TopicPartition(
            topicId: partition.key.topicId, partition: partition.key.partition)
        return partition.machine.takeAcknowledgements().map { group, offset in
            GroupAcknowledgement(
                group: group, partition: name, offset: offset,
                keeping: partition.isDurable ? .forGood : .whileRunning)
        }
    }

    /// - Parameter items: Of groups of one coordinator; not empty.
    private func send(_ items: [GroupAcknowledgement]) {
        do throws(ErrorCode) {
            let key = try coordinatorKey(ofGroup: items[0].group)
            post(.acknowledged(partition: key.partition, items), toShardOf: key)
        } catch {
            // The topic cannot be made now: the records come again after a restart.
            counters.add(items.count, to: .acknowledgementsDropped)
        }
    }
}

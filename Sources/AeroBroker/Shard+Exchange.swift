// What a shard does with messages from other shards.

import AeroCore
import AeroIO
import AeroMemory
import AeroWire

extension Shard where P: ~Copyable {
    /// Carries out a message from another shard, or a request of this shard to itself.
    func handle(_ message: ShardMessage) {
        switch message {
        case .append(let origin, let key, let batch, let header, let arrival, let timeout):
            append(batch.bytes, header, key, origin, arrival, timeoutMilliseconds: timeout)
        case .fetch(let origin, let key, let terms): fetch(terms, key, origin)
        case .subscribe(let origin, let key, let terms): subscribe(terms, key, origin)
        case .credit(let address, let key, let slot, let id, let byteCount):
            guard let partition = partitions[key] else { return }
            partition.machine.credit(
                slot: slot, connection: address, subscriptionId: id, byteCount: byteCount)
            markDirty(partition)
        case .acknowledge(let origin, let key, let slot, let id, let offset):
            let code = acknowledgeHere(origin, key, slot, id, offset)
            finish(origin, .acknowledge, code)
        case .unsubscribe(let origin, let key, let slot, let id):
            let partition = partitions[key]
            let code = partition?.machine.unsubscribe(
                slot: slot, connection: origin.connection, subscriptionId: id)
            if let partition { markDirty(partition) }
            // The notice of a topic that goes at this moment finds no subscription any more.
            let isThere = context.topics.topic(id: key.topicId) != nil
            finish(
                origin, .unsubscribe, isThere ? code ?? .unknownSubscription : .unknownTopic)
        case .setHeldBack(let address, let key, let isHeldBack):
            setHeldBack(isHeldBack, address, partitions[key])
        case .endWaiting(let address): endWaiting(of: address)
        case .disconnected(let address): disconnected(address)
        case .dropTopic(let topicId): dropTopic(topicId)
        case .alterTopic(let topic): alterTopic(topic)
        case .findOffset(let origin, let key, let timestamp):
            findOffset(key, timestampMilliseconds: timestamp, origin)
        case .deleteRecords(let origin, let key, let offset):
            deleteRecords(key, below: offset, origin)
        case .group(let message): handle(message)
        default: handleOutcome(message)
        }
    }

    private func handleOutcome(_ message: ShardMessage) {
        switch message {
        case .adopt(let socket): adopt(FileDescriptor(owning: socket))
        case .appended(let origin, let answer): appended(origin, answer)
        case .appendParked(let address): countParked(1, at: address)
        case .appendUnparked(let address): countParked(-1, at: address)
        case .fetched(let origin, let answer): fetched(origin, answer)
        case .subscribed(let origin, let key, let id, let answer):
            subscribed(origin, key, id, answer)
        case .answered(let origin, let command, let code): answer(origin, command, code)
        case .foundOffset(let origin, let offset): foundOffset(origin, offset)
        case .deletedRecords(let origin, let start): deletedRecords(origin, start)
        case .subscriptionEnded(let address, let key, let id, let code):
            subscriptionEnded(address, key, id, code)
        case .deliver(let address, let id, let watermark, let slice):
            deliver(slice, id, watermark, to: address)
        case .stageTimes(let address, let id, let times): push(times, id, to: address)
        case .append, .fetch, .subscribe, .credit, .acknowledge, .unsubscribe, .setHeldBack,
            .endWaiting, .disconnected, .dropTopic, .alterTopic, .findOffset, .deleteRecords,
            .group:
            preconditionFailure("a request for a partition is not an outcome")
        }
    }

    /// Sends an outcome to the shard of a connection.
    func tell(_ address: ConnectionAddress, _ message: ShardMessage) {
        if address.shard == index { handle(message) } else { links[address.shard]?.post(message) }
    }

    /// Stops reading from a connection whose batches another shard is behind with: a shard that is
    /// slow, or slow to say that they have to wait, must not fill this one's memory.
    func holdBackSender(_ origin: RequestOrigin, to owner: Int) {
        guard let link = links[owner], link.waitingByteCount > linkByteCountMax,
            let connection = connection(at: origin.connection), !connection.isWaitingForLink
        else { return }
        connection.isWaitingForLink = true
        linkWaiters.append(connection)
        updateReceiving(connection)
    }

    /// Reads again from those connections, once every shard has caught up.
    func resumeLinkWaiters() {
        guard !linkWaiters.isEmpty,
            !links.contains(where: { ($0?.waitingByteCount ?? 0) > linkByteCountMax / 2 })
        else { return }
        for connection in linkWaiters {
            connection.isWaitingForLink = false
            if !connection.isClosing { updateReceiving(connection) }
        }
        linkWaiters.removeAll(keepingCapacity: true)
    }

    /// Batches on the way to one shard before their senders wait.
    private var linkByteCountMax: Int { min(4 << 20, pool.capacityBytes / 32) }

    /// Hands what was posted to the other shards and wakes those that sleep.
    func flushLinks() {
        for case let link? in links { link.flush() }
    }

    private func acknowledgeHere(
        _ origin: RequestOrigin, _ key: PartitionKey, _ slot: Int, _ id: UInt64, _ offset: Int64
    ) -> ErrorCode {
        guard let partition = partitions[key] else { return .unknownTopic }
        let code = partition.machine.acknowledge(
            slot: slot, connection: origin.connection, subscriptionId: id, throughOffset: offset)
        markDirty(partition)
        return code
    }

    /// Answers a request to a partition of this shard with a code, wherever it came from.
    func finish(_ origin: RequestOrigin, _ command: Command, _ code: ErrorCode) {
        if origin.connection.shard == index {
            answer(origin, command, code)
        } else {
            tell(origin.connection, .answered(origin, command, code))
        }
    }

    private func countParked(_ change: Int, at address: ConnectionAddress) {
        guard let connection = connection(at: address) else { return }
        connection.parkedAppendCount += change
        if connection.parkedAppendCount == 0 {
            connection.machine.heard(nowNanoseconds: nowNanoseconds)
        }
        updateReceiving(connection)
    }
}

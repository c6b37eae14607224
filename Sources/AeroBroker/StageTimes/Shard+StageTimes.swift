// Stage times: read at each step of a batch's way, and sent in front of its delivery.

import AeroCore
import AeroIO
import AeroWire

/// Nothing here runs for clients that have not asked. For those that have, the clock is read once
/// for each receive, append, write and batch delivered, because the time of the turn is older than
/// what happens in it.
extension Shard where P: ~Copyable {
    // MARK: - At the connection

    /// A chunk has arrived on a connection that measures.
    func noteReceipt(on connection: BrokerConnection) {
        connection.arrival.receivedNanoseconds = context.clock.monotonicNanoseconds()
    }

    /// The client says when it handed what follows to the kernel.
    func markSend(_ request: MarkSendRequest, _ connection: BrokerConnection) -> ErrorCode {
        guard connection.measuresStages else { return .notSupported }
        connection.arrival.sentNanoseconds = request.sentNanoseconds
        return .ok
    }

    /// Queues the times of a batch that is delivered next on a connection of this shard.
    func push(_ times: BatchTimes, _ subscriptionId: UInt64, to address: ConnectionAddress) {
        guard let connection = connection(at: address) else { return }
        let push = StageTimesPush(
            baseOffset: times.baseOffset, sentNanoseconds: times.arrival.sentNanoseconds,
            receivedNanoseconds: times.arrival.receivedNanoseconds,
            appendedNanoseconds: times.appendedNanoseconds,
            durableNanoseconds: times.durableNanoseconds,
            dispatchedNanoseconds: context.clock.monotonicNanoseconds())
        write(push.frameByteCount, to: connection) { (room) throws(WireError) in
            try push.encodeFrame(requestId: subscriptionId, into: room)
        }
    }

    // MARK: - At the partition

    /// Begins to keep the times of batches once a subscription wants them, and ends with the last.
    func keepStageTimes(of partition: HostedPartition) {
        guard partition.machine.hasStageSubscription else {
            partition.stageTimes = nil
            return
        }
        if partition.stageTimes == nil { partition.stageTimes = StageTimesRing(stageTimes) }
    }

    /// A batch has been appended.
    func noteAppended(_ baseOffset: Int64, _ arrival: ArrivalTimes, _ partition: HostedPartition) {
        guard let ring = partition.stageTimes else { return }
        let now = context.clock.monotonicNanoseconds()
        // A volatile batch is as durable as it will ever be.
        ring.append(
            BatchTimes(
                baseOffset: baseOffset, arrival: arrival, appendedNanoseconds: now,
                durableNanoseconds: partition.isDurable ? 0 : now))
    }

    /// The high watermark has moved.
    func noteSettled(_ partition: HostedPartition, below offset: Int64) {
        partition.stageTimes?.settle(
            below: offset, atNanoseconds: context.clock.monotonicNanoseconds())
    }

    /// Sends the times of the batches in a range of offsets, ahead of the batches themselves.
    func sendStageTimes(
        of partition: HostedPartition, _ offsets: Range<Int64>, to delivery: Delivery
    ) {
        guard let ring = partition.stageTimes else { return }
        var index = ring.firstIndex(from: offsets.lowerBound)
        while index < ring.indices.upperBound, ring[index].baseOffset < offsets.upperBound {
            let times = ring[index]
            if delivery.connection.shard == self.index {
                push(times, delivery.subscriptionId, to: delivery.connection)
            } else {
                tell(
                    delivery.connection,
                    .stageTimes(
                        delivery.connection, subscriptionId: delivery.subscriptionId, times))
            }
            index += 1
        }
    }
}

// Deliveries of a run that measures stages: each message with the times of its batch.

import AeroClient
import AeroIO
import AeroLoad
import AeroWire

extension AeroMQEvents where Sink: ~Copyable {
    mutating func stageTimes(
        _ session: ClientSession, subscriptionId: UInt64, _ times: StageTimesPush
    ) {
        let consumer = Int(subscriptionId >> 32)
        let position = Int(subscriptionId & 0xFFFF_FFFF)
        guard clients.consumerIndex(of: session) == consumer,
            position < clients.consumers[consumer].states.count,
            clients.consumers[consumer].states[position].stageTimes.count < Self.stageTimesMax
        else { return }
        clients.consumers[consumer].states[position].stageTimes.append(times)
    }

    // BOUND: the smallest batches that one delivery can hold, rounded up.
    private static var stageTimesMax: Int { 1 << 16 }

    /// Hands the records of a batch to the engine with their times, one after the other: each is
    /// taken at the time when it is its turn.
    mutating func measure(
        _ batch: RecordBatchView, in bytes: UnsafeRawBufferPointer, _ consumer: Int,
        _ position: Int
    ) throws(WireError) {
        let destination = clients.consumers[consumer].destinations[position]
        let expected = clients.consumers[consumer].states[position].nextOffset ?? 0
        let push = times(ofBatchAt: batch.header.baseOffset, consumer, position)
        var stages = push.map { StageTimes($0, receivedNanoseconds: nowNanoseconds) }
        var records = try RecordCursor(batch.header, at: batch.range.lowerBound)
        while let record = try records.next(in: bytes) {
            let offset = batch.header.baseOffset + Int64(record.offsetDelta)
            guard offset >= expected, let value = record.value else { continue }
            stages?.offset = offset
            sink.pointee.delivered(
                consumer: consumer, destination: destination,
                value: UnsafeRawBufferPointer(rebasing: bytes[value]),
                nowNanoseconds: MonotonicClock.nowNanoseconds(), stages: stages)
        }
    }

    /// The times of a batch, if the broker sent them.
    private func times(
        ofBatchAt baseOffset: Int64, _ consumer: Int, _ position: Int
    ) -> StageTimesPush? {
        let known = clients.consumers[consumer].states[position].stageTimes
        var (low, high) = (0, known.count)
        while low < high {
            let middle = low + (high - low) / 2
            if known[middle].baseOffset < baseOffset { low = middle + 1 } else { high = middle }
        }
        guard low < known.count, known[low].baseOffset == baseOffset else { return nil }
        return known[low]
    }
}

extension StageTimes {
    /// The broker's times of a batch, and when its bytes were received here.
    fileprivate init(_ push: StageTimesPush, receivedNanoseconds: Int64) {
        self.init(
            offset: push.baseOffset, sentNanoseconds: push.sentNanoseconds,
            arrivedNanoseconds: push.receivedNanoseconds,
            appendedNanoseconds: push.appendedNanoseconds,
            durableNanoseconds: push.durableNanoseconds,
            dispatchedNanoseconds: push.dispatchedNanoseconds,
            receivedNanoseconds: receivedNanoseconds)
    }
}

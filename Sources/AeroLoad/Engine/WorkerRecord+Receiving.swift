// Messages that arrive: accounted for at once, recorded when their handler takes them.

extension WorkerRecord {
    @inlinable package mutating func delivered(
        consumer: Int, destination: Int, value: UnsafeRawBufferPointer, nowNanoseconds: Int64
    ) {
        _ = receive(
            consumer: consumer, destination: destination, value: value,
            nowNanoseconds: nowNanoseconds, stages: nil)
    }

    @inlinable package mutating func delivered(
        consumer: Int, destination: Int, value: UnsafeRawBufferPointer, nowNanoseconds: Int64,
        stages: StageTimes?
    ) {
        guard
            let stamp = receive(
                consumer: consumer, destination: destination, value: value,
                nowNanoseconds: nowNanoseconds, stages: stages)
        else { return }
        note(stages, stamp, consumer, takenNanoseconds: nowNanoseconds, waitNanoseconds: 0)
    }

    /// Accounts for a message that arrived, and records its latency or keeps it until its handler
    /// takes it.
    ///
    /// - Returns: Its stamp where it was recorded; nil for one that waits for its handler, and for
    ///   one that is damaged or has been here before, which has no latency.
    @inlinable mutating func receive(
        consumer: Int, destination: Int, value: UnsafeRawBufferPointer, nowNanoseconds: Int64,
        stages: StageTimes?
    ) -> Stamp? {
        receivedCount &+= 1
        let wait =
            handlers.isEmpty ? 0 : take(consumer: consumer, nowNanoseconds: nowNanoseconds)
        let decode = Stamp.decode(value, nearNanoseconds: nowNanoseconds)
        guard receiveLedgers[consumerLedgers[consumer]].note(decode, arrivedAt: destination),
            case .valid(let stamp, _) = decode
        else { return nil }
        uniqueCount &+= 1
        guard wait == 0 else {
            keep(stamp, consumer, value.count, stages, nowNanoseconds: nowNanoseconds, wait)
            return nil
        }
        recorder.recordReceipt(
            classIndex: consumerClasses[consumer],
            intendedNanoseconds: stamp.intendedNanoseconds,
            actualNanoseconds: stamp.actualNanoseconds, nowNanoseconds: nowNanoseconds,
            byteCount: value.count)
        return stamp
    }

    /// Keeps a message that waits for its handler: it belongs to the interval in which it is taken.
    @usableFromInline mutating func keep(
        _ stamp: Stamp, _ consumer: Int, _ byteCount: Int, _ stages: StageTimes?,
        nowNanoseconds: Int64, _ waitNanoseconds: Int64
    ) {
        let message = WaitingMessage(
            stamp: stamp, receivedNanoseconds: nowNanoseconds,
            takenNanoseconds: nowNanoseconds &+ waitNanoseconds, byteCount: byteCount,
            stages: stages)
        guard handlers[consumer]?.waiting.keep(message) != true else { return }
        record(message, consumer, nowNanoseconds: nowNanoseconds)
    }

    /// Records what handlers have taken by a time: now, or later where nobody looks any more.
    @usableFromInline mutating func recordTaken(untilNanoseconds: Int64, nowNanoseconds: Int64) {
        for consumer in handlers.indices {
            // BOUND: what waits.
            while let message = handlers[consumer]?.waiting.popTaken(
                nowNanoseconds: untilNanoseconds)
            {
                record(message, consumer, nowNanoseconds: nowNanoseconds)
            }
        }
    }

    private mutating func record(
        _ message: WaitingMessage, _ consumer: Int, nowNanoseconds: Int64
    ) {
        recorder.recordReceipt(
            classIndex: consumerClasses[consumer],
            intendedNanoseconds: message.stamp.intendedNanoseconds,
            actualNanoseconds: message.stamp.actualNanoseconds, nowNanoseconds: nowNanoseconds,
            waitNanoseconds: message.takenNanoseconds &- nowNanoseconds,
            byteCount: message.byteCount)
        guard stages != nil else { return }
        note(
            message.stages, message.stamp, consumer, takenNanoseconds: message.receivedNanoseconds,
            waitNanoseconds: message.takenNanoseconds &- message.receivedNanoseconds)
    }

    /// Hands a message to its consumer's handler.
    ///
    /// - Returns: How long it waits for it.
    @usableFromInline mutating func take(consumer: Int, nowNanoseconds: Int64) -> Int64 {
        (handlers[consumer]?.take(nowNanoseconds: nowNanoseconds) ?? nowNanoseconds)
            - nowNanoseconds
    }

    /// Notes the stages of a message whose receipt was just recorded.
    @usableFromInline mutating func note(
        _ times: StageTimes?, _ stamp: Stamp, _ consumer: Int, takenNanoseconds: Int64,
        waitNanoseconds: Int64
    ) {
        let handled = takenNanoseconds &+ waitNanoseconds
        let isAdmitted = stages?.admit(
            times, stamp, consumer,
            isMeasured: stamp.intendedNanoseconds >= recorder.measureStartNanoseconds,
            takenNanoseconds: takenNanoseconds, handledNanoseconds: handled)
        guard isAdmitted == true, let times else { return }
        recorder.recordStages(
            classIndex: consumerClasses[consumer],
            intendedNanoseconds: stamp.intendedNanoseconds, handledNanoseconds: handled, times)
    }
}

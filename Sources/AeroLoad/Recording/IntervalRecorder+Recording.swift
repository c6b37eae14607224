// The calls that every message makes.

public import HDRHistogram

extension IntervalRecorder {
    /// Notes that a message was handed to the driver, and how late.
    ///
    /// - Parameters:
    ///   - classIndex: Class of the message, below the scenario's class count.
    ///   - intendedNanoseconds: When it should have been sent.
    ///   - actualNanoseconds: When it was: now.
    ///   - byteCount: Bytes of the message value.
    @inlinable package mutating func recordSend(
        classIndex: Int, intendedNanoseconds: Int64, actualNanoseconds: Int64, byteCount: Int
    ) {
        rotateIfDue(atNanoseconds: actualNanoseconds)
        current.counts[classIndex].sent &+= 1
        current.counts[classIndex].sentByteCount &+= Int64(byteCount)
        let histograms = histograms(classIndex, intendedNanoseconds)
        histograms[LatencySeries.lag.index].record(actualNanoseconds &- intendedNanoseconds)
    }

    /// Notes that the broker acknowledged a message.
    @inlinable package mutating func recordAcknowledgement(
        classIndex: Int, intendedNanoseconds: Int64, actualNanoseconds: Int64,
        nowNanoseconds: Int64
    ) {
        rotateIfDue(atNanoseconds: nowNanoseconds)
        current.counts[classIndex].acknowledged &+= 1
        let histograms = histograms(classIndex, intendedNanoseconds)
        histograms[LatencySeries.acknowledgeIntended.index]
            .record(nowNanoseconds &- intendedNanoseconds)
        histograms[LatencySeries.acknowledgeActual.index]
            .record(nowNanoseconds &- actualNanoseconds)
    }

    /// Notes that a message arrived for the first time.
    ///
    /// Call it for messages of which `ReceiveLedger.note` says so; repeated ones have no latency of
    /// their own and are counted by the ledger.
    /// - Parameter waitNanoseconds: From now until the consumer's handler takes it, part of its
    ///   latency.
    @inlinable package mutating func recordReceipt(
        classIndex: Int, intendedNanoseconds: Int64, actualNanoseconds: Int64,
        nowNanoseconds: Int64, waitNanoseconds: Int64 = 0, byteCount: Int
    ) {
        rotateIfDue(atNanoseconds: nowNanoseconds)
        let takenNanoseconds = nowNanoseconds &+ waitNanoseconds
        current.counts[classIndex].received &+= 1
        current.counts[classIndex].receivedByteCount &+= Int64(byteCount)
        let histograms = histograms(classIndex, intendedNanoseconds)
        histograms[LatencySeries.endToEndIntended.index]
            .record(takenNanoseconds &- intendedNanoseconds)
        histograms[LatencySeries.endToEndActual.index]
            .record(takenNanoseconds &- actualNanoseconds)
    }

    /// Notes how long each stage of a message took, whose receipt was just noted.
    ///
    /// Call it of a recorder that was made to measure stages, after `recordReceipt`: so that both
    /// are in the same interval.
    @usableFromInline package mutating func recordStages(
        classIndex: Int, intendedNanoseconds: Int64, handledNanoseconds: Int64, _ times: StageTimes
    ) {
        precondition(seriesCount > LatencySeries.count, "a recorder without series for stages")
        let histograms = histograms(classIndex, intendedNanoseconds)
        func record(_ stage: StageSeries) {
            histograms[stage.index].record(
                times.nanoseconds(
                    stage, intended: intendedNanoseconds, handled: handledNanoseconds))
        }
        // Written out: a list of all would be made for every message.
        record(.clientQueue)
        record(.networkIn)
        record(.append)
        record(.durable)
        record(.dispatch)
        record(.networkOut)
        record(.handler)
    }

    /// Notes that `count` sends failed.
    @inlinable package mutating func recordFailure(
        classIndex: Int, count: Int64, nowNanoseconds: Int64
    ) {
        rotateIfDue(atNanoseconds: nowNanoseconds)
        current.counts[classIndex].failed &+= count
    }

    /// The histograms for a message of this intended time.
    @inlinable func histograms(
        _ classIndex: Int, _ intendedNanoseconds: Int64
    ) -> UnsafeMutablePointer<Histogram> {
        assert(classIndex < exchange.classCount, "no such class")
        let buffer = intendedNanoseconds < measureStartNanoseconds ? warmup : current
        return buffer.histograms + classIndex &* seriesCount
    }
}

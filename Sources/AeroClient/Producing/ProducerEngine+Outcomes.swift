// What came of a producer's batches: stored, sent again, or given up.

import AeroCore
import AeroMemory
package import AeroWire

extension ProducerEngine {
    /// The broker's number for the topic is known (again); partitions may have been added.
    package func resolved(topicId: UInt32, partitionCount: Int) {
        self.topicId = topicId
        isTopicMissing = false
        while lanes.count < partitionCount { lanes.append(ProducerLane()) }
    }

    /// The broker cannot say the topic's number: nothing can be sent.
    package func notResolved(_ error: ClientError) {
        topicId = nil
        isTopicMissing = true
        failAll(error)
    }

    /// Whether it is time to ask for the topic again, which the caller then does.
    package func takeTopicRequest() -> Bool {
        guard isTopicMissing, !isIdle else { return false }
        isTopicMissing = false
        return true
    }

    /// The topic could not be asked for: it has to be when there is a chance to.
    package func topicRequestFailed() { isTopicMissing = true }

    /// The broker has stored the batch.
    ///
    /// - Parameter baseOffset: Where; nil when the broker has forgotten.
    package func stored(_ batch: ProducerBatch, baseOffset: Int64?, nowNanoseconds: Int64) {
        land(batch)
        backoff.reset()
        if terms.isAdaptive {
            sizing.acknowledged(
                afterNanoseconds: nowNanoseconds - batch.sentNanoseconds,
                inFlightCount: inFlightCount)
        }
        settle(batch, .success(baseOffset))
    }

    /// The broker refused the batch.
    package func refused(
        _ batch: ProducerBatch, _ code: ErrorCode, _ error: ClientError, nowNanoseconds: Int64
    ) {
        if code == .duplicateSequence, batch.isSequenced {
            stored(batch, baseOffset: nil, nowNanoseconds: nowNanoseconds)
            return
        }
        land(batch)
        // A broker that ran out of time may yet store the batch: that is not a clear refusal.
        guard code != .requestTimedOut else {
            retryInDoubt(batch, waits: true, error, nowNanoseconds)
            return
        }
        // Nor is that of a log that failed: what it could not sync may be found in it, and served,
        // once it is read again.
        guard code != .logFailed else {
            giveUp(batch, inDoubt(error))
            return
        }
        batch.noteKnownLost()
        if code == .unknownTopic {
            // Another topic of that name may be there by the time of the next message.
            topicId = nil
            isTopicMissing = true
        }
        if batch.isSequenced, code == .outOfOrderSequence, lanes[batch.partition].isPreceded(batch)
        {
            // An earlier one is to be sent again, and this one behind it.
            enqueue(batch)
            return
        }
        batch.refusedCount += 1
        let mayRetry = batch.refusedCount < terms.refusedCountMax
        let hasLostPlace = code == .outOfOrderSequence || code == .staleProducerEpoch
        if batch.isSequenced, hasLostPlace {
            takeNewPlace(batch, mayRetry, error)
        } else if mayRetry, code.isRetriable {
            retry(batch, error, nowNanoseconds)
        } else {
            giveUp(batch, error)
        }
    }

    /// Nobody knows what became of the batch.
    ///
    /// - Parameters:
    ///   - isFinal: Whether the connection is over for good.
    ///   - waits: False where the connection was lost, which takes time enough.
    package func lost(
        _ batch: ProducerBatch, isFinal: Bool, waits: Bool = true, _ error: ClientError,
        nowNanoseconds: Int64
    ) {
        land(batch)
        if isFinal {
            giveUp(batch, error)
        } else {
            retryInDoubt(batch, waits: waits || !batch.isSequenced, error, nowNanoseconds)
        }
    }

    /// A batch is no longer on its way.
    private func land(_ batch: ProducerBatch) {
        lanes[batch.partition].land(batch)
        inFlightCount -= 1
    }

    private func retryInDoubt(
        _ batch: ProducerBatch, waits: Bool, _ error: ClientError, _ now: Int64
    ) {
        guard batch.sentCount - batch.knownLostCount < terms.attemptCountMax else {
            giveUp(batch, error)
            return
        }
        if waits {
            retry(batch, error, now)
        } else if now < batch.deadlineNanoseconds {
            enqueue(batch)
        } else {
            giveUp(batch, error)
        }
    }

    /// Sends a batch again after a while, if there is time left.
    private func retry(_ batch: ProducerBatch, _ error: ClientError, _ now: Int64) {
        let next = saturatingSum(now, backoff.nextNanoseconds())
        guard next < batch.deadlineNanoseconds else {
            giveUp(batch, error)
            return
        }
        batch.notBeforeNanoseconds = next
        enqueue(batch)
    }

    /// The partition does not know the producer's sequence, or a newer epoch of it: a batch that
    /// was certainly not stored goes out under a newer identity; one that may have been cannot.
    private func takeNewPlace(_ batch: ProducerBatch, _ mayRetry: Bool, _ error: ClientError) {
        guard !lanes[batch.partition].isInDoubt(batch) else {
            giveUp(batch, lostPlace(error))
            return
        }
        guard mayRetry else {
            giveUp(batch, error)
            return
        }
        lanes[batch.partition].abandonPlace(of: batch)
        batch.unseal()
        enqueue(batch)
    }

    private func lostPlace(_ error: ClientError) -> ClientError {
        ClientError(
            .outOfSequence,
            "the partition no longer knows where this producer was: the message may or may not "
                + "have been stored",
            brokerAddress: error.brokerAddress, brokerCode: error.brokerCode,
            lastCause: error.lastCause, elapsed: error.elapsed)
    }

    /// The same error, saying that it leaves open whether the message was stored.
    private func inDoubt(_ error: ClientError) -> ClientError {
        ClientError(
            error.code, "\(error.message): the message may or may not have been stored",
            brokerAddress: error.brokerAddress, brokerCode: error.brokerCode,
            lastCause: error.lastCause, elapsed: error.elapsed)
    }

    // MARK: - Settling

    /// The batch is not sent (again).
    func giveUp(_ batch: ProducerBatch, _ error: ClientError) {
        lanes[batch.partition].abandonPlace(of: batch)
        settle(batch, .failure(error))
    }

    /// Gives up everything that is not on its way.
    package func failAll(_ error: ClientError) {
        closeAll()
        for partition in closedPartitions {
            for batch in lanes[partition].removeAllClosed() { giveUp(batch, error) }
        }
        closedPartitions = []
        while let item = waiting.popFirst() {
            switch item {
            case .message(let message, _): fail(message, error)
            case .flush(let outcome): outcome.complete(.failure(error))
            }
        }
    }

    /// Tells everybody who waits for the batch, and lets go of its memory.
    func settle(_ batch: ProducerBatch, _ result: Result<Int64?, ClientError>) {
        held.byteCount -= batch.capacity
        unsettledNumbers.remove(batch.number)
        for (index, entry) in batch.entries.enumerated() {
            switch result {
            case .success(let baseOffset):
                entry.sink.settle(
                    .success(
                        RecordMetadata(
                            topic: topic, partition: batch.partition,
                            offset: baseOffset.map { $0 + Int64(index) },
                            timestampMilliseconds: entry.timestampMilliseconds)))
            case .failure(let error): entry.sink.settle(.failure(error))
            }
        }
        guard !flushes.isEmpty else { return }
        for index in flushes.indices { flushes[index].numbers.remove(batch.number) }
        for flush in flushes where flush.numbers.isEmpty { flush.outcome.complete(.success(())) }
        flushes.removeAll { $0.numbers.isEmpty }
    }
}

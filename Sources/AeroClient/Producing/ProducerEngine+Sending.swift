// A producer's turn: what is ripe goes out, what is too old is given up; and what came of it.

import AeroCore
import AeroMemory
package import AeroWire

extension ProducerEngine {
    /// Does everything that is due.
    ///
    /// - Parameters:
    ///   - isDraining: Closes batches whether or not they have lingered.
    package func turn(
        _ transport: some BatchTransport, timestampMilliseconds: Int64, nowNanoseconds: Int64,
        isDraining: Bool = false
    ) {
        placeWaiting(timestampMilliseconds, nowNanoseconds)
        closeRipe(nowNanoseconds, isDraining: isDraining)
        expire(transport, nowNanoseconds)
        // BOUND: a round with nothing sent ends it; each round sends at least one batch.
        while send(transport, nowNanoseconds), !waiting.isEmpty {
            // What was sent without acknowledgement has made room.
            placeWaiting(timestampMilliseconds, nowNanoseconds)
            closeRipe(nowNanoseconds, isDraining: isDraining)
        }
    }

    /// When `turn` has something to do that no event announces; `Int64.max` for never.
    package var nextDueNanoseconds: Int64 {
        var due = Int64.max
        for partition in openPartitions {
            guard let open = lanes[partition].open else { continue }
            due = min(due, saturatingSum(open.openedNanoseconds, terms.lingerNanoseconds))
        }
        for partition in closedPartitions {
            guard let first = lanes[partition].closed.first else { continue }
            due = min(due, first.deadlineNanoseconds)
            if first.notBeforeNanoseconds > 0 { due = min(due, first.notBeforeNanoseconds) }
        }
        if case .message(let message, _)? = waiting.first {
            due = min(
                due,
                saturatingSum(message.acceptedNanoseconds, terms.deliveryTimeoutNanoseconds))
        }
        return due
    }

    private func closeRipe(_ now: Int64, isDraining: Bool) {
        for partition in openPartitions {
            guard let open = lanes[partition].open else { continue }
            let ripe = saturatingSum(open.openedNanoseconds, terms.lingerNanoseconds)
            if now >= ripe || isDraining { closeBatch(of: partition) }
        }
    }

    private func expire(_ transport: some BatchTransport, _ now: Int64) {
        for partition in closedPartitions {
            while let first = lanes[partition].closed.first, now >= first.deadlineNanoseconds {
                lanes[partition].closed.removeFirst()
                let accepted = first.deadlineNanoseconds - terms.deliveryTimeoutNanoseconds
                settle(first, .failure(transport.expiry(elapsedNanoseconds: now - accepted)))
            }
        }
        closedPartitions.removeAll { lanes[$0].closed.isEmpty }
        for partition in closedPartitions {
            // A back-off that is over is no reason to look again: events are, from here on.
            if let first = lanes[partition].closed.first, first.notBeforeNanoseconds <= now {
                first.notBeforeNanoseconds = 0
            }
        }
        while case .message(let message, _)? = waiting.first,
            now - message.acceptedNanoseconds >= terms.deliveryTimeoutNanoseconds
        {
            _ = waiting.popFirst()
            fail(
                message,
                transport.expiry(elapsedNanoseconds: now - message.acceptedNanoseconds))
        }
    }

    /// Sends what may be sent; true when a batch was settled by that, so that memory came back.
    private func send(_ transport: some BatchTransport, _ now: Int64) -> Bool {
        guard topicId != nil else { return false }
        var isMemoryFree = false
        lanes: for partition in closedPartitions {
            while let batch = lanes[partition].closed.first,
                lanes[partition].inFlightCount < terms.inFlightBatchCountMax,
                batch.notBeforeNanoseconds <= now
            {
                guard batch.frameByteCount <= transport.frameByteCountMax else {
                    lanes[partition].closed.removeFirst()
                    settle(batch, .failure(tooLarge(batch, transport.frameByteCountMax)))
                    isMemoryFree = true
                    continue
                }
                let admission = transport.dispatch(
                    batch, of: self, timeoutNanoseconds: batch.deadlineNanoseconds - now,
                    nowNanoseconds: now)
                guard case .admitted = admission else { break lanes }
                lanes[partition].closed.removeFirst()
                if acks(of: batch) == .none {
                    settle(batch, .success(nil))
                    isMemoryFree = true
                } else {
                    lanes[partition].inFlightCount += 1
                    batch.sentCount += 1
                }
            }
        }
        closedPartitions.removeAll { lanes[$0].closed.isEmpty }
        return isMemoryFree
    }

    /// A batch that nobody waits for is sent without asking for an answer.
    package func acks(of batch: ProducerBatch) -> RequiredAcks {
        batch.waitsForOutcome ? terms.acks : .none
    }

    private func tooLarge(_ batch: ProducerBatch, _ limit: Int) -> ClientError {
        ClientError(
            .messageTooLarge,
            "a batch of \(batch.frameByteCount) B is above the broker's limit of \(limit) B")
    }

    // MARK: - Outcomes

    /// The broker's number for the topic is known (again); partitions may have been added.
    package func resolved(topicId: UInt32, partitionCount: Int) {
        self.topicId = topicId
        while lanes.count < partitionCount { lanes.append(Lane()) }
    }

    /// The broker has stored the batch.
    package func stored(_ batch: ProducerBatch, baseOffset: Int64) {
        lanes[batch.partition].inFlightCount -= 1
        backoff.reset()
        settle(batch, .success(baseOffset))
    }

    /// The broker refused the batch.
    package func refused(
        _ batch: ProducerBatch, _ code: ErrorCode, _ error: ClientError, nowNanoseconds: Int64
    ) {
        lanes[batch.partition].inFlightCount -= 1
        // A broker that ran out of time may yet store the batch: that is not a clear refusal.
        let isInDoubt = code == .requestTimedOut
        if !isInDoubt { batch.refusedCount += 1 }
        let mayRetry =
            isInDoubt
            ? batch.sentCount - batch.refusedCount < terms.attemptCountMax
            : code.isRetriable && batch.refusedCount < terms.refusedCountMax
        retryOrFail(batch, mayRetry, error, nowNanoseconds)
    }

    /// Nobody knows what became of the batch.
    package func lost(
        _ batch: ProducerBatch, isFinal: Bool, _ error: ClientError, nowNanoseconds: Int64
    ) {
        lanes[batch.partition].inFlightCount -= 1
        let mayRetry = !isFinal && batch.sentCount - batch.refusedCount < terms.attemptCountMax
        retryOrFail(batch, mayRetry, error, nowNanoseconds)
    }

    private func retryOrFail(
        _ batch: ProducerBatch, _ mayRetry: Bool, _ error: ClientError, _ now: Int64
    ) {
        let next = saturatingSum(now, backoff.nextNanoseconds())
        guard mayRetry, next < batch.deadlineNanoseconds else {
            settle(batch, .failure(error))
            return
        }
        batch.notBeforeNanoseconds = next
        let lane = batch.partition
        if lanes[lane].closed.isEmpty { closedPartitions.append(lane) }
        let index =
            lanes[lane].closed.firstIndex { $0.sequence > batch.sequence }
            ?? lanes[lane].closed.count
        lanes[lane].closed.insert(batch, at: index)
    }

    /// Gives up everything, for good.
    package func failAll(_ error: ClientError) {
        closeAll()
        for partition in closedPartitions {
            for batch in lanes[partition].closed { settle(batch, .failure(error)) }
            lanes[partition].closed = []
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
    private func settle(_ batch: ProducerBatch, _ result: Result<Int64?, ClientError>) {
        held.byteCount -= batch.capacity
        unsettledSequences.remove(batch.sequence)
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
        for index in flushes.indices { flushes[index].sequences.remove(batch.sequence) }
        for flush in flushes where flush.sequences.isEmpty { flush.outcome.complete(.success(())) }
        flushes.removeAll { $0.sequences.isEmpty }
    }
}

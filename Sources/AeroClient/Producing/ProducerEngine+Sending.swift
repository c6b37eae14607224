// A producer's turn: what is ripe goes out, what is too old is given up.

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
        identify(transport, nowNanoseconds)
        placeWaiting(timestampMilliseconds, nowNanoseconds)
        closeRipe(nowNanoseconds, isDraining: isDraining)
        expire(transport, nowNanoseconds)
        // BOUND: a round with nothing sent ends it; each round sends at least one batch.
        while send(transport, nowNanoseconds), !waiting.isEmpty {
            // What was sent without acknowledgement has made room.
            placeWaiting(timestampMilliseconds, nowNanoseconds)
            closeRipe(nowNanoseconds, isDraining: isDraining)
        }
        // Sending may have found that a newer epoch is needed.
        identify(transport, nowNanoseconds)
    }

    /// When `turn` has something to do that no event announces; `Int64.max` for never.
    package var nextDueNanoseconds: Int64 {
        var due = identityDueNanoseconds
        for partition in openPartitions {
            guard let open = lanes[partition].open else { continue }
            // A batch that could not be sent goes on filling until an answer makes room.
            due = min(
                due,
                lanes[partition].mayClose(terms)
                    ? ripeNanoseconds(open) : open.deadlineNanoseconds)
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

    /// When an open batch has waited long enough.
    private func ripeNanoseconds(_ open: ProducerBatch) -> Int64 {
        let linger =
            terms.isAdaptive
            ? sizing.lingerNanoseconds(
                byteCount: open.openByteCount, inFlightCount: inFlightCount)
            : terms.lingerNanoseconds
        return saturatingSum(open.openedNanoseconds, linger)
    }

    private func closeRipe(_ now: Int64, isDraining: Bool) {
        for partition in openPartitions {
            guard let open = lanes[partition].open else { continue }
            let isRipe = lanes[partition].mayClose(terms) && now >= ripeNanoseconds(open)
            if isRipe || isDraining || now >= open.deadlineNanoseconds { closeBatch(of: partition) }
        }
    }

    private func expire(_ transport: some BatchTransport, _ now: Int64) {
        for partition in closedPartitions {
            while let first = lanes[partition].closed.first, now >= first.deadlineNanoseconds {
                _ = lanes[partition].removeFirstClosed()
                let accepted = first.deadlineNanoseconds - terms.deliveryTimeoutNanoseconds
                giveUp(
                    first,
                    transport.expiry(
                        elapsedNanoseconds: now - accepted,
                        isInDoubt: lanes[partition].isInDoubt(first)))
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
                transport.expiry(
                    elapsedNanoseconds: now - message.acceptedNanoseconds, isInDoubt: false))
        }
    }

    /// Sends what may be sent; true when a batch was settled by that, so that memory came back.
    private func send(_ transport: some BatchTransport, _ now: Int64) -> Bool {
        guard topicId != nil else { return false }
        var isMemoryFree = false
        lanes: for partition in closedPartitions {
            while let batch = lanes[partition].closed.first, batch.notBeforeNanoseconds <= now,
                lanes[partition].hasRoom(for: batch, terms)
            {
                guard batch.frameByteCount <= transport.frameByteCountMax else {
                    _ = lanes[partition].removeFirstClosed()
                    giveUp(batch, tooLarge(batch, transport.frameByteCountMax))
                    isMemoryFree = true
                    continue
                }
                guard seal(batch) else { continue lanes }
                let admission = transport.dispatch(
                    batch, of: self, timeoutNanoseconds: batch.deadlineNanoseconds - now,
                    nowNanoseconds: now)
                guard case .admitted = admission else { break lanes }
                batch.sentNanoseconds = now
                if acks(of: batch) == .none {
                    settle(lanes[partition].removeFirstClosed(), .success(nil))
                    isMemoryFree = true
                } else {
                    batch.noteSent()
                    lanes[partition].launchFirst()
                    inFlightCount += 1
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
}

// What arrives for a consumer, and what is acknowledged.

import AeroMemory
import AeroWire

extension ConsumerEngine {
    // MARK: - Deliveries

    /// Batches were pushed; the bytes are valid during the call.
    func delivered(
        lane: Int, subscriptionId: UInt64, highWatermark: Int64,
        batches: UnsafeRawBufferPointer, _ loop: ConnectionLoop
    ) {
        guard lanes.indices.contains(lane), case .live = lanes[lane].state,
            var next = lanes[lane].nextOffset
        else { return }
        // As the broker counts: below zero after a batch larger than the rest of the credit.
        lanes[lane].flow.creditByteCount -= batches.count
        let found: NewBatches?
        do throws(WireError) {
            if highWatermark < next {
                // A broker that was started anew counts from the beginning.
                guard lostPosition(lane, loop), lanes[lane].restart == .earliest else {
                    // The subscription is made anew, or the consumer has ended.
                    if lanes[lane].isLive { lanes[lane].state = .starved }
                    return
                }
                lanes[lane].restart = nil
                beginAnew(lane)
                next = 0
                lanes[lane].nextOffset = 0
            }
            found = try NewBatches(in: batches, from: next)
        } catch {
            finish(
                loop.context.error(
                    .corruptData, "records of \(topic) cannot be read: \(error)"))
            return
        }
        guard let found else {
            var cursor = RecordBatchCursor(0..<batches.count)
            noteSkipped(lane, &cursor, batches)
            return
        }
        deliver(found, of: batches, lane: lane, highWatermark: highWatermark, loop)
    }

    /// Hands what is new over, decompressed where it came compressed.
    private func deliver(
        _ found: NewBatches, of batches: UnsafeRawBufferPointer, lane: Int, highWatermark: Int64,
        _ loop: ConnectionLoop
    ) {
        var pieces = DeliveredPieces(
            found, of: batches,
            within: DecompressionBounds(
                batchByteCountMax: options.maximumBatchByteCount, within: loop.runtime.options))
        do throws(PoolError) {
            while let piece = try pieces.next(loop.decompressor, from: loop.keeper.pool) {
                lanes[lane].nextOffset = piece.offsets.upperBound + 1
                lanes[lane].deliveredThrough = piece.offsets.upperBound
                lanes[lane].flow.noteBuffered(piece)
                inbox.put(
                    DeliveredChunk(
                        piece, keeper: loop.keeper, topic: topic, lane: lane,
                        partition: Int(lanes[lane].partition), highWatermark: highWatermark,
                        incarnation: lanes[lane].incarnation))
            }
        } catch {
            // Nothing is lost: the position stays, and a new subscription starts from it.
            lanes[lane].state = .starved
        }
    }

    /// The application has all of it already: it is only noted as having come.
    private func noteSkipped(
        _ lane: Int, _ cursor: inout RecordBatchCursor, _ batches: UnsafeRawBufferPointer
    ) {
        do throws(WireError) {
            while let batch = try cursor.next(in: batches) {
                lanes[lane].deliveredThrough = batch.header.lastOffset
            }
        } catch {
            preconditionFailure("batches that were read once cannot be read: \(error)")
        }
    }

    // MARK: - Acknowledgements

    /// Acknowledges for a caller who waits for the broker's word.
    ///
    /// - Parameter incarnation: Which log of the partition is meant; nil for the present one.
    func acknowledge(
        partition: Int, throughOffset: Int64, incarnation: Int?, _ outcome: Outcome<Void>,
        timeoutNanoseconds: Int64, _ loop: ConnectionLoop
    ) {
        guard let lane = lanes.firstIndex(where: { Int($0.partition) == partition }) else {
            outcome.complete(
                .failure(
                    ClientError(
                        .unknownPartition, "the consumer does not read partition \(partition)")))
            return
        }
        guard throughOffset < lanes[lane].nextOffset ?? 0 else {
            outcome.complete(
                .failure(
                    ClientError(
                        .offsetOutOfRange, "offset \(throughOffset) has not been received yet")))
            return
        }
        guard incarnation ?? lanes[lane].incarnation == lanes[lane].incarnation else {
            outcome.complete(.failure(Self.bygone(throughOffset)))
            return
        }
        lanes[lane].pending.append(
            PendingAcknowledgement(
                throughOffset: throughOffset, outcome: outcome,
                startNanoseconds: loop.nowNanoseconds,
                deadlineNanoseconds: saturatingSum(loop.nowNanoseconds, timeoutNanoseconds)))
    }

    /// Sends what may be acknowledged: no more than has come on this connection.
    func pumpAcknowledgements(_ lane: Int, _ loop: ConnectionLoop) {
        let id = Self.subscriptionId(id, lane)
        while let index = lanes[lane].pending.firstIndex(where: {
            $0.throughOffset <= lanes[lane].deliveredThrough
        }) {
            let first = lanes[lane].pending[index]
            let payload = AcknowledgeRequest(
                subscriptionId: id, throughOffset: first.throughOffset)
            guard request(payload, .acknowledge(lane: lane, first), loop) else { return }
            lanes[lane].pending.remove(at: index)
            lanes[lane].acknowledgeThrough = max(
                lanes[lane].acknowledgeThrough, first.throughOffset)
            lanes[lane].toldThrough = max(lanes[lane].toldThrough, first.throughOffset)
        }
        let through = min(lanes[lane].acknowledgeThrough, lanes[lane].deliveredThrough)
        guard through > lanes[lane].toldThrough else { return }
        let isTold = loop.session.tell(
            AcknowledgeRequest(subscriptionId: id, throughOffset: through),
            nowNanoseconds: loop.nowNanoseconds)
        if isTold { lanes[lane].toldThrough = through }
    }

    /// Gives up acknowledgements whose time is over.
    func expireAcknowledgements(_ loop: ConnectionLoop) {
        let now = loop.nowNanoseconds
        for lane in lanes.indices where !lanes[lane].pending.isEmpty {
            for waiting in lanes[lane].pending where waiting.deadlineNanoseconds <= now {
                waiting.outcome.complete(
                    .failure(
                        loop.context.error(
                            .timedOut, "the partition was not subscribed in time",
                            elapsedNanoseconds: now - waiting.startNanoseconds)))
            }
            lanes[lane].pending.removeAll { $0.deadlineNanoseconds <= now }
        }
    }
}

// What the sessions of a worker report, passed on to the load engine.

import AeroClient
import AeroCore
import AeroIO
import AeroLoad
import AeroWire

/// Connects a session's events with the clients' state and the engine's sink.
///
/// SAFETY: made on the stack of a call that borrows the sink, and gone before that call returns.
struct AeroMQEvents<Sink: DriverSink & ~Copyable>: ClientSessionEvents, ~Copyable {
    let clients: AeroMQClients
    let sink: UnsafeMutablePointer<Sink>
    let nowNanoseconds: Int64

    mutating func ready(_ session: ClientSession) {
        if clients.measuresStages, !session.measuresStages {
            clients.refusal =
                "the broker does not know stage times, so it is no AeroMQ or an older one; "
                + "run without stages"
            return
        }
        guard let consumer = clients.consumerIndex(of: session) else { return }
        for position in clients.consumers[consumer].destinations.indices {
            clients.begin(consumer, position, session, nowNanoseconds)
        }
    }

    mutating func answered(
        _ session: ClientSession, _ request: PendingRequest, _ answer: SessionAnswer
    ) {
        switch (request.command, answer) {
        case (.send, .success):
            let batch = clients.batches[Int(request.context)]
            sink.pointee.acknowledged(batch.tokenList, nowNanoseconds: nowNanoseconds)
            clients.batches.giveBack(batch, nowNanoseconds: nowNanoseconds)
        case (.send, .refused(let code, let message)):
            fail(request, "send refused (\(code)): \(message)")
        case (.subscribe, .success):
            clients.subscribed(context: request.context, session)
        case (.fetch, .success(let payload)):
            fetched(payload, request, session)
        case (.subscribe, .refused(let code, let message)),
            (.fetch, .refused(let code, let message)):
            clients.refusal = "\(request.command) refused (\(code)): \(message)"
            sink.pointee.noted(
                clients.refusal ?? "", nowNanoseconds: nowNanoseconds)
        default: break
        }
    }

    mutating func failed(
        _ session: ClientSession, _ request: PendingRequest, _ cause: RequestFailure
    ) {
        switch (request.command, cause) {
        case (.send, _): fail(request, "send failed: \(cause.explanation)")
        case (.fetch, .timedOut):
            // Asked again at once: a consumer must not fall silent on a live connection.
            sink.pointee.noted(
                "fetch failed: \(cause.explanation)", nowNanoseconds: nowNanoseconds)
            clients.begin(
                Int(request.context >> 32), Int(request.context & 0xFFFF_FFFF), session,
                nowNanoseconds)
        case (.subscribe, .timedOut):
            clients.refusal = "subscribe failed: \(cause.explanation)"
            sink.pointee.noted(clients.refusal ?? "", nowNanoseconds: nowNanoseconds)
        default: break
        }
    }

    mutating func ended(
        _ session: ClientSession, subscriptionId: UInt64, _ code: ErrorCode, message: String
    ) {
        clients.refusal = "subscription ended (\(code)): \(message)"
        sink.pointee.noted(clients.refusal ?? "", nowNanoseconds: nowNanoseconds)
    }

    mutating func lost(_ session: ClientSession, _ loss: SessionLoss) {
        clients.lastLoss = loss.explanation
        if session.isClosed, !clients.isClosing { clients.refusal = loss.explanation }
        clients.unsubscribed(session)
        guard !clients.isClosing else { return }
        sink.pointee.noted(
            "connection lost: \(loss.explanation)", nowNanoseconds: nowNanoseconds)
    }

    mutating func delivered(
        _ session: ClientSession, subscriptionId: UInt64, highWatermark: Int64,
        batches: UnsafeRawBufferPointer
    ) {
        let consumer = Int(subscriptionId >> 32)
        let position = Int(subscriptionId & 0xFFFF_FFFF)
        guard clients.consumerIndex(of: session) == consumer,
            position < clients.consumers[consumer].states.count
        else {
            sink.pointee.noted(
                "messages for no subscription of the connection", nowNanoseconds: nowNanoseconds)
            return
        }
        take(batches, 0..<batches.count, consumer, position)
        if clients.measuresStages {
            clients.consumers[consumer].states[position].stageTimes
                .removeAll(keepingCapacity: true)
        }
        if clients.consumers[consumer].isPaced {
            hold(consumer, position, batches.count)
        } else {
            clients.credit(
                consumer, position, batches.count,
                through: clients.consumers[consumer].states[position].nextOffset, session,
                nowNanoseconds)
        }
    }

    /// Asks for no more until the consumer's handler is through.
    private func hold(_ consumer: Int, _ position: Int, _ byteCount: Int) {
        clients.hold(
            consumer, position, byteCount,
            untilNanoseconds: sink.pointee.freeNanoseconds(
                consumer: consumer, nowNanoseconds: nowNanoseconds))
    }

    // MARK: - Parts

    private mutating func fail(_ request: PendingRequest, _ reason: String) {
        let batch = clients.batches[Int(request.context)]
        sink.pointee.failed(batch.tokenList, reason, nowNanoseconds: nowNanoseconds)
        clients.batches.giveBack(batch, nowNanoseconds: nowNanoseconds)
    }

    private mutating func fetched(
        _ payload: UnsafeRawBufferPointer, _ request: PendingRequest, _ session: ClientSession
    ) {
        let consumer = Int(request.context >> 32)
        let position = Int(request.context & 0xFFFF_FFFF)
        do throws(WireError) {
            guard
                case .success(let reply) = try Reply<FetchReply>.decode(
                    in: payload, range: 0..<payload.count)
            else { return }
            take(payload, reply.batches, consumer, position)
        } catch {
            sink.pointee.noted("fetch not understood: \(error)", nowNanoseconds: nowNanoseconds)
        }
        guard !clients.consumers[consumer].isPaced else {
            hold(consumer, position, payload.count)
            return
        }
        clients.begin(consumer, position, session, nowNanoseconds)
    }

    /// Hands every record of some batches to the engine.
    ///
    /// The CRC of a batch is not checked again here: the stamp of each message carries one of its
    /// own over the whole value, which the ledger checks.
    private mutating func take(
        _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, _ consumer: Int, _ position: Int
    ) {
        var next = clients.consumers[consumer].states[position].nextOffset ?? 0
        do throws(WireError) {
            var batches = RecordBatchCursor(range)
            while let batch = try batches.next(in: bytes) {
                if batch.header.attributes.codec == CompressionCodec.none {
                    try take(batch, in: bytes, consumer, position)
                } else {
                    let plain = try clients.transcoder.plain(batch, in: bytes)
                    try take(plain.batch, in: plain.bytes, consumer, position)
                }
                next = batch.header.nextOffset
            }
        } catch {
            sink.pointee.noted("batch not understood: \(error)", nowNanoseconds: nowNanoseconds)
        }
        clients.consumers[consumer].states[position].nextOffset = next
    }

    /// Hands the records of a batch to the engine, but for those that it has been given already.
    private mutating func take(
        _ batch: RecordBatchView, in bytes: UnsafeRawBufferPointer, _ consumer: Int,
        _ position: Int
    ) throws(WireError) {
        let destination = clients.consumers[consumer].destinations[position]
        guard !clients.measuresStages else {
            try measure(batch, in: bytes, consumer, position)
            return
        }
        let expected = clients.consumers[consumer].states[position].nextOffset ?? 0
        var records = try RecordCursor(batch.header, at: batch.range.lowerBound)
        while let record = try records.next(in: bytes) {
            // A fetch from inside a batch brings the whole batch.
            guard batch.header.baseOffset + Int64(record.offsetDelta) >= expected,
                let value = record.value
            else { continue }
            sink.pointee.delivered(
                consumer: consumer, destination: destination,
                value: UnsafeRawBufferPointer(rebasing: bytes[value]),
                nowNanoseconds: nowNanoseconds)
        }
    }
}

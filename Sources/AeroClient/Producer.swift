// Sending messages.

import AeroIO

/// Sends messages to one topic, batched by partition.
///
/// Safe to use from any number of tasks. Messages of one task go out in the order of its calls,
/// as far as they share a partition (see `ProducerOptions.maximumInFlightBatches`).
public final class Producer: Sendable {
    /// The topic.
    public let topic: String
    private let handle: ClientHandle
    private let id: Int
    private let options: ProducerOptions

    init(_ handle: ClientHandle, id: Int, topic: String, options: ProducerOptions) {
        self.handle = handle
        self.id = id
        self.topic = topic
        self.options = options
    }

    /// Sends a message and waits for its outcome; suspends first while memory is at its bound.
    ///
    /// A cancelled task stops waiting: a message that is not in a batch by then is not sent, one
    /// that is may be stored all the same.
    ///
    /// - Returns: Where it was stored.
    /// - Throws: `.messageTooLarge`, `.invalidMessage`, `.timedOut`, `.connectionLost`,
    ///   `.closed`, `.cancelled`, or the broker's refusal.
    @discardableResult
    public func send(_ message: Message) async throws(ClientError) -> RecordMetadata {
        try check(message)
        let outcome = DeliveryOutcome()
        let admission = post(
            .message(outgoing(message, .task(outcome))), byteCount: message.queuedByteCount)
        if case .closed(let error) = admission { throw error }
        let result = await outcome.result.wait()
        withdraw(admission, after: result)
        return try result.get()
    }

    /// Sends messages together, with an outcome for each, in their order.
    ///
    /// The messages cross to the I/O thread at once and share batches; more than memory has room
    /// for follow as it becomes free. Cancellation ends the wait: outcomes not known by then are
    /// `.cancelled`.
    ///
    /// - Throws: `.closed` when nothing was sent because the connection is over.
    public func send(
        batch messages: [Message]
    ) async throws(ClientError) -> [Result<RecordMetadata, ClientError>] {
        let outcome = BatchOutcome(count: messages.count)
        var admissions: [PortAdmission] = []
        var chunk: [OutgoingMessage] = []
        var chunkByteCount = 0
        for (index, message) in messages.enumerated() {
            do throws(ClientError) { try check(message) } catch {
                outcome.complete(index, .failure(error))
                continue
            }
            if chunkByteCount + message.queuedByteCount > chunkByteCountMax, !chunk.isEmpty {
                admissions.append(post(.messages(chunk), byteCount: chunkByteCount))
                chunk = []
                chunkByteCount = 0
            }
            chunk.append(outgoing(message, .element(of: outcome, at: index)))
            chunkByteCount += message.queuedByteCount
        }
        if !chunk.isEmpty { admissions.append(post(.messages(chunk), byteCount: chunkByteCount)) }
        if case .closed(let error)? = admissions.first { throw error }
        if case .closed(let error)? = admissions.last { outcome.completeMissing(error) }
        let results = await outcome.wait()
        for admission in admissions { withdraw(admission) }
        return results
    }

    /// Hands a message over without suspending; `completion` hears of its outcome, exactly once.
    ///
    /// - Parameters:
    ///   - message: What to send.
    ///   - completion: Called on the connection's I/O thread: it must be short, and must not
    ///     block.
    /// - Throws: `.memoryLimit` when `ConnectionOptions.maximumMemory` has no room now,
    ///   `.messageTooLarge`, `.closed`; `completion` is not called then.
    public func enqueue(
        _ message: Message,
        completion: @escaping @Sendable (Result<RecordMetadata, ClientError>) -> Void
    ) throws(ClientError) {
        try offer(message, .handler(completion))
    }

    /// Hands a message over without suspending and without ever hearing of it again.
    ///
    /// - Throws: As `enqueue`. A message that is lost later is lost in silence.
    public func sendOneWay(_ message: Message) throws(ClientError) {
        try offer(message, .nobody)
    }

    /// Sends what lingers, and waits until every message handed over before has its outcome.
    ///
    /// - Throws: `.closed`, `.cancelled`. Messages that failed told their own senders.
    public func flush() async throws(ClientError) {
        let outcome = Outcome<Void>()
        let admission = post(.flush(outcome), byteCount: 0)
        if case .closed(let error) = admission { throw error }
        let result = await outcome.wait()
        withdraw(admission, after: result)
        try result.get()
    }

    /// Flushes, and frees what the producer holds. Later sends fail with `.closed`.
    public func close() async throws(ClientError) {
        try await flush()
        let outcome = Outcome<Void>()
        let id = id
        try await handle.runtime.ask(outcome) { loop in
            let error = loop.context.error(.closed, "the producer is closed")
            loop.producers.removeValue(forKey: id).map {
                $0.failAll(error)
                loop.runtime.data.release(
                    commandCount: 0, byteCount: $0.takeReleasedByteCount())
            }
            outcome.complete(.success(()))
        }
    }

    // MARK: - Parts

    private var chunkByteCountMax: Int { handle.runtime.options.queuedByteCountMax / 4 }

    private func check(_ message: Message) throws(ClientError) {
        guard message.byteCount <= options.maximumMessageByteCount,
            message.queuedByteCount <= handle.runtime.options.queuedByteCountMax,
            ProducerBatch.frameByteCountBound(message)
                <= max(
                    ProducerBatch.frameByteCountBound(options.maximumMessageByteCount),
                    options.batchByteCount)
        else {
            throw ClientError(
                .messageTooLarge,
                "a message of \(message.byteCount) B is above the limit of "
                    + "\(options.maximumMessageByteCount) B",
                brokerAddress: handle.runtime.brokerAddress)
        }
    }

    private func outgoing(_ message: Message, _ sink: DeliverySink) -> OutgoingMessage {
        OutgoingMessage(
            message, sink: sink, acceptedNanoseconds: MonotonicClock.nowNanoseconds())
    }

    private func post(_ work: ProducerCommand.Work, byteCount: Int) -> PortAdmission {
        handle.runtime.data.post(
            ProducerCommand(producerId: id, work: work), byteCount: byteCount)
    }

    private func offer(_ message: Message, _ sink: DeliverySink) throws(ClientError) {
        try check(message)
        let command = ProducerCommand(producerId: id, work: .message(outgoing(message, sink)))
        switch handle.runtime.data.offer(command, byteCount: message.queuedByteCount) {
        case .admitted, .parked: return
        case .closed(let error): throw error
        case .full:
            throw ClientError(
                .memoryLimit,
                "queued messages have reached their share of maximumMemory "
                    + "(\(handle.runtime.options.maximumMemory) B); wait for completions",
                brokerAddress: handle.runtime.brokerAddress)
        }
    }

    /// Takes a command back whose caller was cancelled while it was still parked.
    private func withdraw<Value>(
        _ admission: PortAdmission, after result: Result<Value, ClientError>
    ) {
        if case .failure(let error) = result, error.code == .cancelled { withdraw(admission) }
    }

    private func withdraw(_ admission: PortAdmission) {
        if case .parked(let ticket) = admission { handle.runtime.data.withdraw(ticket) }
    }
}

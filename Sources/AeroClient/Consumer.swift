// Receiving records.

import AeroIO
import AeroWire

/// Receives the records of one topic, batch by batch.
///
/// By pull, `poll(maximumWait:)` takes what there is; by push, `batches` is a sequence of batches
/// that were sent ahead, within `ConsumerOptions.receiveWindow`. After a lost connection a
/// consumer subscribes again from where it was. One task at a time should take batches.
public final class Consumer: Sendable {
    /// The topic.
    public let topic: String
    let handle: ClientHandle
    private let id: Int
    let options: ConsumerOptions
    let inbox: ConsumerInbox

    init(
        _ handle: ClientHandle, id: Int, topic: String, options: ConsumerOptions,
        inbox: ConsumerInbox
    ) {
        self.handle = handle
        self.id = id
        self.topic = topic
        self.options = options
        self.inbox = inbox
    }

    deinit {
        // A queue full of control commands leaves the rest to the end of the connection.
        let id = id
        _ = handle.runtime.tell { $0.removeConsumer(id) }
    }

    /// Takes the next batch, waiting for one at most so long.
    ///
    /// With automatic acknowledgement this acknowledges the batch taken before.
    ///
    /// - Parameter maximumWait: Zero takes only what is already here.
    /// - Returns: A batch of one partition, or nil when there was none in time.
    /// - Throws: `.closed`, `.cancelled`, `.corruptData`, or why the subscription ended.
    public func poll(maximumWait: Duration) async throws(ClientError) -> RecordBatch? {
        let wait = maximumWait.wholeNanoseconds
        let now = MonotonicClock.nowNanoseconds()
        return try await take(deadlineNanoseconds: saturatingSum(now, wait), isOver: wait <= 0)
    }

    /// The batches, for `for try await`: one element for many records.
    ///
    /// Ends when the consumer or its connection is closed by the caller; throws otherwise, also
    /// `.cancelled`.
    public var batches: RecordBatches { RecordBatches(consumer: self) }

    /// Acknowledges every record of the batch's partition up to the batch's last.
    ///
    /// - Throws: As `acknowledge(through:partition:)`.
    public func acknowledge(through batch: RecordBatch) async throws(ClientError) {
        try await acknowledge(
            through: batch.lastOffset, partition: batch.partition,
            incarnation: batch.chunk.incarnation)
    }

    /// Acknowledges every record of a partition up to an offset, and waits for the broker to have
    /// taken it, over a lost connection too.
    ///
    /// - Throws: `.offsetOutOfRange` for what was not received or was lost since,
    ///   `.unknownPartition`, `.timedOut`, `.closed`: the records may come again then.
    public func acknowledge(
        through offset: Int64, partition: Int
    ) async throws(ClientError) {
        try await acknowledge(through: offset, partition: partition, incarnation: nil)
    }

    private func acknowledge(
        through offset: Int64, partition: Int, incarnation: Int?
    ) async throws(ClientError) {
        let outcome = Outcome<Void>()
        let id = id
        let timeout = handle.runtime.options.requestTimeout.wholeNanoseconds
        try await handle.runtime.ask(outcome) { loop in
            guard loop.end == nil, let consumer = loop.consumers[id] else {
                outcome.complete(
                    .failure(loop.end ?? loop.context.error(.closed, "the consumer is closed")))
                return
            }
            consumer.acknowledge(
                partition: partition, throughOffset: offset, incarnation: incarnation, outcome,
                timeoutNanoseconds: timeout, loop)
        }
    }

    /// Ends the subscriptions; batches not taken are dropped.
    ///
    /// With automatic acknowledgement this acknowledges the batch taken last, as far as there is a
    /// connection; of records that a handler works off, those that it has. A group keeps its
    /// position. Dropping the consumer instead leaves that batch to come again.
    public func close() async {
        inbox.fail(ClientError(.closed, "the consumer is closed"), keepsChunks: false)
        let outcome = Outcome<Void>()
        let id = id
        do throws(ClientError) {
            try await handle.runtime.ask(outcome) { loop in
                loop.consumers[id]?.settleTaken(loop)
                loop.removeConsumer(id)
                outcome.complete(.success(()))
            }
        } catch {
            // The connection is over, and its subscriptions with it: nothing is left to close.
            return
        }
    }

    /// The next batch, however long it takes; nil when closed by the caller.
    func next() async throws(ClientError) -> RecordBatch? {
        do throws(ClientError) {
            return try await take(deadlineNanoseconds: .max, isOver: false)
        } catch {
            guard error.code == .closed else { throw error }
            return nil
        }
    }

    func take(
        deadlineNanoseconds: Int64, isOver: Bool
    ) async throws(ClientError) -> RecordBatch? {
        try await inbox.takeBatch(
            deadlineNanoseconds: deadlineNanoseconds, isOver: isOver, handle.runtime
        ) { chunk, error in
            "records from offset \(chunk.firstOffset) cannot be read: " + error.recordsExplanation
        }
    }
}

/// The batches of a consumer as they come.
public struct RecordBatches: AsyncSequence, Sendable {
    let consumer: Consumer

    /// Starts to take batches where the consumer is.
    public func makeAsyncIterator() -> Iterator { Iterator(consumer: consumer) }

    /// Takes the batches of a consumer.
    public struct Iterator: AsyncIteratorProtocol {
        let consumer: Consumer

        /// The next batch; nil when the consumer or its connection was closed by the caller.
        public mutating func next() async throws(ClientError) -> RecordBatch? {
            try await consumer.next()
        }

        /// The next batch; nil when the consumer or its connection was closed by the caller.
        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(ClientError) -> RecordBatch? {
            try await consumer.next()
        }
    }
}

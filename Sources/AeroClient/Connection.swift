// The entrance to the public client: one connection to one broker.

import AeroIO
import AeroWire

/// A connection to a broker, shared by producers, consumers and administration.
///
/// ```swift
/// try await Connection.withConnection(to: "localhost:7000") { connection in
///     let producer = try await connection.makeProducer(topic: "orders")
///     let stored = try await producer.send(Message("hello", key: "customer-7"))
/// }
/// ```
///
/// One thread of its own does all input and output; calls suspend their task and never block a
/// thread. Heartbeats and reconnection happen by themselves: `state` and `stateChanges` tell.
/// Dropping the last reference to a connection and everything made from it ends it at once.
public final class Connection: Sendable {
    let handle: ClientHandle

    init(_ handle: ClientHandle) { self.handle = handle }

    /// Connects, runs `body`, and closes on every path.
    ///
    /// When `body` returns, what it sent is delivered first, for up to `closeTimeout`; when it
    /// throws or its task is cancelled, the connection ends at once.
    ///
    /// - Parameters:
    ///   - address: HOST:PORT.
    ///   - options: Bounds and timeouts.
    ///   - body: May keep neither the connection nor what was made from it.
    /// - Throws: `ClientError` when connecting fails; what `body` throws.
    public static func withConnection<Value: Sendable>(
        to address: String, options: ConnectionOptions = ConnectionOptions(),
        _ body: (Connection) async throws -> Value
    ) async throws -> Value {
        let connection = try await connect(to: address, options: options)
        do {
            let value = try await body(connection)
            if Task.isCancelled { await connection.abort() } else { await connection.close() }
            return value
        } catch {
            await connection.abort()
            throw error
        }
    }

    /// Connects; the caller closes.
    ///
    /// The first attempt fails fast, with the cause: reconnection is for connections that were
    /// there once.
    ///
    /// - Parameters:
    ///   - address: HOST:PORT.
    ///   - options: Bounds and timeouts.
    /// - Throws: `.invalidAddress`, `.nameResolutionFailed`, `.connectionRefused`, `.timedOut`,
    ///   `.versionMismatch`, `.authenticationFailed`, `.protocolViolation`, `.cancelled`,
    ///   `.invalidConfiguration`, `.systemFailure`.
    public static func connect(
        to address: String, options: ConnectionOptions = ConnectionOptions()
    ) async throws(ClientError) -> Connection {
        try options.validate()
        let runtime = ClientRuntime(brokerAddress: address, options: options)
        let connected = Outcome<Void>()
        try ConnectionThread.start(runtime, connected: connected)
        // From here on the handle ends the thread, whichever way this goes.
        let handle = ClientHandle(runtime)
        try await connected.value()
        return Connection(handle)
    }

    /// The address it was made with.
    public var brokerAddress: String { handle.runtime.brokerAddress }

    /// What the connection is doing now.
    public var state: ConnectionState { handle.runtime.board.state }

    /// The current state and then every change, up to `.closed`. A follower that is far behind
    /// misses the oldest changes.
    public var stateChanges: AsyncStream<ConnectionState> { handle.runtime.board.changes() }

    /// Bytes that the client holds of `ConnectionOptions.maximumMemory`, cached buffers included.
    public var memoryByteCount: Int { handle.runtime.memoryByteCount }

    /// Creates, deletes, lists and describes topics.
    public var admin: Admin { Admin(handle) }

    /// Asks the broker for a sign of life.
    ///
    /// Heartbeats go by themselves; this is for those who want to know now.
    ///
    /// - Parameter timeout: How long the answer may take; nil for `requestTimeout`.
    /// - Returns: How long it took, waiting for a connection included.
    /// - Throws: `.timedOut`, `.connectionLost`, `.closed`, `.cancelled`.
    @discardableResult
    public func ping(timeout: Duration? = nil) async throws(ClientError) -> Duration {
        let start = MonotonicClock.nowNanoseconds()
        let _: PingReply = try await handle.runtime.call(
            PingRequest(opaque: UInt64(bitPattern: start)), timeout: timeout)
        return .nanoseconds(MonotonicClock.nowNanoseconds() - start)
    }

    /// Begins to close, as `close()` or, at once, as `abort()`; does not wait.
    func beginClosing(_ closing: Closing) { handle.runtime.signal.requestClose(closing) }

    /// Closes in order: nothing new is accepted, what was accepted is delivered, for up to
    /// `closeTimeout`; what is left then fails with `.closed`. Consumers that acknowledge by
    /// themselves acknowledge what was taken of them. Safe to call more than once.
    public func close() async {
        handle.runtime.signal.requestClose(.drained)
        await handle.runtime.ended.wait()
    }

    /// Ends at once: whatever is under way fails with `.closed`. Safe to call more than once.
    public func abort() async {
        handle.runtime.signal.requestClose(.immediate)
        await handle.runtime.ended.wait()
    }

    // MARK: - Producers and consumers

    /// Makes a producer for a topic.
    ///
    /// - Throws: `.unknownTopic`, `.invalidConfiguration`, or why the broker cannot be asked.
    public func makeProducer(
        topic: String, options: ProducerOptions = ProducerOptions()
    ) async throws(ClientError) -> Producer {
        try options.validate(within: handle.runtime.options)
        let description = try await admin.describe(topic)
        let runtime = handle.runtime
        let id = runtime.makeId()
        let outcome = Outcome<Void>()
        try await runtime.ask(outcome) { loop in
            if let end = loop.end {
                outcome.complete(.failure(end))
                return
            }
            let producer = ProducerEngine(
                topic: topic, topicId: description.topicId,
                partitionCount: description.partitions.count, terms: ProducerTerms(options),
                chooser: PartitionChooser(options.partitioner.kind, start: id),
                pool: loop.keeper.pool, held: loop.held, compressor: loop.compressor,
                seed: UInt64(id))
            loop.producers[id] = producer
            outcome.complete(.success(()))
        }
        return Producer(handle, id: id, topic: topic, options: options)
    }

    /// Makes a consumer and subscribes it.
    ///
    /// - Throws: `.unknownTopic`, `.unknownPartition`, `.groupPartitionTaken`,
    ///   `.offsetOutOfRange`, `.invalidConfiguration`, or why the broker cannot be asked.
    public func makeConsumer(
        topic: String, options: ConsumerOptions = ConsumerOptions()
    ) async throws(ClientError) -> Consumer {
        try options.validate(within: handle.runtime.options)
        let description = try await admin.describe(topic)
        let partitions: [UInt32]
        switch options.partitions {
        case .all: partitions = description.partitions.indices.map { UInt32($0) }
        case .list(let list): partitions = list.map { UInt32($0) }
        }
        var lanes: [ConsumerLane] = []
        for partition in partitions {
            var start: Int64 = 0
            if case .time(let milliseconds) = options.start {
                start = try await admin.offset(
                    topic: topic, partition: Int(partition), atOrAfterMilliseconds: milliseconds)
            }
            lanes.append(ConsumerLane(partition: partition, startOffset: start))
        }
        let begun = lanes
        let runtime = handle.runtime
        let id = runtime.makeId()
        let inbox = ConsumerInbox(acknowledgesPrevious: options.acknowledgement == .automatic)
        let started = Outcome<Void>()
        do throws(ClientError) {
            try await runtime.ask(started) { loop in
                if let end = loop.end {
                    started.complete(.failure(end))
                    return
                }
                loop.consumers[id] = ConsumerEngine(
                    id: id, topic: topic, topicId: description.topicId, lanes: begun,
                    options: options, inbox: inbox, started: started)
            }
        } catch {
            // Half of its partitions may be subscribed.
            _ = runtime.tell { $0.removeConsumer(id) }
            throw error
        }
        return Consumer(handle, id: id, topic: topic, options: options, inbox: inbox)
    }
}

// What a target of the load has to do: the one interface of all drivers.

/// Makes connections to one kind of target.
///
/// A driver is chosen once per run and called a few times; the worker loop is generic over its
/// `DriverWorker`, so that nothing per message goes through an existential.
@usableFromInline package protocol LoadDriver: Sendable {
    /// The driver's name in scenarios and results.
    static var name: String { get }

    /// Gets the target ready: creates topics. Called once, before any worker.
    func prepare(_ plan: LoadPlan) throws(DriverError)

    /// Gets this process ready for a target that another process of the run has prepared. Called
    /// once, before any worker, in place of `prepare`.
    func join(_ plan: LoadPlan) throws(DriverError)

    /// Runs one worker, on its thread: `seat.run(makeWorker)` and nothing else, where
    /// `makeWorker` connects the worker's clients and returns when all can send and receive.
    ///
    /// Every driver writes this line itself, because the loop is specialised in the module that
    /// names the concrete worker; from here it would run unspecialised, several times slower.
    func work(_ seat: WorkerSeat)

    /// What the target means by each class of the scenario, in order; empty where it is no broker.
    /// Called once, after `prepare`.
    func promises(_ plan: LoadPlan) throws(DriverError) -> [TargetPromise]

    /// Figures of the target that the driver can ask for, by their published names.
    ///
    /// Called before the load and after it, never during it.
    func statistics() throws(DriverError) -> [String: Int64]

    /// Removes what `prepare` created. Called once, after all workers have closed.
    func cleanUp(_ plan: LoadPlan) throws(DriverError)
}

extension LoadDriver {
    /// Does nothing: for targets that keep nothing of what `prepare` did.
    package func join(_ plan: LoadPlan) throws(DriverError) {}

    /// None: for targets that are no brokers.
    package func promises(_ plan: LoadPlan) throws(DriverError) -> [TargetPromise] { [] }
}

/// The clients of one worker thread: poll-driven, no threads or tasks of their own.
///
/// Producers and consumers are named by their index in the worker's assignment.
@usableFromInline package protocol DriverWorker: ~Copyable {
    /// Claims room for one message value.
    ///
    /// - Parameters:
    ///   - producer: Who sends.
    ///   - destination: The topic-partition of the producer's class.
    ///   - byteCount: Bytes of the value.
    ///   - token: Handed back when the message is acknowledged or fails.
    ///   - nowNanoseconds: The current time.
    /// - Returns: Where to write the value, to be followed by `commit`; nil when the driver can
    ///   take no more now (the message stays due and is late from then on).
    mutating func claim(
        producer: Int, destination: Int, byteCount: Int, token: UInt32, nowNanoseconds: Int64
    ) -> UnsafeMutableRawPointer?

    /// Claims room for one message value with a key; as the claim without one otherwise.
    ///
    /// - Parameter key: A drawn key, whose hash has chosen `destination`; nil for a message without
    ///   one, or with that of its destination. A driver of a target without keys leaves it out.
    mutating func claim(
        producer: Int, destination: Int, key: UInt64?, byteCount: Int, token: UInt32,
        nowNanoseconds: Int64
    ) -> UnsafeMutableRawPointer?

    /// Sends the claimed message, or puts it into a batch.
    mutating func commit(producer: Int, nowNanoseconds: Int64)

    /// Everything due has been committed: sends what need not wait for its linger time.
    mutating func flush(nowNanoseconds: Int64)

    /// Takes what has happened and waits for more until a time.
    ///
    /// - Parameters:
    ///   - untilNanoseconds: Return by then; at once when it has passed.
    ///   - sink: Told of acknowledgements, failures and deliveries.
    /// - Throws: When the worker cannot go on.
    mutating func poll<Sink: DriverSink & ~Copyable>(
        untilNanoseconds: Int64, into sink: inout Sink
    ) throws(DriverError)

    /// Closes every client of the worker; messages not yet acknowledged fail.
    mutating func close<Sink: DriverSink & ~Copyable>(into sink: inout Sink)
}

extension DriverWorker where Self: ~Copyable {
    /// Leaves the key out.
    @inlinable package mutating func claim(
        producer: Int, destination: Int, key: UInt64?, byteCount: Int, token: UInt32,
        nowNanoseconds: Int64
    ) -> UnsafeMutableRawPointer? {
        claim(
            producer: producer, destination: destination, byteCount: byteCount, token: token,
            nowNanoseconds: nowNanoseconds)
    }
}

/// What a driver tells the load engine.
@usableFromInline package protocol DriverSink: ~Copyable {
    /// Messages were acknowledged.
    ///
    /// - Parameters:
    ///   - tokens: Their tokens; borrowed for the call.
    ///   - nowNanoseconds: When the acknowledgement arrived.
    mutating func acknowledged(_ tokens: UnsafeBufferPointer<UInt32>, nowNanoseconds: Int64)

    /// Messages failed, or will never be acknowledged.
    mutating func failed(
        _ tokens: UnsafeBufferPointer<UInt32>, _ reason: String, nowNanoseconds: Int64)

    /// A message arrived.
    ///
    /// - Parameters:
    ///   - consumer: Who received it.
    ///   - destination: The topic-partition of the consumer's class that it arrived from.
    ///   - value: The message; borrowed for the call.
    ///   - nowNanoseconds: When it was received.
    mutating func delivered(
        consumer: Int, destination: Int, value: UnsafeRawBufferPointer, nowNanoseconds: Int64)

    /// When a consumer can take more: now, or a later time. A driver that can hold the target back
    /// asks it for no more until then; one that cannot leaves it out.
    func freeNanoseconds(consumer: Int, nowNanoseconds: Int64) -> Int64

    /// A message arrived, in a run that measures stages.
    ///
    /// - Parameters:
    ///   - consumer: Who received it.
    ///   - destination: The topic-partition of the consumer's class that it arrived from.
    ///   - value: The message; borrowed for the call.
    ///   - nowNanoseconds: When its consumer has it, which is now.
    ///   - stages: When it passed from stage to stage; nil when the target did not say.
    mutating func delivered(
        consumer: Int, destination: Int, value: UnsafeRawBufferPointer, nowNanoseconds: Int64,
        stages: StageTimes?)

    /// Bytes came in or went out, whether or not they complete a message: that is work. A driver
    /// without a network leaves it out.
    mutating func moved()

    /// Something happened that the result should mention, such as a lost connection.
    mutating func noted(_ incident: String, nowNanoseconds: Int64)
}

extension DriverSink where Self: ~Copyable {
    /// Always now: for sinks without consumers that handle anything.
    @inlinable package func freeNanoseconds(consumer: Int, nowNanoseconds: Int64) -> Int64 {
        nowNanoseconds
    }

    /// For sinks that do not ask who works.
    @inlinable package mutating func moved() {}

    /// Takes the message and leaves its stages out.
    @inlinable package mutating func delivered(
        consumer: Int, destination: Int, value: UnsafeRawBufferPointer, nowNanoseconds: Int64,
        stages: StageTimes?
    ) {
        delivered(
            consumer: consumer, destination: destination, value: value,
            nowNanoseconds: nowNanoseconds)
    }
}

/// Why a driver cannot go on: what it tried, with what, and what the target or the system said.
@usableFromInline package struct DriverError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was being done, e.g. "connect to 127.0.0.1:9000".
    @usableFromInline package let action: String
    /// What went wrong.
    @usableFromInline package let cause: String

    /// - Parameters:
    ///   - action: What was being done.
    ///   - cause: What went wrong.
    @usableFromInline package init(_ action: String, _ cause: String) {
        self.action = action
        self.cause = cause
    }

    @usableFromInline package var description: String { "cannot \(action): \(cause)" }
}

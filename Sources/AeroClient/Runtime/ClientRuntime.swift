// What callers and the I/O thread of one connection share.

import AeroIO
import AeroMemory
import AeroWire
import Synchronization

/// A command that is a closure run on the I/O thread; for the control plane.
struct ControlCommand: Sendable {
    let run: @Sendable (ConnectionLoop) -> Void
}

/// The shared part of one connection: queues in, state and errors out.
final class ClientRuntime: Sendable {
    let options: ConnectionOptions
    let brokerAddress: String
    let signal: ThreadSignal
    let data: CommandPort<ProducerCommand>
    let control: CommandPort<ControlCommand>
    let board = StateBoard()
    let ended = Latch()
    private let nextId = Atomic<Int>(1)
    private let pooledByteCount = Atomic<Int>(0)

    // BOUND: commands under way; callers beyond wait their turn.
    private static let dataCommandCountMax = 8_192
    private static let controlCommandCountMax = 1_024

    init(brokerAddress: String, options: ConnectionOptions) {
        self.brokerAddress = brokerAddress
        self.options = options
        let signal = ThreadSignal()
        self.signal = signal
        data = CommandPort(
            commandCountMax: Self.dataCommandCountMax,
            byteCountMax: options.queuedByteCountMax, signal: signal)
        control = CommandPort(
            commandCountMax: Self.controlCommandCountMax, byteCountMax: 0, signal: signal)
    }

    /// A number for a producer or consumer, unique within the connection.
    func makeId() -> Int { nextId.wrappingAdd(1, ordering: .relaxed).oldValue }

    /// Bytes that the client holds now: queued user data and pooled memory, free buffers included.
    var memoryByteCount: Int { data.byteCount + pooledByteCount.load(ordering: .relaxed) }

    /// The I/O thread says what its pool holds; a gauge, so relaxed.
    func report(pooledByteCount byteCount: Int) {
        pooledByteCount.store(byteCount, ordering: .relaxed)
    }

    // MARK: - Control commands

    /// Runs a closure on the I/O thread that completes `outcome`, and waits for it.
    func ask<Value: Sendable>(
        _ outcome: Outcome<Value>, _ run: @escaping @Sendable (ConnectionLoop) -> Void
    ) async throws(ClientError) -> Value {
        let admission = control.post(ControlCommand(run: run), byteCount: 0)
        if case .closed(let error) = admission { throw error }
        let result = await outcome.wait()
        if case .parked(let ticket) = admission { control.withdraw(ticket) }
        return try result.get()
    }

    /// Sends a request to the broker and waits for the answer.
    ///
    /// - Parameter timeout: How long it may take; nil for `ConnectionOptions.requestTimeout`.
    func call<Request: RequestPayload, Answer: ReplyPayload>(
        _ request: Request, timeout: Duration? = nil
    ) async throws(ClientError) -> Answer {
        let outcome = Outcome<Answer>()
        let now = MonotonicClock.nowNanoseconds()
        let call = ControlCall(
            request, outcome: outcome, startNanoseconds: now,
            deadlineNanoseconds: saturatingSum(
                now, (timeout ?? options.requestTimeout).wholeNanoseconds))
        return try await ask(outcome) { $0.begin(call) }
    }

    /// Runs a closure on the I/O thread, unless the connection is over or its queue full.
    ///
    /// - Returns: False when it will not run.
    func tell(_ run: @escaping @Sendable (ConnectionLoop) -> Void) -> Bool {
        if case .admitted = control.offer(ControlCommand(run: run), byteCount: 0) { return true }
        return false
    }
}

/// Keeps the thread of a connection going: what callers hold, and the I/O thread does not.
final class ClientHandle: Sendable {
    let runtime: ClientRuntime

    init(_ runtime: ClientRuntime) { self.runtime = runtime }

    deinit { runtime.signal.requestClose(.immediate) }
}

/// Keeps a connection's pool until the last of its buffers has come home.
///
/// SAFETY: the I/O thread alone allocates; others only hold on to it, and drop their buffers
/// first. The last drop happens after all others, ordered by reference counting.
final class PoolKeeper: @unchecked Sendable {
    let pool: BufferPool

    init(_ pool: BufferPool) { self.pool = pool }
}

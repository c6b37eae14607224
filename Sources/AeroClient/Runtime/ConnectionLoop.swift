// The I/O thread of one connection: its poller, its session, its producers and consumers.

import AeroCore
import AeroIO
import AeroMemory
import AeroWire

/// Runs one connection from its thread's start to its end. That thread owns it.
///
/// A turn: take commands, let producers and consumers do what is due, hand output to the kernel,
/// wait, take completions, let time pass.
final class ConnectionLoop {
    /// What a request in flight belongs to, by its context.
    enum RequestOwner {
        case send(ProducerEngine, ProducerBatch)
        case call(ControlCall)
        case resolve(ProducerEngine)
        case identify(ProducerEngine)
        case consumer(ConsumerEngine, ConsumerRequest)
        case group(GroupEngine, GroupRequest)
    }

    let runtime: ClientRuntime
    let keeper: PoolKeeper
    let session: ClientSession
    private var poller: EpollPoller
    private var data: MPSCQueue<ProducerCommand>.Consumer
    private var control: MPSCQueue<ControlCommand>.Consumer
    let connected: Outcome<Void>
    var producers: [Int: ProducerEngine] = [:]
    var consumers: [Int: ConsumerEngine] = [:]
    var groups: [Int: GroupEngine] = [:]
    var requests: [UInt64: RequestOwner] = [:]
    /// Calls that wait for a connection.
    var waitingCalls: [ControlCall] = []
    let held: ProducedBytes
    /// The codecs' state of this thread, for all its producers and consumers.
    let compressor = BatchCompressor()
    let decompressor = BatchDecompressor()
    var oneWay = OneWayMemory()
    var context: ErrorContext
    private var nextContext: UInt64 = 1
    var nowNanoseconds = MonotonicClock.nowNanoseconds()
    /// When a draining connection ends whatever is left.
    private var drainDeadlineNanoseconds: Int64?
    /// Why the connection is over; set once.
    var end: ClientError?
    private let startNanoseconds = MonotonicClock.nowNanoseconds()

    // BOUND: commands taken in one turn, so that the socket gets its turn too.
    private static let commandCountMaxPerTurn = 4_096
    /// How often the gauges are written and queues of a closing connection looked at.
    private static let idleWaitNanoseconds: Int64 = 1_000_000_000

    init(
        _ runtime: ClientRuntime, address: SocketAddress, keeper: PoolKeeper,
        connected: Outcome<Void>
    ) throws(Errno) {
        self.runtime = runtime
        self.keeper = keeper
        self.connected = connected
        poller = try EpollPoller(configuration: PollerConfiguration())
        data = runtime.data.takeConsumer()
        control = runtime.control.takeConsumer()
        held = ProducedBytes(byteCountMax: runtime.options.producedByteCountMax)
        context = ErrorContext(brokerAddress: runtime.brokerAddress)
        // Any number will do: it spreads the reconnections of clients started together.
        let seed = UInt64(bitPattern: startNanoseconds)
        session = ClientSession(
            address: address, slot: 0, clientId: runtime.options.clientId,
            terms: runtime.options.sessionTerms(seed: seed), pool: keeper.pool)
    }

    /// Runs until the connection is over and everybody has been told.
    func run() {
        runtime.signal.attach(poller.waker)
        var events = ConnectionEvents(loop: self)
        session.open(&poller, &events, nowNanoseconds: nowNanoseconds)
        while end == nil {
            turn(&events)
            guard end == nil else { break }
            do throws(Errno) {
                try poller.wait(timeoutNanoseconds: waitNanoseconds)
            } catch {
                finish(context.error(.systemFailure, "waiting for the broker failed: \(error)"))
            }
            takeCompletions(&events)
        }
        shutDown(&events)
    }

    private func turn(_ events: inout ConnectionEvents) {
        nowNanoseconds = MonotonicClock.nowNanoseconds()
        checkClosing()
        takeCommands()
        let isDraining = drainDeadlineNanoseconds != nil
        let timestamp = WallClock.nowMilliseconds()
        oneWay.collect(unsentByteCount: session.unsentByteCount)
        var releasedByteCount = 0
        for producer in producers.values {
            if session.isReady, producer.takeTopicRequest() { resolve(producer) }
            producer.turn(
                self, timestampMilliseconds: timestamp, nowNanoseconds: nowNanoseconds,
                isDraining: isDraining)
            releasedByteCount += producer.takeReleasedByteCount()
        }
        runtime.data.release(commandCount: 0, byteCount: releasedByteCount)
        for consumer in consumers.values { consumer.turn(self) }
        for group in groups.values { group.turn(self) }
        expireCalls()
        session.flush(&poller)
        session.tick(&poller, &events, nowNanoseconds: nowNanoseconds)
        let pool = keeper.pool.statistics
        runtime.report(pooledByteCount: pool.bytesOutstanding + pool.bytesCached)
    }

    private func takeCommands() {
        var taken = 0
        while taken < Self.commandCountMaxPerTurn, let command = control.tryPop() {
            taken += 1
            command.run(self)
        }
        runtime.control.release(commandCount: taken, byteCount: 0)
        taken = 0
        let timestamp = WallClock.nowMilliseconds()
        while taken < Self.commandCountMaxPerTurn, let command = data.tryPop() {
            taken += 1
            perform(command, timestamp)
        }
        runtime.data.release(commandCount: taken, byteCount: 0)
    }

    private var waitNanoseconds: Int64 {
        if !data.isEmpty || !control.isEmpty { return 0 }
        var due = min(
            session.nextTickNanoseconds,
            saturatingSum(nowNanoseconds, Self.idleWaitNanoseconds))
        if let drainDeadlineNanoseconds { due = min(due, drainDeadlineNanoseconds) }
        for producer in producers.values { due = min(due, producer.nextDueNanoseconds) }
        for consumer in consumers.values { due = min(due, consumer.nextDueNanoseconds) }
        for group in groups.values { due = min(due, group.nextDueNanoseconds) }
        for call in waitingCalls { due = min(due, call.deadlineNanoseconds) }
        return max(due - MonotonicClock.nowNanoseconds(), 0)
    }

    private func takeCompletions(_ events: inout ConnectionEvents) {
        nowNanoseconds = MonotonicClock.nowNanoseconds()
        while let completion = poller.next() {
            if case .woken = completion { continue }
            session.handle(completion, &poller, &events, nowNanoseconds: nowNanoseconds)
        }
    }

    /// A fresh name for a request in flight.
    func register(_ owner: RequestOwner) -> UInt64 {
        nextContext += 1
        requests[nextContext] = owner
        return nextContext
    }

    // MARK: - The end

    /// The connection is over for this reason; the thread ends after this turn.
    func finish(_ error: ClientError) { end = end ?? error }

    private func checkClosing() {
        switch runtime.signal.closing {
        case nil: return
        case .immediate: finish(closedByCaller)
        case .drained:
            let deadline =
                drainDeadlineNanoseconds
                ?? saturatingSum(nowNanoseconds, runtime.options.closeTimeout.wholeNanoseconds)
            if drainDeadlineNanoseconds == nil {
                drainDeadlineNanoseconds = deadline
                for command in runtime.data.close(closedByCaller) { fail(command, closedByCaller) }
                // Groups are left in order, so that others need not miss us first.
                for group in groups.values { group.beginClosing(Outcome<Void>(), self) }
                for consumer in consumers.values { consumer.settleTaken(self) }
            }
            let isIdle =
                runtime.data.isEmpty && groups.isEmpty && producers.values.allSatisfy(\.isIdle)
                && (session.unsentByteCount == 0 || !session.isReady)
            if isIdle || nowNanoseconds >= deadline { finish(closedByCaller) }
        }
    }

    private var closedByCaller: ClientError {
        context.error(.closed, "the connection was closed by the client")
    }

    /// Tells everybody, and lets go of all memory.
    private func shutDown(_ events: inout ConnectionEvents) {
        let error = end ?? closedByCaller
        for command in runtime.data.close(error) { fail(command, error) }
        for command in runtime.control.close(error) { command.run(self) }
        // BOUND: ports are closed, so what is left was admitted before.
        while !runtime.data.isEmpty || !runtime.control.isEmpty { takeCommands() }
        session.close(&poller, &events, nowNanoseconds: nowNanoseconds)
        takeCompletions(&events)
        for producer in producers.values {
            producer.failAll(error)
            runtime.data.release(commandCount: 0, byteCount: producer.takeReleasedByteCount())
        }
        for consumer in consumers.values { consumer.finish(error) }
        for group in groups.values { group.finish(error) }
        for call in waitingCalls { call.finish(.failure(error)) }
        waitingCalls = []
        producers = [:]
        consumers = [:]
        groups = [:]
        requests = [:]
        connected.complete(.failure(error))
        let pool = keeper.pool.statistics
        runtime.report(pooledByteCount: pool.bytesOutstanding + pool.bytesCached)
    }
}

// The clients of one worker thread on an AeroMQ broker.

import AeroClient
import AeroCore
import AeroIO
package import AeroLoad
import AeroMemory
import AeroWire

/// Producers and consumers of one worker, each with a connection of its own, on one poller.
package struct AeroMQWorker: DriverWorker, ~Copyable {
    private let clients: AeroMQClients
    private let pool: BufferPool
    private var poller: EpollPoller
    private var nextTickNanoseconds: Int64 = 0
    private var nextReleaseNanoseconds = Int64.max
    private let storm: ConnectionStorm
    /// The last storm that has been heard of.
    private var stormNumber = 0

    init(
        _ assignment: WorkerAssignment, _ plan: LoadPlan, address: SocketAddress,
        topicIds: [[UInt32]], _ storm: ConnectionStorm
    ) throws(DriverError) {
        let pool = try ClientResources.makePool(byteCountMax: AeroMQClients.memoryByteCountMax)
        let poller = try ClientResources.makePoller()
        self.pool = pool
        self.poller = poller
        self.storm = storm
        clients = AeroMQClients(
            assignment, plan, address: address, topicIds: topicIds, pool: pool)
    }

    /// Connects and subscribes everybody.
    ///
    /// - Parameters:
    ///   - limit: How long that may take, in nanoseconds.
    ///   - isInterrupted: Asked many times a second; true gives up.
    consuming func connected(
        withinNanoseconds limit: Int64, _ isInterrupted: () -> Bool
    ) throws(DriverError) -> AeroMQWorker {
        var sink = SilentSink()
        let deadline = MonotonicClock.nowNanoseconds() + limit
        open(&sink)
        while !clients.isReady {
            let now = MonotonicClock.nowNanoseconds()
            let isGivenUp = isInterrupted()
            guard now < deadline, clients.refusal == nil, !isGivenUp else {
                throw DriverError(
                    "connect to \(clients.address)",
                    isGivenUp
                        ? "interrupted"
                        : clients.refusal ?? clients.lastLoss
                            ?? "not done within \(limit / 1_000_000) ms")
            }
            try poll(untilNanoseconds: now + 10_000_000, into: &sink)
        }
        return self
    }

    private mutating func open<Sink: DriverSink & ~Copyable>(_ sink: inout Sink) {
        let now = MonotonicClock.nowNanoseconds()
        withUnsafeMutablePointer(to: &sink) { sink in
            var events = AeroMQEvents(clients: clients, sink: sink, nowNanoseconds: now)
            for session in clients.sessions {
                session.open(&poller, &events, nowNanoseconds: now)
            }
        }
    }

    // MARK: - Sending

    package mutating func claim(
        producer: Int, destination: Int, byteCount: Int, token: UInt32, nowNanoseconds: Int64
    ) -> UnsafeMutableRawPointer? {
        claim(
            producer: producer, destination: destination, key: nil, byteCount: byteCount,
            token: token, nowNanoseconds: nowNanoseconds)
    }

    package mutating func claim(
        producer: Int, destination: Int, key: UInt64?, byteCount: Int, token: UInt32,
        nowNanoseconds: Int64
    ) -> UnsafeMutableRawPointer? {
        clients.batches.claim(
            producer: producer, destination: destination, key: key, byteCount: byteCount,
            token: token, nowNanoseconds: nowNanoseconds, clients)
    }

    package mutating func commit(producer: Int, nowNanoseconds: Int64) {
        clients.batches.commit(producer: producer, nowNanoseconds: nowNanoseconds, clients)
    }

    package mutating func flush(nowNanoseconds: Int64) {
        clients.batches.sendRipe(nowNanoseconds: nowNanoseconds, clients)
        clients.flushSessions(&poller)
    }

    // MARK: - Receiving

    package mutating func poll<Sink: DriverSink & ~Copyable>(
        untilNanoseconds: Int64, into sink: inout Sink
    ) throws(DriverError) {
        let now = MonotonicClock.nowNanoseconds()
        let until = min(
            untilNanoseconds, clients.batches.nextRipeNanoseconds(after: now),
            nextReleaseNanoseconds)
        do throws(Errno) {
            try poller.wait(
                timeoutNanoseconds: PollPacing.timeoutNanoseconds(
                    untilNanoseconds: until, nowNanoseconds: now))
        } catch {
            throw DriverError("wait for the broker", "\(error)")
        }
        takeCompletions(&sink)
        let after = MonotonicClock.nowNanoseconds()
        if after >= nextTickNanoseconds { tick(after, &sink) }
        if !clients.pacedConsumers.isEmpty {
            nextReleaseNanoseconds = clients.release(nowNanoseconds: after)
        }
        clients.flushSessions(&poller)
    }

    private mutating func takeCompletions<Sink: DriverSink & ~Copyable>(_ sink: inout Sink) {
        withUnsafeMutablePointer(to: &sink) { sink in
            while let completion = poller.next() {
                guard let token = completion.token else { continue }
                if completion.movesBytes { sink.pointee.moved() }
                let now = MonotonicClock.nowNanoseconds()
                var events = AeroMQEvents(clients: clients, sink: sink, nowNanoseconds: now)
                clients.sessions[Int(token.index)].handle(
                    completion, &poller, &events, nowNanoseconds: now)
            }
        }
    }

    private mutating func tick<Sink: DriverSink & ~Copyable>(_ now: Int64, _ sink: inout Sink) {
        nextTickNanoseconds = now + PollPacing.tickIntervalNanoseconds
        withUnsafeMutablePointer(to: &sink) { sink in
            var events = AeroMQEvents(clients: clients, sink: sink, nowNanoseconds: now)
            for session in clients.sessions where session.nextTickNanoseconds <= now {
                session.tick(&poller, &events, nowNanoseconds: now)
            }
        }
        weather(now, &sink)
    }

    /// Cuts the connections that a storm is about.
    private mutating func weather<Sink: DriverSink & ~Copyable>(_ now: Int64, _ sink: inout Sink) {
        let order = storm.order
        guard order.isGoingOn || order.number != stormNumber else { return }
        stormNumber = order.number
        withUnsafeMutablePointer(to: &sink) { sink in
            var events = AeroMQEvents(clients: clients, sink: sink, nowNanoseconds: now)
            for (index, session) in clients.sessions.enumerated()
            where order.concerns(index) && session.isReady {
                session.handle(
                    .failed(session.token, .connectionReset), &poller, &events,
                    nowNanoseconds: now)
            }
        }
    }

    package mutating func close<Sink: DriverSink & ~Copyable>(into sink: inout Sink) {
        clients.isClosing = true
        let now = MonotonicClock.nowNanoseconds()
        withUnsafeMutablePointer(to: &sink) { sink in
            var events = AeroMQEvents(clients: clients, sink: sink, nowNanoseconds: now)
            for session in clients.sessions {
                session.close(&poller, &events, nowNanoseconds: now)
            }
        }
        takeCompletions(&sink)
        clients.batches.removeAll()
        clients.transcoder.removeAll()
    }
}

extension Completion {
    /// Whether anything was sent or received.
    fileprivate var movesBytes: Bool {
        switch self {
        case .sent, .received: true
        case .connected, .endOfStream, .failed, .closed, .accepted, .woken: false
        }
    }

    /// The connection it is about.
    fileprivate var token: Token? {
        switch self {
        case .connected(let token), .received(let token, _), .endOfStream(let token),
            .sent(let token, _), .failed(let token, _), .closed(let token):
            token
        case .accepted, .woken: nil
        }
    }
}

/// Hears what happens before the load begins, when there is no message to account for yet.
struct SilentSink: DriverSink, ~Copyable {
    mutating func acknowledged(_ tokens: UnsafeBufferPointer<UInt32>, nowNanoseconds: Int64) {
        precondition(tokens.isEmpty, "nothing was sent yet")
    }

    mutating func failed(
        _ tokens: UnsafeBufferPointer<UInt32>, _ reason: String, nowNanoseconds: Int64
    ) {
        precondition(tokens.isEmpty, "nothing was sent yet")
    }

    /// Topics are new with each run, so a message now is somebody else's: the ledger of the run
    /// begins later, and such a sender will show up in it as foreign.
    mutating func delivered(
        consumer: Int, destination: Int, value: UnsafeRawBufferPointer, nowNanoseconds: Int64
    ) {}

    /// The driver keeps the last loss itself and reports it if connecting fails.
    mutating func noted(_ incident: String, nowNanoseconds: Int64) {}
}

// The life of one client connection: connect, handshake, requests, heartbeats, reconnection.

package import AeroWire

/// What a session promises its broker and its caller.
package struct SessionTerms: Sendable, Equatable {
    /// Requests in flight at one time.
    package var inFlightRequestCountMax = 1_024
    /// Bytes of requests in flight at one time; one request is always allowed.
    package var inFlightByteCountMax = 64 << 20
    /// How long a request may take.
    package var requestTimeoutNanoseconds: Int64 = 30_000_000_000
    /// How long connecting and the handshake may take together.
    package var connectTimeoutNanoseconds: Int64 = 10_000_000_000
    /// How long output may wait without the kernel taking any of it.
    package var writeTimeoutNanoseconds: Int64 = .max
    /// First and longest wait before reconnecting.
    package var backoffNanoseconds: ClosedRange<Int64> = 50_000_000...5_000_000_000
    /// False: a lost connection ends the session.
    package var reconnects = true
    /// Seed of the back-off's jitter.
    package var seed: UInt64 = 0

    package init() {}
}

/// Why a connection was lost or could not be made.
package enum SessionLoss: Error, Equatable, Sendable {
    /// The system refused or reset: an errno value.
    case system(errno: Int32)
    /// The broker ended the stream.
    case endOfStream
    /// The handshake was refused with this code.
    case refused(ErrorCode)
    /// Connecting or the handshake took too long.
    case connectTimedOut
    /// Nothing was heard, not even the answer to a PING.
    case heartbeatMissed
    /// The broker took nothing of what was sent for too long.
    case writeTimedOut
    /// The broker sent what the protocol does not allow.
    case protocolViolation
    /// The caller closed the session.
    case closedByCaller
}

/// What the runner of a session is to do next.
package enum SessionAction: Equatable, Sendable {
    /// Open a socket.
    case connect
    /// Send CONNECT.
    case sendConnect
    /// Send PING with this request id.
    case sendPing(requestId: UInt64)
    /// Close the socket, then report every pending request as lost.
    case drop(SessionLoss)
    /// Report this request as timed out; its answer will be ignored if it still comes.
    case timedOut(PendingRequest)
}

/// Whether a request may be sent now.
package enum RequestAdmission: Equatable, Sendable {
    /// Send it with this id.
    case admitted(requestId: UInt64)
    /// Too many requests in flight.
    case tooManyRequests
    /// Too many bytes in flight.
    case tooManyBytes
    /// No connection, or no handshake yet.
    case notConnected
}

/// Runs a session's rules without a socket and without a clock.
package struct ClientSessionStateMachine: ~Copyable {
    /// Where the session is in its life.
    package enum Phase: Equatable, Sendable {
        case idle
        case connecting(sinceNanoseconds: Int64)
        case handshaking(sinceNanoseconds: Int64)
        case ready
        case waiting(untilNanoseconds: Int64)
        case closed(SessionLoss)
    }

    private let terms: SessionTerms
    private var pending: PendingRequestTable
    private var backoff: ReconnectBackoff
    private var heartbeatNanoseconds: Int64 = 10_000_000_000
    private var lastHeardNanoseconds: Int64 = 0
    private var lastSentNanoseconds: Int64 = 0
    private var isPingInFlight = false
    /// What both sides allow on this connection.
    private var inFlightRequestCountMax: Int
    /// Since when output waits without any of it leaving; nil when none waits.
    private var stalledSinceNanoseconds: Int64?

    /// Where the session is in its life.
    package private(set) var phase = Phase.idle
    /// Why it was lost last.
    package private(set) var lastLoss: SessionLoss?

    /// - Parameter terms: Bounds and timeouts.
    package init(terms: SessionTerms) {
        self.terms = terms
        inFlightRequestCountMax = terms.inFlightRequestCountMax
        // One more than the caller may use: for the PING that finds a dead peer.
        pending = PendingRequestTable(capacity: terms.inFlightRequestCountMax + 1)
        backoff = ReconnectBackoff(
            firstNanoseconds: terms.backoffNanoseconds.lowerBound,
            capNanoseconds: terms.backoffNanoseconds.upperBound, seed: terms.seed)
    }

    /// Requests waiting for an answer.
    package var inFlightRequestCount: Int { pending.count }
    /// True when requests may be sent.
    package var isReady: Bool { phase == .ready }

    // MARK: - Connection events

    /// The caller wants a connection.
    package mutating func open(nowNanoseconds: Int64) -> SessionAction {
        precondition(phase == .idle, "a session is opened once")
        phase = .connecting(sinceNanoseconds: nowNanoseconds)
        return .connect
    }

    /// The socket is connected.
    package mutating func connected(nowNanoseconds: Int64) -> SessionAction {
        var start = nowNanoseconds
        if case .connecting(let since) = phase { start = since }
        phase = .handshaking(sinceNanoseconds: start)
        lastHeardNanoseconds = nowNanoseconds
        lastSentNanoseconds = nowNanoseconds
        return .sendConnect
    }

    /// The broker welcomed the client.
    ///
    /// - Parameters:
    ///   - heartbeatMilliseconds: How often the broker wants to hear something.
    ///   - maximumInFlightRequests: How many requests it lets a client have unanswered, PING
    ///     included; this session's own bound holds, too.
    package mutating func welcomed(
        heartbeatMilliseconds: UInt32, maximumInFlightRequests: UInt32 = .max,
        nowNanoseconds: Int64
    ) {
        phase = .ready
        // One is kept for the PING that finds a dead peer.
        inFlightRequestCountMax = max(
            min(terms.inFlightRequestCountMax, Int(maximumInFlightRequests) - 1), 1)
        backoff.reset()
        isPingInFlight = false
        // Half the interval asked for, so that one late timer is not a missed heartbeat.
        heartbeatNanoseconds = max(Int64(heartbeatMilliseconds) * 500_000, 1_000_000)
        heard(nowNanoseconds: nowNanoseconds)
    }

    /// Bytes arrived.
    package mutating func heard(nowNanoseconds: Int64) { lastHeardNanoseconds = nowNanoseconds }

    /// A frame that wants no answer was sent.
    package mutating func sentOneWay(nowNanoseconds: Int64) {
        lastSentNanoseconds = nowNanoseconds
    }

    /// The connection is gone. Afterwards take every lost request with `takeLost`.
    package mutating func lost(_ loss: SessionLoss, nowNanoseconds: Int64) {
        lastLoss = loss
        isPingInFlight = false
        stalledSinceNanoseconds = nil
        let isFinal = !terms.reconnects || loss == .closedByCaller || loss.isPermanent
        phase =
            isFinal
            ? .closed(loss)
            : .waiting(untilNanoseconds: nowNanoseconds + backoff.nextNanoseconds())
    }

    // MARK: - Output

    /// There is output that the kernel has not taken; call before `tick`.
    package mutating func outputWaits(nowNanoseconds: Int64) {
        stalledSinceNanoseconds = stalledSinceNanoseconds ?? nowNanoseconds
    }

    /// The kernel took some of the output.
    package mutating func outputMoved() { stalledSinceNanoseconds = nil }

    private var writeDeadlineNanoseconds: Int64 {
        guard let stalledSinceNanoseconds else { return .max }
        let (sum, isBeyond) = stalledSinceNanoseconds.addingReportingOverflow(
            terms.writeTimeoutNanoseconds)
        return isBeyond ? .max : sum
    }

    // MARK: - Requests

    /// Asks for leave to send a request.
    ///
    /// - Parameters:
    ///   - command: What is asked; not CONNECT.
    ///   - context: The caller's word for it.
    ///   - byteCount: Bytes of the frame, for the in-flight bound.
    ///   - timeoutNanoseconds: How long it may take; nil for the session's own bound.
    package mutating func begin(
        _ command: Command, context: UInt64, byteCount: Int, nowNanoseconds: Int64,
        timeoutNanoseconds: Int64? = nil
    ) -> RequestAdmission {
        guard phase == .ready else { return .notConnected }
        guard pending.count == 0 || pending.byteCount + byteCount <= terms.inFlightByteCountMax
        else { return .tooManyBytes }
        guard pending.count - (isPingInFlight ? 1 : 0) < inFlightRequestCountMax else {
            return .tooManyRequests
        }
        let deadline = nowNanoseconds + (timeoutNanoseconds ?? terms.requestTimeoutNanoseconds)
        guard
            let id = pending.insert(
                command, context: context, byteCount: byteCount, sentNanoseconds: nowNanoseconds,
                deadlineNanoseconds: deadline)
        else { return .tooManyRequests }
        lastSentNanoseconds = nowNanoseconds
        return .admitted(requestId: id)
    }

    /// An answer arrived.
    ///
    /// - Returns: The request it answers, or nil when that was given up already.
    package mutating func answered(_ requestId: UInt64) -> PendingRequest? {
        guard let request = pending.remove(requestId) else { return nil }
        if request.command == .ping { isPingInFlight = false }
        return request
    }

    /// Takes one request that the lost connection left unanswered.
    package mutating func takeLost() -> PendingRequest? { pending.takeAny() }

    // MARK: - Time

    /// What time asks for; call until it answers nil.
    package mutating func tick(nowNanoseconds: Int64) -> SessionAction? {
        if nowNanoseconds > writeDeadlineNanoseconds { return .drop(.writeTimedOut) }
        switch phase {
        case .idle, .closed: return nil
        case .waiting(let until):
            guard nowNanoseconds >= until else { return nil }
            phase = .connecting(sinceNanoseconds: nowNanoseconds)
            return .connect
        case .connecting(let since), .handshaking(let since):
            guard nowNanoseconds - since > terms.connectTimeoutNanoseconds else { return nil }
            return .drop(.connectTimedOut)
        case .ready: return tickReady(nowNanoseconds)
        }
    }

    /// When `tick` has something to do next; `Int64.max` when never.
    package var nextTickNanoseconds: Int64 {
        switch phase {
        case .idle, .closed: Int64.max
        case .waiting(let until): until
        case .connecting(let since), .handshaking(let since):
            since + terms.connectTimeoutNanoseconds + 1
        case .ready:
            min(
                pending.earliestDeadlineNanoseconds,
                writeDeadlineNanoseconds == .max ? .max : writeDeadlineNanoseconds + 1,
                isPingInFlight
                    ? lastHeardNanoseconds + heartbeatNanoseconds * 4
                    : min(lastHeardNanoseconds, lastSentNanoseconds) + heartbeatNanoseconds)
        }
    }

    private mutating func tickReady(_ now: Int64) -> SessionAction? {
        if let request = pending.takeDue(nowNanoseconds: now) {
            if request.command == .ping { isPingInFlight = false }
            return .timedOut(request)
        }
        if isPingInFlight {
            return now - lastHeardNanoseconds >= heartbeatNanoseconds * 4
                ? .drop(.heartbeatMissed) : nil
        }
        guard now - min(lastHeardNanoseconds, lastSentNanoseconds) >= heartbeatNanoseconds,
            let id = pending.insert(
                .ping, context: 0, byteCount: 0, sentNanoseconds: now,
                deadlineNanoseconds: now + terms.requestTimeoutNanoseconds)
        else { return nil }
        lastSentNanoseconds = now
        isPingInFlight = true
        return .sendPing(requestId: id)
    }
}

extension SessionLoss {
    /// True when trying again cannot help.
    package var isPermanent: Bool {
        switch self {
        case .refused(let code): !code.isRetriable
        case .protocolViolation: true
        case .system, .endOfStream, .connectTimedOut, .heartbeatMissed, .writeTimedOut,
            .closedByCaller:
            false
        }
    }
}

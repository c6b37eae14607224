// Single questions to a broker before and after a load.

import AeroClient
import AeroCore
import AeroIO
import AeroLoad
import AeroMemory
import AeroWire

/// A session that asks one thing at a time and waits for the answer.
struct ControlConnection: ~Copyable {
    private let pool: BufferPool
    private let session: ClientSession
    private var poller: EpollPoller
    private var inbox = ControlInbox()
    private let isInterrupted: @Sendable () -> Bool

    private init(
        pool: BufferPool, poller: consuming EpollPoller, session: ClientSession,
        _ isInterrupted: @escaping @Sendable () -> Bool
    ) {
        self.pool = pool
        self.poller = poller
        self.session = session
        self.isInterrupted = isInterrupted
    }

    /// Connects and waits for the broker's welcome.
    ///
    /// - Parameters:
    ///   - address: Where the broker is.
    ///   - limit: How long connecting may take.
    ///   - isInterrupted: Asked many times a second; true gives up whatever is waited for.
    static func open(
        _ address: SocketAddress, withinNanoseconds limit: Int64,
        _ isInterrupted: @escaping @Sendable () -> Bool
    ) throws(DriverError) -> ControlConnection {
        let pool = try ClientResources.makePool(byteCountMax: 64 << 20)
        var terms = SessionTerms()
        terms.reconnects = false
        terms.requestTimeoutNanoseconds = 10_000_000_000
        terms.connectTimeoutNanoseconds = min(terms.connectTimeoutNanoseconds, limit)
        let session = ClientSession(
            address: address, slot: 0, clientId: "aerobench-control", terms: terms, pool: pool)
        var control = ControlConnection(
            pool: pool, poller: try ClientResources.makePoller(), session: session, isInterrupted)
        session.open(
            &control.poller, &control.inbox, nowNanoseconds: MonotonicClock.nowNanoseconds())
        try control.turn("connect to \(address)") { $0.isReady }
        return control
    }

    /// Asks and waits.
    mutating func ask<Request: RequestPayload, Answer: ReplyPayload>(
        _ request: Request, _ action: String
    ) throws(DriverError) -> Answer {
        inbox.answer = nil
        let admission = session.request(
            request, context: 0, nowNanoseconds: MonotonicClock.nowNanoseconds())
        guard case .admitted = admission else { throw DriverError(action, "\(admission)") }
        session.flush(&poller)
        try turn(action) { $0.answer != nil }
        switch inbox.answer {
        case .success(let bytes): return try Self.decode(bytes, action)
        case .failure(let cause): throw DriverError(action, cause)
        case nil: preconditionFailure("waited for an answer that is not there")
        }
    }

    private static func decode<Answer: ReplyPayload>(
        _ bytes: [UInt8], _ action: String
    ) throws(DriverError) -> Answer {
        let outcome: Result<Answer, WireError> = bytes.withUnsafeBytes { raw in
            do throws(WireError) {
                guard
                    case .success(let body) = try Reply<Answer>.decode(
                        in: raw, range: 0..<raw.count)
                else { return .failure(.unknownValue(0)) }
                return .success(body)
            } catch {
                return .failure(error)
            }
        }
        do throws(WireError) { return try outcome.get() } catch {
            throw DriverError(action, "the answer is not understood: \(error)")
        }
    }

    mutating func close() {
        session.close(&poller, &inbox, nowNanoseconds: MonotonicClock.nowNanoseconds())
        releaseMemory()
    }

    /// Lets the poller hand back what it holds of the session's memory.
    private mutating func releaseMemory() {
        while let completion = poller.next() {
            session.handle(
                completion, &poller, &inbox, nowNanoseconds: MonotonicClock.nowNanoseconds())
        }
    }

    private mutating func turn(
        _ action: String, until isDone: (borrowing ControlInbox) -> Bool
    ) throws(DriverError) {
        while !isDone(inbox) {
            if let loss = inbox.loss { throw DriverError(action, loss) }
            guard !isInterrupted() else { throw DriverError(action, "interrupted") }
            do throws(Errno) {
                try poller.wait(timeoutNanoseconds: 50_000_000)
            } catch {
                throw DriverError(action, "\(error)")
            }
            releaseMemory()
            session.tick(&poller, &inbox, nowNanoseconds: MonotonicClock.nowNanoseconds())
        }
    }
}

/// What the control session has been told.
struct ControlInbox: ClientSessionEvents, ~Copyable {
    enum Answer {
        case success([UInt8])
        case failure(String)
    }

    var isReady = false
    var answer: Answer?
    var loss: String?

    mutating func ready(_ session: ClientSession) { isReady = true }

    mutating func answered(
        _ session: ClientSession, _ request: PendingRequest, _ answer: SessionAnswer
    ) {
        switch answer {
        case .success(let payload): self.answer = .success(Array(payload))
        case .refused(let code, let message): self.answer = .failure("\(code): \(message)")
        }
    }

    mutating func delivered(
        _ session: ClientSession, subscriptionId: UInt64, highWatermark: Int64,
        batches: UnsafeRawBufferPointer
    ) {
        loss = "the other side sent messages that nobody subscribed to; is it an AeroMQ broker?"
    }

    mutating func ended(
        _ session: ClientSession, subscriptionId: UInt64, _ code: ErrorCode, message: String
    ) {
        loss = "the other side ended a subscription that nobody made; is it an AeroMQ broker?"
    }

    mutating func failed(
        _ session: ClientSession, _ request: PendingRequest, _ cause: RequestFailure
    ) {
        answer = .failure(cause.explanation)
    }

    mutating func lost(_ session: ClientSession, _ loss: SessionLoss) {
        self.loss = loss.explanation
    }
}

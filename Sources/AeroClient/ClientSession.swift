// One connection to a broker, driven by whoever owns the poller.

package import AeroCore
package import AeroIO
package import AeroMemory
package import AeroWire

/// What a session tells its owner; called only from within the session's own methods.
package protocol ClientSessionEvents: ~Copyable {
    /// The handshake is done: requests may be sent.
    mutating func ready(_ session: ClientSession)
    /// A request was answered. `payload` is the reply behind its code, valid during the call.
    mutating func answered(
        _ session: ClientSession, _ request: PendingRequest, _ answer: SessionAnswer)
    /// Batches were pushed for a subscription; valid during the call.
    mutating func delivered(
        _ session: ClientSession, subscriptionId: UInt64, highWatermark: Int64,
        batches: UnsafeRawBufferPointer)
    /// The times of a batch that is delivered next; only for a session that asked for stage times.
    mutating func stageTimes(
        _ session: ClientSession, subscriptionId: UInt64, _ times: StageTimesPush)
    /// The broker ended a subscription, for this reason.
    mutating func ended(
        _ session: ClientSession, subscriptionId: UInt64, _ code: ErrorCode, message: String)
    /// A request will never be answered.
    mutating func failed(
        _ session: ClientSession, _ request: PendingRequest, _ cause: RequestFailure)
    /// The connection was lost; the session tries again unless it is closed for good.
    mutating func lost(_ session: ClientSession, _ loss: SessionLoss)
}

extension ClientSessionEvents where Self: ~Copyable {
    /// Nothing, for those who do not ask for them.
    package mutating func stageTimes(
        _ session: ClientSession, subscriptionId: UInt64, _ times: StageTimesPush
    ) {}
}

/// A reply from the broker.
package enum SessionAnswer {
    /// The request was carried out; the whole reply payload, code included.
    case success(UnsafeRawBufferPointer)
    /// The request was refused.
    case refused(ErrorCode, message: String)
}

/// Why a request has no answer.
package enum RequestFailure: Equatable, Sendable {
    /// The broker did not answer in time; whether it carried the request out is not known.
    case timedOut(elapsedNanoseconds: Int64)
    /// The connection was lost first; whether the broker carried it out is not known.
    case connectionLost(SessionLoss)
}

/// A pipelined connection without threads or tasks: the poll-driven client.
///
/// The owner runs a poller, passes completions in and hears of answers through its
/// `ClientSessionEvents`. The same thread must do all of it.
package final class ClientSession {
    /// The session's name in the owner's poller; a new one after each reconnection.
    package private(set) var token: Token
    /// Where the broker is.
    package let address: SocketAddress
    /// What the broker promised, once it has.
    package private(set) var welcome: ConnectReply?
    /// True while the broker is told when batches leave, and tells the times of what it delivers.
    package private(set) var measuresStages = false

    private let clientId: String
    private let pool: BufferPool
    private var machine: ClientSessionStateMachine
    private var assembler: FrameAssembler
    private var output = OutputQueue()
    /// Features of `ProtocolFeatures` that the session asks for.
    private let features: UInt64
    /// Room in the output for the time of the next hand-over to the kernel, where it is told.
    private var mark: UnsafeMutableRawBufferPointer?
    private let socketOptions: SocketOptions
    private var isOpen = false
    /// True until the poller has let go of the last connection's memory.
    private var awaitsClosed = false
    /// True when it is time to reconnect but the poller has not let go yet.
    private var connectsWhenClosed = false

    /// CONNECT stands outside the numbering of requests: it is answered before any of them.
    private static let connectRequestId = UInt64.max

    /// - Parameters:
    ///   - address: Where the broker is.
    ///   - slot: The session's index in its owner's tables; the low half of its token.
    ///   - clientId: How the broker knows this client.
    ///   - terms: Bounds and timeouts.
    ///   - pool: The owner thread's pool; must outlive the session.
    ///   - features: What of `ProtocolFeatures` to ask for; `welcome` says what the broker has.
    package init(
        address: SocketAddress, slot: UInt32, clientId: String, terms: SessionTerms,
        pool: BufferPool, socketOptions: SocketOptions = SocketOptions(),
        maximumFrameByteCount: Int = WireLimits.frameByteCountMaxDefault, features: UInt64 = 0
    ) {
        self.address = address
        self.clientId = clientId
        self.pool = pool
        self.socketOptions = socketOptions
        token = Token(index: slot, generation: 0)
        machine = ClientSessionStateMachine(terms: terms)
        assembler = FrameAssembler(maximumFrameByteCount: maximumFrameByteCount)
        self.maximumFrameByteCount = maximumFrameByteCount
        self.features = features
    }

    private let maximumFrameByteCount: Int

    /// True when requests may be sent.
    package var isReady: Bool { machine.isReady }
    /// True once the session has ended for good.
    package var isClosed: Bool { if case .closed = machine.phase { true } else { false } }
    /// Requests waiting for an answer.
    package var inFlightRequestCount: Int { machine.inFlightRequestCount }
    /// Bytes not yet taken by the kernel.
    package var unsentByteCount: Int { output.byteCount }
    /// Why the connection was lost last.
    package var lastLoss: SessionLoss? { machine.lastLoss }
    /// When `tick` has something to do next.
    package var nextTickNanoseconds: Int64 { machine.nextTickNanoseconds }

    // MARK: - Life

    /// Begins to connect.
    package func open<P: Poller & ~Copyable, E: ClientSessionEvents & ~Copyable>(
        _ poller: inout P, _ events: inout E, nowNanoseconds: Int64
    ) {
        carryOut(machine.open(nowNanoseconds: nowNanoseconds), &poller, &events, nowNanoseconds)
    }

    /// Ends the session at once; requests in flight fail with `.closedByCaller`.
    package func close<P: Poller & ~Copyable, E: ClientSessionEvents & ~Copyable>(
        _ poller: inout P, _ events: inout E, nowNanoseconds: Int64
    ) {
        drop(.closedByCaller, &poller, &events, nowNanoseconds)
    }

    /// Does what time asks for: heartbeats, timeouts, reconnection.
    package func tick<P: Poller & ~Copyable, E: ClientSessionEvents & ~Copyable>(
        _ poller: inout P, _ events: inout E, nowNanoseconds: Int64
    ) {
        if isOpen, !output.isEmpty { machine.outputWaits(nowNanoseconds: nowNanoseconds) }
        while let action = machine.tick(nowNanoseconds: nowNanoseconds) {
            carryOut(action, &poller, &events, nowNanoseconds)
        }
    }

    private func carryOut<P: Poller & ~Copyable, E: ClientSessionEvents & ~Copyable>(
        _ action: SessionAction, _ poller: inout P, _ events: inout E, _ now: Int64
    ) {
        switch action {
        case .connect: connect(&poller, &events, now)
        case .sendConnect:
            _ = write(
                ConnectRequest(clientId: clientId, features: features),
                requestId: Self.connectRequestId)
        case .sendPing(let requestId):
            _ = write(PingRequest(opaque: UInt64(bitPattern: now)), requestId: requestId)
        case .drop(let loss): drop(loss, &poller, &events, now)
        case .timedOut(let request):
            events.failed(
                self, request, .timedOut(elapsedNanoseconds: now - request.sentNanoseconds))
        }
        flush(&poller)
    }

    private func connect<P: Poller & ~Copyable, E: ClientSessionEvents & ~Copyable>(
        _ poller: inout P, _ events: inout E, _ now: Int64
    ) {
        guard !awaitsClosed else {
            connectsWhenClosed = true
            return
        }
        token = Token(index: token.index, generation: token.generation &+ 1)
        assembler = FrameAssembler(maximumFrameByteCount: maximumFrameByteCount)
        do throws(Errno) {
            try poller.connect(to: address, options: socketOptions, token: token)
            isOpen = true
        } catch {
            drop(.system(errno: error.rawValue), &poller, &events, now)
        }
    }

    private func drop<P: Poller & ~Copyable, E: ClientSessionEvents & ~Copyable>(
        _ loss: SessionLoss, _ poller: inout P, _ events: inout E, _ now: Int64
    ) {
        guard !isClosed else { return }
        // A wish to connect from before this loss must not outlive it.
        connectsWhenClosed = false
        if isOpen {
            isOpen = false
            mark = nil
            measuresStages = false
            awaitsClosed = true
            poller.close(token)
        }
        welcome = nil
        machine.lost(loss, nowNanoseconds: now)
        while let request = machine.takeLost() {
            events.failed(self, request, .connectionLost(loss))
        }
        events.lost(self, loss)
    }

    // MARK: - Completions

    /// Takes a completion of this session's token.
    package func handle<P: Poller & ~Copyable, E: ClientSessionEvents & ~Copyable>(
        _ completion: Completion, _ poller: inout P, _ events: inout E, nowNanoseconds: Int64
    ) {
        switch completion {
        case .connected:
            carryOut(
                machine.connected(nowNanoseconds: nowNanoseconds), &poller, &events,
                nowNanoseconds)
        case .received(_, let bytes): received(bytes, &poller, &events, nowNanoseconds)
        case .sent(_, let byteCount):
            output.consumed(byteCount)
            machine.outputMoved()
            flush(&poller)
        case .endOfStream: drop(.endOfStream, &poller, &events, nowNanoseconds)
        case .failed(_, let errno):
            drop(.system(errno: errno.rawValue), &poller, &events, nowNanoseconds)
        case .closed: closed(&poller, &events, nowNanoseconds)
        case .accepted, .woken: preconditionFailure("not a completion of a connection")
        }
    }

    /// The poller holds none of the session's memory any more.
    private func closed<P: Poller & ~Copyable, E: ClientSessionEvents & ~Copyable>(
        _ poller: inout P, _ events: inout E, _ now: Int64
    ) {
        output.removeAll()
        awaitsClosed = false
        guard connectsWhenClosed else { return }
        connectsWhenClosed = false
        connect(&poller, &events, now)
    }

    private func received<P: Poller & ~Copyable, E: ClientSessionEvents & ~Copyable>(
        _ bytes: UnsafeRawBufferPointer, _ poller: inout P, _ events: inout E, _ now: Int64
    ) {
        machine.heard(nowNanoseconds: now)
        var position = 0
        do throws(AssemblyError) {
            while isOpen,
                let frame = try assembler.next(in: bytes, position: &position, pool: pool)
            {
                perform(frame, &poller, &events, now)
            }
        } catch {
            // Running out of memory passes; a stream out of step does not.
            if case .memory = error {
                drop(.system(errno: Errno.outOfMemory.rawValue), &poller, &events, now)
            } else {
                drop(.protocolViolation, &poller, &events, now)
            }
        }
    }

    private func perform<P: Poller & ~Copyable, E: ClientSessionEvents & ~Copyable>(
        _ frame: AssembledFrame, _ poller: inout P, _ events: inout E, _ now: Int64
    ) {
        do throws(WireError) {
            if frame.header.commandCode == Command.deliver.rawValue {
                let push = try DeliverPush.decode(
                    in: frame.payload, range: 0..<frame.payload.count)
                events.delivered(
                    self, subscriptionId: frame.header.requestId,
                    highWatermark: push.highWatermark,
                    batches: UnsafeRawBufferPointer(rebasing: frame.payload[push.batches]))
            } else if frame.header.commandCode == Command.stageTimes.rawValue {
                let times = try StageTimesPush.decode(
                    in: frame.payload, range: 0..<frame.payload.count)
                events.stageTimes(self, subscriptionId: frame.header.requestId, times)
            } else if frame.header.commandCode == Command.deliver.replyCode {
                if case .refused(let code, let message) = try SessionAnswer(
                    decoding: frame.payload)
                {
                    events.ended(
                        self, subscriptionId: frame.header.requestId, code, message: message)
                }
            } else if frame.header.commandCode == Command.connect.replyCode {
                try finishHandshake(frame.payload, &poller, &events, now)
            } else {
                // Read before its request is settled: what cannot be read is lost with the rest.
                let answer = try SessionAnswer(decoding: frame.payload)
                if let request = machine.answered(frame.header.requestId) {
                    events.answered(self, request, answer)
                } else if frame.header.requestId == 0, case .refused(let code, _) = answer {
                    // Said of the stream as a whole: the broker closes next.
                    drop(.refused(code), &poller, &events, now)
                }
            }
        } catch {
            drop(.protocolViolation, &poller, &events, now)
        }
    }

    private func finishHandshake<P: Poller & ~Copyable, E: ClientSessionEvents & ~Copyable>(
        _ payload: UnsafeRawBufferPointer, _ poller: inout P, _ events: inout E, _ now: Int64
    ) throws(WireError) {
        switch try Reply<ConnectReply>.decode(in: payload, range: 0..<payload.count) {
        case .success(let reply):
            welcome = reply
            measuresStages = reply.features & features & ProtocolFeatures.stageTimes != 0
            machine.welcomed(
                heartbeatMilliseconds: reply.heartbeatIntervalMilliseconds,
                maximumInFlightRequests: reply.maxInFlightRequests, nowNanoseconds: now)
            events.ready(self)
        case .failure(let failure): drop(.refused(failure.code), &poller, &events, now)
        }
    }

    // MARK: - Requests

    /// Sends a request that is answered, or says why not.
    ///
    /// - Parameters:
    ///   - payload: What to ask.
    ///   - context: Handed back with the answer.
    package func request(
        _ payload: some RequestPayload, context: UInt64, nowNanoseconds: Int64,
        timeoutNanoseconds: Int64? = nil
    ) -> RequestAdmission {
        let admission = machine.begin(
            type(of: payload).command, context: context, byteCount: payload.frameByteCount,
            nowNanoseconds: nowNanoseconds, timeoutNanoseconds: timeoutNanoseconds)
        guard case .admitted(let requestId) = admission else { return admission }
        if write(payload, requestId: requestId) { return admission }
        _ = machine.answered(requestId)
        return .tooManyBytes
    }

    /// Sends a request that is not answered. False when not connected or out of memory.
    package func tell(_ payload: some RequestPayload, nowNanoseconds: Int64) -> Bool {
        guard isReady else { return false }
        machine.sentOneWay(nowNanoseconds: nowNanoseconds)
        return write(payload, requestId: 0)
    }

    /// Sends a batch that was built behind `SendRequest.prefixByteCount` bytes of room.
    ///
    /// The memory is sent from where it is and must not change until the broker has answered or
    /// the buffer is no longer referenced by the session.
    ///
    /// - Parameters:
    ///   - frame: Room for the prefix, then the batch; nothing else.
    ///   - request: What to ask; `batch` must be the batch's range within `frame`.
    ///   - isRepeated: True for a frame that was sent before. An earlier copy of it may still wait
    ///     to leave, after a timeout: so nothing of `frame` is written then, and the prefix comes
    ///     from elsewhere.
    package func send(
        _ frame: SharedSlice, _ request: SendRequest, context: UInt64, nowNanoseconds: Int64,
        timeoutNanoseconds: Int64? = nil, isRepeated: Bool = false
    ) -> RequestAdmission {
        var requestId: UInt64 = 0
        if request.acks == .none {
            guard isReady else { return .notConnected }
            machine.sentOneWay(nowNanoseconds: nowNanoseconds)
        } else {
            let admission = machine.begin(
                .send, context: context, byteCount: frame.byteCount,
                nowNanoseconds: nowNanoseconds, timeoutNanoseconds: timeoutNanoseconds)
            guard case .admitted(let id) = admission else { return admission }
            requestId = id
        }
        if queue(frame, request, requestId, isRepeated) {
            return .admitted(requestId: requestId)
        }
        if requestId != 0 { _ = machine.answered(requestId) }
        return .tooManyBytes
    }

    /// Queues a frame behind its prefix; false when there is no memory for a prefix of its own.
    private func queue(
        _ frame: SharedSlice, _ request: SendRequest, _ requestId: UInt64, _ isRepeated: Bool
    ) -> Bool {
        let prefixByteCount = SendRequest.prefixByteCount
        do {
            if measuresStages { try reserveMark() }
            if isRepeated {
                let room = try output.claim(prefixByteCount, from: pool)
                try request.encodePrefix(
                    requestId: requestId,
                    into: UnsafeMutableRawBufferPointer(start: room, count: prefixByteCount))
                output.append(
                    SharedSlice(
                        owner: frame.owner, position: frame.position + prefixByteCount,
                        byteCount: frame.byteCount - prefixByteCount))
            } else {
                let room = UnsafeMutableRawBufferPointer(
                    start: frame.owner.baseAddress + frame.position, count: frame.byteCount)
                try request.encodePrefix(requestId: requestId, into: room)
                output.append(frame)
            }
            return true
        } catch let error as WireError {
            preconditionFailure("a SEND prefix did not fit its room: \(error)")
        } catch {
            return false
        }
    }

    /// Hands queued output to the kernel, unless a send is under way.
    package func flush<P: Poller & ~Copyable>(_ poller: inout P) {
        guard isOpen, !output.isSending, !output.isEmpty else { return }
        if let mark { stamp(mark) }
        poller.send(token, output.beginSend())
    }

    /// Makes room for a mark in front of the first batch since the last hand-over to the kernel.
    private func reserveMark() throws(PoolError) {
        guard mark == nil else { return }
        let byteCount = MarkSendRequest(sentNanoseconds: 0).frameByteCount
        let room = try output.claim(byteCount, from: pool)
        mark = UnsafeMutableRawBufferPointer(start: room, count: byteCount)
    }

    /// Writes the time into a mark, as late as it can be: the kernel has its bytes next, at once or
    /// as soon as it has room for what was queued before.
    private func stamp(_ mark: UnsafeMutableRawBufferPointer) {
        self.mark = nil
        do throws(WireError) {
            let request = MarkSendRequest(sentNanoseconds: MonotonicClock.nowNanoseconds())
            try request.encodeFrame(requestId: 0, into: mark)
        } catch {
            preconditionFailure("a mark did not fit its own size: \(error)")
        }
    }

    /// Stops or resumes reading, when the owner cannot take more.
    package func setReceiving<P: Poller & ~Copyable>(_ isOn: Bool, _ poller: inout P) {
        if isOpen { poller.setReceiving(token, isOn) }
    }

    private func write(_ payload: some RequestPayload, requestId: UInt64) -> Bool {
        do {
            let room = try output.claim(payload.frameByteCount, from: pool)
            _ = try payload.encodeFrame(
                requestId: requestId,
                into: UnsafeMutableRawBufferPointer(start: room, count: payload.frameByteCount))
            return true
        } catch let error as WireError {
            preconditionFailure("a frame did not fit its own size: \(error)")
        } catch {
            return false
        }
    }
}

extension SessionAnswer {
    /// Splits a reply into its code and what follows.
    init(decoding payload: UnsafeRawBufferPointer) throws(WireError) {
        var reader = WireReader(payload)
        let code: UInt16 = try reader.readInteger()
        guard code != ErrorCode.ok.rawValue else {
            self = .success(payload)
            return
        }
        let message = try reader.readText(limit: WireLimits.failureMessageByteCountMax)
        self = .refused(ErrorCode(rawValue: code) ?? .unrecognized, message: message)
    }
}

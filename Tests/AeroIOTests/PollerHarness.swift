// Drives a poller and writes down everything it reports.

import AeroIO
import FaultSupport
import Glibc
import Testing

/// A completion that can be compared; received bytes are counted here and kept apart.
enum LoggedEvent: Equatable {
    case accepted(Token)
    case connected(Token)
    case received(Token, Int)
    case endOfStream(Token)
    case sent(Token, Int)
    case failed(Token, Errno)
    case closed(Token)
    case woken
}

/// A poller with a log. Tests wait for a condition, never for a time.
struct PollerHarness: ~Copyable {
    private static let patienceNanoseconds: Int64 = 30_000_000_000
    private static let waitNanoseconds: Int64 = 20_000_000

    var poller: TestPoller
    var log: [LoggedEvent] = []
    var bytes: [Token: [UInt8]] = [:]
    var closed: Set<Token> = []
    /// Accepted and not taken, oldest first.
    var accepted: [Int32] = []

    init(
        _ kind: PollerUnderTest, _ configuration: PollerConfiguration = PollerConfiguration()
    ) throws {
        poller = try TestPoller(kind, configuration)
    }

    deinit { for descriptor in accepted { _ = Glibc.close(descriptor) } }

    // MARK: - Connections

    /// A connected pair: one end for the poller, one to drive by hand.
    ///
    /// The sizes are those of socket buffers, which the system doubles.
    func makeConnection(
        sendBuffer: Int32? = nil, receiveBuffer: Int32? = nil, peerReceiveBuffer: Int32? = nil
    ) throws -> (near: Int32, far: any FarEnd) {
        guard let network = poller.network else {
            let (near, far) = try makeSocketPair(
                sendBuffer: sendBuffer, receiveBuffer: receiveBuffer,
                peerReceiveBuffer: peerReceiveBuffer)
            return (near, far)
        }
        let before = network.conditions.bufferByteCount
        if sendBuffer != nil || receiveBuffer != nil {
            network.conditions.bufferByteCount = 16_384...16_384
        }
        defer { network.conditions.bufferByteCount = before }
        let (near, far) = network.makePair()
        return (network.descriptor(of: near), SimulatedFarEnd(far, network))
    }

    /// A listening socket.
    func listen(backlog: Int32 = 1_024) throws -> (descriptor: Int32, address: SocketAddress) {
        if let network = poller.network { return network.listen(backlog: Int(backlog)) }
        let listener = try TCPListener.bind(.loopback(port: 0), backlog: backlog)
        let address = listener.localAddress
        return (listener.take().release(), address)
    }

    /// Connects an end to be driven by hand; on a simulated network it may still be under way.
    func connectFarEnd(to address: SocketAddress) throws -> any FarEnd {
        guard let network = poller.network else { return try TestSocket.connect(to: address) }
        return SimulatedFarEnd(network.connect(to: address), network)
    }

    /// Takes the oldest accepted connection to drive it by hand.
    mutating func takeAccepted() throws -> any FarEnd {
        let descriptor = accepted.removeFirst()
        guard let network = poller.network else {
            try #require(fcntl(descriptor, F_SETFL, 0) == 0)
            return TestSocket(owning: descriptor)
        }
        return SimulatedFarEnd(network.take(descriptor), network)
    }

    // MARK: - Turns

    /// One wait and all it reports.
    mutating func turn(timeoutNanoseconds: Int64 = waitNanoseconds) throws {
        try poller.wait(timeoutNanoseconds: timeoutNanoseconds)
        while let completion = poller.next() { note(completion) }
    }

    /// Turns until the condition holds, with an end to patience that fails the test.
    mutating func turn(
        until comment: Comment, _ condition: (borrowing PollerHarness) -> Bool
    ) throws {
        let deadline = MonotonicClock.nowNanoseconds() + Self.patienceNanoseconds
        while !condition(self) {
            try #require(MonotonicClock.nowNanoseconds() < deadline, comment)
            try turn()
        }
    }

    mutating func note(_ completion: Completion) {
        switch completion {
        case .accepted(let listener, let descriptor):
            log.append(.accepted(listener))
            accepted.append(descriptor)
        case .connected(let token): log.append(.connected(token))
        case .received(let token, let received):
            log.append(.received(token, received.count))
            bytes[token, default: []] += received
        case .endOfStream(let token): log.append(.endOfStream(token))
        case .sent(let token, let byteCount): log.append(.sent(token, byteCount))
        case .failed(let token, let error): log.append(.failed(token, error))
        case .closed(let token):
            log.append(.closed(token))
            closed.insert(token)
        case .woken: log.append(.woken)
        }
    }

    /// Closes a token and waits for its `.closed`, checking that nothing else came of it.
    mutating func close(_ token: Token) throws {
        let before = log.count
        poller.close(token)
        try turn(until: "closed") { $0.closed.contains(token) }
        let mentions = log.dropFirst(before).filter { $0.concerns(token) }
        #expect(mentions == [.closed(token)])
    }

    func byteCount(_ token: Token) -> Int { bytes[token]?.count ?? 0 }
}

extension LoggedEvent {
    func concerns(_ other: Token) -> Bool {
        switch self {
        case .accepted(let token), .connected(let token), .received(let token, _),
            .endOfStream(let token), .sent(let token, _), .failed(let token, _),
            .closed(let token):
            token == other
        case .woken: false
        }
    }
}

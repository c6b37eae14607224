// A client process on the simulated machine: a real session, and what it is used for.

import AeroClient
import AeroCore
import AeroIO
import AeroMemory
import AeroWire
import FaultSupport
import TestSupport

/// What a client does with its connection. Calls come from within the client's turns.
protocol ClientRole: AnyObject {
    /// The handshake is done: requests may be sent.
    func ready(_ client: SimulatedClient)
    /// A request was answered.
    func answered(_ client: SimulatedClient, _ request: PendingRequest, _ answer: SessionAnswer)
    /// A request will never be answered.
    func failed(_ client: SimulatedClient, _ request: PendingRequest, _ cause: RequestFailure)
    /// Batches were pushed.
    func delivered(
        _ client: SimulatedClient, _ subscriptionId: UInt64, _ highWatermark: Int64,
        _ batches: UnsafeRawBufferPointer)
    /// The broker ended a subscription; whether it may.
    func ended(_ client: SimulatedClient, _ subscriptionId: UInt64, _ code: ErrorCode) -> Bool
    /// The connection is gone; everything in flight has failed.
    func lost(_ client: SimulatedClient)
    /// Does what is due; asks for what is wanted.
    func act(_ client: SimulatedClient)
    /// When `act` has something to do that no event announces.
    var nextDueNanoseconds: Int64 { get }
    /// True when nothing more is to be done once faults have ended.
    var isDone: Bool { get }
    /// What keeps it from being done, for people.
    var unfinished: String { get }
}

extension ClientRole {
    var unfinished: String { "" }

    func ended(_ client: SimulatedClient, _ subscriptionId: UInt64, _ code: ErrorCode) -> Bool {
        false
    }
}

/// A process with one connection that is made again whenever it is lost.
final class SimulatedClient {
    let number: Int
    let simulation: Simulation
    let session: ClientSession
    let pool: BufferPool
    var random: SplitMix64
    /// Which life of the broker this connection talks to; known from the handshake on.
    private(set) var brokerLife = 0
    /// Counts the connections that came as far as the handshake.
    private(set) var connectionNumber = 0
    private var poller: SimulatedPoller
    private let role: any ClientRole
    private(set) lazy var task = SimulatedTask(
        simulation.scheduler, "client", number, seed: simulation.seed
    ) { [unowned self] in turn() }
    private var isReceiving = true
    private var receivesAgainNanoseconds = Int64.max
    private(set) var isFinished = false

    private static let memoryByteCountMax = 64 << 20

    init(_ simulation: Simulation, number: Int, role: any ClientRole) throws {
        self.simulation = simulation
        self.number = number
        self.role = role
        random = SplitMix64(seed: simulation.seed, part: 100 + UInt64(number))
        pool = try BufferPool(
            configuration: BufferPoolConfiguration(capacityBytes: Self.memoryByteCountMax))
        var terms = SessionTerms()
        terms.seed = random.next()
        terms.requestTimeoutNanoseconds = SimulationLimits.requestTimeoutNanoseconds
        terms.backoffNanoseconds = 1_000_000...500_000_000
        terms.connectTimeoutNanoseconds = 2_000_000_000
        terms.inFlightRequestCountMax = random.pick([1, 4, 64])
        session = ClientSession(
            address: simulation.brokerAddress, slot: 0, clientId: "client-\(number)",
            terms: terms, pool: pool, socketOptions: SimulationLimits.socketOptions)
        poller = try SimulatedPoller(simulation.network)
        poller.core.whenReady = { [unowned self] in task.wake() }
    }

    var nowNanoseconds: Int64 { simulation.scheduler.nowNanoseconds }

    /// Begins to connect.
    func start() {
        var events = RoleEvents(client: self, role: role)
        session.open(&poller, &events, nowNanoseconds: nowNanoseconds)
        task.wake()
    }

    /// Withholds reads for so long: a consumer that is busy with something else.
    func stopReceiving(nanoseconds: Int64) {
        guard isReceiving, session.isReady else { return }
        isReceiving = false
        receivesAgainNanoseconds = nowNanoseconds + nanoseconds
        session.setReceiving(false, &poller)
    }

    /// Ends the connection for good.
    func finish() {
        guard !isFinished else { return }
        isFinished = true
        var events = RoleEvents(client: self, role: role)
        session.close(&poller, &events, nowNanoseconds: nowNanoseconds)
        task.wake()
    }

    /// Lets go of everything, as a process that ends.
    /// - Returns: Bytes of its memory that did not come home.
    func tearDown() {
        task.stop()
        poller.core.shutDown()
    }

    /// True when its part of the work is done.
    var isDone: Bool { isFinished || role.isDone }

    /// What keeps it from being done, for people.
    var unfinished: String { "client \(number)\(role.unfinished)" }

    private func turn() -> Int64 {
        do throws(Errno) {
            try poller.wait(timeoutNanoseconds: 0)
        } catch {
            preconditionFailure("a simulated wait does not fail: \(error)")
        }
        var events = RoleEvents(client: self, role: role)
        if !isReceiving, nowNanoseconds >= receivesAgainNanoseconds {
            isReceiving = true
            receivesAgainNanoseconds = .max
            session.setReceiving(true, &poller)
        }
        while let completion = poller.next() {
            if case .woken = completion { continue }
            session.handle(completion, &poller, &events, nowNanoseconds: nowNanoseconds)
        }
        if session.isReady { role.act(self) }
        session.flush(&poller)
        session.tick(&poller, &events, nowNanoseconds: nowNanoseconds)
        if poller.core.isReady { return nowNanoseconds }
        let due = min(session.nextTickNanoseconds, receivesAgainNanoseconds)
        guard session.isReady else { return due }
        // What was due and could not be done waits for an event; it looks again for good measure.
        return min(due, max(role.nextDueNanoseconds, nowNanoseconds + 20_000_000))
    }

    fileprivate func becameReady() {
        connectionNumber += 1
        // A new connection is read from.
        isReceiving = true
        receivesAgainNanoseconds = .max
        guard let welcome = session.welcome, let life = BrokerLife(brokerId: welcome.brokerId)
        else {
            simulation.violate("client \(number) was welcomed by nobody it knows")
            return
        }
        brokerLife = life.number
    }
}

/// Passes a session's events on to the client's role.
private struct RoleEvents: ClientSessionEvents {
    unowned let client: SimulatedClient
    let role: any ClientRole

    mutating func ready(_ session: ClientSession) {
        client.becameReady()
        client.simulation.scheduler.note("ready", client.number)
        role.ready(client)
    }

    mutating func answered(
        _ session: ClientSession, _ request: PendingRequest, _ answer: SessionAnswer
    ) {
        client.simulation.countAnswer()
        switch answer {
        case .success(let payload):
            client.simulation.scheduler.note("answered", client.number, payload.count)
            // The broker's own statistics count what no seed decides.
            if request.command != .statistics { client.simulation.scheduler.trace.mix(payload) }
        case .refused(let code, _):
            client.simulation.scheduler.note("refused", client.number, Int(code.rawValue))
        }
        role.answered(client, request, answer)
    }

    mutating func delivered(
        _ session: ClientSession, subscriptionId: UInt64, highWatermark: Int64,
        batches: UnsafeRawBufferPointer
    ) {
        client.simulation.scheduler.note("delivered", client.number, batches.count)
        client.simulation.scheduler.trace.mix(batches)
        role.delivered(client, subscriptionId, highWatermark, batches)
    }

    mutating func ended(
        _ session: ClientSession, subscriptionId: UInt64, _ code: ErrorCode, message: String
    ) {
        client.simulation.scheduler.note("ended", client.number, Int(code.rawValue))
        guard !role.ended(client, subscriptionId, code) else { return }
        client.simulation.violate(
            "a subscription of client \(client.number) was ended with \(code)")
    }

    mutating func failed(
        _ session: ClientSession, _ request: PendingRequest, _ cause: RequestFailure
    ) {
        client.simulation.scheduler.note("failed", client.number, Int(request.command.rawValue))
        if case .timedOut = cause {
            client.simulation.violate(
                "\(request.command) of client \(client.number) was never answered, and its"
                    + " connection never closed")
        }
        role.failed(client, request, cause)
    }

    mutating func lost(_ session: ClientSession, _ loss: SessionLoss) {
        client.simulation.scheduler.note("lost", client.number)
        client.simulation.log("client \(client.number) lost its connection: \(loss)")
        if case .protocolViolation = loss {
            client.simulation.violate("client \(client.number) was sent nonsense")
        } else if loss != .closedByCaller, !client.simulation.isDisturbed {
            client.simulation.violate(
                "client \(client.number) lost its connection without any fault: \(loss)")
        }
        role.lost(client)
    }
}

/// The broker's name of one life, from one start to the next crash.
struct BrokerLife {
    let number: Int

    init(_ number: Int) { self.number = number }

    init?(brokerId: String) {
        guard brokerId.hasPrefix("life-"), let number = Int(brokerId.dropFirst(5)) else {
            return nil
        }
        self.number = number
    }

    var brokerId: String { "life-\(number)" }
}

// A network in memory: listeners, connections, and what can go wrong with them.

package import AeroIO
import Glibc
import TestSupport

/// Connects the ends of one simulation, and carries their bytes.
///
/// Nothing in it sleeps or asks the system, except that a connection that was accepted is named
/// by a real descriptor, because that is what a poller's user is given, until it is added to a
/// poller again. What travels does so by events of the scheduler.
package final class SimulatedNetwork {
    package let scheduler: SimulationScheduler
    package var conditions: NetworkConditions
    /// True when a poller's wait lets time pass by itself; false when somebody else steps.
    package let isSteppedByWaits: Bool
    /// No connection is made before this: attempts get no answer.
    package var partitionedUntilNanoseconds: Int64 = 0

    /// Makes what stands between an accepting end and what it sends.
    package var makeTap: (() -> any StreamTap)?

    private var random: SplitMix64
    private var listeners: [UInt16: SimulatedListener] = [:]
    /// The connecting ends of the connections that are not over, oldest first.
    package private(set) var connections: [SimulatedEnd] = []
    private var connectionCount = 0
    private var nextPort: UInt16 = 40_000
    private var handed: [HandedDescriptor] = []

    /// A connection or listener whose owner has it as a descriptor only.
    private struct HandedDescriptor {
        let number: Int32
        /// Hangs up once the descriptor is closed.
        let watch: Int32
        let subject: HandedSubject
    }

    private enum HandedSubject {
        case connection(SimulatedEnd)
        case listener(SimulatedListener)
    }

    /// - Parameters:
    ///   - scheduler: Whose time it is.
    ///   - seed: Decides delays and portions.
    ///   - isSteppedByWaits: True without anybody else who steps the scheduler.
    package init(
        scheduler: SimulationScheduler, conditions: NetworkConditions, seed: UInt64,
        isSteppedByWaits: Bool = false
    ) {
        self.scheduler = scheduler
        self.conditions = conditions
        self.isSteppedByWaits = isSteppedByWaits
        random = SplitMix64(seed: seed, part: 2)
    }

    deinit {
        for one in handed { Glibc.close(one.watch) }
    }

    // MARK: - Listening and connecting

    /// Makes a listening socket; its descriptor, owned by the caller, is to be given to a poller.
    /// - Parameters:
    ///   - port: Where; 0 takes a free one.
    ///   - backlog: Connections that may wait to be accepted; more get no answer.
    package func listen(
        port: UInt16 = 0, backlog: Int = 1_024
    ) -> (descriptor: Int32, address: SocketAddress) {
        var port = port
        while port == 0 || listeners[port] != nil {
            nextPort += 1
            port = nextPort
        }
        let listener = SimulatedListener(port: port, backlog: backlog)
        listeners[port] = listener
        return (hand(.listener(listener)), .loopback(port: port))
    }

    /// Begins to connect; the end fails or stops connecting later.
    package func connect(to address: SocketAddress) -> SimulatedEnd {
        connectionCount += 1
        let capacity = random.draw(conditions.bufferByteCount)
        let near = SimulatedEnd(number: connectionCount, capacity: capacity, network: self)
        let far = SimulatedEnd(number: connectionCount, capacity: capacity, network: self)
        near.peer = far
        far.peer = near
        near.isConnecting = true
        near.port = address.port
        far.tap = makeTap?()
        connections.append(near)
        scheduler.after(delay()) { [self] in
            scheduler.note("connect", near.number)
            finishConnect(near, far, address)
        }
        return near
    }

    private func finishConnect(
        _ near: SimulatedEnd, _ far: SimulatedEnd, _ address: SocketAddress
    ) {
        let isLost = scheduler.nowNanoseconds < partitionedUntilNanoseconds
        let listener = listeners[address.port]
        guard !isLost, !near.isOver, let listener, listener.queue.count < listener.backlog else {
            far.abandon()
            ended(far)
            // A full backlog and a broken network give no answer at all.
            if !isLost, listener == nil {
                scheduler.after(delay()) { near.fail(.connectionRefused) }
            }
            return
        }
        listener.enqueue(far)
        let answer = scheduler.nowNanoseconds + delay()
        near.inbound.lastArrivalNanoseconds = answer
        scheduler.at(answer) {
            guard near.failure == nil else { return }
            near.isConnecting = false
            near.notify()
        }
    }

    /// A pair of connected ends, without a listener.
    package func makePair() -> (near: SimulatedEnd, far: SimulatedEnd) {
        connectionCount += 1
        let capacity = random.draw(conditions.bufferByteCount)
        let near = SimulatedEnd(number: connectionCount, capacity: capacity, network: self)
        let far = SimulatedEnd(number: connectionCount, capacity: capacity, network: self)
        near.peer = far
        far.peer = near
        connections.append(near)
        // The network keeps the connecting end; who made the pair keeps the other.
        return (near, far)
    }

    internal func close(_ listener: SimulatedListener) {
        if listeners[listener.port] === listener { listeners[listener.port] = nil }
        for end in listener.queue { end.reset() }
        listener.queue.removeAll()
    }

    // MARK: - Descriptors

    /// Names an end by a descriptor that a poller of this network understands.
    package func descriptor(of end: SimulatedEnd) -> Int32 { hand(.connection(end)) }

    /// Takes a descriptor back; what it named is the caller's.
    internal func redeem(_ descriptor: borrowing FileDescriptor) -> RedeemedDescriptor {
        guard let index = handed.firstIndex(where: { $0.number == descriptor.rawValue }) else {
            preconditionFailure("the descriptor is not one of this network")
        }
        let found = handed.remove(at: index)
        Glibc.close(found.watch)
        switch found.subject {
        case .connection(let end): return .connection(end)
        case .listener(let listener): return .listener(listener)
        }
    }

    /// Takes over what a descriptor names, to drive it by hand.
    /// - Parameter descriptor: Of a connection of this network; owned by the caller so far.
    package func take(_ descriptor: Int32) -> SimulatedEnd {
        guard case .connection(let end) = redeem(FileDescriptor(owning: descriptor)) else {
            preconditionFailure("not a connection")
        }
        return end
    }

    private func hand(_ subject: HandedSubject) -> Int32 {
        // First, because the system may give a number again that was closed unnoticed.
        collectDropped()
        var pair: [Int32] = [-1, -1]
        let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        let status = socketpair(AF_UNIX, Int32(kind), 0, &pair)
        precondition(status == 0, "the system has two descriptors to spare")
        handed.append(HandedDescriptor(number: pair[1], watch: pair[0], subject: subject))
        return pair[1]
    }

    /// Closes what was dropped as a mere descriptor; call it after anything that may do so.
    package func collectDropped() {
        guard !handed.isEmpty else { return }
        handed.removeAll { one in
            var byte: UInt8 = 0
            // At its end once the other is closed; before, it has nothing.
            guard read(one.watch, &byte, 1) == 0 else { return false }
            Glibc.close(one.watch)
            switch one.subject {
            case .connection(let end): end.close()
            case .listener(let listener): close(listener)
            }
            return true
        }
    }

    /// Ends everything that a process had as descriptors only, as the system does when it dies.
    package func closeHanded() {
        // What was closed already may have a new owner under the same number.
        collectDropped()
        for one in handed {
            Glibc.close(one.watch)
            Glibc.close(one.number)
            switch one.subject {
            case .connection(let end): end.reset()
            case .listener(let listener): close(listener)
            }
        }
        handed.removeAll()
    }

    // MARK: - Carrying

    internal func delay() -> Int64 { random.drawTime(conditions.delayNanoseconds) }

    internal func deferral() -> Int64 { random.drawTime(conditions.deferralNanoseconds) }

    /// All of `count`, or a seeded part of it, at least 1.
    internal func portion(of count: Int, percent: Int) -> Int {
        percent > 0 && random.percent(percent) ? random.draw(1...count) : count
    }

    /// Has something happen at the far end of a connection.
    internal func later(_ action: @escaping () -> Void) { scheduler.after(delay(), action) }

    /// Has everything that was written for an end arrive there.
    internal func transport(to end: SimulatedEnd) {
        let position = end.inbound.writtenCount
        scheduler.at(nextArrival(end)) { [self] in arrive(end, through: position) }
    }

    private func nextArrival(_ end: SimulatedEnd) -> Int64 {
        let arrival = max(
            end.inbound.lastArrivalNanoseconds, scheduler.nowNanoseconds + delay())
        end.inbound.lastArrivalNanoseconds = arrival
        return arrival
    }

    /// Runs `action` when the end's stream is not stalled; never when it is silenced.
    private func unlessStalled(_ end: SimulatedEnd, _ action: @escaping () -> Void) {
        if end.inbound.isSilenced { return }
        let until = end.inbound.stalledUntilNanoseconds
        if scheduler.nowNanoseconds >= until { return action() }
        scheduler.at(until) { [self] in unlessStalled(end, action) }
    }

    private func arrive(_ end: SimulatedEnd, through position: Int) {
        unlessStalled(end) { [self] in
            guard end.failure == nil else { return }
            if end.isClosed {
                // Nobody is there any more, and the sender is told.
                if let sender = end.peer { later { sender.fail(.connectionReset) } }
                return
            }
            let before = end.inbound.arrivedCount
            end.inbound.arrive(through: position)
            scheduler.note("arrive", end.number, end.inbound.arrivedCount)
            if end.inbound.arrivedCount > before { end.notify() }
        }
    }

    internal func transportEnd(to end: SimulatedEnd) {
        scheduler.at(nextArrival(end)) { [self] in
            unlessStalled(end) { [self] in
                guard end.failure == nil, !end.isClosed else { return }
                scheduler.note("end", end.number)
                end.inbound.hasEndArrived = true
                end.notify()
            }
        }
    }

    internal func transportReset(to end: SimulatedEnd) {
        scheduler.at(nextArrival(end)) { [self] in
            unlessStalled(end) { [self] in
                scheduler.note("reset", end.number)
                end.fail(.connectionReset)
            }
        }
    }

    /// An end was closed; the connection is forgotten once both are.
    internal func ended(_ end: SimulatedEnd) {
        guard end.isOver, end.peer?.isOver ?? true else { return }
        connections.removeAll { $0 === end || $0 === end.peer }
        end.peer?.peer = nil
        end.peer = nil
    }

    /// Lets go of everything; nothing may be used afterwards.
    package func tearDown() {
        closeHanded()
        for (_, listener) in listeners { listener.queue.removeAll() }
        listeners.removeAll()
        for end in connections {
            end.peer?.peer = nil
            end.peer = nil
        }
        connections.removeAll()
    }

    // MARK: - Faults

    /// Breaks a connection: both ends fail, and some of what is under way is lost.
    package func cut(_ end: SimulatedEnd) {
        scheduler.note("cut", end.number)
        for one in [end, end.peer] {
            guard let one else { continue }
            // Up to here it had got; the rest is gone.
            let travelling = one.inbound.writtenCount - one.inbound.arrivedCount
            if travelling > 0, !one.isClosed, !one.inbound.isSilenced {
                one.inbound.arrive(
                    through: one.inbound.arrivedCount + random.draw(0...travelling))
            }
            if random.percent(50) {
                one.fail(.connectionReset)
            } else {
                scheduler.after(delay()) { one.fail(.connectionReset) }
            }
        }
    }

    /// Nothing arrives at this end for so long.
    package func stall(_ end: SimulatedEnd, nanoseconds: Int64) {
        scheduler.note("stall", end.number, Int(nanoseconds))
        end.inbound.stalledUntilNanoseconds = scheduler.nowNanoseconds + nanoseconds
    }

    /// Nothing arrives at either end ever again, and nobody is told.
    package func silence(_ end: SimulatedEnd) {
        scheduler.note("silence", end.number)
        end.inbound.isSilenced = true
        end.peer?.inbound.isSilenced = true
    }

    /// Nothing is heard any more of the machine behind a port: its power has failed.
    ///
    /// Who is connected finds out when it is there again: `resetSilenced`.
    package func silenceAll(near port: UInt16) {
        for near in connections where near.port == port { silence(near) }
    }

    /// A machine is there again that knows nothing of the connections it had.
    package func resetSilenced() {
        for near in connections where near.inbound.isSilenced { cut(near) }
    }

    /// Ends all stalls; what was silenced is broken for everybody to see.
    package func heal() {
        partitionedUntilNanoseconds = 0
        for near in connections {
            near.inbound.stalledUntilNanoseconds = 0
            near.peer?.inbound.stalledUntilNanoseconds = 0
            if near.inbound.isSilenced { cut(near) }
        }
    }

    /// The other end of a connection, while somebody has it.
    package func farEnd(of end: SimulatedEnd) -> SimulatedEnd? { end.peer }
}

/// What a descriptor named.
internal enum RedeemedDescriptor {
    case connection(SimulatedEnd)
    case listener(SimulatedListener)
}

/// A listening socket.
internal final class SimulatedListener {
    let port: UInt16
    let backlog: Int
    var queue: [SimulatedEnd] = []
    var watcher: EndWatcher?

    init(port: UInt16, backlog: Int) {
        self.port = port
        self.backlog = backlog
    }

    func enqueue(_ end: SimulatedEnd) {
        queue.append(end)
        watcher?.poller?.notice(watcher?.index ?? 0)
    }
}

// Many connections that do nothing but stay alive: what a broker's idle clients look like.

import AeroClient
import AeroCore
package import AeroIO
package import AeroLoad
import AeroMemory
import AeroWire

/// Opens connections to an AeroMQ broker and keeps them open with heartbeats. One thread owns it.
package final class IdleConnections {
    // BOUND: connections that shake hands at one time; a broker's backlog holds more.
    private static let openingCountMax = 256
    // Short, so that heartbeats leave when they are due and not in bursts.
    private static let turnNanoseconds: Int64 = 5_000_000

    private let pool: BufferPool
    private var sessions: [ClientSession]
    private var poller: EpollPoller
    private var timers: TimerWheel
    private var events = IdleEvents()
    private var openedCount = 0

    /// - Parameters:
    ///   - count: How many; at least 1.
    ///   - addresses: Where the broker is, taken in turn: an address has some 28,000 ports to
    ///     connect from.
    /// - Throws: `DriverError` without memory or a poller.
    package init(count: Int, addresses: [SocketAddress]) throws(DriverError) {
        precondition(count > 0 && !addresses.isEmpty, "some connections to somewhere")
        // A session keeps one small block; the rest is for frames that arrive in parts.
        let pool = try ClientResources.makePool(byteCountMax: count * 4_096 + (16 << 20))
        self.pool = pool
        poller = try ClientResources.makePoller(connectionCount: count)
        timers = TimerWheel(
            tickNanoseconds: Self.turnNanoseconds,
            nowNanoseconds: MonotonicClock.nowNanoseconds())
        var terms = SessionTerms()
        terms.inFlightRequestCountMax = 1
        terms.reconnects = false
        sessions = (0..<count).map { slot in
            ClientSession(
                address: addresses[slot % addresses.count], slot: UInt32(slot),
                clientId: "aerobench-idle-\(slot)", terms: terms, pool: pool)
        }
    }

    // Their memory has to be home before the pool may go.
    deinit { sessions = [] }

    /// Opens all connections.
    ///
    /// Heartbeats follow the time at which a connection was opened: those that are opened over one
    /// heartbeat's interval, as clients of a real broker are, never send them all at one time.
    ///
    /// - Parameters:
    ///   - spanNanoseconds: How long the opening is spread out; 0 opens as fast as it can.
    ///   - isOver: Asked now and then; true gives up.
    /// - Returns: How many are open.
    /// - Throws: `DriverError` when one is refused or lost.
    package func open(
        overNanoseconds spanNanoseconds: Int64, until isOver: () -> Bool
    ) throws(DriverError) -> Int {
        let start = MonotonicClock.nowNanoseconds()
        while events.readyCount < sessions.count, !isOver() {
            let now = MonotonicClock.nowNanoseconds()
            let due = dueCount(now - start, of: spanNanoseconds)
            while openedCount < due, openedCount - events.readyCount < Self.openingCountMax {
                sessions[openedCount].open(&poller, &events, nowNanoseconds: now)
                schedule(openedCount, now)
                openedCount += 1
            }
            try turn()
            if let loss = events.firstLoss {
                throw DriverError(
                    "open connection \(events.readyCount + 1) of \(sessions.count)",
                    loss.explanation)
            }
        }
        return events.readyCount
    }

    /// How many connections are to be open so long after the start.
    private func dueCount(_ elapsed: Int64, of spanNanoseconds: Int64) -> Int {
        guard elapsed < spanNanoseconds else { return sessions.count }
        return Int(Double(sessions.count) * Double(elapsed) / Double(spanNanoseconds))
    }

    /// Keeps the connections alive, then closes them; ends by itself with the last that is lost.
    ///
    /// - Parameter isOver: Asked now and then; true ends it.
    /// - Returns: How many were lost meanwhile, and why the first was.
    /// - Throws: `DriverError` when the poller cannot go on.
    package func keep(until isOver: () -> Bool) throws(DriverError) -> (lost: Int, cause: String?) {
        while !isOver(), events.lostCount < sessions.count { try turn() }
        let (lost, cause) = (events.lostCount, events.firstLoss?.explanation)
        let now = MonotonicClock.nowNanoseconds()
        for session in sessions[..<openedCount] {
            session.close(&poller, &events, nowNanoseconds: now)
        }
        takeCompletions(now)
        return (lost, cause)
    }

    private func turn() throws(DriverError) {
        do throws(Errno) {
            try poller.wait(timeoutNanoseconds: Self.turnNanoseconds)
        } catch {
            throw DriverError("wait for the broker", "\(error)")
        }
        let now = MonotonicClock.nowNanoseconds()
        takeCompletions(now)
        // BOUND: each timer is set anew beyond now.
        while let slot = timers.popExpired(nowNanoseconds: now) {
            let session = sessions[Int(slot)]
            session.tick(&poller, &events, nowNanoseconds: now)
            schedule(Int(slot), now)
        }
    }

    private func schedule(_ slot: Int, _ now: Int64) {
        let due = sessions[slot].nextTickNanoseconds
        guard due != .max else { return }
        timers.insert(
            deadlineNanoseconds: max(due, now + Self.turnNanoseconds), payload: UInt64(slot))
    }

    private func takeCompletions(_ now: Int64) {
        while let completion = poller.next() {
            guard let slot = completion.connectionIndex else { continue }
            sessions[slot].handle(completion, &poller, &events, nowNanoseconds: now)
        }
    }
}

/// Counts what idle sessions report.
private struct IdleEvents: ClientSessionEvents {
    var readyCount = 0
    var lostCount = 0
    var firstLoss: SessionLoss?

    mutating func ready(_ session: ClientSession) { readyCount += 1 }

    mutating func lost(_ session: ClientSession, _ loss: SessionLoss) {
        lostCount += 1
        firstLoss = firstLoss ?? loss
    }

    mutating func answered(
        _ session: ClientSession, _ request: PendingRequest, _ answer: SessionAnswer
    ) {}

    mutating func delivered(
        _ session: ClientSession, subscriptionId: UInt64, highWatermark: Int64,
        batches: UnsafeRawBufferPointer
    ) {}

    mutating func ended(
        _ session: ClientSession, subscriptionId: UInt64, _ code: ErrorCode, message: String
    ) {}

    mutating func failed(
        _ session: ClientSession, _ request: PendingRequest, _ cause: RequestFailure
    ) {}
}

extension Completion {
    /// The index of the connection that it concerns; nil for what concerns none.
    fileprivate var connectionIndex: Int? {
        switch self {
        case .connected(let token), .received(let token, _), .endOfStream(let token),
            .sent(let token, _), .failed(let token, _), .closed(let token):
            Int(token.index)
        case .accepted, .woken: nil
        }
    }
}

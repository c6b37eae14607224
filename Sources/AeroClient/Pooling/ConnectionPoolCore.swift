// The shared part of a pool: its rules under a lock, and the connections they speak of.

import AeroIO
import Synchronization

/// Carries out what the pool's state machine decides. Nothing is called with the lock held.
final class ConnectionPoolCore: Sendable {
    private struct State {
        var machine: ConnectionPoolStateMachine
        var connections: [Int: Connection] = [:]
        var waiting: [Int: Outcome<PoolGrant>] = [:]
        /// Connections that close, for `closed()` to wait for.
        var closing: [Connection] = []
        var counts = ConnectionPoolStatistics()
        /// Why nothing is lent any more.
        var end: ClientError?
        /// Until when the timer sleeps.
        var timerDueNanoseconds = Int64.max
    }

    let address: String
    let signal = ThreadSignal()
    private let options: ConnectionPoolOptions
    private let state: Mutex<State>

    init(address: String, options: ConnectionPoolOptions) {
        self.address = address
        self.options = options
        let terms = ConnectionPoolTerms(
            connectionCountMax: options.maximumConnections,
            leaseCountMax: options.maximumLeasesPerConnection,
            idleTimeoutNanoseconds: options.idleTimeout.wholeNanoseconds,
            checkAfterNanoseconds: options.healthCheckInterval.wholeNanoseconds)
        state = Mutex(State(machine: ConnectionPoolStateMachine(terms: terms)))
    }

    var statistics: ConnectionPoolStatistics {
        state.withLock { state in
            var counts = state.counts
            counts.openCount = state.machine.connectionCount
            counts.leaseCount = state.machine.leaseCount
            counts.waitingCount = state.machine.waiterCount
            return counts
        }
    }

    // MARK: - Borrowing

    func borrow() async throws(ClientError) -> ConnectionLease {
        let start = MonotonicClock.nowNanoseconds()
        let deadline = saturatingSum(start, options.acquireTimeout.wholeNanoseconds)
        // BOUND: each round takes a connection that is broken out of the pool.
        while true {
            switch try await grant(start, deadline) {
            case .connect(let number): return try await connect(number)
            case .lease(let number, let needsCheck):
                if let lease = try await lease(number, needsCheck) { return lease }
            }
        }
    }

    private func grant(_ start: Int64, _ deadline: Int64) async throws(ClientError) -> PoolGrant {
        let outcome = Outcome<PoolGrant>()
        let now = MonotonicClock.nowNanoseconds()
        let (admission, number, mustWake) = try state.withLock { state throws(ClientError) in
            if let end = state.end { throw end }
            let (admission, number) = state.machine.acquire(
                nowNanoseconds: now, deadlineNanoseconds: deadline)
            guard case .waits = admission else { return (admission, number, false) }
            state.waiting[number] = outcome
            return (admission, number, deadline < state.timerDueNanoseconds)
        }
        if case .granted(let grant) = admission { return grant }
        if mustWake { signal.wake() }
        let result = await outcome.wait()
        if case .failure = result {
            state.withLock { state in
                state.machine.withdraw(number)
                state.waiting[number] = nil
            }
        }
        return try result.get()
    }

    private func connect(_ number: Int) async throws(ClientError) -> ConnectionLease {
        let connection: Connection
        do throws(ClientError) {
            connection = try await Connection.connect(to: address, options: options.connection)
        } catch {
            settle { $0.connectFailed(number, nowNanoseconds: $1) }
            throw error
        }
        let end = state.withLock { state in
            guard state.end == nil else { return state.end }
            state.connections[number] = connection
            state.counts.madeCount += 1
            return nil
        }
        guard end == nil else {
            await connection.abort()
            settle { $0.connectFailed(number, nowNanoseconds: $1) }
            throw end ?? closedByCaller
        }
        settle { $0.connected(number, nowNanoseconds: $1) }
        return lent(connection, number)
    }

    /// The lease of a connection that is well; nil when it is not, and was taken out.
    private func lease(
        _ number: Int, _ needsCheck: Bool
    ) async throws(ClientError) -> ConnectionLease? {
        let (found, end) = state.withLock { ($0.connections[number], $0.end) }
        guard let connection = found, end == nil else {
            settle { $0.release(number, nowNanoseconds: $1) }
            throw end ?? closedByCaller
        }
        if connection.state != .connected {
            giveUp(connection, number)
            return nil
        }
        guard needsCheck else { return lent(connection, number) }
        do throws(ClientError) {
            try await connection.ping(timeout: options.healthCheckTimeout)
        } catch {
            guard error.code == .cancelled else {
                giveUp(connection, number)
                return nil
            }
            giveBack(connection, number)
            throw error
        }
        return lent(connection, number)
    }

    private func lent(_ connection: Connection, _ number: Int) -> ConnectionLease {
        state.withLock { $0.counts.lentCount += 1 }
        return ConnectionLease(connection, number: number, of: self)
    }

    // MARK: - Giving back

    func giveBack(_ connection: Connection, _ number: Int) {
        let isOver = state.withLock { $0.end != nil }
        guard connection.state == .connected, !isOver else {
            giveUp(connection, number)
            return
        }
        let now = MonotonicClock.nowNanoseconds()
        let mustWake = state.withLock {
            saturatingSum(now, options.idleTimeout.wholeNanoseconds) < $0.timerDueNanoseconds
        }
        settle { $0.release(number, nowNanoseconds: $1) }
        if mustWake { signal.wake() }
    }

    /// Ends a lease of a connection that is not to be lent again.
    private func giveUp(_ connection: Connection, _ number: Int) {
        settle { $0.discard(number, nowNanoseconds: $1) }
        let closing = state.withLock { state -> Closing? in
            guard !state.machine.contains(number),
                state.connections.removeValue(forKey: number) != nil
            else { return nil }
            guard state.end == nil else { return .drained }
            state.counts.brokenCount += 1
            return .immediate
        }
        if let closing { connection.beginClosing(closing) }
    }

    /// Changes the rules' state and hands out what that frees.
    private func settle(
        _ change: (inout ConnectionPoolStateMachine, _ nowNanoseconds: Int64) -> [PoolAward]
    ) {
        let now = MonotonicClock.nowNanoseconds()
        var awards = state.withLock { change(&$0.machine, now) }
        // BOUND: those who waited; each is asked once.
        while let award = awards.popLast() {
            let outcome = state.withLock { $0.waiting.removeValue(forKey: award.waiter) }
            if outcome?.complete(.success(award.grant)) == true { continue }
            // It was cancelled meanwhile: the next one may have it.
            awards += state.withLock { state in
                switch award.grant {
                case .lease(let number, _):
                    state.machine.release(number, nowNanoseconds: now)
                case .connect(let number):
                    state.machine.connectFailed(number, nowNanoseconds: now)
                }
            }
        }
    }

    // MARK: - Time and end

    /// Ends waits and rests that were too long.
    ///
    /// - Returns: When to come again.
    func expire(nowNanoseconds: Int64) -> Int64 {
        let (due, idle, next) = state.withLock { state in
            let due = state.machine.takeDueWaiters(nowNanoseconds: nowNanoseconds)
                .compactMap { state.waiting.removeValue(forKey: $0) }
            let idle = state.machine.takeIdle(nowNanoseconds: nowNanoseconds)
                .compactMap { state.connections.removeValue(forKey: $0) }
            state.counts.exhaustedCount += due.count
            state.counts.idleClosedCount += idle.count
            state.timerDueNanoseconds = state.machine.nextDueNanoseconds
            return (due, idle, state.timerDueNanoseconds)
        }
        for outcome in due { outcome.complete(.failure(exhausted)) }
        for connection in idle { connection.beginClosing(.drained) }
        return next
    }

    /// Lends nothing more, for this reason, and closes connections in order.
    ///
    /// - Parameter closesLent: Whether those that are lent are closed, too, or when given back.
    func beginClosing(_ reason: ClientError? = nil, closesLent: Bool) {
        let (waiting, connections) = state.withLock { state in
            state.end = state.end ?? reason ?? closedByCaller
            state.machine.removeAllWaiters()
            let waiting = Array(state.waiting.values)
            state.waiting = [:]
            let unused = state.machine.takeAllUnused()
            let numbers = closesLent ? Array(state.connections.keys) : unused
            let connections = numbers.compactMap { state.connections.removeValue(forKey: $0) }
            state.closing += connections
            return (waiting, connections)
        }
        for outcome in waiting { outcome.complete(.failure(reason ?? closedByCaller)) }
        for connection in connections { connection.beginClosing(.drained) }
        signal.requestClose(.immediate)
    }

    /// Waits until the connections that close have closed.
    func closed() async {
        let connections = state.withLock { state in
            defer { state.closing = [] }
            return state.closing
        }
        for connection in connections { await connection.close() }
    }

    private var closedByCaller: ClientError {
        ClientError(.closed, "the connection pool is closed", brokerAddress: address)
    }

    private var exhausted: ClientError {
        ClientError(
            .poolExhausted,
            "all \(options.maximumConnections) connections of the pool are lent, and none came "
                + "back within \(options.acquireTimeout); give back sooner, or raise "
                + "maximumConnections or maximumLeasesPerConnection",
            brokerAddress: address, elapsed: options.acquireTimeout)
    }
}

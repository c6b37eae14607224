// Who gets which connection of a pool, who waits, and what is closed: rules without connections.

/// Bounds and times of a pool.
package struct ConnectionPoolTerms: Sendable {
    /// Connections at one time; at least 1.
    package var connectionCountMax: Int
    /// Borrowers of one connection at one time; at least 1.
    package var leaseCountMax: Int
    /// How long a connection may be unused.
    package var idleTimeoutNanoseconds: Int64
    /// How long a connection may be unused before it is to be checked.
    package var checkAfterNanoseconds: Int64

    package init(
        connectionCountMax: Int, leaseCountMax: Int, idleTimeoutNanoseconds: Int64,
        checkAfterNanoseconds: Int64
    ) {
        self.connectionCountMax = connectionCountMax
        self.leaseCountMax = leaseCountMax
        self.idleTimeoutNanoseconds = idleTimeoutNanoseconds
        self.checkAfterNanoseconds = checkAfterNanoseconds
    }
}

/// What a borrower is to do.
package enum PoolGrant: Equatable, Sendable {
    /// Use this connection; ask it first whether it is alive, if it was unused for long.
    case lease(connection: Int, needsCheck: Bool)
    /// Make this connection, and say how it went.
    case connect(connection: Int)
}

/// What a borrower is told at once.
package enum PoolAdmission: Equatable, Sendable {
    /// Go on.
    case granted(PoolGrant)
    /// Wait for a grant.
    case waits
}

/// A grant for one who waited.
package struct PoolAward: Equatable, Sendable {
    /// The waiter's number.
    package let waiter: Int
    /// What it gets.
    package let grant: PoolGrant

    package init(waiter: Int, grant: PoolGrant) {
        self.waiter = waiter
        self.grant = grant
    }
}

/// The rules of a connection pool: unused connections first, the last used one of them, so that
/// the others may go; then a new one; then the least loaded; then waiting, first come first served.
///
/// Pure: connections are numbers, time comes in. Every grant that counts as a lease is ended by
/// `release` or `discard`, every `connect` by `connected` or `connectFailed`.
package struct ConnectionPoolStateMachine: Sendable {
    private enum Phase: Equatable {
        case connecting
        case ready
        /// Broken or no longer wanted: forgotten with its last lease.
        case retired
    }

    private struct Entry {
        var phase = Phase.connecting
        var leaseCount = 0
        var idleSinceNanoseconds: Int64 = 0

        var isUnused: Bool { phase == .ready && leaseCount == 0 }
    }

    private struct Waiter {
        let number: Int
        let deadlineNanoseconds: Int64
    }

    private let terms: ConnectionPoolTerms
    private var entries: [Int: Entry] = [:]
    // BOUND: one for each task that waits, each with a deadline.
    private var waiters: [Waiter] = []
    private var nextConnection = 0
    private var nextWaiter = 0

    /// - Parameter terms: Bounds and times.
    package init(terms: ConnectionPoolTerms) { self.terms = terms }

    /// Connections there are, those being made included.
    package var connectionCount: Int { entries.values.count { $0.phase != .retired } }
    /// Whether the connection is known: lent, being made, or unused.
    package func contains(_ connection: Int) -> Bool { entries[connection] != nil }

    /// Leases not given back.
    package var leaseCount: Int { entries.values.reduce(0) { $0 + $1.leaseCount } }
    /// Borrowers that wait.
    package var waiterCount: Int { waiters.count }

    // MARK: - Borrowing

    /// Somebody wants a connection.
    ///
    /// - Parameter deadlineNanoseconds: Until when it would wait.
    /// - Returns: What it is told, and its number if it waits.
    package mutating func acquire(
        nowNanoseconds: Int64, deadlineNanoseconds: Int64
    ) -> (PoolAdmission, waiter: Int) {
        if waiters.isEmpty, let grant = nextGrant(nowNanoseconds) { return (.granted(grant), -1) }
        nextWaiter += 1
        waiters.append(Waiter(number: nextWaiter, deadlineNanoseconds: deadlineNanoseconds))
        return (.waits, nextWaiter)
    }

    /// A waiter gave up.
    package mutating func withdraw(_ waiter: Int) { waiters.removeAll { $0.number == waiter } }

    /// A connection was made: its maker has the first lease of it.
    package mutating func connected(_ connection: Int, nowNanoseconds: Int64) -> [PoolAward] {
        guard entries[connection]?.phase == .connecting else {
            preconditionFailure("connection \(connection) was not being made")
        }
        entries[connection]?.phase = .ready
        entries[connection]?.leaseCount = 1
        return award(nowNanoseconds)
    }

    /// A connection could not be made.
    package mutating func connectFailed(_ connection: Int, nowNanoseconds: Int64) -> [PoolAward] {
        entries[connection] = nil
        return award(nowNanoseconds)
    }

    /// A lease ends, the connection is well.
    package mutating func release(_ connection: Int, nowNanoseconds: Int64) -> [PoolAward] {
        endLease(connection, nowNanoseconds)
        return award(nowNanoseconds)
    }

    /// A lease ends, and the connection is not to be lent again.
    package mutating func discard(_ connection: Int, nowNanoseconds: Int64) -> [PoolAward] {
        entries[connection]?.phase = .retired
        endLease(connection, nowNanoseconds)
        return award(nowNanoseconds)
    }

    // MARK: - Time

    /// Waiters whose time is over; they are forgotten.
    package mutating func takeDueWaiters(nowNanoseconds: Int64) -> [Int] {
        let due = waiters.filter { $0.deadlineNanoseconds <= nowNanoseconds }.map(\.number)
        if !due.isEmpty { waiters.removeAll { $0.deadlineNanoseconds <= nowNanoseconds } }
        return due
    }

    /// Connections that were unused for too long; they are forgotten.
    package mutating func takeIdle(nowNanoseconds: Int64) -> [Int] {
        let idle = entries.filter { _, entry in
            entry.isUnused
                && nowNanoseconds - entry.idleSinceNanoseconds >= terms.idleTimeoutNanoseconds
        }.keys
        for connection in idle { entries[connection] = nil }
        return Array(idle)
    }

    /// When one of the two has something; `Int64.max` when never.
    package var nextDueNanoseconds: Int64 {
        var due = waiters.reduce(Int64.max) { min($0, $1.deadlineNanoseconds) }
        for entry in entries.values where entry.isUnused {
            let (sum, isBeyond) = entry.idleSinceNanoseconds.addingReportingOverflow(
                terms.idleTimeoutNanoseconds)
            if !isBeyond { due = min(due, sum) }
        }
        return due
    }

    /// Forgets who waits, when the pool closes.
    package mutating func removeAllWaiters() { waiters = [] }

    /// Forgets the unused connections, when the pool closes.
    package mutating func takeAllUnused() -> [Int] {
        let unused = entries.filter { $0.value.isUnused }.map(\.key)
        for connection in unused { entries[connection] = nil }
        return unused
    }

    // MARK: - Parts

    private mutating func endLease(_ connection: Int, _ now: Int64) {
        guard let entry = entries[connection], entry.leaseCount > 0 else {
            preconditionFailure("connection \(connection) was not lent")
        }
        entries[connection]?.leaseCount -= 1
        guard entry.leaseCount == 1 else { return }
        if entry.phase == .retired {
            entries[connection] = nil
        } else {
            entries[connection]?.idleSinceNanoseconds = now
        }
    }

    /// Serves those who wait, in order, as far as there is something to give.
    private mutating func award(_ now: Int64) -> [PoolAward] {
        var awards: [PoolAward] = []
        while let first = waiters.first, let grant = nextGrant(now) {
            waiters.removeFirst()
            awards.append(PoolAward(waiter: first.number, grant: grant))
        }
        return awards
    }

    /// The best there is to give now; counted as given.
    private mutating func nextGrant(_ now: Int64) -> PoolGrant? {
        if let last = lastUsed() {
            let idle = now - (entries[last]?.idleSinceNanoseconds ?? now)
            entries[last]?.leaseCount = 1
            return .lease(connection: last, needsCheck: idle >= terms.checkAfterNanoseconds)
        }
        if connectionCount < terms.connectionCountMax {
            nextConnection += 1
            entries[nextConnection] = Entry()
            return .connect(connection: nextConnection)
        }
        guard let least = leastLoaded() else { return nil }
        entries[least]?.leaseCount += 1
        return .lease(connection: least, needsCheck: false)
    }

    /// The unused connection that was used last; equals by number, so that runs repeat.
    private func lastUsed() -> Int? {
        var best: (since: Int64, connection: Int)?
        for (connection, entry) in entries where entry.isUnused {
            let candidate = (since: entry.idleSinceNanoseconds, connection: connection)
            if let best, candidate < best { continue }
            best = candidate
        }
        return best?.connection
    }

    /// The connection with the fewest borrowers among those that may have another one.
    private func leastLoaded() -> Int? {
        var best: (leaseCount: Int, connection: Int)?
        for (connection, entry) in entries
        where entry.phase == .ready && entry.leaseCount < terms.leaseCountMax {
            let candidate = (leaseCount: entry.leaseCount, connection: connection)
            if let best, best < candidate { continue }
            best = candidate
        }
        return best?.connection
    }
}

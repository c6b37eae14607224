// A connection lent by a pool.

import Synchronization

/// One borrower's right to use a connection of a pool; ends with `giveBack()`, or with its last
/// reference.
public final class ConnectionLease: Sendable {
    /// The connection. Close what is made from it before it is given back: the next borrower gets
    /// it as it is.
    public let connection: Connection

    private let pool: ConnectionPoolCore
    private let number: Int
    private let isEnded = Atomic<Bool>(false)

    init(_ connection: Connection, number: Int, of pool: ConnectionPoolCore) {
        self.connection = connection
        self.number = number
        self.pool = pool
    }

    deinit { giveBack() }

    /// Gives the connection back. One that was lost meanwhile is not lent again. Safe to call more
    /// than once, from any task.
    public func giveBack() {
        // Relaxed: the first one counts; the pool's lock orders the rest.
        guard !isEnded.exchange(true, ordering: .relaxed) else { return }
        pool.giveBack(connection, number)
    }
}

// Connections to one broker, lent to whoever needs one.

/// Keeps connections to one broker and lends them.
///
/// ```swift
/// let pool = try ConnectionPool(to: "localhost:9440")
/// let topics = try await pool.withConnection { try await $0.admin.list() }
/// await pool.close()
/// ```
///
/// A borrower gets an unused connection, or a new one while there are fewer than
/// `maximumConnections`, or shares the least loaded one where `maximumLeasesPerConnection` allows
/// it, or waits, first come first served, for up to `acquireTimeout`. Connections that were lost,
/// or give no sign of life after a long rest, are replaced; those unused for `idleTimeout` are
/// closed.
///
/// One connection is enough for most programs: it is safe to share and multiplexes by itself. A
/// pool is for those that need more than one thread of input and output, or want their consumers
/// and producers apart. Dropping the last reference to a pool closes its unused connections, and
/// each lent one when it is given back.
public final class ConnectionPool: Sendable {
    private let core: ConnectionPoolCore

    /// Makes a pool; connections are made when they are needed.
    ///
    /// - Parameters:
    ///   - address: HOST:PORT.
    ///   - options: Size and times.
    /// - Throws: `.invalidConfiguration`; `.systemFailure` without a thread for the times.
    public init(
        to address: String, options: ConnectionPoolOptions = ConnectionPoolOptions()
    ) throws(ClientError) {
        try options.validate()
        core = ConnectionPoolCore(address: address, options: options)
        try ConnectionPoolTimer.start(core)
    }

    deinit { core.beginClosing(closesLent: false) }

    /// The broker's address.
    public var brokerAddress: String { core.address }

    /// The pool's state and history now.
    public var statistics: ConnectionPoolStatistics { core.statistics }

    /// Borrows a connection, runs `body`, and gives it back on every path.
    ///
    /// - Throws: As `borrow()`; what `body` throws.
    public func withConnection<Value: Sendable>(
        _ body: (Connection) async throws -> Value
    ) async throws -> Value {
        let lease = try await borrow()
        defer { lease.giveBack() }
        return try await body(lease.connection)
    }

    /// Borrows a connection, until the lease is given back or dropped.
    ///
    /// - Throws: `.poolExhausted` when none came free within `acquireTimeout`, `.closed`,
    ///   `.cancelled`, or why a new connection could not be made.
    public func borrow() async throws(ClientError) -> ConnectionLease { try await core.borrow() }

    /// Closes in order: nothing more is lent, who waits fails with `.closed`, and every connection,
    /// lent or not, delivers what it has accepted for up to its `closeTimeout`. Safe to call more
    /// than once.
    public func close() async {
        core.beginClosing(closesLent: true)
        await core.closed()
    }
}

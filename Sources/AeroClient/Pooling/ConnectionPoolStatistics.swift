// What a connection pool counts.

/// A pool's state and history, at one moment.
public struct ConnectionPoolStatistics: Sendable, Equatable {
    /// Connections there are, those being made included.
    public var openCount = 0
    /// Leases not given back.
    public var leaseCount = 0
    /// Borrowers that wait.
    public var waitingCount = 0
    /// Leases given since the start.
    public var lentCount = 0
    /// Connections made since the start.
    public var madeCount = 0
    /// Connections closed because nobody had used them for `idleTimeout`.
    public var idleClosedCount = 0
    /// Connections given up because they were lost, or gave no sign of life.
    public var brokenCount = 0
    /// Borrowers that waited in vain for `acquireTimeout`.
    public var exhaustedCount = 0

    /// Nothing yet.
    public init() {}
}

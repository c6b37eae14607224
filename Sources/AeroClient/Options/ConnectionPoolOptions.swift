// What a connection pool is made with.

/// Size and times of a connection pool; `validate()` checks all of them.
///
/// ```swift
/// let options = ConnectionPoolOptions {
///     $0.maximumConnections = 4
///     $0.maximumLeasesPerConnection = 100
/// }
/// ```
public struct ConnectionPoolOptions: Sendable, Equatable {
    /// What each connection is made with: its own connect, request and write timeouts, too.
    public var connection = ConnectionOptions()
    /// Connections at one time.
    public var maximumConnections = 8
    /// Borrowers that share one connection at one time. With 1, a borrower has it for itself; more
    /// let requests of many borrowers travel on one connection, the least loaded first.
    public var maximumLeasesPerConnection = 1
    /// How long to wait for a connection while all are lent; zero does not wait. A connection that
    /// has to be made may take its `connectTimeout` on top of it.
    public var acquireTimeout = Duration.seconds(5)
    /// How long a connection may go unused before it is closed.
    public var idleTimeout = Duration.seconds(60)
    /// A connection that was unused for longer is asked PING before it is lent; zero asks always.
    public var healthCheckInterval = Duration.seconds(15)
    /// How long the answer to that PING may take.
    public var healthCheckTimeout = Duration.seconds(2)

    /// The defaults.
    public init() {}

    /// The defaults, changed by `configure`.
    public init(_ configure: (inout ConnectionPoolOptions) -> Void) { configure(&self) }

    /// Checks every bound.
    ///
    /// - Throws: `.invalidConfiguration` with the option's name and bounds.
    public func validate() throws(ClientError) {
        try connection.validate()
        try OptionBounds.check("maximumConnections", maximumConnections, in: 1...1_024)
        try OptionBounds.check(
            "maximumLeasesPerConnection", maximumLeasesPerConnection, in: 1...100_000)
        try OptionBounds.check("acquireTimeout", acquireTimeout, in: .zero ... .seconds(3_600))
        try OptionBounds.check(
            "idleTimeout", idleTimeout, in: .milliseconds(1) ... .seconds(86_400))
        try OptionBounds.check(
            "healthCheckInterval", healthCheckInterval, in: .zero ... .seconds(86_400))
        try OptionBounds.check(
            "healthCheckTimeout", healthCheckTimeout, in: .milliseconds(1) ... .seconds(3_600))
    }
}

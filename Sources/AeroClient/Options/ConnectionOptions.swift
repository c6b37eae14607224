// What a connection is made with.

import AeroCore
import AeroWire

/// Bounds and timeouts of one connection; `validate()` checks all of them.
///
/// ```swift
/// let options = ConnectionOptions {
///     $0.clientId = "billing"
///     $0.maximumMemory = 256 << 20
/// }
/// ```
public struct ConnectionOptions: Sendable, Equatable {
    /// How the broker's logs name this client; up to 255 bytes of UTF-8.
    public var clientId = "aeromq-client"
    /// Bytes that the client may hold in all: messages waiting to be batched, batches on their
    /// way, frames that arrived in parts, batches that consumers have not let go of.
    ///
    /// A quarter is for messages waiting, three quarters are the cap of the buffer pool. Beyond
    /// it `send` suspends, `enqueue` throws `.memoryLimit`, and consumers stop asking for more.
    public var maximumMemory = 64 << 20
    /// How long connecting and the handshake may take together.
    public var connectTimeout = Duration.seconds(10)
    /// How long one request may take: the read timeout.
    public var requestTimeout = Duration.seconds(30)
    /// How long output may wait without the broker taking any of it; the connection is lost then.
    public var writeTimeout = Duration.seconds(30)
    /// How long `close()` waits for messages that were accepted.
    public var closeTimeout = Duration.seconds(5)
    /// The first and the longest wait before connecting again; each wait is drawn at random
    /// below a bound that doubles.
    public var reconnectBackoff: ClosedRange<Duration> = .milliseconds(50) ... .seconds(5)
    /// Whether a lost connection is made again. When not, it closes with its first loss.
    public var reconnects = true
    /// Requests that may wait for an answer at one time.
    public var maximumInFlightRequests = 1_024

    /// The defaults.
    public init() {}

    /// The defaults, changed by `configure`.
    public init(_ configure: (inout ConnectionOptions) -> Void) { configure(&self) }

    /// Checks every bound.
    ///
    /// - Throws: `.invalidConfiguration` with the option's name and bounds.
    public func validate() throws(ClientError) {
        try OptionBounds.check(
            "clientId's length", clientId.utf8.count, in: 0...WireLimits.peerIdByteCountMax)
        try OptionBounds.check("maximumMemory", maximumMemory, in: Self.memoryBounds)
        try OptionBounds.check(
            "connectTimeout", connectTimeout, in: .milliseconds(1) ... .seconds(3_600))
        try OptionBounds.check(
            "requestTimeout", requestTimeout, in: .milliseconds(1) ... .seconds(3_600))
        try OptionBounds.check(
            "writeTimeout", writeTimeout, in: .milliseconds(1) ... .seconds(3_600))
        try OptionBounds.check("closeTimeout", closeTimeout, in: .zero ... .seconds(3_600))
        try OptionBounds.check(
            "reconnectBackoff's first wait", reconnectBackoff.lowerBound,
            in: .microseconds(1) ... .seconds(60))
        try OptionBounds.check(
            "reconnectBackoff's longest wait", reconnectBackoff.upperBound,
            in: .microseconds(1) ... .seconds(3_600))
        try OptionBounds.check("maximumInFlightRequests", maximumInFlightRequests, in: 1...4_096)
    }

    private static let memoryBounds = (1 << 20)...(1 << 40)

    /// Bytes of messages that wait to be batched.
    var queuedByteCountMax: Int { maximumMemory / 4 }
    /// The cap of the buffer pool.
    var poolByteCountMax: Int { maximumMemory - queuedByteCountMax }
    /// How much of the pool batches may take on their way out; the rest is for what arrives.
    var producedByteCountMax: Int { poolByteCountMax / 2 }

    func sessionTerms(seed: UInt64) -> SessionTerms {
        var terms = SessionTerms()
        terms.inFlightRequestCountMax = maximumInFlightRequests
        terms.inFlightByteCountMax = producedByteCountMax
        terms.requestTimeoutNanoseconds = requestTimeout.wholeNanoseconds
        terms.writeTimeoutNanoseconds = writeTimeout.wholeNanoseconds
        terms.connectTimeoutNanoseconds = connectTimeout.wholeNanoseconds
        terms.backoffNanoseconds =
            reconnectBackoff.lowerBound
            .wholeNanoseconds...reconnectBackoff.upperBound
            .wholeNanoseconds
        terms.reconnects = reconnects
        terms.seed = seed
        return terms
    }
}

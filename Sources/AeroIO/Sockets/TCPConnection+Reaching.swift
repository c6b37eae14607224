// Whether anybody takes connections at an address.

extension TCPConnection {
    private static let stepNanoseconds: Int64 = 10_000_000

    /// Connects, waits until the connection is there, and lets go of it.
    ///
    /// - Parameters:
    ///   - address: Where to connect to.
    ///   - limit: How long that may take, in nanoseconds.
    ///   - isInterrupted: Asked many times a second; true gives up.
    /// - Throws: Why it cannot be reached: `.timedOut`, `.interrupted`, or what the kernel says.
    package static func reach(
        _ address: SocketAddress, withinNanoseconds limit: Int64,
        _ isInterrupted: () -> Bool = { false }
    ) throws(Errno) {
        let socket = try connect(to: address)
        var poller = try ReadinessPoller()
        try poller.watch(socket.rawValue, index: 0, output: true)
        let deadline = MonotonicClock.nowNanoseconds() + limit
        while try poller.wait(timeoutNanoseconds: min(limit, stepNanoseconds)) == 0 {
            guard !isInterrupted() else { throw .interrupted }
            guard MonotonicClock.nowNanoseconds() < deadline else { throw .timedOut }
        }
        if let error = Syscall.pendingError(socket.rawValue) { throw error }
    }
}

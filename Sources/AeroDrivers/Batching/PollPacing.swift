// How long a worker waits for its connections before the next thing is due.

enum PollPacing {
    /// How often timeouts and heartbeats are looked at; no wait is longer.
    static let tickIntervalNanoseconds: Int64 = 10_000_000

    /// A wait shorter than this is spent polling: a sleep could not keep it.
    private static let spinNanoseconds: Int64 = 150_000

    /// The timeout for the poller when the next thing is due at a time.
    ///
    /// - Returns: 0 to poll without sleeping; a sleep ends early enough to poll at the end.
    static func timeoutNanoseconds(untilNanoseconds: Int64, nowNanoseconds: Int64) -> Int64 {
        // Clamped first: the difference to "never" does not fit.
        let latest = nowNanoseconds + tickIntervalNanoseconds
        let remaining = min(untilNanoseconds, latest) - nowNanoseconds
        return remaining > spinNanoseconds ? remaining - spinNanoseconds / 2 : 0
    }
}

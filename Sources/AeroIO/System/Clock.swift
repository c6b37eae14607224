// The time, as something that a test can take into its own hands.

/// What time it is. Asked once a turn of an event loop, never per message.
package protocol Clock: AnyObject, Sendable {
    /// Nanoseconds since an arbitrary point; never goes back.
    func monotonicNanoseconds() -> Int64
    /// Milliseconds since 1970-01-01 UTC; may jump either way.
    func wallMilliseconds() -> Int64
}

/// The machine's clocks.
package final class SystemClock: Clock {
    package init() {}

    package func monotonicNanoseconds() -> Int64 { MonotonicClock.nowNanoseconds() }

    package func wallMilliseconds() -> Int64 { WallClock.nowMilliseconds() }
}

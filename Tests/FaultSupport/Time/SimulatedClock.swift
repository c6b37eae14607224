// Time that passes only when a simulation says so.

import AeroIO

/// The clocks of a simulated machine: one that never goes back, and one that dates things.
///
/// SAFETY: a simulation runs on one thread; the class is shared only within it.
package final class SimulatedClock: Clock, @unchecked Sendable {
    /// Nanoseconds since an arbitrary point; never set back.
    package private(set) var nowNanoseconds: Int64 = 1_000_000_000
    /// What an administrator has added to the clock that dates things, in milliseconds.
    package var wallShiftMilliseconds: Int64 = 0

    /// 2023-11-14, as good a day as any.
    private static let startMilliseconds: Int64 = 1_700_000_000_000

    package init() {}

    package func monotonicNanoseconds() -> Int64 { nowNanoseconds }

    /// Milliseconds since 1970; goes back when it is set back.
    package func wallMilliseconds() -> Int64 {
        Self.startMilliseconds + nowNanoseconds / 1_000_000 + wallShiftMilliseconds
    }

    /// Lets time pass.
    /// - Parameter time: Not before now.
    package func advance(to time: Int64) {
        precondition(time >= nowNanoseconds, "the monotonic clock never goes back")
        nowNanoseconds = time
    }
}

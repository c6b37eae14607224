// The time of the truth driver's target.

import AeroIO
package import AeroLoad

/// The clock that a target in the generator keeps its plan by: the machine's, or a test's.
package protocol TruthClock: LoadClock {
    /// Lets time pass.
    ///
    /// - Parameter untilNanoseconds: Return at this time and not before it.
    func wait(untilNanoseconds: Int64)
}

/// The machine's clock.
package struct SystemTruthClock: TruthClock {
    package init() {}

    package func nowNanoseconds() -> Int64 { MonotonicClock.nowNanoseconds() }

    /// Longer waits sleep at first: a thread that wakes up gets its core sooner from others than
    /// one that has been spinning.
    private static let spinNanoseconds: Int64 = 150_000

    package func wait(untilNanoseconds: Int64) {
        let remaining = untilNanoseconds - MonotonicClock.nowNanoseconds()
        if remaining > 2 * Self.spinNanoseconds {
            SystemThread.sleep(nanoseconds: remaining - Self.spinNanoseconds)
        }
        while MonotonicClock.nowNanoseconds() < untilNanoseconds {}
    }
}

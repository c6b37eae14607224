// A clock that stands still until somebody moves it.

import AeroLoad
import Synchronization

/// Virtual nanoseconds.
final class VirtualClock: LoadClock, Sendable {
    private let time = Atomic<Int64>(0)

    func nowNanoseconds() -> Int64 { time.load(ordering: .relaxed) }

    /// Moves on; never back.
    func advance(to nanoseconds: Int64) {
        precondition(nanoseconds >= nowNanoseconds(), "time does not go back")
        time.store(nanoseconds, ordering: .relaxed)
    }
}

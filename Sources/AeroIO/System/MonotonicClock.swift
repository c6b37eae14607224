// The one clock that measures, and the one that dates files.

import Glibc

/// CLOCK_MONOTONIC: never set back, the same for every process of the machine.
@usableFromInline package enum MonotonicClock {
    /// Nanoseconds since an arbitrary point (boot); one vDSO call, no system call.
    @usableFromInline package static func nowNanoseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}

/// CLOCK_REALTIME: for naming and dating things, never for measuring.
package enum WallClock {
    /// Milliseconds since 1970-01-01 UTC.
    package static func nowMilliseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}

// All clocks of the machine at one moment, to check the one that measures.

import Glibc

/// Three clocks, read together.
package struct ClockReading: Equatable, Sendable {
    /// CLOCK_MONOTONIC, which measures; its pace follows time servers.
    package let monotonicNanoseconds: Int64
    /// CLOCK_MONOTONIC_RAW: the hardware's pace.
    package let rawNanoseconds: Int64
    /// CLOCK_REALTIME, which may be set.
    package let wallNanoseconds: Int64

    /// - Parameters: as the properties.
    package init(
        monotonicNanoseconds: Int64, rawNanoseconds: Int64, wallNanoseconds: Int64
    ) {
        self.monotonicNanoseconds = monotonicNanoseconds
        self.rawNanoseconds = rawNanoseconds
        self.wallNanoseconds = wallNanoseconds
    }

    /// The clocks now: the tightest of a few attempts, since a thread may lose its core between
    /// two readings.
    package static func now() -> ClockReading {
        var best: (width: Int64, reading: ClockReading)?
        for _ in 0..<5 {
            let before = MonotonicClock.nowNanoseconds()
            let raw = read(CLOCK_MONOTONIC_RAW)
            let wall = read(CLOCK_REALTIME)
            let width = MonotonicClock.nowNanoseconds() - before
            if width < best?.width ?? .max {
                let reading = ClockReading(
                    monotonicNanoseconds: before + width / 2, rawNanoseconds: raw,
                    wallNanoseconds: wall)
                best = (width, reading)
            }
        }
        guard let best else { preconditionFailure("five attempts were made") }
        return best.reading
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

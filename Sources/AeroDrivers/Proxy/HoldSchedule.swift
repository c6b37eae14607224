// When a proxy holds back what it passes on.

import AeroLoad
import Synchronization

/// Moments at which a stream stands still for a while; the same for everybody with the same seed.
package struct HoldSchedule: Equatable, Sendable {
    /// How long each hold is, in nanoseconds; at least 1.
    package let lengthNanoseconds: Int64
    /// The mean time from the start of one to the start of the next; more than the length.
    package let periodNanoseconds: Int64
    /// Whether the time between two is random, uniform from nothing to twice the mean, so that no
    /// load keeps time with them.
    package let isRandom: Bool

    /// Makes the schedule from its parts; each parameter is the property of the same name.
    package init(lengthNanoseconds: Int64, periodNanoseconds: Int64, isRandom: Bool) {
        precondition(0 < lengthNanoseconds && lengthNanoseconds < periodNanoseconds)
        self.lengthNanoseconds = lengthNanoseconds
        self.periodNanoseconds = periodNanoseconds
        self.isRandom = isRandom
    }
}

/// Walks along a schedule; one walker for each stream, all of them seeing the same holds.
struct HoldWalk {
    private let schedule: HoldSchedule
    private var random: CounterRandom
    private var count: UInt64 = 0
    private var start: Int64

    /// - Parameters:
    ///   - epochNanoseconds: When the first gap begins.
    ///   - seed: Of the random gaps.
    init(_ schedule: HoldSchedule, epochNanoseconds: Int64, seed: UInt64) {
        self.schedule = schedule
        random = CounterRandom(seed: seed)
        start = epochNanoseconds
        start += gap()
    }

    /// The end of the hold that a moment lies in; nil between two. Moments do not go back.
    mutating func end(atNanoseconds now: Int64) -> Int64? {
        // BOUND: the holds since the last question.
        while start + schedule.lengthNanoseconds <= now {
            start += schedule.lengthNanoseconds + gap()
        }
        return now >= start ? start + schedule.lengthNanoseconds : nil
    }

    private mutating func gap() -> Int64 {
        let mean = Double(schedule.periodNanoseconds - schedule.lengthNanoseconds)
        guard schedule.isRandom else { return Int64(mean) }
        count += 1
        return Int64(2 * mean * Double(random.word(count) >> 11) * 0x1p-53)
    }
}

/// Keeps all streams of a proxy together below a number of bytes a second.
final class ThroughputCap: Sendable {
    private let nanosecondsPerByte: Double
    /// When everything that was let through is paid for.
    private let paidNanoseconds: Mutex<Int64>
    /// What was not used for longer than this is lost, so that a pause is followed by no burst.
    private static let creditNanoseconds: Int64 = 2_000_000

    init(bytesPerSecond: Int, nowNanoseconds: Int64) {
        nanosecondsPerByte = 1e9 / Double(bytesPerSecond)
        paidNanoseconds = Mutex(nowNanoseconds)
    }

    /// When bytes may be passed on.
    func admission(of byteCount: Int, nowNanoseconds: Int64) -> Int64 {
        paidNanoseconds.withLock { paid in
            let start = max(paid, nowNanoseconds - Self.creditNanoseconds)
            paid = start + Int64(Double(byteCount) * nanosecondsPerByte)
            return start
        }
    }
}

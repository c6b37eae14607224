// How often a broker's threads could not run, for whoever asks for statistics.

import AeroIO
import Synchronization

/// A control thread's notes, summed: time lost in pieces of at least some lengths.
///
/// Off unless `BrokerConfiguration.watchesHiccups`; costs some thousandths of a core.
internal final class HiccupWatch: Sendable {
    /// Time watched, then time lost in pieces of 1, 10 and 100 ms and more, and the longest.
    private let watched = Atomic<Int64>(0)
    private let over1 = Atomic<Int64>(0)
    private let over10 = Atomic<Int64>(0)
    private let over100 = Atomic<Int64>(0)
    private let longest = Atomic<Int64>(0)
    private let last: Atomic<Int64>

    static let periodNanoseconds: Int64 = 2_000_000

    /// - Parameter nowNanoseconds: The monotonic clock.
    init(nowNanoseconds: Int64) { last = Atomic(nowNanoseconds) }

    /// Notes a wake-up; from one thread only, so that nothing needs a locked addition.
    func note(_ tick: ControlThread.Tick) {
        let overshoot = tick.overshootNanoseconds
        add(tick.nowNanoseconds - last.load(ordering: .relaxed), to: watched)
        last.store(tick.nowNanoseconds, ordering: .relaxed)
        guard overshoot >= 1_000_000 else { return }
        add(overshoot, to: over1)
        if overshoot >= 10_000_000 { add(overshoot, to: over10) }
        if overshoot >= 100_000_000 { add(overshoot, to: over100) }
        if overshoot > longest.load(ordering: .relaxed) {
            longest.store(overshoot, ordering: .relaxed)
        }
    }

    private func add(_ amount: Int64, to sum: borrowing Atomic<Int64>) {
        sum.store(sum.load(ordering: .relaxed) &+ amount, ordering: .relaxed)
    }

    /// The published figures.
    var figures: [(name: String, value: Int64)] {
        [
            ("hiccups.watched_nanoseconds", watched.load(ordering: .relaxed)),
            ("hiccups.over_1ms_nanoseconds", over1.load(ordering: .relaxed)),
            ("hiccups.over_10ms_nanoseconds", over10.load(ordering: .relaxed)),
            ("hiccups.over_100ms_nanoseconds", over100.load(ordering: .relaxed)),
            ("hiccups.longest_nanoseconds", longest.load(ordering: .relaxed)),
        ]
    }
}

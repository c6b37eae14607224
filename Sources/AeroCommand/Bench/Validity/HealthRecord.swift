// What was seen of the machine beside the load, interval by interval.

import AeroIO
import HDRHistogram

/// The generator's own health over a run.
struct HealthRecord: Sendable {
    /// One interval of the run.
    struct Interval: Equatable, Sendable {
        /// Its number, as in the result.
        let index: Int
        /// Whether it lies in the measured window.
        let isMeasured: Bool
        /// The longest overshoot of the control thread.
        var hiccupNanosecondsMax: Int64
        /// All overshoots of a tenth of a millisecond and more.
        var hiccupNanoseconds: Int64
        /// The share of the interval in which a load thread was ready and had no core; of the
        /// thread that waited most. Nil where the kernel keeps no account.
        var runQueueShare: Double?
    }

    /// What one load thread got of the cores in the measured window.
    struct LoadThread: Equatable, Sendable {
        let name: String
        /// Share of the window on a core.
        let runShare: Double
        /// Share of the window in which it was ready and others had the cores.
        let waitShare: Double
    }

    /// A moment in which the control thread could not run.
    struct Hiccup: Equatable, Sendable {
        /// When it could again, ns of the monotonic clock.
        let endNanoseconds: Int64
        let lengthNanoseconds: Int64
    }

    /// In order, those of the drain left out.
    var intervals: [Interval] = []
    /// Overshoots of the control thread in the measured window, ns.
    var hiccups: Histogram?
    /// The first of those that lasted a millisecond and more, in the order of time.
    var moments: [Hiccup] = []
    /// Threads that the kernel keeps an account of.
    var threads: [LoadThread] = []
    /// The clocks at the first and the last look.
    var clocks: (first: ClockReading, last: ClockReading)?
    /// The largest move of the wall clock against the monotonic one between two looks.
    var wallJumpNanosecondsMax: Int64 = 0
    /// The same of the monotonic clock against the hardware's.
    var monotonicJumpNanosecondsMax: Int64 = 0
}

extension HealthRecord {
    /// Intervals by what they were kept as: their longest hiccup, all their lost time, and the mean
    /// of their waits for a core.
    ///
    /// - Parameter keptIndex: The kept interval that one of the run went into.
    static func merged(
        _ intervals: [Interval], keptIndex: (Int) -> Int
    ) -> [Int: Interval] {
        let parts = Dictionary(grouping: intervals) { keptIndex($0.index) }
        return parts.mapValues { parts in
            let shares = parts.compactMap(\.runQueueShare)
            return Interval(
                index: parts[0].index, isMeasured: parts[0].isMeasured,
                hiccupNanosecondsMax: parts.map(\.hiccupNanosecondsMax).max() ?? 0,
                hiccupNanoseconds: parts.reduce(0) { $0 + $1.hiccupNanoseconds },
                runQueueShare: shares.isEmpty
                    ? nil : shares.reduce(0, +) / Double(shares.count))
        }
    }
}

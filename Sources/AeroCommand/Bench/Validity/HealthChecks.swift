// Whether the machine let the generator do its work: hiccups, cores, clocks.

import AeroIO
import AeroReport
import HDRHistogram

/// Checks of what was seen beside the load.
///
/// Where the schedule sets the pace a late generator spoils latencies, which is a reason. Where
/// the target sets it (closed loop, maximum), the run is as late as its generator and its numbers
/// are those of both together, which is a warning.
struct HealthChecks {
    let record: HealthRecord
    /// Whether any class has a schedule.
    let isOpenLoop: Bool
    /// The smallest median of `e2e.intended` over the classes (or of `ack.intended`), ns.
    let medianNanoseconds: Int64

    /// Share of the window that may be lost to hiccups over the budget: what they hold up shows in
    /// no percentile up to p99 then.
    static let hiccupShareMax = 0.01
    /// Share of the window that a load thread may wait for a core.
    static let runQueueShareMax = 0.10
    /// A share that is worth mentioning.
    static let runQueueShareNoted = 0.02
    /// The kernel lets time servers change the clock's pace by 500 ppm at most.
    static let clockErrorMax = 0.001
    /// The clock that measures may move this much against the hardware's between two looks, 0.1 s
    /// apart.
    static let monotonicJumpNanosecondsMax: Int64 = 1_000_000
    /// The wall clock may be moved this much unnoticed.
    static let wallJumpNanosecondsMax: Int64 = 10_000_000

    /// What the checks come to.
    var findings: [RunFinding] {
        [hiccups].compactMap { $0 } + runQueues + clocks
    }

    private var weight: RunFinding.Weight { isOpenLoop ? .reason : .warning }

    /// Time lost in hiccups over the budget, weighed by their length: a hiccup of 50 ms holds up
    /// fifty times the messages of one of 1 ms.
    private var hiccups: RunFinding? {
        guard let histogram = record.hiccups, histogram.totalCount > 0 else { return nil }
        return Self.hiccups(
            histogram, budget: LatenessBudget.nanoseconds(median: medianNanoseconds),
            who: "generator", weight: weight)
    }

    /// The finding about the overshoots of a control thread that sleeps a millisecond at a time.
    static func hiccups(
        _ histogram: Histogram, budget: Int64, who: String, weight: RunFinding.Weight
    ) -> RunFinding? {
        var (lost, slept) = (0.0, Double(histogram.totalCount) * 1e6)
        for step in histogram.recordedValues {
            let time = Double(step.valueIteratedTo) * Double(step.countAtValue)
            slept += time
            if step.valueIteratedTo > budget { lost += time }
        }
        let share = slept > 0 ? lost / slept : 0
        guard share > hiccupShareMax else { return nil }
        return RunFinding(
            weight, "\(who)-hiccups",
            "a thread of the \(who) with nothing to do was held up for \(UnitText.percent(share)) "
                + "of the time in pieces over \(UnitText.latency(budget)), at most "
                + "\(UnitText.latency(histogram.maximum)): other work takes its cores",
            value: share, limit: hiccupShareMax)
    }

    private var runQueues: [RunFinding] {
        guard let worst = record.threads.max(by: { $0.waitShare < $1.waitShare }),
            worst.waitShare > Self.runQueueShareNoted
        else { return [] }
        let isTooMuch = worst.waitShare > Self.runQueueShareMax
        return [
            RunFinding(
                isTooMuch ? weight : .warning, "run-queue-wait",
                "thread \(worst.name) was ready and had no core for "
                    + "\(UnitText.percent(worst.waitShare)) of the window",
                value: worst.waitShare,
                limit: isTooMuch ? Self.runQueueShareMax : Self.runQueueShareNoted)
        ]
    }

    private var clocks: [RunFinding] {
        guard let (first, last) = record.clocks else { return [] }
        var findings: [RunFinding] = []
        let raw = last.rawNanoseconds - first.rawNanoseconds
        let monotonic = last.monotonicNanoseconds - first.monotonicNanoseconds
        // Over less than a tenth of a second the readings themselves are the error.
        if raw > 100_000_000 {
            let error = abs(Double(monotonic - raw)) / Double(raw)
            if error > Self.clockErrorMax {
                findings.append(
                    RunFinding(
                        .reason, "clock-error",
                        "the clock that measures and the hardware's differ by "
                            + "\(UnitText.fixed(error * 1e6, decimals: 0)) ppm",
                        value: error, limit: Self.clockErrorMax))
            }
        }
        if record.monotonicJumpNanosecondsMax > Self.monotonicJumpNanosecondsMax {
            findings.append(
                RunFinding(
                    .reason, "clock-jumped",
                    "the clock that measures moved by "
                        + "\(UnitText.latency(record.monotonicJumpNanosecondsMax)) at once",
                    value: Double(record.monotonicJumpNanosecondsMax),
                    limit: Double(Self.monotonicJumpNanosecondsMax)))
        }
        if record.wallJumpNanosecondsMax > Self.wallJumpNanosecondsMax {
            findings.append(
                RunFinding(
                    .warning, "wall-clock-jumped",
                    "the time of day was set by "
                        + "\(UnitText.latency(record.wallJumpNanosecondsMax)); no latency is "
                        + "measured by it, but retention and time stamps go by it",
                    value: Double(record.wallJumpNanosecondsMax),
                    limit: Double(Self.wallJumpNanosecondsMax)))
        }
        return findings
    }
}

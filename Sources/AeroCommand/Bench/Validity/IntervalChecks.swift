// Whether each interval of a run can be believed.

import AeroReport

/// What is known of one class in one interval.
struct ClassInterval: Equatable, Sendable {
    /// Messages that the schedule had due; nil without one, or where that is not known.
    let offered: Double?
    /// How far random arrivals may fall short by themselves.
    var offeredSlack = 0.0
    /// Messages sent.
    let sent: Int64
    /// The 99th percentile of lag, ns; nil when nothing was sent.
    let lagP99: Int64?
    /// The interval's own median latency end to end, or to the acknowledgement, ns.
    let median: Int64

    /// Codes of what is wrong with it.
    var doubts: [String] {
        var doubts: [String] = []
        if let offered, Double(sent) < offered * RunValidity.shareMin - offeredSlack - 1 {
            doubts.append("rate-not-reached")
        }
        if let lagP99, lagP99 > LatenessBudget.nanoseconds(median: median) {
            doubts.append("lag-over-budget")
        }
        return doubts
    }
}

/// Verdicts on the intervals of a run, and what they come to together.
struct IntervalChecks {
    let verdicts: [IntervalVerdict]

    /// Judges one interval.
    ///
    /// - Parameters:
    ///   - classes: What each class did in it.
    ///   - health: What was seen beside the load; nil when nobody looked.
    static func verdict(
        index: Int, startNanoseconds: Int64, durationNanoseconds: Int64,
        classes: [ClassInterval], health: HealthRecord.Interval?
    ) -> IntervalVerdict {
        var doubts: [String] = []
        for each in classes {
            for doubt in each.doubts where !doubts.contains(doubt) { doubts.append(doubt) }
        }
        let median = classes.map(\.median).filter { $0 > 0 }.min() ?? 0
        let budget = LatenessBudget.nanoseconds(median: median)
        if let health, durationNanoseconds > 0 {
            let lost = Double(health.hiccupNanoseconds) / Double(durationNanoseconds)
            if health.hiccupNanosecondsMax > budget, lost > HealthChecks.hiccupShareMax {
                doubts.append("generator-hiccups")
            }
            if let share = health.runQueueShare, share > HealthChecks.runQueueShareMax {
                doubts.append("run-queue-wait")
            }
        }
        let shares = classes.compactMap { each in
            each.offered.flatMap { $0 > 0 ? Double(each.sent) / $0 : nil }
        }
        return IntervalVerdict(
            index: index, startNanoseconds: startNanoseconds,
            durationNanoseconds: durationNanoseconds, isValid: doubts.isEmpty, doubts: doubts,
            sentShare: shares.min(), lagP99Nanoseconds: classes.compactMap(\.lagP99).max(),
            hiccupNanosecondsMax: health?.hiccupNanosecondsMax,
            runQueueShare: health?.runQueueShare)
    }

    /// One warning that names the intervals; whether the run as a whole holds is for the checks
    /// of the whole window to say.
    var finding: RunFinding? {
        let bad = verdicts.filter { !$0.isValid }
        guard !bad.isEmpty else { return nil }
        var byCode: [String: [Int]] = [:]
        for verdict in bad {
            for doubt in verdict.doubts { byCode[doubt, default: []].append(verdict.index) }
        }
        let words = byCode.sorted { $0.key < $1.key }.map { code, indices in
            let shown = indices.prefix(5).map { "\($0)" }.joined(separator: ", ")
            let rest = indices.count > 5 ? " and \(indices.count - 5) more" : ""
            return "\(code) in \(shown)\(rest)"
        }
        return RunFinding(
            .warning, "intervals-in-doubt",
            "\(bad.count) of \(verdicts.count) intervals are in doubt: "
                + words.joined(separator: "; "),
            value: Double(bad.count), limit: 0)
    }
}

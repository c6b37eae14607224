// Whether a run was in a steady state: drift inside the measured window.

import AeroReport

/// Looks for a trend in the intervals of one class.
///
/// A window in which latency climbs or throughput falls has no percentile of its own: what is
/// reported depends on when the window ended.
struct DriftCheck {
    /// What is followed, for the message.
    let what: String
    /// One value for each whole measured interval, in order.
    let values: [Double]
    /// A change that is smaller than this is of no use to anybody, however certain it is.
    let floor: Double

    /// The change from the first interval to the last, as a share of the median, that matters.
    static let shareMax = 0.10

    /// The finding; nil without a trend, or with too few intervals to tell.
    var finding: RunFinding? {
        guard let trend = SeriesTrend(values), trend.isSignificant else { return nil }
        let share = trend.driftShare(stepCount: values.count - 1)
        guard abs(share) > Self.shareMax, abs(share) * trend.median > floor else { return nil }
        return RunFinding(
            .warning, "drift",
            "\(what) \(share > 0 ? "rises" : "falls") by \(UnitText.percent(abs(share))) of its "
                + "median within the window: no steady state (a longer warm-up, or a lower rate)",
            value: share, limit: Self.shareMax)
    }
}

extension DriftCheck {
    /// Latencies that move by less than this are the scheduler's.
    private static let latencyFloorNanoseconds = 50_000.0

    /// The checks of a class: its median latency, and how much arrives.
    ///
    /// - Parameter intervalNanoseconds: Length of a whole interval; shorter ones are left out.
    static func checks(_ entry: ClassRecord, intervalNanoseconds: Int64) -> [DriftCheck] {
        switch entry.offered.schedule {
        case .constant, .poisson, .maximum, .closedLoop: break
        // A load that changes has no steady state to hold it against.
        case .ramp, .steps, .burst, .onOff, .sine, .trace: return []
        }
        let whole = entry.wholeIntervals(of: intervalNanoseconds)
        let indices = Set(whole.map(\.index))
        let name = ["e2e.intended", "ack.intended"].first {
            entry.series[$0]?.summary.count ?? 0 > 0
        }
        let medians =
            name.flatMap { entry.series[$0] }?.intervals
            .filter { indices.contains($0.index) && $0.count > 0 }
            .map { Double($0.p50) } ?? []
        // Without a consumer, what was acknowledged is what got through.
        let hasReceipts = entry.counts.received > 0
        let rates = whole.map { interval in
            let count = hasReceipts ? interval.counts.received : interval.counts.acked
            return Double(count) * 1e9 / Double(interval.durationNanoseconds)
        }
        return [
            DriftCheck(
                what: "the median of \(name ?? "latency") of class \(entry.name)",
                values: medians, floor: latencyFloorNanoseconds),
            DriftCheck(
                what: "the rate of class \(entry.name)", values: rates, floor: 1),
        ]
    }
}

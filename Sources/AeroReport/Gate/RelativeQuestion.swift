// One metric of two sets of runs, ready to be judged.

/// The values of one metric in pairs of runs.
struct RelativeQuestion {
    let metric: GateMetric
    /// One value for each pair; not a number where the run has none.
    let baseline: [Double]
    let candidate: [Double]
    /// Values of the windows of all runs, for single runs; empty where there are none.
    let baselineWindows: [Double]
    let candidateWindows: [Double]
    /// Why it cannot be judged, whatever the values.
    let obstacle: String?

    /// Whether every pair has a difference.
    var isComplete: Bool {
        zip(baseline, candidate).allSatisfy {
            metric.scale.difference(baseline: $0, candidate: $1) != nil
        }
    }

    /// Whether the windows of both sides lie apart beyond anything that noise within runs explains:
    /// every window of the candidate is worse than every one of the baseline, by a factor of two in
    /// the middle and by more than the thresholds.
    ///
    /// Machines do differ from hour to hour, which no single run shows; but not by that much.
    var isBeyondNoise: Bool {
        let least = Self.windowCountMin
        guard metric.scale != .difference, baselineWindows.count >= least,
            candidateWindows.count >= least
        else { return false }
        let isHigherBetter = metric.scale == .inverseRatio
        let separated =
            isHigherBetter
            ? (candidateWindows.max() ?? .infinity) < (baselineWindows.min() ?? 0)
            : (candidateWindows.min() ?? 0) > (baselineWindows.max() ?? .infinity)
        guard separated, let base = typical(baseline), let other = typical(candidate),
            let change = metric.scale.difference(baseline: base, candidate: other)
        else { return false }
        let limits = metric.thresholds([(base, other)])
        let factor = max(MetricScale.ratio.difference(worsening: 1), limits.practical)
        return change >= factor && (other - base).magnitude >= metric.floor
    }

    /// Fewer windows than this show nothing of the noise.
    static let windowCountMin = 8

    /// The median over runs; nil when a run has no value.
    func typical(_ values: [Double]) -> Double? {
        values.isEmpty || !values.allSatisfy(\.isFinite) ? nil : Median.of(values)
    }
}

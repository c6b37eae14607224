// One metric in the baseline and in the candidate.

/// Two values of one metric side by side.
package struct NumberComparison: Codable, Equatable, Sendable {
    /// The metric, as in `e2e.intended.p99`.
    package var metric: String
    /// What the numbers count.
    package var unit: MetricUnit
    /// Whether more is better; otherwise less is.
    package var isHigherBetter: Bool
    /// The baseline's value; nil when it has none.
    package var baseline: Double?
    /// The candidate's value; nil when it has none.
    package var candidate: Double?
    /// Candidate minus baseline.
    package var change: Double?
    /// The change divided by the baseline; nil when that is zero.
    package var relativeChange: Double?
    /// For percentiles: samples beyond the percentile on the side that has fewer of them.
    package var samplesBeyond: Int64?

    /// Compares two values; the change is left out when one of them is missing.
    package init(
        metric: String, unit: MetricUnit, isHigherBetter: Bool = false, baseline: Double?,
        candidate: Double?, samplesBeyond: Int64? = nil
    ) {
        self.metric = metric
        self.unit = unit
        self.isHigherBetter = isHigherBetter
        self.baseline = baseline
        self.candidate = candidate
        self.samplesBeyond = samplesBeyond
        guard let baseline, let candidate else { return }
        change = candidate - baseline
        if baseline != 0 {
            relativeChange = (candidate - baseline) / baseline
        } else if candidate == 0 {
            relativeChange = 0
        }
    }

    /// Whether the candidate is worse by any amount.
    package var isWorse: Bool { change.map { isHigherBetter ? $0 < 0 : $0 > 0 } ?? false }

    /// The four cells that a table shows: baseline, candidate, change, relative change.
    var cells: [String] {
        let missing = "-"
        let signed = change.map { ($0 > 0 ? "+" : "") + unit.text($0) }
        return [
            baseline.map(unit.text) ?? missing, candidate.map(unit.text) ?? missing,
            signed ?? missing, relativeChange.map(UnitText.change) ?? missing,
        ]
    }
}

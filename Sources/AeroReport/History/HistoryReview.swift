// What a history comes to: levels, changes, and how much of the creep budget is used.

/// A history read against a policy.
///
/// A loss below the threshold of a gate passes it, and so does the next one. Here they add up: each
/// entry is against the same anchor, so that the newest level *is* their sum.
package struct HistoryReview: Sendable {
    /// Entries that a level is read from, at most and at least: with fewer, 2^-n exceeds 5 %.
    package static let levelEntryCount = 5

    /// The entries against the newest anchor, oldest first.
    package let entries: [HistoryEntry]
    /// How many entries are left out because they are against earlier anchors.
    package let earlierCount: Int
    /// One course for each metric that any of the entries has, in the order of the newest ones.
    package let courses: [HistoryCourse]
    private let inconclusive: InconclusivePolicy

    /// Reads a history.
    ///
    /// - Parameters:
    ///   - history: The history.
    ///   - policy: The budgets.
    /// - Complexity: O(entries squared) for each metric, with a large factor (`ChangePoints`).
    package init(_ history: History, policy: GatePolicy) {
        let anchor = history.entries.last?.anchor
        entries = Array(history.entries.reversed().prefix { $0.anchor == anchor }.reversed())
        earlierCount = history.entries.count - entries.count
        inconclusive = policy.inconclusive
        var keys: [HistoryKey] = []
        for entry in entries.reversed() {
            for key in entry.metrics.map(HistoryKey.init) where !keys.contains(key) {
                keys.append(key)
            }
        }
        let entries = entries
        courses = keys.map { HistoryCourse($0, entries, policy) }
    }

    /// The anchor's commit; nil of an empty history.
    package var anchor: String? { entries.last?.anchor }

    /// What it comes to: `fail` when a budget is used up, `inconclusive` when a metric has too few
    /// entries and the policy does not let that pass, or when there is nothing at all.
    package var verdict: GateVerdict {
        if courses.contains(where: { $0.verdict == .fail }) { return .fail }
        let isOpen = courses.contains { $0.verdict == .inconclusive }
        if courses.isEmpty || isOpen && inconclusive == .fail { return .inconclusive }
        return .pass
    }
}

/// What makes metrics of two entries the same.
struct HistoryKey: Equatable {
    let scenario: String
    let className: String?
    let name: String

    init(_ metric: HistoryMetric) {
        scenario = metric.metric.scenario
        className = metric.metric.className
        name = metric.metric.name
    }
}

/// One metric over the entries of a history.
package struct HistoryCourse: Equatable, Sendable {
    /// The metric, as the newest entry that has it says.
    package let metric: GateMetric
    /// The entries that have it, by their place in the report.
    package let places: [Int]
    /// What they measured.
    package let values: [HistoryMetric]
    /// Where it moved to another level; indices are of `values`.
    package let changes: [ChangePoint]
    /// The level of late as a shift: the Hodges-Lehmann estimate over the last entries since the
    /// last change.
    package let level: ShiftEstimate
    /// How many entries it is read from.
    package let levelEntryCount: Int
    /// The shift that uses up the budget; nil for a metric without one.
    package let budget: Double?
    /// `fail` when the level has used up the budget and is worse than the anchor beyond chance;
    /// `inconclusive` when entries are too few, or the newest does not have the metric.
    package let verdict: GateVerdict

    // BOUND: changes are looked for in so many of the newest entries, which takes a second or two.
    private static let entryCountMax = 250

    init(_ key: HistoryKey, _ entries: [HistoryEntry], _ policy: GatePolicy) {
        var places: [Int] = []
        var values: [HistoryMetric] = []
        for (place, entry) in entries.enumerated() {
            guard let value = entry.metrics.first(where: { HistoryKey($0) == key }) else {
                continue
            }
            places.append(place)
            values.append(value)
        }
        self.places = places
        self.values = values
        metric = values[values.count - 1].metric
        let shifts = values.map(\.shift)
        let first = max(0, shifts.count - Self.entryCountMax)
        changes = ChangePoints.find(in: Array(shifts[first...]), seed: policy.seed).map {
            ChangePoint(index: first + $0.index, probability: $0.probability)
        }
        let recent = shifts[(changes.last?.index ?? 0)...].suffix(HistoryReview.levelEntryCount)
        levelEntryCount = recent.count
        level = ShiftEstimate(Array(recent), level: GateExperiment.intervalLevel)
        let budget = policy.creepBudget(of: metric, values)
        self.budget = budget
        let isCurrent = places.last == entries.count - 1
        if !isCurrent || recent.count < HistoryReview.levelEntryCount {
            verdict = .inconclusive
        } else if let budget {
            verdict = level.value >= budget && level.lower > 0 ? .fail : .pass
        } else {
            verdict = .pass
        }
    }

    /// The share of the budget that is used; nil without a budget.
    package var usedShare: Double? { budget.map { level.value / $0 } }
}

extension GatePolicy {
    /// The shift that uses up a metric's budget, its floor taken in.
    fileprivate func creepBudget(of metric: GateMetric, _ values: [HistoryMetric]) -> Double? {
        let scenario = limits(for: metric.scenario)
        let limits = metric.className.map { scenario.limits(forClass: $0) } ?? scenario
        guard let limit = RelativeMetric(ofGated: metric.name),
            let share = limits.creepBudget(limit), share > 0
        else { return nil }
        var budgeted = metric
        budgeted.practical = share
        return budgeted.thresholds(values.map { ($0.anchor, $0.candidate) }).practical
    }
}

extension RelativeMetric {
    /// The metric that a gate's name stands for: `p99` of `e2e.intended.p99`.
    init?(ofGated name: String) {
        if name.hasPrefix("throughput.") {
            self = .throughput
            return
        }
        guard let series = Metric.seriesNames.first(where: { name.hasPrefix($0 + ".") }) else {
            return nil
        }
        self.init(String(name.dropFirst(series.count + 1)))
    }
}

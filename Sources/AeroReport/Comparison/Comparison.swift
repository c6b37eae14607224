// The comparison of two sets of results.

/// Two sets of results side by side, without a verdict: that is the gate's business.
package struct Comparison: Codable, Equatable, Sendable {
    /// The schema of the JSON form, `aerobench.compare/1`.
    package var schema = "aerobench.compare/1"
    /// Scenarios that both sides have, in the baseline's order.
    package var scenarios: [ScenarioComparison] = []
    /// Scenarios that only the baseline has.
    package var onlyInBaseline: [String] = []
    /// Scenarios that only the candidate has.
    package var onlyInCandidate: [String] = []
    /// What the reader has to know about the strength of this evidence.
    package var note = ""

    /// Compares two sets of results; nothing that has no partner is dropped silently.
    ///
    /// - Throws: `.invalidValue` when a histogram in one of them does not decode.
    package init(
        baseline: [ResultDocument], candidate: [ResultDocument]
    ) throws(ResultFileError) {
        let matching = RunMatching(baseline: baseline, candidate: candidate)
        for match in matching.matches { scenarios.append(try ScenarioComparison(match)) }
        onlyInBaseline = matching.onlyBaseline
        onlyInCandidate = matching.onlyCandidate.map(\.label)
        let fewest = scenarios.map { min($0.baselineRunCount, $0.candidateRunCount) }.min() ?? 0
        note = EvidenceNote.text(fewestRuns: fewest)
    }
}

/// How much a comparison of stored results proves.
package enum EvidenceNote {
    /// The honest note under every comparison of results.
    ///
    /// Source of the numbers: simulation of one run against one run with a 5 % limit, run-to-run
    /// variation of p99 5, 10 and 20 %: 21, 34 and 42 % of comparisons of equal code exceed it.
    package static func text(fewestRuns: Int) -> String {
        let strength =
            fewestRuns <= 1
            ? "one run per side is weak evidence"
            : "runs not interleaved in changing order are weak evidence, however many"
        return "Note: \(strength). On ordinary CI machines, 21 to 42 of 100 single comparisons of "
            + "identical code exceed a 5 % limit (simulated). Before acting on a difference, "
            + "repeat both sides in turn, in changing order, on one quiet machine."
    }
}

/// One scenario on both sides.
package struct ScenarioComparison: Codable, Equatable, Sendable {
    /// The scenario, with driver or parameters where several share its name.
    package var scenario: String
    /// How many runs of the baseline were taken together.
    package var baselineRunCount: Int
    /// How many runs of the candidate were taken together.
    package var candidateRunCount: Int
    /// Differences of circumstances, blocking ones first.
    package var differences: [RunDifference]
    /// Latencies and rates of each class.
    package var classes: [ClassComparison] = []
    /// Ledger and resources.
    package var totals: [NumberComparison] = []
    /// Why the baseline must not be used; empty when it may.
    package var baselineDoubts: [String]
    /// Why the candidate must not be used; empty when it may.
    package var candidateDoubts: [String]

    /// Compares one pair of groups.
    init(_ match: RunMatch) throws(ResultFileError) {
        scenario = match.label
        baselineRunCount = match.baseline.runs.count
        candidateRunCount = match.candidate.runs.count
        differences = Comparability.differences(match)
        baselineDoubts = match.baseline.doubts
        candidateDoubts = match.candidate.doubts
        let names = match.baseline.classNames
        let added = match.candidate.classNames.filter { !names.contains($0) }
        for name in names + added { classes.append(try ClassComparison(name, match)) }
        let metrics: [Metric] =
            Metric.LedgerField.allCases.filter { Metric.LedgerField.faults.contains($0) }
            .map { .ledger($0) } + [
                .resource(.generator, .processorShare), .resource(.broker, .processorShare),
                .resource(.broker, .residentBytesPeak), .resource(.broker, .allocationsPerMessage),
                .resource(.broker, .batchBytesPerMessage), .resource(.broker, .syncsPerSecond),
                .resource(.generator, .allocationsPerMessage), .limitShare,
            ]
        for metric in metrics {
            let comparison = NumberComparison(
                metric: metric.name, unit: metric.unit, isHigherBetter: metric == .limitShare,
                baseline: try match.baseline.value(of: metric, className: nil),
                candidate: try match.candidate.value(of: metric, className: nil))
            let isMissing = comparison.baseline == nil && comparison.candidate == nil
            if !isMissing { totals.append(comparison) }
        }
    }
}

/// One message class on both sides.
package struct ClassComparison: Codable, Equatable, Sendable {
    /// The class.
    package var name: String
    /// Rates.
    package var rates: [NumberComparison] = []
    /// Latency series by statistic, in the order of `Metric.seriesNames`.
    package var latencies: [NumberComparison] = []

    /// Compares one class; series that neither side has are left out.
    init(_ name: String, _ match: RunMatch) throws(ResultFileError) {
        self.name = name
        for field: Metric.ThroughputField in [.sent, .acked, .received, .receivedBytes] {
            let metric = Metric.throughput(field)
            rates.append(
                NumberComparison(
                    metric: metric.name, unit: metric.unit, isHigherBetter: true,
                    baseline: try match.baseline.value(of: metric, className: name),
                    candidate: try match.candidate.value(of: metric, className: name)))
        }
        for series in Metric.seriesNames {
            latencies += try Self.latencies(
                of: series, className: name, LatencyStatistic.shown, match)
        }
    }

    /// Statistics of one series on both sides; empty when neither has it.
    static func latencies(
        of series: String, className: String, _ statistics: [LatencyStatistic], _ match: RunMatch
    ) throws(ResultFileError) -> [NumberComparison] {
        let left = try match.baseline.distribution(className: className, series: series)
        let right = try match.candidate.distribution(className: className, series: series)
        if left == nil && right == nil { return [] }
        return statistics.map { statistic in
            let beyond = [left, right].compactMap { $0?.samplesBeyond(statistic) }.min()
            return NumberComparison(
                metric: Metric.latency(series: series, statistic).name, unit: .nanoseconds,
                baseline: left?.value(statistic), candidate: right?.value(statistic),
                samplesBeyond: beyond)
        }
    }
}

extension RunGroup {
    /// Why the runs must not be used, one sentence each; empty when all of them may.
    var doubts: [String] {
        runs.enumerated().flatMap { index, run in
            let prefix = runs.count > 1 ? "run \(index + 1): " : ""
            return run.doubts.map { prefix + $0 }
        }
    }
}

extension ResultDocument {
    /// Why this run must not be used, one sentence each; empty when it may.
    package var doubts: [String] {
        var doubts = validity.reasons.map { "\($0.message) (\($0.code))" }
        if !validity.isValid, doubts.isEmpty { doubts.append("marked invalid without a reason") }
        if window.endedBy != .completed {
            doubts.append("the run was \(window.endedBy.rawValue) before its end")
        }
        if window.measuredNanoseconds <= 0 || classes.isEmpty {
            doubts.append("nothing was measured")
        }
        return doubts
    }
}

// An entry of a history from the runs of an anchor and of a commit.

extension HistoryEntry {
    /// Compares a commit with the anchor.
    ///
    /// Runs have to be measured in turn, neither side mostly first, as for a gate; of each side a
    /// single one will do, because a history has more than one entry to judge by.
    ///
    /// - Parameters:
    ///   - anchor: The anchor's runs.
    ///   - candidate: The commit's runs.
    ///   - policy: What is compared, and what may differ between the two.
    /// - Throws: `.runs` when a histogram does not decode, `.unusable` when the runs are invalid,
    ///   incomparable, or not measured in turn.
    package init(
        anchor: [ResultDocument], candidate: [ResultDocument], policy: GatePolicy
    ) throws(HistoryError) {
        var gate = Gate(policy: policy)
        do throws(ResultFileError) {
            try gate.run(baseline: anchor, candidate: candidate)
        } catch {
            throw .runs(error)
        }
        let spoiling: Set<GateCheckKind> = [.scenarioSet, .comparability, .validity]
        if let check = gate.checks.first(where: {
            spoiling.contains($0.kind) && $0.verdict != .pass
        }) {
            throw .unusable(reason: check.explanation)
        }
        var metrics: [HistoryMetric] = []
        for found in gate.comparable {
            try Self.checkDesign(found)
            metrics += found.questions.compactMap(HistoryMetric.init)
        }
        guard !metrics.isEmpty, let first = candidate.first, let pinned = anchor.first else {
            throw .unusable(reason: "no metric has samples on both sides")
        }
        try Self.checkCommit(anchor, "anchor")
        try Self.checkCommit(candidate, "candidate")
        commit = first.tool.commit
        self.anchor = pinned.tool.commit
        measuredAt = candidate.map(\.window.startedAt).min() ?? first.window.startedAt
        environment = HistoryEnvironment(first)
        runs = candidate.map(\.id)
        self.metrics = metrics
    }

    private static func checkDesign(_ found: RelativeChecks) throws(HistoryError) {
        switch found.pairing.design {
        case .interleaved: return
        case .single where found.pairing.unpairedCount == 0: return
        case .single, .fixedOrder, .blocks:
            throw .unusable(
                reason: "\(found.match.label): anchor and candidate were not measured in turn, so "
                    + "that a machine that drifts looks like a change; measure pairs in "
                    + "alternating order (anchor first, then candidate first)")
        }
    }

    private static func checkCommit(
        _ runs: [ResultDocument], _ side: String
    ) throws(HistoryError) {
        let commits = Set(runs.map(\.tool.commit)).sorted()
        if commits.count > 1 {
            throw .unusable(
                reason: "runs of the \(side) are of several commits: "
                    + commits.joined(separator: ", "))
        }
    }
}

extension HistoryMetric {
    /// Nil for a metric that not all pairs have.
    init?(_ question: RelativeQuestion) {
        guard question.obstacle == nil, question.isComplete, !question.baseline.isEmpty else {
            return nil
        }
        let differences = zip(question.baseline, question.candidate).compactMap {
            question.metric.scale.difference(baseline: $0, candidate: $1)
        }
        let estimate = ShiftEstimate(differences, level: GateExperiment.intervalLevel)
        self.init(
            metric: question.metric, pairCount: differences.count,
            anchor: Median.of(question.baseline), candidate: Median.of(question.candidate),
            shift: estimate.value, lower: estimate.lower.isFinite ? estimate.lower : nil,
            upper: estimate.upper.isFinite ? estimate.upper : nil)
    }
}

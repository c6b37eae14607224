// The gate itself: asks every question of two sets of results.

/// What an experiment hands over to the gate.
struct ExperimentOutcome {
    let record: ExperimentRecord
    /// What its pairs came to; nil when there was nothing to judge.
    let conclusion: GateConclusion?
}

/// Collects checks. Nothing is skipped silently: what cannot be judged becomes a check saying so.
struct Gate {
    let policy: GatePolicy
    private(set) var checks: [GateCheck] = []
    private(set) var notes: [String] = []
    private(set) var conclusions: [GateConclusion] = []
    private(set) var curves: [QuantileCurve] = []
    /// The scenarios that both sides have in comparable circumstances.
    private(set) var comparable: [RelativeChecks] = []

    init(policy: GatePolicy) { self.policy = policy }

    /// Asks everything.
    ///
    /// - Parameter experiment: What an experiment made of these results; nil when they are judged
    ///   as they are.
    mutating func run(
        baseline: [ResultDocument], candidate: [ResultDocument],
        experiment: ExperimentOutcome? = nil
    ) throws(ResultFileError) {
        let matching = RunMatching(baseline: baseline, candidate: candidate)
        checkSets(matching, baseline: baseline, candidate: candidate)
        for match in matching.matches { try check(match) }
        for (label, group) in matching.onlyCandidate {
            try checkAbsolute(label: label, group, policy.limits(for: group.identity.scenario))
        }
        for found in comparable {
            let hasBand = found.pairing.design == .interleaved
            curves += found.quantiles.compactMap { $0.curve(hasBand: hasBand, seed: policy.seed) }
        }
        if let experiment { return take(experiment) }
        var judgement = RelativeJudgement(seed: policy.seed)
        judgement.judge(comparable)
        for check in judgement.checks { add(check) }
        conclusions = judgement.conclusions
        notes += judgement.notes
        // What was tested over interleaved pairs says itself what it shows.
        if conclusions.isEmpty {
            let fewest = matching.matches.map {
                min($0.baseline.runs.count, $0.candidate.runs.count)
            }
            notes.append(EvidenceNote.text(fewestRuns: fewest.min() ?? 0))
        }
    }

    /// Takes over what pairs were judged by while they were measured. A metric that was left out
    /// there, usually for want of samples, cannot tell.
    private mutating func take(_ experiment: ExperimentOutcome) {
        let judged = experiment.conclusion?.metrics.map(\.metric) ?? []
        for question in comparable.flatMap(\.questions) {
            if judged.contains(where: { $0.isSame(as: question.metric) }) { continue }
            add(
                RelativeJudgement.undecided(
                    question, because: question.obstacle ?? "the first pair had no value of it"))
        }
        conclusions = [experiment.conclusion].compactMap { $0 }
        for conclusion in conclusions {
            for check in conclusion.checks { add(check) }
            notes.append("After \(conclusion.pairs.count) pairs: \(conclusion.reason).")
        }
        for check in experiment.record.checks(hasConclusion: !conclusions.isEmpty) { add(check) }
        notes += experiment.record.notes
    }

    /// Both sides have the same scenarios, and the policy names only scenarios that exist.
    private mutating func checkSets(
        _ matching: RunMatching, baseline: [ResultDocument], candidate: [ResultDocument]
    ) {
        let before = checks.count
        if baseline.isEmpty { missing("baseline", "there is no baseline result to compare with") }
        if candidate.isEmpty { missing("candidate", "there is no candidate result to judge") }
        for label in matching.onlyBaseline where !candidate.isEmpty {
            missing(label, "scenario \(label) is in the baseline and missing in the candidate")
        }
        let mayAdd = policy.allowed.contains(.newScenarios)
        for (label, _) in matching.onlyCandidate where !baseline.isEmpty {
            if mayAdd {
                notes.append("\(label) is new: it is judged by absolute limits only.")
            } else {
                missing(
                    label,
                    "scenario \(label) is in the candidate and missing in the baseline: "
                        + "measure the baseline too, or allow new-scenarios")
            }
        }
        let names = Set((baseline + candidate).map(\.scenario.name)).sorted()
        for name in policy.scenarios.keys.sorted() where !names.contains(name) {
            let hint = SpellingHint.suffix(for: SpellingHint.nearest(to: name, among: names))
            missing(name, "the policy names scenario \(name), which neither side has" + hint)
        }
        if checks.count == before {
            add(
                GateCheck(
                    scenario: "", kind: .scenarioSet, name: "scenarios", verdict: .pass,
                    explanation:
                        "both sides have the same scenarios: \(names.joined(separator: ", "))"
                ))
        }
    }

    private mutating func missing(_ name: String, _ reason: String) {
        add(
            GateCheck(
                scenario: "", kind: .scenarioSet, name: name, verdict: .fail, explanation: reason))
    }

    private mutating func check(_ match: RunMatch) throws(ResultFileError) {
        let limits = policy.limits(for: match.candidate.identity.scenario)
        let isComparable = checkComparability(match)
        try checkBaseline(match)
        for found in IntegrityChecks.sharedRuns(match) { add(found) }
        try checkAbsolute(label: match.label, match.candidate, limits)
        if isComparable {
            let found = try RelativeChecks(match: match, limits: limits)
            for check in found.missing { add(check) }
            let counters = CounterChecks(match: match, limits: limits)
            for check in try counters.checks() { add(check) }
            if found.questions.isEmpty, found.missing.isEmpty, limits.counters.isEmpty {
                addNothingJudged(match.label)
            }
            comparable.append(found)
        } else {
            notes.append("\(match.label): not compared with the baseline, see above.")
        }
    }

    /// One check per difference that is not allowed; what is allowed or harmless becomes a note.
    private mutating func checkComparability(_ match: RunMatch) -> Bool {
        let differences = Comparability.differences(match)
        let refused = differences.filter { $0.isBlocking && !policy.allows($0) }
        for difference in refused {
            add(
                GateCheck(
                    scenario: match.label, kind: .comparability, name: difference.field,
                    verdict: .fail, explanation: difference.text))
        }
        for difference in differences where !refused.contains(difference) {
            let reason = difference.isBlocking ? " (allowed by the policy)" : ""
            notes.append("\(match.label): \(difference.text)\(reason).")
        }
        if refused.isEmpty {
            add(
                GateCheck(
                    scenario: match.label, kind: .comparability, name: "comparable", verdict: .pass,
                    explanation: "same processor, cores, kernel, driver, build and parameters"))
        }
        return refused.isEmpty
    }

    /// A baseline that cannot be believed or that lost messages is no yardstick.
    private mutating func checkBaseline(_ match: RunMatch) throws(ResultFileError) {
        for doubt in match.baseline.doubts {
            addInvalid(match.label, "baseline", "the baseline is invalid: \(doubt)")
        }
        for run in match.baseline.runs {
            let found = try IntegrityChecks.contradictions(
                run, scenario: match.label, side: .baseline)
            for check in found { add(check) }
        }
        for field in Metric.LedgerField.faults where match.baseline.ledger(field) > 0 {
            let count = match.baseline.ledger(field)
            addInvalid(
                match.label, "baseline.ledger.\(field.rawValue)",
                "the baseline's own ledger has \(count) \(field.rawValue): it is no yardstick")
        }
    }

    /// A comparison that could not have failed is no pass.
    private mutating func addNothingJudged(_ scenario: String) {
        add(
            GateCheck(
                scenario: scenario, kind: .relative, name: "relative", verdict: .inconclusive,
                explanation: "no metric has both a relative limit and a baseline to judge it by"))
    }

    private mutating func addInvalid(_ scenario: String, _ name: String, _ explanation: String) {
        add(
            GateCheck(
                scenario: scenario, kind: .validity, name: name, verdict: .invalid,
                explanation: explanation))
    }

    /// What needs no baseline: validity, ledger, absolute limits.
    private mutating func checkAbsolute(
        label: String, _ group: RunGroup, _ limits: GateLimits
    ) throws(ResultFileError) {
        for doubt in group.doubts {
            addInvalid(label, "validity", "the candidate is invalid: \(doubt)")
        }
        if group.doubts.isEmpty {
            add(
                GateCheck(
                    scenario: label, kind: .validity, name: "validity", verdict: .pass,
                    explanation: "the run is complete and marked valid"))
        }
        for run in group.runs {
            let found = try IntegrityChecks.contradictions(
                run, scenario: label, side: .candidate)
            for check in found { add(check) }
        }
        notes += Self.warnings(of: group.runs).map { "\(label): \($0)." }
        let absolute = AbsoluteChecks(label: label, group: group, limits: limits)
        for found in absolute.ledger() + (try absolute.objectives()) { add(found) }
        let foreign = group.ledger(.foreign)
        if foreign > 0 {
            notes.append("\(label): \(foreign) foreign messages were on the topics of this run.")
        }
    }

    /// What the runs warn of: of each kind the first, and how many runs say so.
    private static func warnings(of runs: [ResultDocument]) -> [String] {
        var kinds: [(first: ValidityReason, count: Int)] = []
        for warning in runs.flatMap(\.validity.warnings) {
            if let place = kinds.firstIndex(where: { $0.first.code == warning.code }) {
                kinds[place].count += 1
            } else {
                kinds.append((warning, 1))
            }
        }
        return kinds.map { kind in
            let others = kind.count == 1 ? "" : " (and \(kind.count - 1) more like it)"
            return kind.first.message + others
        }
    }

    private mutating func add(_ check: GateCheck) { checks.append(check) }
}

// The answers to the questions about the candidate against the baseline.

/// Judges the metrics of all scenarios together, as far as their runs allow it.
///
/// | runs | answer |
/// |---|---|
/// | interleaved pairs, enough of them | the exact test over pairs: pass, fail or cannot tell |
/// | the same, one side mostly first | cannot tell: the second of two runs may always be worse |
/// | interleaved pairs, too few to ever fail | cannot tell, with the arithmetic |
/// | all of one side, then all of the other | cannot tell: a machine that drifts looks the same |
/// | one run on a side | cannot tell |
///
/// Where no test can be made, a difference beyond anything that the windows of the runs allow for
/// is a failure all the same.
struct RelativeJudgement {
    /// The error of calling any metric of any scenario worse.
    static let failLevel = 0.01
    /// The error of excluding a resolution, for each metric.
    static let passLevel = 0.05

    let seed: UInt64
    private(set) var checks: [GateCheck] = []
    private(set) var conclusions: [GateConclusion] = []
    private(set) var notes: [String] = []

    init(seed: UInt64) { self.seed = seed }

    /// Judges scenarios; those with equally many interleaved pairs are tested together.
    mutating func judge(_ scenarios: [RelativeChecks]) {
        var groups: [Int: [RelativeQuestion]] = [:]
        for scenario in scenarios {
            let pairing = scenario.pairing
            if pairing.unpairedCount > 0 {
                notes.append(
                    "\(scenario.match.label): \(pairing.unpairedCount) runs without a partner "
                        + "are not compared.")
            }
            for question in scenario.questions {
                if let obstacle = question.obstacle ?? Self.obstacle(question) {
                    checks.append(Self.check(question, .inconclusive, obstacle))
                } else if !question.metric.hasUsableThresholds {
                    // An experiment refuses it, and with it the metrics that share the test.
                    let error = GatePlanError.threshold(metric: question.metric.name)
                    checks.append(Self.check(question, .inconclusive, "\(error)"))
                } else if pairing.design == .interleaved {
                    groups[pairing.baseline.count, default: []].append(question)
                } else {
                    judge(question, pairing)
                }
            }
        }
        for count in groups.keys.sorted() {
            judge(groups[count] ?? [], pairCount: count, share: 1 / Double(groups.count))
        }
    }

    /// One experiment over pairs that are there already; scenarios with other numbers of pairs have
    /// their share of the level.
    private mutating func judge(
        _ questions: [RelativeQuestion], pairCount: Int, share: Double
    ) {
        let plan = GatePlan(
            pairCount: pairCount, failLevel: Self.failLevel * share, passLevel: Self.passLevel,
            seed: seed)
        var experiment: GateExperiment
        do {
            experiment = try GateExperiment(plan: plan, metrics: questions.map(\.metric))
        } catch {
            for question in questions { add(question, because: "\(error)") }
            return
        }
        for pair in 0..<pairCount {
            experiment.add(
                GatePair(
                    baseline: questions.map { $0.baseline[pair] },
                    candidate: questions.map { $0.candidate[pair] }))
        }
        let conclusion = experiment.conclusion
        conclusions.append(conclusion)
        checks += conclusion.checks
    }

    /// A metric of runs that no test can be made of.
    private mutating func judge(_ question: RelativeQuestion, _ pairing: RunPairing) {
        let reason: String
        switch pairing.design {
        case .single:
            reason =
                "one run of a side cannot tell a change from the machine's mood; "
                + "\(Self.advice), \(GatePlan.pairsNeeded(level: Self.failLevel)) or more"
        case .fixedOrder:
            reason =
                "one side came first in nearly all pairs, so that what a first run does to a "
                + "second looks like a change; \(Self.advice)"
        case .blocks, .interleaved:
            reason =
                "the sides were not measured in turn, so that a machine that drifts looks like a "
                + "change; \(Self.advice)"
        }
        add(question, because: reason)
    }

    private mutating func add(_ question: RelativeQuestion, because reason: String) {
        if question.isBeyondNoise {
            let windows = question.baselineWindows.count + question.candidateWindows.count
            checks.append(
                Self.check(
                    question, .fail,
                    "at least twice as bad, and all \(windows) windows of the two sides lie "
                        + "apart: beyond anything that noise within runs explains"))
        } else {
            checks.append(Self.check(question, .inconclusive, reason))
        }
    }

    /// The check of a question that no test was made of.
    static func undecided(_ question: RelativeQuestion, because reason: String) -> GateCheck {
        check(question, .inconclusive, reason)
    }

    private static let advice =
        "measure pairs in random or alternating order (base first, then candidate first)"

    private static func obstacle(_ question: RelativeQuestion) -> String? {
        question.isComplete ? nil : "a run has no samples of it"
    }

    /// The check of a question that was not tested.
    private static func check(
        _ question: RelativeQuestion, _ verdict: GateVerdict, _ reason: String
    ) -> GateCheck {
        let metric = question.metric
        let numbers = NumberComparison(
            metric: metric.name, unit: metric.unit,
            isHigherBetter: metric.scale == .inverseRatio,
            baseline: question.typical(question.baseline),
            candidate: question.typical(question.candidate))
        var change = metric.name
        if numbers.change != nil {
            let cells = numbers.cells
            change += " went from \(cells[0]) to \(cells[1]): \(cells[2]), \(cells[3])"
        }
        return GateCheck(
            scenario: metric.scenario, className: metric.className, kind: .relative,
            name: metric.name, verdict: verdict, unit: metric.unit, baseline: numbers.baseline,
            candidate: numbers.candidate, limit: metric.practical,
            explanation: "\(change); \(reason)")
    }
}

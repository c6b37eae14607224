// One question that a gate asks, and its answer.

/// The answer to one question.
package enum GateVerdict: String, Codable, Equatable, Sendable {
    /// The candidate meets it.
    case pass
    /// The candidate does not.
    case fail
    /// The data cannot tell.
    case inconclusive
    /// The run or the question cannot be used.
    case invalid
}

/// What a check is about; it decides the exit code of a failure.
package enum GateCheckKind: String, Codable, Equatable, Sendable {
    /// Both sides have the same scenarios, classes and series.
    case scenarioSet
    /// Both sides ran in comparable circumstances.
    case comparability
    /// The runs can be believed.
    case validity
    /// No message was lost, duplicated, reordered, misrouted or corrupted.
    case ledger
    /// An absolute limit.
    case objective
    /// A limit relative to the baseline.
    case relative
    /// A count per message that hardly varies, against the baseline's.
    case counter
}

/// One check as a value: later gates add kinds and fill the same fields.
package struct GateCheck: Codable, Equatable, Sendable {
    /// The scenario, as labelled by the pairing; empty for checks of the whole set.
    package var scenario: String
    /// The message class, where it concerns one.
    package var className: String?
    /// What it is about.
    package var kind: GateCheckKind
    /// A short stable name, such as `e2e.intended.p99` or `ledger.lost == 0`.
    package var name: String
    /// The answer.
    package var verdict: GateVerdict
    /// What the numbers count.
    package var unit: MetricUnit?
    /// The baseline's number.
    package var baseline: Double?
    /// The candidate's number.
    package var candidate: Double?
    /// The limit: in `unit` for absolute limits, a share for relative ones.
    package var limit: Double?
    /// One sentence that gives the rule, the numbers and the reason.
    package var explanation: String
    /// What pairs of runs say about it, where there were any.
    package var evidence: MetricConclusion?

    /// Makes a check from its parts; each parameter is the property of the same name.
    package init(
        scenario: String, className: String? = nil, kind: GateCheckKind, name: String,
        verdict: GateVerdict, unit: MetricUnit? = nil, baseline: Double? = nil,
        candidate: Double? = nil, limit: Double? = nil, explanation: String,
        evidence: MetricConclusion? = nil
    ) {
        self.scenario = scenario
        self.className = className
        self.kind = kind
        self.name = name
        self.verdict = verdict
        self.unit = unit
        self.baseline = baseline
        self.candidate = candidate
        self.limit = limit
        self.explanation = explanation
        self.evidence = evidence
    }

    /// The name with its class, for tables.
    package var title: String { className.map { "\($0): \(name)" } ?? name }
}

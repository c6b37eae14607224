// One pair of an experiment, as it was measured.

/// The runs of a pair: one of each side for every scenario, as far as it came.
package struct MeasuredPair: Sendable {
    /// The base's runs, in the order of the scenarios.
    package var baseline: [ResultDocument]
    /// The candidate's runs, or once more the base's in a canary.
    package var candidate: [ResultDocument]
    /// The machine beside each run, in the order of time.
    package var signals: [MachineSignals]
    /// The side that could not be measured, and why; nil when both could.
    package var failure: PairFailure?
    /// How long all of it took, in nanoseconds; whoever asked for the pair says it.
    package var nanoseconds: Int64 = 0

    /// Makes the pair from its parts; each parameter is the property of the same name.
    package init(
        baseline: [ResultDocument] = [], candidate: [ResultDocument] = [],
        signals: [MachineSignals] = [], failure: PairFailure? = nil
    ) {
        self.baseline = baseline
        self.candidate = candidate
        self.signals = signals
        self.failure = failure
    }

    /// Takes a run of a side; those of a side come in the order of the scenarios.
    package mutating func append(_ document: ResultDocument, of side: GateSide) {
        switch side {
        case .baseline: baseline.append(document)
        case .candidate: candidate.append(document)
        }
    }
}

/// A side that did not start, or ended before it had measured.
package struct PairFailure: Codable, Equatable, Sendable {
    /// Which.
    package var side: GateSide
    /// What happened, without a full stop.
    package var reason: String

    /// Makes the failure from its parts; each parameter is the property of the same name.
    package init(side: GateSide, reason: String) {
        self.side = side
        self.reason = reason
    }
}

/// The numbers of one pair that a gate asks for.
struct PairReading {
    let questions: [RelativeQuestion]
    /// Whether the policy compares counters, which takes no metric.
    let hasCounters: Bool

    /// - Throws: `.invalidValue` when a histogram does not decode.
    init(_ pair: MeasuredPair, policy: GatePolicy) throws(ResultFileError) {
        let matching = RunMatching(baseline: pair.baseline, candidate: pair.candidate)
        var questions: [RelativeQuestion] = []
        var hasCounters = false
        for match in matching.matches {
            let limits = policy.limits(for: match.candidate.identity.scenario)
            questions += try RelativeChecks(match: match, limits: limits).questions
            hasCounters = hasCounters || !limits.counters.isEmpty
        }
        self.questions = questions
        self.hasCounters = hasCounters
    }

    /// What can be judged by pairs like this one.
    var metrics: [GateMetric] {
        questions.filter {
            $0.obstacle == nil && $0.isComplete && $0.metric.hasUsableThresholds
        }.map(\.metric)
    }

    /// The values of some metrics; not a number where the pair has none.
    func values(of metrics: [GateMetric]) -> GatePair {
        let found = metrics.map { metric in
            questions.first { $0.metric.isSame(as: metric) }
        }
        return GatePair(
            baseline: found.map { $0?.baseline.first ?? .nan },
            candidate: found.map { $0?.candidate.first ?? .nan })
    }
}

extension GateMetric {
    /// Whether two are the same number of the same class and scenario, whatever their thresholds.
    func isSame(as other: GateMetric) -> Bool {
        name == other.name && className == other.className && scenario == other.scenario
    }
}

// The gate as a state machine: pairs go in, what to do next comes out.

/// The values of one pair, one on each side for every metric of the gate, in the gate's order.
package struct GatePair: Codable, Equatable, Sendable {
    /// What the base measured.
    package var baseline: [Double]
    /// What the candidate measured.
    package var candidate: [Double]

    /// Makes a pair from its parts; each parameter is the property of the same name.
    package init(baseline: [Double], candidate: [Double]) {
        self.baseline = baseline
        self.candidate = candidate
    }
}

/// Which part of an experiment pairs belong to.
package enum GateStage: String, Codable, Equatable, Sendable {
    /// The pairs that are looked at first.
    case screening
    /// Fresh pairs that have to confirm a failure.
    case confirmation
}

/// What to do next.
package enum GateAction: Equatable, Sendable {
    /// Measure so many more pairs, with fresh processes, and add them.
    case measure(Int, GateStage)
    /// Stop: this is the outcome.
    case conclude(GateOutcome)
}

/// How a gate ends.
package enum GateOutcome: Equatable, Sendable {
    /// For every metric a worsening of the resolution is excluded.
    case pass
    /// These metrics, by index, are worse: significantly, by more than the threshold, confirmed.
    case fail(metrics: [Int])
    /// The pairs cannot tell.
    case inconclusive(GateDoubt)
    /// The pairs cannot be used.
    case invalid(GateDefect)
}

/// Why a gate cannot tell.
package enum GateDoubt: Equatable, Sendable {
    /// The plan's pairs are used up; these metrics, by index, are undecided.
    case pairsExhausted(metrics: [Int])
    /// Even all pairs of the plan would not let it decide about any of these metrics.
    case noise(metrics: [Int])
    /// These metrics looked worse, and fresh pairs did not confirm it.
    case unconfirmed(metrics: [Int])
    /// It was ended before its time.
    case endedEarly(reason: String)
}

/// Why pairs cannot be used.
package enum GateDefect: Equatable, Sendable {
    /// A side ended before it had measured.
    case crashed(side: GateSide, pair: Int, reason: String)
    /// Too many pairs had no usable values; the metric, by index, that most of them lacked.
    case unusablePairs(count: Int, of: Int, metric: Int)
}

/// One of the two things compared.
package enum GateSide: String, Codable, Equatable, Sendable {
    /// What is compared with.
    case baseline
    /// What is judged.
    case candidate
}

/// A sequential gate over pairs of measurements, without any input or output of its own.
///
/// ```
///            add pairs                    looks worse                 confirmed
/// screening ───────────▶ look ───────────────────────▶ confirmation ───────────▶ FAIL
///     ▲                  │  │  every resolution excluded        │ pairs used up
///     └──── too early ───┘  ├──────────────────────▶ PASS       └──────────────▶ INCONCLUSIVE
///                           └─ pairs used up, or hopeless noise ───────────────▶ INCONCLUSIVE
/// ```
///
/// Same pairs, same plan: same outcome.
package struct GateExperiment: Sendable {
    /// The plan.
    package let plan: GatePlan
    /// The metrics.
    package let metrics: [GateMetric]
    /// What to do next.
    package private(set) var next: GateAction
    /// Usable pairs of the screening stage.
    package internal(set) var screening: PairTable
    /// Usable pairs of the confirmation stage.
    package internal(set) var confirmation: PairTable
    /// Pairs that were added, usable or not.
    package private(set) var addedCount = 0
    /// How often each metric had no usable value.
    package private(set) var unusableCounts: [Int]
    /// Where each stage has looked.
    package internal(set) var looksDone: [Int] = []
    package internal(set) var confirmationLooksDone: [Int] = []

    /// The thresholds, fixed at the first look.
    package internal(set) var thresholds: [GateThresholds] = []
    /// Metrics that were found worse at some look, whatever the size.
    package internal(set) var isSignificant: [Bool]
    /// Metrics whose resolution has been excluded at some look.
    package internal(set) var isExcluded: [Bool]
    /// Metrics that looked worse by more than the threshold, which confirmation is about.
    package internal(set) var suspects: [Int] = []

    let group: FlipGroup
    let confirmationGroup: FlipGroup
    var failTest: SequentialFlipTest
    var passTests: [SequentialFlipTest]
    var confirmationTest: SequentialFlipTest

    /// Starts an experiment.
    ///
    /// - Throws: When the plan or a threshold makes no sense, above all when it could never fail.
    package init(plan: GatePlan, metrics: [GateMetric]) throws(GatePlanError) {
        try plan.validate()
        if metrics.isEmpty { throw .nothingToJudge }
        for metric in metrics where !metric.hasUsableThresholds {
            throw .threshold(metric: metric.name)
        }
        self.plan = plan
        self.metrics = metrics
        group = FlipGroup(
            pairCount: plan.looks[plan.looks.count - 1], seed: plan.seed,
            dimension: plan.dimension)
        confirmationGroup = FlipGroup(
            pairCount: plan.confirmationLooks.last ?? 1, seed: ~plan.seed,
            dimension: plan.dimension)
        failTest = SequentialFlipTest(group: group)
        passTests = metrics.map { [group] _ in SequentialFlipTest(group: group) }
        confirmationTest = SequentialFlipTest(group: confirmationGroup)
        screening = PairTable(metrics: metrics)
        confirmation = PairTable(metrics: metrics)
        unusableCounts = metrics.map { _ in 0 }
        isSignificant = metrics.map { _ in false }
        isExcluded = metrics.map { _ in false }
        next = .measure(plan.preflightPairs, .screening)
    }

    /// Takes the next pair in. After the conclusion further pairs change nothing.
    ///
    /// A pair in which a metric has no usable value (not finite, or not positive where a ratio is
    /// taken) is left out for all metrics and counted: which side lacked it is not looked at. More
    /// than one in five of at least five such pairs end the experiment.
    package mutating func add(_ pair: GatePair) {
        guard case .measure(_, let stage) = next else { return }
        addedCount += 1
        let isUsable =
            stage == .screening ? screening.append(pair) : confirmation.append(pair)
        guard isUsable else {
            for index in screening.unusable(in: pair) { unusableCounts[index] += 1 }
            let usable = screening.pairCount + confirmation.pairCount
            let bad = addedCount - usable
            if bad >= 5, 5 * bad > addedCount {
                let worst = unusableCounts.indices.max {
                    (unusableCounts[$0], $1) < (unusableCounts[$1], $0)
                }
                next = .conclude(
                    .invalid(.unusablePairs(count: bad, of: addedCount, metric: worst ?? 0)))
            }
            return
        }
        switch stage {
        case .screening: next = afterScreeningPair()
        case .confirmation: next = afterConfirmationPair()
        }
    }

    /// Ends the experiment because a side ended before it had measured.
    ///
    /// - Parameter pair: As its user counts pairs; nil for the one after those added.
    package mutating func abandon(_ side: GateSide, pair: Int? = nil, reason: String) {
        guard case .measure = next else { return }
        let pair = pair ?? addedCount + 1
        next = .conclude(.invalid(.crashed(side: side, pair: pair, reason: reason)))
    }

    /// Ends the experiment before its time: what is not decided by now stays undecided.
    package mutating func end(because reason: String) {
        guard case .measure = next else { return }
        next = .conclude(.inconclusive(.endedEarly(reason: reason)))
    }
}

/// The usable pairs of one stage, metric by metric.
package struct PairTable: Equatable, Sendable {
    private let scales: [MetricScale]
    /// How many pairs there are.
    package private(set) var pairCount = 0
    /// The base's values, one list for each metric.
    package private(set) var baseline: [[Double]]
    /// The candidate's values, one list for each metric.
    package private(set) var candidate: [[Double]]
    /// The differences, positive when the candidate is worse, one list for each metric.
    package private(set) var differences: [[Double]]

    init(metrics: [GateMetric]) {
        scales = metrics.map(\.scale)
        baseline = metrics.map { _ in [] }
        candidate = baseline
        differences = baseline
    }

    /// The values of a metric, pair by pair.
    func values(_ metric: Int) -> [(baseline: Double, candidate: Double)] {
        zip(baseline[metric], candidate[metric]).map { ($0, $1) }
    }

    /// The metrics of which a pair has no difference.
    func unusable(in pair: GatePair) -> [Int] {
        scales.indices.filter { difference(of: $0, in: pair) == nil }
    }

    /// Takes a pair in when all of its values can be used.
    mutating func append(_ pair: GatePair) -> Bool {
        guard unusable(in: pair).isEmpty else { return false }
        for index in scales.indices {
            guard let difference = difference(of: index, in: pair) else { continue }
            baseline[index].append(pair.baseline[index])
            candidate[index].append(pair.candidate[index])
            differences[index].append(difference)
        }
        pairCount += 1
        return true
    }

    private func difference(of index: Int, in pair: GatePair) -> Double? {
        guard index < pair.baseline.count, index < pair.candidate.count else { return nil }
        return scales[index].difference(
            baseline: pair.baseline[index], candidate: pair.candidate[index])
    }
}

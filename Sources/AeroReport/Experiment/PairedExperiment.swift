// An experiment over pairs of runs, without any input or output of its own.

/// What an experiment is told before it begins.
package struct ExperimentSetup: Sendable {
    /// The rules of the gate.
    package var policy: GatePolicy
    /// How many pairs, when to look, how sure to be.
    package var plan: GatePlan
    /// Which pairs are left out.
    package var rule = ExclusionRule()
    /// What the sides are.
    package var sides: ExperimentSides
    /// How they are measured.
    package var mode: PairMode
    /// Draws everything that is random.
    package var seed: UInt64

    /// Makes the setup from its parts; each parameter is the property of the same name, and the
    /// plan takes its seed from `seed`.
    package init(
        policy: GatePolicy, plan: GatePlan = GatePlan(), sides: ExperimentSides,
        mode: PairMode = .run, seed: UInt64
    ) {
        self.policy = policy
        self.plan = plan
        self.plan.seed = seed
        self.sides = sides
        self.mode = mode
        self.seed = seed
    }
}

/// What to do next in an experiment.
package enum ExperimentAction: Equatable, Sendable {
    /// Measure this pair and give it to `take`.
    case measure(PairPlan)
    /// Stop, and ask for the report.
    case conclude
}

/// Asks for pairs, sorts out what cannot be used, hands the rest to the gate and keeps the books.
///
/// ```
/// plan ──▶ measured ──▶ failed side ─────────────▶ the end
///               │
///               ├─ not to be used ──▶ set aside (too often: the end)
///               ├─ canary ──────────▶ base against itself, judged at the end
///               └─ otherwise ───────▶ GateExperiment, which says how it goes on
/// ```
package struct PairedExperiment: Sendable {
    /// What it was told.
    package let setup: ExperimentSetup
    /// What to do next.
    package private(set) var next: ExperimentAction
    /// The base's runs that count, in the order of time.
    package private(set) var baseline: [ResultDocument] = []
    /// The candidate's runs that count, in the order of time.
    package private(set) var candidate: [ResultDocument] = []
    /// All other runs: of canaries, of pairs left out, of the pair that failed.
    package private(set) var setAside: [ResultDocument] = []

    private var sequence: PairSequence
    private var pairs: [PairRecord] = []
    private var end = ExperimentEnd(.concluded)
    private var gate: GateExperiment?
    /// Whether counters alone are compared: as many pairs as the first look has are enough.
    private var judgesCountersOnly = false
    private var canaries: [GatePair] = []
    /// Whether a side never ran.
    private var lacksSide = false

    /// - Throws: When the plan makes no sense, above all when it could never fail.
    package init(_ setup: ExperimentSetup) throws(GatePlanError) {
        try setup.plan.validate()
        self.setup = setup
        sequence = PairSequence(seed: setup.seed, canaryShare: setup.policy.canaryShare)
        next = .measure(sequence.next())
    }

    /// What the next pair is for.
    package var stage: GateStage {
        if case .measure(_, let stage)? = gate?.next { return stage }
        return .screening
    }

    /// Takes the pair that `next` asked for.
    ///
    /// - Throws: `.invalidValue` when a histogram in it does not decode.
    package mutating func take(_ pair: MeasuredPair) throws(ResultFileError) {
        guard case .measure(let plan) = next else { return }
        var failure = pair.failure
        // Both sides of a canary are the base.
        if plan.isCanary { failure?.side = .baseline }
        let runs = pair.baseline + pair.candidate
        var record = PairRecord(
            plan: plan, stage: stage, signals: pair.signals, nanoseconds: pair.nanoseconds,
            failure: failure, runs: runs.map(\.id))
        if let failure {
            let itsRuns = failure.side == .baseline ? pair.baseline : pair.candidate
            lacksSide = pairs.isEmpty && itsRuns.isEmpty
            pairs.append(record)
            setAside += runs
            gate?.abandon(failure.side, pair: plan.number, reason: failure.reason)
            return stop(
                ExperimentEnd(
                    .failed,
                    "the \(failure.side.rawValue) failed in pair \(plan.number): "
                        + failure.reason))
        }
        let doubt = setup.rule.doubt(runs)
        let excludedCount = pairs.count { $0.excluded != nil }
        let mayExclude = excludedCount < setup.rule.exclusionsAllowed(of: pairs.count + 1)
        if let doubt, !mayExclude {
            record.excluded = doubt
            pairs.append(record)
            setAside += runs
            return stop(
                ExperimentEnd(
                    .unbelievable, "too many pairs cannot be believed, the last one: \(doubt)"))
        }
        if mayExclude { record.excluded = doubt ?? setup.rule.disturbance(pair.signals) }
        pairs.append(record)
        if record.excluded != nil {
            setAside += runs
        } else {
            try count(pair, plan)
        }
        if case .measure = next { proceed() }
    }

    /// Ends it in the middle of a pair, which is none then; its runs are set aside.
    package mutating func interrupt(in pair: MeasuredPair) {
        setAside += pair.baseline + pair.candidate
        stop(ExperimentEnd(.interrupted, "interrupted before there was a verdict"))
    }

    /// Ends it before its time; what was measured until then stays.
    package mutating func stop(_ end: ExperimentEnd) {
        guard case .measure = next else { return }
        self.end = end
        next = .conclude
        gate?.end(because: end.text)
    }

    private mutating func count(
        _ pair: MeasuredPair, _ plan: PairPlan
    ) throws(ResultFileError) {
        let reading = try PairReading(pair, policy: setup.policy)
        if gate == nil, !judgesCountersOnly {
            do {
                gate = try GateExperiment(plan: setup.plan, metrics: reading.metrics)
            } catch {
                // The plan was checked before: there is no metric. The report says why.
                judgesCountersOnly = reading.hasCounters
            }
        }
        let values = reading.values(of: gate?.metrics ?? [])
        if plan.isCanary {
            canaries.append(values)
            setAside += pair.baseline + pair.candidate
        } else {
            baseline += pair.baseline
            candidate += pair.candidate
            gate?.add(values)
        }
        if gate == nil, !judgesCountersOnly { stop(ExperimentEnd(.nothingToJudge)) }
    }

    private mutating func proceed() {
        let counted = pairs.count { !$0.plan.isCanary && $0.excluded == nil }
        if case .conclude? = gate?.next {
            next = .conclude
        } else if judgesCountersOnly, counted >= setup.plan.looks[0] {
            next = .conclude
        } else {
            next = .measure(sequence.next())
        }
    }

    /// The report on what was measured so far; usually asked for at the end.
    ///
    /// - Throws: `.invalidValue` when a histogram in one of the results does not decode.
    package func report() throws(ResultFileError) -> GateReport {
        let record = ExperimentRecord(
            sides: setup.sides, mode: setup.mode, seed: setup.seed,
            canaryShare: setup.policy.canaryShare, rule: setup.rule, pairs: pairs,
            canary: canaryConclusion, end: end)
        return try GateReport(
            baseline: baseline, candidate: candidate, policy: setup.policy,
            experiment: ExperimentOutcome(
                record: record, conclusion: gate?.conclusion, lacksSide: lacksSide))
    }

    /// One look at all canaries, by the same rules as at anything else.
    private var canaryConclusion: GateConclusion? {
        guard let metrics = gate?.metrics else { return nil }
        // The one look comes after the last pair that can be used.
        let table = PairTable(metrics: metrics)
        let usableCount = canaries.count { table.unusable(in: $0).isEmpty }
        let plan = GatePlan(
            pairCount: usableCount, failLevel: RelativeJudgement.failLevel,
            passLevel: RelativeJudgement.passLevel, seed: setup.seed)
        do {
            var canary = try GateExperiment(plan: plan, metrics: metrics)
            for pair in canaries { canary.add(pair) }
            return canary.conclusion
        } catch {
            return nil  // Too few to ever look different; the notes say so.
        }
    }
}

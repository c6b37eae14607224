// How an experiment went, pair by pair, for its report.

/// What an experiment was told, and what it did.
package struct ExperimentRecord: Codable, Equatable, Sendable {
    /// What both sides are, in words.
    package var sides: ExperimentSides
    /// How the sides of a pair are measured.
    package var mode: PairMode
    /// Draws the order of every pair and the sign changes of the test.
    package var seed: UInt64
    /// Share of the pairs that are the base against itself.
    package var canaryShare: Double
    /// Which pairs are left out, fixed before the first.
    package var rule: ExclusionRule
    /// Every pair, in order.
    package var pairs: [PairRecord]
    /// What the pairs of the base against itself came to; absent when they are too few.
    package var canary: GateConclusion?
    /// What ended it.
    package var end: ExperimentEnd
}

/// What stands on the two sides, as the user named it.
package struct ExperimentSides: Codable, Equatable, Sendable {
    /// What is compared with.
    package var baseline: String
    /// What is judged.
    package var candidate: String

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(baseline: String, candidate: String) {
        self.baseline = baseline
        self.candidate = candidate
    }
}

/// How the sides of a pair are measured.
package enum PairMode: String, Codable, Equatable, Sendable, CaseIterable {
    /// One run of each, one after the other, each against a fresh process.
    case run
    /// Both processes alive, the load changing from one to the other in short slices.
    case slice
}

/// One pair: what it was to be and what became of it.
package struct PairRecord: Codable, Equatable, Sendable {
    /// What it was to be.
    package var plan: PairPlan
    /// What it was measured for.
    package var stage: GateStage
    /// The machine beside each run, in the order of time.
    package var signals: [MachineSignals]
    /// How long it took, in nanoseconds, starting and stopping brokers included.
    package var nanoseconds: Int64
    /// Why it was left out; absent when it was not.
    package var excluded: String?
    /// The side that could not be measured; absent when both could.
    package var failure: PairFailure?
    /// The names of its runs; absent in reports of earlier releases.
    package var runs: [String]?
}

/// What ended an experiment.
package struct ExperimentEnd: Codable, Equatable, Sendable {
    /// Kinds of ends.
    package enum Cause: String, Codable, Equatable, Sendable {
        /// The pairs decided, or the plan's pairs were used up.
        case concluded
        /// There was no time for a further pair.
        case budget
        /// The user.
        case interrupted
        /// A side could not be measured.
        case failed
        /// Too many pairs could not be believed.
        case unbelievable
        /// The runs have no number that could be judged.
        case nothingToJudge
    }

    /// Which kind.
    package var cause: Cause
    /// One sentence without a full stop; empty where the pairs themselves say it.
    package var text: String

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(_ cause: Cause, _ text: String = "") {
        self.cause = cause
        self.text = text
    }
}

extension ExperimentRecord {
    /// What the record adds to the checks of a report.
    ///
    /// - Parameter hasConclusion: Whether pairs were judged, which then say themselves what a
    ///   failed side means.
    func checks(hasConclusion: Bool) -> [GateCheck] {
        var checks: [GateCheck] = []
        if let canary { checks.append(Self.check(canary)) }
        switch end.cause {
        case .concluded, .budget, .nothingToJudge: break  // The metrics say it.
        case .failed where hasConclusion: break
        case .interrupted, .failed, .unbelievable:
            checks.append(Self.invalid("experiment", end.text))
        }
        return checks
    }

    private static func invalid(_ name: String, _ reason: String) -> GateCheck {
        GateCheck(
            scenario: "", kind: .validity, name: name, verdict: .invalid, explanation: reason)
    }

    private static func check(_ canary: GateConclusion) -> GateCheck {
        let pairs = "\(canary.pairs.count) pairs of the base against itself"
        func fit(_ explanation: String) -> GateCheck {
            GateCheck(
                scenario: "", kind: .validity, name: "canary", verdict: .pass,
                explanation: explanation)
        }
        switch canary.verdict {
        case .pass: return fit("\(pairs) show no difference")
        // They are too few to exclude small ones, and need not: large ones would have shown.
        case .inconclusive: return fit("no difference was shown by \(pairs)")
        case .invalid:
            return invalid("canary", "of pairs of the base against itself, \(canary.reason)")
        case .fail: break
        }
        let failed = canary.metrics.filter { $0.verdict == .fail }
        let texts = failed.map { "\($0.metric.name) \($0.changeText)" }
        return invalid(
            "canary",
            "\(pairs) differ: \(texts.joined(separator: ", ")); the machine is not fit for this "
                + "comparison, whatever the candidate does")
    }

    /// What the reader has to know besides, one sentence each.
    var notes: [String] {
        var notes = [
            "The base is \(sides.baseline), the candidate \(sides.candidate); "
                + "\(mode.rawValue) mode, order drawn from seed \(seed)."
        ]
        let excluded = pairs.filter { $0.excluded != nil }
        notes.append(
            "\(excluded.count) of \(pairs.count) pairs were left out by the rule: \(rule.text).")
        for pair in excluded {
            notes.append("Pair \(pair.plan.number) was left out: \(pair.excluded ?? "").")
        }
        let canaryCount = pairs.count { $0.plan.isCanary && $0.excluded == nil }
        if canary == nil, canaryShare > 0 {
            notes.append(
                "The usable ones of \(canaryCount) pairs of the base against itself are too few to "
                    + "judge the machine by; "
                    + "\(GatePlan.pairsNeeded(level: RelativeJudgement.failLevel)) would be enough."
            )
        }
        if !pairs.isEmpty {
            let usual = Median.of(pairs.map { Double($0.nanoseconds) })
            notes.append("A pair takes \(UnitText.latency(Int64(usual))) here.")
        }
        if end.cause == .budget { notes.append("It ended early: \(end.text).") }
        return notes
    }
}

// The end of an experiment as a record: every number, every pair, and what it comes to.

/// What a gate's experiment came to.
package struct GateConclusion: Codable, Equatable, Sendable {
    /// The plan, its seed included: the same pairs and plan give the same conclusion.
    package var plan: GatePlan
    /// What it came to, for all metrics together.
    package var verdict: GateVerdict
    /// One sentence on what ended the experiment, without a full stop.
    package var reason: String
    /// After how many pairs it looked.
    package var looks: [Int]
    /// After how many fresh pairs it looked.
    package var confirmationLooks: [Int]
    /// One conclusion for each metric.
    package var metrics: [MetricConclusion]
    /// Pairs that were left out because a metric had no usable value.
    package var unusablePairCount: Int
    /// The values of all pairs, in order.
    package var pairs: [GatePair]
    /// The values of the fresh pairs, in order.
    package var confirmationPairs: [GatePair]

    /// The checks that it comes to in a report: one for each metric, and one that says why pairs
    /// cannot be used.
    package var checks: [GateCheck] {
        var checks = metrics.map(\.check)
        if verdict == .invalid {
            checks.append(
                GateCheck(
                    scenario: metrics.first?.metric.scenario ?? "", kind: .validity, name: "pairs",
                    verdict: .invalid, explanation: reason))
        }
        return checks
    }
}

extension GateExperiment {
    /// The one-sided error of each end of the intervals that are shown.
    package static let intervalLevel = 0.05

    /// The record of the experiment so far; usually asked for at its end.
    ///
    /// - Complexity: Some milliseconds for each metric: its interval inverts the whole test.
    package var conclusion: GateConclusion {
        let worse = MaximumTest.adjustedProbabilities(
            screening.differences.map { SignedRanks($0) }, group: group)
        let better = MaximumTest.adjustedProbabilities(
            screening.differences.map { list in SignedRanks(list.map { -$0 }) }, group: group)
        var list: [MetricConclusion] = []
        if screening.pairCount > 0 {
            for index in metrics.indices {
                list.append(conclusion(of: index, worse[index], better[index]))
            }
        }
        let usable = screening.pairCount + confirmation.pairCount
        return GateConclusion(
            plan: plan, verdict: verdict, reason: reason, looks: looksDone,
            confirmationLooks: confirmationLooksDone, metrics: list,
            unusablePairCount: addedCount - usable, pairs: screening.pairs,
            confirmationPairs: confirmation.pairs)
    }

    private var verdict: GateVerdict {
        guard case .conclude(let outcome) = next else { return .inconclusive }
        switch outcome {
        case .pass: return .pass
        case .fail: return .fail
        case .inconclusive: return .inconclusive
        case .invalid: return .invalid
        }
    }

    private func conclusion(
        of index: Int, _ worse: Double, _ better: Double
    ) -> MetricConclusion {
        let metric = metrics[index]
        let differences = screening.differences[index]
        let values = screening.values(index)
        let limits = thresholds.isEmpty ? metric.thresholds(values) : thresholds[index]
        let estimate = ShiftEstimate.value(of: differences)
        // The interval has to hold at every look; before the first there is one look: now.
        let looks = looksDone.isEmpty ? [differences.count] : looksDone
        let last = plan.passLevels[looks.count - 1]
        let levels = plan.passLevels.prefix(looks.count).map { level in
            last > 0 ? level / last * Self.intervalLevel : Self.intervalLevel
        }
        let bounds = SequentialInterval.bounds(
            differences, looks: looks, levels: levels, group: group)
        let isSuspect = suspects.contains(index)
        func worsening(_ shift: Double) -> Double? {
            shift.isFinite ? metric.scale.worsening(difference: shift) : nil
        }
        let verdict = verdict(of: index)
        var isUnconfirmed: Bool?
        if isSuspect, case .conclude(.inconclusive(.unconfirmed)) = next { isUnconfirmed = true }
        return MetricConclusion(
            metric: metric, verdict: verdict, pairCount: differences.count,
            baseline: Median.of(values.map(\.baseline)),
            candidate: Median.of(values.map(\.candidate)),
            estimate: metric.scale.worsening(difference: estimate),
            lower: worsening(bounds.lower), upper: worsening(bounds.upper),
            noise: ShiftEstimate.spread(of: differences),
            practical: metric.scale.worsening(difference: limits.practical),
            resolution: metric.scale.worsening(difference: limits.resolution),
            worseProbability: worse, betterProbability: better,
            isImproved: better <= plan.failLevels[plan.failLevels.count - 1]
                && -estimate >= limits.practical,
            pairsNeeded: verdict == .inconclusive
                ? pairsNeeded(differences, estimate, limits) : nil,
            isSuspect: isSuspect,
            confirmedEstimate: isSuspect && confirmation.pairCount > 0
                ? worsening(ShiftEstimate.value(of: confirmation.differences[index])) : nil,
            isUnconfirmed: isUnconfirmed)
    }

    private func verdict(of index: Int) -> GateVerdict {
        guard case .conclude(let outcome) = next else { return .inconclusive }
        switch outcome {
        case .fail(let failed) where failed.contains(index): return .fail
        case .invalid: return .invalid
        // What looked worse is no pass without fresh pairs, even where less than the resolution.
        case .pass, .fail, .inconclusive:
            return isExcluded[index] && !suspects.contains(index) ? .pass : .inconclusive
        }
    }

    /// How many more pairs would decide with nine in ten, were the estimate the truth.
    private func pairsNeeded(
        _ differences: [Double], _ estimate: Double, _ limits: GateThresholds
    ) -> Int? {
        let spread = ShiftEstimate.spread(of: differences)
        // What is worse by more than the threshold has to be told from nothing; anything else
        // from the resolution.
        let isWorse = estimate >= limits.practical
        let gap = isWorse ? estimate : limits.resolution - estimate
        guard gap > 0 else { return nil }
        // Quantiles of the normal distribution: 2.6 for a share of 1 %, 2 for 5 %, 1.3 for 9 in 10.
        let reach = (isWorse ? 2.6 : 2.0) + 1.3
        let total = (reach * spread / gap) * (reach * spread / gap)
        let least = GatePlan.pairsNeeded(level: isWorse ? plan.failLevels[0] : plan.passLevels[0])
        let more = max(total.rounded(.up), Double(least)) - Double(differences.count)
        // BOUND: beyond 200 pairs nobody would wait for it.
        guard more.isFinite, more <= 200 else { return nil }
        return max(Int(more), 1)
    }

    private var reason: String {
        guard case .conclude(let outcome) = next else {
            return "the experiment is not at its end"
        }
        func names(_ indices: [Int]) -> String {
            indices.map { metrics[$0].name }.joined(separator: ", ")
        }
        switch outcome {
        case .pass: return "for every metric a change of its resolution is excluded"
        case .fail(let failed):
            let check = plan.confirmationLooks.isEmpty ? "" : ", confirmed by fresh pairs"
            return "worse than the baseline\(check): \(names(failed))"
        case .inconclusive(.pairsExhausted(let open)):
            return "all \(screening.pairCount) pairs are used and do not decide: \(names(open))"
        case .inconclusive(.noise(let open)):
            return "stopped after \(screening.pairCount) pairs: with this noise all "
                + "\(plan.looks[plan.looks.count - 1]) would not decide: \(names(open))"
        case .inconclusive(.unconfirmed(let doubted)):
            return "looked worse, and \(confirmation.pairCount) fresh pairs do not confirm it: "
                + names(doubted)
        case .inconclusive(.endedEarly(let reason)):
            return "ended early, after \(screening.pairCount) pairs"
                + (suspects.isEmpty ? "" : " and before \(names(suspects)) could be confirmed")
                + ": \(reason)"
        case .invalid(.crashed(let side, let pair, let reason)):
            return "the \(side.rawValue) ended in pair \(pair): \(reason)"
        case .invalid(.unusablePairs(let count, let all, let metric)):
            return "\(count) of \(all) pairs have no usable values, most often of "
                + metrics[metric].name
        }
    }
}

extension PairTable {
    /// The pairs as they were added.
    var pairs: [GatePair] {
        (0..<pairCount).map { pair in
            GatePair(
                baseline: baseline.map { $0[pair] }, candidate: candidate.map { $0[pair] })
        }
    }
}

// What a gate found out about one metric, with everything that a reader needs to judge it.

/// The conclusion about one metric. Changes are worsenings: a share of the baseline, or a number in
/// the metric's unit where it is compared by difference; negative ones are improvements.
package struct MetricConclusion: Codable, Equatable, Sendable {
    /// The metric with its thresholds.
    package var metric: GateMetric
    /// What it comes to.
    package var verdict: GateVerdict
    /// Pairs behind the numbers.
    package var pairCount: Int
    /// The base's median over pairs.
    package var baseline: Double
    /// The candidate's median over pairs.
    package var candidate: Double
    /// The Hodges-Lehmann estimate of the worsening.
    package var estimate: Double
    /// A worsening below this is refuted; nil when the pairs are too few to refute any.
    package var lower: Double?
    /// A worsening above this is refuted: the resolution reached; nil when none is.
    package var upper: Double?
    /// A robust standard deviation of the pairs' differences: the noise.
    package var noise: Double
    /// The threshold in force, with the floor taken in.
    package var practical: Double
    /// The resolution in force, with the floor taken in.
    package var resolution: Double
    /// The p-value of "not worse", adjusted for all metrics together.
    package var worseProbability: Double
    /// The p-value of "not better", adjusted likewise.
    package var betterProbability: Double
    /// Whether it is better by more than the threshold, significantly.
    package var isImproved: Bool
    /// How many more pairs would probably decide; nil when decided or when no sane number would.
    package var pairsNeeded: Int?
    /// Whether it looked worse by more than the threshold, which fresh pairs have to confirm;
    /// absent in reports of earlier releases.
    package var isSuspect: Bool?
    /// The estimate from fresh pairs, where a failure had to be confirmed.
    package var confirmedEstimate: Double?
    /// Whether all fresh pairs that the plan asks for were measured and did not confirm that it is
    /// worse; absent where they did, or were not asked for, and in reports of earlier releases.
    package var isUnconfirmed: Bool?

    /// Whether it looked worse and nobody looked again: no fresh pairs, or too few of them.
    package var isUnanswered: Bool {
        verdict == .inconclusive && isSuspect == true && isUnconfirmed != true
    }

    /// A worsening as `GateMetric` writes it.
    package func text(_ worsening: Double) -> String { metric.text(worsening: worsening) }

    /// `+0.4 % (-3.1 % to +4.0 %; 21 pairs)`.
    package var changeText: String {
        // A fall of a rate reads from the smaller number to the larger one, like everything else.
        let ends = metric.scale == .inverseRatio ? [upper, lower] : [lower, upper]
        let texts = ends.map { $0.map(text) ?? "unknown" }
        let pairs = pairCount == 1 ? "1 pair" : "\(pairCount) pairs"
        return "\(text(estimate)) (\(texts[0]) to \(texts[1]); \(pairs))"
    }

    /// One sentence that gives the change, the rule and the reason, without a full stop.
    package var explanation: String {
        var sentence = "\(metric.name) changed by \(changeText)"
        switch verdict {
        case .fail:
            sentence += ": worse, and by more than \(text(practical))"
            if let confirmedEstimate {
                sentence += "; fresh pairs confirm it with \(text(confirmedEstimate))"
            }
        case .pass:
            sentence += ": a change of \(text(resolution)) or worse is excluded"
            if isImproved { sentence += "; it is better, and by more than noise" }
            if worseProbability <= 0.01 {
                sentence += "; it is worse, by less than the \(text(practical)) that matter"
            }
        case .inconclusive where isSuspect == true:
            sentence += ": it looks worse, and by more than \(text(practical))"
            if let confirmedEstimate {
                sentence += "; fresh pairs, which have \(text(confirmedEstimate)), "
                sentence += isUnanswered ? "are too few to confirm it" : "do not confirm it"
            } else {
                sentence += "; there are no fresh pairs to confirm it"
            }
        case .inconclusive, .invalid:
            sentence += ": a change of \(text(resolution)) is not excluded"
            sentence += ", pairs differ by \(noiseText)"
            if let pairsNeeded {
                sentence += "; about \(pairsNeeded) more pairs would decide"
            } else {
                sentence +=
                    "; more pairs alone would not decide it: measure longer or on a "
                    + "quieter machine"
            }
        }
        return sentence
    }

    private var noiseText: String {
        metric.scale == .difference
            ? UnitText.fixed(noise, decimals: 1) : UnitText.percent(noise)
    }

    /// The conclusion as a check of a report.
    package var check: GateCheck {
        GateCheck(
            scenario: metric.scenario, className: metric.className, kind: .relative,
            name: metric.name, verdict: verdict, unit: metric.unit, baseline: baseline,
            candidate: candidate, limit: practical, explanation: explanation, evidence: self)
    }
}

// What a message costs, in counts that hardly vary from run to run.

/// The counters of one scenario's policy, candidate against baseline.
///
/// They are compared without a test: where nothing varies, any difference is one. So that one that
/// does vary fails nothing by chance, a failure also needs every run of the candidate to be worse
/// than every run of the baseline.
struct CounterChecks {
    let match: RunMatch
    let limits: GateLimits

    /// One check for each counter that the policy names; one that a run does not have is invalid,
    /// because nothing is known of it.
    ///
    /// - Throws: `.invalidValue` when a histogram does not decode.
    func checks() throws(ResultFileError) -> [GateCheck] {
        var checks: [GateCheck] = []
        for (metric, tolerance) in limits.counters.sorted(by: { $0.key.name < $1.key.name }) {
            checks.append(try check(metric, tolerance))
        }
        return checks
    }

    private func check(_ metric: Metric, _ tolerance: Double) throws(ResultFileError) -> GateCheck {
        let baseline = try values(metric, match.baseline)
        let candidate = try values(metric, match.candidate)
        func answer(_ verdict: GateVerdict, _ explanation: String) -> GateCheck {
            GateCheck(
                scenario: match.label, kind: .counter, name: metric.name, verdict: verdict,
                unit: metric.unit, baseline: baseline.map { Median.of($0) },
                candidate: candidate.map { Median.of($0) }, limit: tolerance,
                explanation: explanation)
        }
        guard let baseline, let candidate else {
            let side = baseline == nil ? "baseline" : "candidate"
            return answer(.invalid, "a run of the \(side) did not count \(metric.name)")
        }
        let before = Median.of(baseline)
        let after = Median.of(candidate)
        var sentence = "\(metric.name) is \(metric.unit.text(after)) after "
        sentence += "\(metric.unit.text(before)), "
        let allowed = "the \(metric.unit.text(tolerance)) tolerated"
        let sign = Metric.resources[metric.name]?.field.isHigherBetter == true ? -1.0 : 1.0
        if sign * (after - before) <= tolerance {
            return answer(.pass, sentence + "within \(allowed)")
        }
        sentence += "worse by more than \(allowed)"
        let isEveryRunWorse = candidate.allSatisfy { value in
            baseline.allSatisfy { sign * (value - $0) > 0 }
        }
        if isEveryRunWorse { return answer(.fail, sentence) }
        return answer(
            .inconclusive,
            sentence + ", but runs of the two sides overlap: it varies more than its tolerance")
    }

    /// One value for each run; nil when one has none.
    private func values(
        _ metric: Metric, _ group: RunGroup
    ) throws(ResultFileError) -> [Double]? {
        var values: [Double] = []
        for run in group.runs {
            guard let value = try RunGroup(run).value(of: metric, className: nil) else {
                return nil
            }
            values.append(value)
        }
        return values
    }
}

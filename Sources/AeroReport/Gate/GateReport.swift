// The outcome of a gate.

/// Everything a gate asked, what it found, and what that comes to.
package struct GateReport: Codable, Equatable, Sendable {
    /// The schema of the JSON form, `aerobench.gate/1`.
    package var schema = "aerobench.gate/1"
    /// What the checks come to.
    package var exitCode: GateExitCode
    /// Every check, scenario by scenario.
    package var checks: [GateCheck]
    /// What the reader ought to know and no check asks, one sentence each.
    package var notes: [String]
    /// The experiments behind the relative checks: plans, seeds and the values of all pairs. Absent
    /// when the runs were not made in turn in changing order, and in reports of earlier releases.
    package var experiments: [GateConclusion]?
    /// Ratios at all quantiles, for every series that was compared; absent where none was, and in
    /// reports of earlier releases.
    package var curves: [QuantileCurve]?
    /// How the pairs were measured; absent when the report is about result files.
    package var experiment: ExperimentRecord?

    /// Judges two sets of results.
    ///
    /// - Parameters:
    ///   - baseline: What to compare with. An empty list is a missing baseline.
    ///   - candidate: What is to be judged. An empty list is a missing candidate.
    ///   - policy: The rules.
    /// - Throws: `.invalidValue` when a histogram in one of the results does not decode.
    package init(
        baseline: [ResultDocument], candidate: [ResultDocument], policy: GatePolicy = GatePolicy()
    ) throws(ResultFileError) {
        var gate = Gate(policy: policy)
        try gate.run(baseline: baseline, candidate: candidate)
        checks = gate.checks
        notes = gate.notes
        experiments = gate.conclusions.isEmpty ? nil : gate.conclusions
        curves = gate.curves.isEmpty ? nil : gate.curves
        exitCode = GateExitCode(gate.checks, inconclusive: policy.inconclusive)
    }

    /// The report of an experiment: everything that is asked of result files, and of its pairs
    /// what was found while they were measured.
    ///
    /// - Parameters:
    ///   - baseline: The base's runs that count.
    ///   - candidate: The candidate's runs that count.
    ///   - policy: The rules.
    ///   - experiment: How it went and what it came to.
    /// - Throws: `.invalidValue` when a histogram in one of the results does not decode.
    init(
        baseline: [ResultDocument], candidate: [ResultDocument], policy: GatePolicy,
        experiment outcome: ExperimentOutcome
    ) throws(ResultFileError) {
        var gate = Gate(policy: policy)
        try gate.run(baseline: baseline, candidate: candidate, experiment: outcome)
        checks = gate.checks
        notes = gate.notes
        experiments = gate.conclusions.isEmpty ? nil : gate.conclusions
        curves = gate.curves.isEmpty ? nil : gate.curves
        experiment = outcome.record
        exitCode = GateExitCode(gate.checks, inconclusive: policy.inconclusive)
    }

    /// The report of a gate that has nothing to compare with: a file is missing or is no result.
    ///
    /// - Parameters:
    ///   - name: Which side, `baseline` or `candidate`.
    ///   - reason: One sentence that says what to do.
    package init(unreadable name: String, reason: String) {
        checks = [
            GateCheck(
                scenario: "", kind: .scenarioSet, name: name, verdict: .fail, explanation: reason)
        ]
        notes = []
        exitCode = .incomparable
    }

    /// The report as JSON (`aerobench.gate/1`), deterministic.
    ///
    /// - Throws: `.notEncodable` when a number is not finite.
    package func encoded() throws(ResultFileError) -> [UInt8] {
        try DocumentEncoding.encode(self)
    }
}

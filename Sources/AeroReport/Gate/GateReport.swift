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
    ///   - outcome: How the experiment went that measured them, and what its pairs came to while
    ///     they were measured; nil when the results are judged as they are.
    /// - Throws: `.invalidValue` when a histogram in one of the results does not decode.
    package init(
        baseline: [ResultDocument], candidate: [ResultDocument], policy: GatePolicy = GatePolicy(),
        experiment outcome: ExperimentOutcome? = nil
    ) throws(ResultFileError) {
        var gate = Gate(policy: policy)
        try gate.run(baseline: baseline, candidate: candidate, experiment: outcome)
        checks = gate.checks
        notes = gate.notes
        experiments = gate.conclusions.isEmpty ? nil : gate.conclusions
        curves = gate.curves.isEmpty ? nil : gate.curves
        experiment = outcome?.record
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

    /// Reads a report's JSON form.
    ///
    /// - Throws: What is wrong with it.
    package init(decoding bytes: [UInt8]) throws(ResultFileError) {
        self = try DocumentEncoding.decode(GateReport.self, bytes)
    }

    /// Says of results that an experiment measured what that came to.
    ///
    /// An experiment looks several times and asks fresh pairs to confirm what looks worse; its
    /// files are one look at all of its pairs, so that the two may differ.
    ///
    /// - Parameters:
    ///   - earlier: The experiment's own report.
    ///   - runs: The names of all results. Nothing is said unless all of them are the experiment's.
    package mutating func note(_ earlier: GateReport, measured runs: [String]) {
        let known = Set(earlier.experiment?.pairs.flatMap { $0.runs ?? [] } ?? [])
        guard !runs.isEmpty, runs.allSatisfy(known.contains) else { return }
        let reasons = (earlier.experiments ?? []).map { ": \($0.reason)" }.joined()
        notes.append(
            "These runs are those of an experiment, whose own verdict counts: "
                + "\(earlier.verdictText) (exit code \(earlier.exitCode.rawValue))\(reasons). The "
                + "verdict here is one look at all of its pairs, without its looks in between and "
                + "without fresh pairs that confirm, and may differ.")
    }

    /// The report as JSON (`aerobench.gate/1`), deterministic.
    ///
    /// - Throws: `.notEncodable` when a number is not finite.
    package func encoded() throws(ResultFileError) -> [UInt8] {
        try DocumentEncoding.encode(self)
    }
}

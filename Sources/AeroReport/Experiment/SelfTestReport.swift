// How often a gate is right on one machine: counts of gates whose answer is known.

/// What a self-test found.
package struct SelfTestReport: Codable, Equatable, Sendable {
    /// The schema of the JSON form, `aerobench.selftest/1`.
    package var schema = "aerobench.selftest/1"
    /// When it began: ISO 8601, UTC.
    package var createdAt: String
    /// What made it, with its command line.
    package var tool: ToolRecord
    /// Where.
    package var environment: EnvironmentRecord
    /// The scenarios that were run.
    package var scenarios: [ScenarioRecord]
    /// The plan of every gate, but for its seed.
    package var plan: GatePlan
    /// One entry for each known change, in the order in which they were tried.
    package var trials: [SelfTestTrial]

    /// Makes the report from its parts; each parameter is the property of the same name.
    package init(
        createdAt: String, tool: ToolRecord, environment: EnvironmentRecord,
        scenarios: [ScenarioRecord], plan: GatePlan, trials: [SelfTestTrial]
    ) {
        self.createdAt = createdAt
        self.tool = tool
        self.environment = environment
        self.scenarios = scenarios
        self.plan = plan
        self.trials = trials
    }

    /// The report as JSON, deterministic.
    ///
    /// - Throws: `.notEncodable` when a number is not finite.
    package func encoded() throws(ResultFileError) -> [UInt8] { try DocumentEncoding.encode(self) }
}

/// Gates with one known change.
package struct SelfTestTrial: Codable, Equatable, Sendable {
    /// The change as the user named it: `latency=+10%`; `none` for the base against itself.
    package var change: String
    /// How it was made, in words; absent where nothing was done.
    package var means: String?
    /// The metric that shows the change best; absent where nothing was changed.
    package var metric: String?
    /// The gates that came to an end.
    package var gates: [SelfTestGate]

    /// Makes the trial from its parts; each parameter is the property of the same name.
    package init(
        change: String, means: String? = nil, metric: String? = nil, gates: [SelfTestGate] = []
    ) {
        self.change = change
        self.means = means
        self.metric = metric
        self.gates = gates
    }

    /// Gates with a verdict.
    package func count(_ verdict: GateVerdict) -> Int { gates.count { $0.verdict == verdict } }

    /// The share of gates that failed, with its interval: false alarms without a change, power with
    /// one. Gates that could not be used are left out, as they are for their user.
    package var failed: (share: Double, interval: BinomialInterval)? {
        let count = gates.count - count(.invalid)
        guard count > 0 else { return nil }
        let failed = self.count(.fail)
        return (
            Double(failed) / Double(count), BinomialInterval(successes: failed, trials: count)
        )
    }

    /// The median over gates of what they estimated for the metric: a worsening.
    package var effect: Double? {
        let values = gates.compactMap(\.effect)
        return values.isEmpty ? nil : Median.of(values)
    }
}

/// One gate.
package struct SelfTestGate: Codable, Equatable, Sendable {
    /// Repeats its order of pairs.
    package var seed: UInt64
    /// What it said.
    package var verdict: GateVerdict
    /// Why.
    package var reason: String
    /// Pairs that counted, those of the confirmation included.
    package var pairCount: Int
    /// Pairs that the rule left out.
    package var excludedCount: Int
    /// How long it took, in nanoseconds.
    package var nanoseconds: Int64
    /// Its estimate of the trial's metric: a worsening; absent where there is none.
    package var effect: Double?

    /// The outcome of one experiment.
    ///
    /// - Parameter metric: Whose estimate is kept.
    package init(_ report: GateReport, seed: UInt64, metric: String?, nanoseconds: Int64) {
        self.seed = seed
        self.nanoseconds = nanoseconds
        let conclusion = report.experiments?.first
        let isUnusable = report.checks.contains { $0.verdict == .invalid }
        verdict = isUnusable ? .invalid : conclusion?.verdict ?? .invalid
        let defect = report.checks.first { $0.verdict == .invalid }?.explanation
        reason = defect ?? conclusion?.reason ?? "nothing was measured"
        pairCount = (conclusion?.pairs.count ?? 0) + (conclusion?.confirmationPairs.count ?? 0)
        excludedCount = report.experiment?.pairs.count { $0.excluded != nil } ?? 0
        effect = conclusion?.metrics.first { $0.metric.name == metric }?.estimate
    }
}

extension SelfTestReport {
    /// A table with one row for each change, and what each was; ends with a line break.
    package func text(style: TerminalStyle = .plain) -> String {
        var table = TextTable(
            header: [
                "change", "gates", "fail", "pass", "cannot tell", "invalid", "pairs", "time",
                "worse by", "failed", "95 % interval",
            ])
        table.rows = trials.map(Self.row)
        var lines = table.lines(style: style) + [""]
        for trial in trials {
            if let means = trial.means { lines.append("\(trial.change): \(means).") }
        }
        lines.append("pairs, time and \"worse by\" are medians over gates; a failed gate with no")
        lines.append("change is a false alarm, any other share of failed gates is the power.")
        return lines.joined(separator: "\n") + "\n"
    }

    private static func row(_ trial: SelfTestTrial) -> [String] {
        let gates = trial.gates
        func median(_ value: (SelfTestGate) -> Double) -> Double? {
            gates.isEmpty ? nil : Median.of(gates.map(value))
        }
        let pairs = median { Double($0.pairCount) }
        let time = median { Double($0.nanoseconds) }
        let interval = trial.failed.map { $0.interval }
        let verdicts: [GateVerdict] = [.fail, .pass, .inconclusive, .invalid]
        let counts = verdicts.map { "\(trial.count($0))" }
        var row = [trial.change, "\(gates.count)"] + counts
        row.append(pairs.map { UnitText.fixed($0, decimals: 0) } ?? "-")
        row.append(time.map { UnitText.latency(Int64($0)) } ?? "-")
        row.append(trial.effect.map { UnitText.change($0) } ?? "-")
        row.append(trial.failed.map { UnitText.percent($0.share) } ?? "-")
        let ends = interval.map { [$0.lower, $0.upper].map { UnitText.percent($0) } }
        row.append(ends?.joined(separator: " to ") ?? "-")
        return row
    }
}

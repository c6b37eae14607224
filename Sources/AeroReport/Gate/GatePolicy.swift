// The rules of a gate.

/// What an inconclusive check means for the exit code.
package enum InconclusivePolicy: String, Codable, Equatable, Sendable, CaseIterable {
    /// Exit with 3.
    case fail
    /// Say so and go on.
    case warn
    /// Go on.
    case pass
}

/// A metric that can have a limit relative to the baseline.
package enum RelativeMetric: Hashable, Sendable {
    /// A statistic of every gated latency series.
    case latency(LatencyStatistic)
    /// Messages per second: received, or acknowledged or sent where nothing is received.
    case throughput

    /// Reads `throughput` or a statistic such as `p99.9`.
    package init?(_ name: String) {
        if name == "throughput" {
            self = .throughput
        } else if let statistic = LatencyStatistic(name) {
            self = .latency(statistic)
        } else {
            return nil
        }
    }

    /// The metric's name in a policy.
    package var name: String {
        switch self {
        case .latency(let statistic): return statistic.name
        case .throughput: return "throughput"
        }
    }
}

/// The limits of one scenario.
package struct GateLimits: Equatable, Sendable {
    /// Largest tolerated worsening as a share of the baseline, by metric.
    ///
    /// A latency fails when it is worse by more than this **and** by at least the floor. The
    /// defaults keep equal code with a session-to-session variation of up to 2 % from failing.
    package var relative: [RelativeMetric: Double] = [
        .latency(.percentile(50)): 0.04, .latency(.percentile(99)): 0.05,
        .latency(.percentile(99.9)): 0.08, .throughput: 0.04,
    ]
    /// Smallest worsening of a latency that counts, in nanoseconds.
    package var floorNanoseconds: Double = 50_000
    /// Smallest worsening of a throughput that counts, in messages per second.
    package var floorMessagesPerSecond: Double = 0
    /// Samples that must lie beyond a percentile on both sides for it to be judged.
    package var minimumSamplesBeyond: Int64 = 20
    /// The latency series that are judged.
    package var series = ["ack.intended", "e2e.intended"]
    /// Tolerated faults of the candidate's ledger; none where nothing is said.
    package var ledger: [Metric.LedgerField: Int64] = [:]
    /// Absolute limits; nil takes those that the candidate's scenario names itself.
    package var objectives: [ServiceLevelObjective]?

    /// The defaults.
    package init() {}
}

/// The rules of a gate: limits, and what may differ between the sides.
package struct GatePolicy: Equatable, Sendable {
    /// The limits of scenarios without an entry of their own.
    package var limits = GateLimits()
    /// The limits of single scenarios by name, complete.
    package var scenarios: [String: GateLimits] = [:]
    /// Differences that do not forbid comparing.
    package var allowed: Set<AllowedDifference> = []
    /// What an inconclusive check means.
    package var inconclusive = InconclusivePolicy.warn

    /// The defaults: nothing may differ, inconclusive checks are reported and pass.
    package init() {}

    /// The limits in force for a scenario.
    package func limits(for scenario: String) -> GateLimits { scenarios[scenario] ?? limits }

    /// Whether a difference is allowed.
    package func allows(_ difference: RunDifference) -> Bool {
        allowed.contains { $0.covers(difference.field) }
    }
}

/// A difference between the sides that a user declares harmless.
package enum AllowedDifference: Hashable, Sendable {
    /// A field of the circumstances; `.parameters` covers every parameter.
    case field(ComparableField)
    /// One parameter of the scenario, or all parameters below a path.
    case parameter(path: String)
    /// Scenarios that only the candidate has.
    case newScenarios

    private static let newScenariosName = "new-scenarios"

    /// Every name that can be written, without parameter paths.
    static let names = ComparableField.allCases.map(\.rawValue) + [newScenariosName]

    /// Reads a name such as `kernel` or `scenario-parameters.classes.main.load.rate`.
    package init?(_ name: String) {
        let prefix = ComparableField.parameters.rawValue + "."
        if let field = ComparableField(rawValue: name) {
            self = .field(field)
        } else if name == Self.newScenariosName {
            self = .newScenarios
        } else if name.hasPrefix(prefix), name.count > prefix.count {
            self = .parameter(path: String(name.dropFirst(prefix.count)))
        } else {
            return nil
        }
    }

    /// Whether it covers a field of `RunDifference`.
    func covers(_ field: String) -> Bool {
        switch self {
        case .field(let allowed):
            return field == allowed.rawValue || field.hasPrefix(allowed.rawValue + ".")
        case .parameter(let path):
            let name = "\(ComparableField.parameters.rawValue).\(path)"
            return field == name || field.hasPrefix(name + ".")
        case .newScenarios: return false
        }
    }
}

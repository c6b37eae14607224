// The rules of a gate.

/// What an inconclusive check means for the exit code.
package enum InconclusivePolicy: String, Codable, Equatable, Sendable, CaseIterable {
    /// Exit with 3.
    case fail
    /// Say so and go on. What looked worse and was not measured again exits with 3 all the same: it
    /// is a finding that nobody has answered. What fresh pairs did not confirm is answered.
    case warn
    /// Say so and go on, whatever it is.
    case pass
}

/// A metric that can have a limit relative to the baseline.
package enum RelativeMetric: Hashable, Sendable {
    /// A statistic of every gated latency series.
    case latency(LatencyStatistic)
    /// Messages per second: received, or acknowledged or sent where nothing is received.
    case throughput
    /// Stalled windows a minute of measured time: those with a sample far beyond what is usual.
    case stalls

    /// Reads `throughput`, `stalls` or a statistic such as `p99.9`.
    package init?(_ name: String) {
        if name == "throughput" {
            self = .throughput
        } else if name == "stalls" {
            self = .stalls
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
        case .stalls: return "stalls"
        }
    }

    /// What its limit counts: a share of the baseline, or stalls a minute.
    package var limitUnit: MetricUnit { self == .stalls ? .count : .ratio }
}

/// The limits of one scenario or class.
package struct GateLimits: Equatable, Sendable {
    /// Largest tolerated worsening by metric: a share of the baseline, or stalls a minute.
    ///
    /// A latency fails when it is worse by more than this **and** by at least the floor. The
    /// defaults keep equal code with a session-to-session variation of up to 2 % from failing.
    package var relative: [RelativeMetric: Double] = [
        .latency(.percentile(50)): 0.04, .latency(.percentile(99)): 0.05,
        .latency(.percentile(99.9)): 0.08, .throughput: 0.04, .stalls: 6,
    ]
    /// The worsening that a pass excludes, by metric; twice the limit where nothing is said.
    package var resolutions: [RelativeMetric: Double] = [:]
    /// How much a metric may lose against the anchor of a history, by small losses together; twice
    /// the limit where nothing is said.
    package var creep: [RelativeMetric: Double] = [:]
    /// Nothing shorter than this is a stall, in nanoseconds.
    package var stallNanosecondsMin: Double = 5_000_000
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
    /// How much more of a resource a message may cost, in the metric's unit, by metric: 0 is exact.
    /// They are compared as they are, without a test, and only those that are named here.
    package var counters: [Metric: Double] = [:]
    /// Absolute limits; nil takes those that the candidate's scenario names itself.
    package var objectives: [ServiceLevelObjective]?
    /// Relative limits of single classes, complete; where nothing is said, these ones.
    package var classes: [String: ClassLimits] = [:]

    /// The defaults.
    package init() {}

    /// The worsening that a pass excludes.
    package func resolution(_ metric: RelativeMetric) -> Double {
        resolutions[metric] ?? 2 * (relative[metric] ?? 0)
    }

    /// How much may be lost against the anchor; nil where a metric has no limit either.
    package func creepBudget(_ metric: RelativeMetric) -> Double? {
        creep[metric] ?? relative[metric].map { 2 * $0 }
    }

    /// The limits in force for a class.
    package func limits(forClass name: String) -> GateLimits {
        guard let own = classes[name] else { return self }
        var limits = self
        limits.relative = own.relative
        limits.resolutions = own.resolutions
        limits.floorNanoseconds = own.floorNanoseconds
        limits.floorMessagesPerSecond = own.floorMessagesPerSecond
        return limits
    }
}

/// The relative limits of one class; the properties are those of `GateLimits`.
package struct ClassLimits: Equatable, Sendable {
    /// Largest tolerated worsening by metric.
    package var relative: [RelativeMetric: Double]
    /// The worsening that a pass excludes, by metric.
    package var resolutions: [RelativeMetric: Double]
    /// Smallest worsening of a latency that counts, in nanoseconds.
    package var floorNanoseconds: Double
    /// Smallest worsening of a throughput that counts, in messages per second.
    package var floorMessagesPerSecond: Double

    /// Takes the limits of a scenario to start from.
    init(_ limits: GateLimits) {
        relative = limits.relative
        resolutions = limits.resolutions
        floorNanoseconds = limits.floorNanoseconds
        floorMessagesPerSecond = limits.floorMessagesPerSecond
    }
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
    /// Chooses the sign changes of the tests; the same seed gives the same report.
    package var seed: UInt64 = 1
    /// Share of an experiment's pairs that are the base against itself, below a half.
    package var canaryShare = 0.25

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

// Who ran what, against what, and when: tool, scenario, driver and window of a result.

/// The program that made a result.
package struct ToolRecord: Codable, Equatable, Sendable {
    /// The program, `aerobench`.
    package var name: String
    /// Its version.
    package var version: String
    /// The commit it was built from, or `unknown`.
    package var commit: String
    /// `release` or `debug`; a debug build measures nothing.
    package var build: String
    /// The command that reproduces the run, one element per argument.
    package var commandLine: [String]

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        name: String, version: String, commit: String, build: String, commandLine: [String]
    ) {
        self.name = name
        self.version = version
        self.commit = commit
        self.build = build
        self.commandLine = commandLine
    }
}

/// The scenario as it was resolved: defaults filled in, overrides applied.
package struct ScenarioRecord: Codable, Equatable, Sendable {
    /// The scenario's name.
    package var name: String
    /// The seed of payloads, keys and random arrivals.
    package var seed: UInt64
    /// The resolved scenario as a tree; compared key by key before two results are.
    package var parameters: JSONValue
    /// The scenario's own absolute limits, in the grammar of `ServiceLevelObjective`.
    package var slo: [String]

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        name: String, seed: UInt64, parameters: JSONValue, slo: [String]
    ) {
        self.name = name
        self.seed = seed
        self.parameters = parameters
        self.slo = slo
    }
}

/// The system under load.
package struct DriverRecord: Codable, Equatable, Sendable {
    /// The driver, such as `aeromq`, `relay` or `null`.
    package var name: String
    /// Where the driver connected to.
    package var endpoint: String?
    /// The version that the system reports about itself.
    package var version: String?
    /// True when the run started and stopped the system itself.
    package var isEmbedded: Bool
    /// What this driver cannot measure or do, one sentence each.
    package var limitations: [String]

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        name: String, endpoint: String? = nil, version: String? = nil, isEmbedded: Bool,
        limitations: [String]
    ) {
        self.name = name
        self.endpoint = endpoint
        self.version = version
        self.isEmbedded = isEmbedded
        self.limitations = limitations
    }
}

/// The measured window. Offsets in intervals count from the start of the warm-up.
package struct WindowRecord: Codable, Equatable, Sendable {
    /// Wall-clock start of the warm-up: ISO 8601, UTC. Never used for measuring.
    package var startedAt: String
    /// Length of the warm-up, which no summary includes.
    package var warmupNanoseconds: Int64
    /// Length asked for, without the warm-up.
    package var durationNanoseconds: Int64
    /// Length measured; every rate of this document is a count divided by it.
    package var measuredNanoseconds: Int64
    /// Length of one interval.
    package var intervalNanoseconds: Int64
    /// Why the window ended.
    package var endedBy: WindowEnd
    /// How an automatic warm-up ended; absent where its length was fixed.
    package var warmup: WarmupRecord?

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        startedAt: String, warmupNanoseconds: Int64, durationNanoseconds: Int64,
        measuredNanoseconds: Int64, intervalNanoseconds: Int64, endedBy: WindowEnd,
        warmup: WarmupRecord? = nil
    ) {
        self.warmup = warmup
        self.startedAt = startedAt
        self.warmupNanoseconds = warmupNanoseconds
        self.durationNanoseconds = durationNanoseconds
        self.measuredNanoseconds = measuredNanoseconds
        self.intervalNanoseconds = intervalNanoseconds
        self.endedBy = endedBy
    }
}

/// How an automatic warm-up ended.
package struct WarmupRecord: Codable, Equatable, Sendable {
    /// The most it might have taken.
    package var boundNanoseconds: Int64
    /// Where latency and rate of every class had settled, counted from its start; absent when
    /// they had not by then.
    package var cutNanoseconds: Int64?

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(boundNanoseconds: Int64, cutNanoseconds: Int64? = nil) {
        self.boundNanoseconds = boundNanoseconds
        self.cutNanoseconds = cutNanoseconds
    }
}

/// Why a measured window ended.
package enum WindowEnd: String, Codable, Equatable, Sendable, CaseIterable {
    /// It ran for its whole duration.
    case completed
    /// A signal or the user stopped it; the document holds what was measured until then.
    case interrupted
    /// The driver or the generator failed.
    case failed
}

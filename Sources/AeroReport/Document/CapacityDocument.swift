// The root of one capacity file: the search for the largest rate that an objective holds at.

/// A search for the largest sustainable rate, with every probe that it made.
///
/// Probes are no measured runs: they are short, and rates and latencies of this document must not
/// be compared with those of results. Times are in nanoseconds. Readers ignore properties they do
/// not know. Source: `Schema/aerobench.capacity-1.schema.json`.
package struct CapacityDocument: Codable, Equatable, Sendable {
    /// The schema and its version, `aerobench.capacity/1`.
    package var schema: String
    /// A name for this search that no other has.
    package var id: String
    /// When the document was made: ISO 8601, UTC.
    package var createdAt: String
    /// What made the document.
    package var tool: ToolRecord
    /// What was loaded, with the scenario's own rate.
    package var scenario: ScenarioRecord
    /// Against what.
    package var driver: DriverRecord
    /// Where it ran.
    package var environment: EnvironmentRecord
    /// What had to hold at a rate, in the grammar of `ServiceLevelObjective`.
    package var objectives: [String]
    /// How it was searched.
    package var settings: CapacitySettings
    /// Every probe in the order in which it was made.
    package var probes: [CapacityProbe]
    /// What was found.
    package var answer: CapacityAnswer
    /// The rate-latency curve: the probes that can be believed, by ascending rate.
    package var curve: [CapacityPoint]
    /// Why the search ended.
    package var endedBy: WindowEnd
    /// What a reader has to know, one sentence each.
    package var notes: [String]

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        schema: String = CapacityDocument.currentSchema, id: String, createdAt: String,
        tool: ToolRecord, scenario: ScenarioRecord, driver: DriverRecord,
        environment: EnvironmentRecord, objectives: [String], settings: CapacitySettings,
        probes: [CapacityProbe], answer: CapacityAnswer, curve: [CapacityPoint],
        endedBy: WindowEnd = .completed, notes: [String] = []
    ) {
        self.schema = schema
        self.id = id
        self.createdAt = createdAt
        self.tool = tool
        self.scenario = scenario
        self.driver = driver
        self.environment = environment
        self.objectives = objectives
        self.settings = settings
        self.probes = probes
        self.answer = answer
        self.curve = curve
        self.endedBy = endedBy
        self.notes = notes
    }
}

/// How a capacity was searched. Rates are messages per second over all classes together.
package struct CapacitySettings: Codable, Equatable, Sendable {
    /// How long each rate was held, without its warm-up.
    package var holdNanoseconds: Int64
    /// Load before each hold that nothing is measured in.
    package var warmupNanoseconds: Int64
    /// Rest between two probes.
    package var coolDownNanoseconds: Int64
    /// Width of the interval that was asked for, as a share of its lower end.
    package var precision: Double
    /// The first rate.
    package var fromPerSecond: Double
    /// No rate above this was tried.
    package var toPerSecond: Double
    /// A backlog that grows faster than this share of the rate is not sustained.
    package var backlogGrowthShareMax: Double
    /// Whether each probe had a target of its own, started for it.
    package var isTargetFresh: Bool

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        holdNanoseconds: Int64, warmupNanoseconds: Int64, coolDownNanoseconds: Int64,
        precision: Double, fromPerSecond: Double, toPerSecond: Double,
        backlogGrowthShareMax: Double, isTargetFresh: Bool
    ) {
        self.holdNanoseconds = holdNanoseconds
        self.warmupNanoseconds = warmupNanoseconds
        self.coolDownNanoseconds = coolDownNanoseconds
        self.precision = precision
        self.fromPerSecond = fromPerSecond
        self.toPerSecond = toPerSecond
        self.backlogGrowthShareMax = backlogGrowthShareMax
        self.isTargetFresh = isTargetFresh
    }
}

/// What a search for a capacity found.
package struct CapacityAnswer: Codable, Equatable, Sendable {
    /// How much the interval is worth.
    package var kind: CapacityAnswerKind
    /// The largest rate that was met and confirmed, or met when `kind` says so; nil for none.
    package var lowerPerSecond: Double?
    /// The smallest rate above it that was not met; nil when none was seen to fail.
    package var upperPerSecond: Double?
    /// The smallest rate that the generator did not reach; nil when it reached every one.
    package var generatorLimitPerSecond: Double?
    /// The answer in one sentence.
    package var text: String

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        kind: CapacityAnswerKind, lowerPerSecond: Double? = nil, upperPerSecond: Double? = nil,
        generatorLimitPerSecond: Double? = nil, text: String
    ) {
        self.kind = kind
        self.lowerPerSecond = lowerPerSecond
        self.upperPerSecond = upperPerSecond
        self.generatorLimitPerSecond = generatorLimitPerSecond
        self.text = text
    }
}

/// How much an interval of a capacity is worth.
package enum CapacityAnswerKind: String, Codable, Equatable, Sendable, CaseIterable {
    /// The lower end was met and confirmed, the upper one was not met.
    case found
    /// The generator could not offer more than the lower end: the target may well take more.
    case limitedByGenerator = "limited-by-generator"
    /// The objective holds at the highest rate that was allowed.
    case aboveRange = "above-range"
    /// The objective does not hold at the lowest rate that was tried.
    case belowRange = "below-range"
    /// There were not enough probes that can be believed for an interval as narrow as asked for.
    case unsettled
    /// The search was cut; the interval is what was known then.
    case cut
}

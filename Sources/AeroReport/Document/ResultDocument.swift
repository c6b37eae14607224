// The root of one result file: everything needed to reproduce and re-analyse one run.

/// One run of one scenario against one driver, as written to a result file.
///
/// Times are integers in nanoseconds, sizes integers in bytes; human units exist only in rendered
/// text. Readers ignore properties they do not know, so a later release may add optional ones.
/// Source: `Schema/aerobench.result-1.schema.json`.
package struct ResultDocument: Codable, Equatable, Sendable {
    /// The schema and its version, `aerobench.result/1`.
    package var schema: String
    /// A name for this run that no other run has.
    package var id: String
    /// When the document was made: ISO 8601, UTC.
    package var createdAt: String
    /// What made the document.
    package var tool: ToolRecord
    /// What was asked for.
    package var scenario: ScenarioRecord
    /// What was loaded.
    package var driver: DriverRecord
    /// Where it ran.
    package var environment: EnvironmentRecord
    /// When and for how long it was measured.
    package var window: WindowRecord
    /// What was measured, one entry per message class, in scenario order.
    package var classes: [ClassRecord]
    /// What became of every message.
    package var ledger: LedgerRecord
    /// What the load generator itself used.
    package var generator: GeneratorRecord
    /// What the broker used; absent when it could not be observed.
    package var broker: BrokerRecord?
    /// How far the run is from what the machine can do; absent when not measured.
    package var limit: LimitRecord?
    /// Which messages have times of their stages; absent when stages were not measured.
    package var stages: StagesRecord?
    /// The slowest messages, slowest first; absent when stages were not measured.
    package var slowest: [SlowMessageRecord]?
    /// Whether the run can be believed.
    package var validity: ValidityRecord
    /// What a reader has to know of how the scenario came about, one sentence each; absent when
    /// there is nothing.
    package var notes: [String]?
    /// What was done to the run on purpose, and how it came back; absent when nothing was.
    package var incidents: [IncidentRecord]?

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        schema: String = ResultDocument.currentSchema, id: String, createdAt: String,
        tool: ToolRecord, scenario: ScenarioRecord, driver: DriverRecord,
        environment: EnvironmentRecord, window: WindowRecord, classes: [ClassRecord],
        ledger: LedgerRecord, generator: GeneratorRecord, broker: BrokerRecord? = nil,
        limit: LimitRecord? = nil, stages: StagesRecord? = nil,
        slowest: [SlowMessageRecord]? = nil, validity: ValidityRecord, notes: [String]? = nil,
        incidents: [IncidentRecord]? = nil
    ) {
        self.schema = schema
        self.id = id
        self.createdAt = createdAt
        self.tool = tool
        self.scenario = scenario
        self.driver = driver
        self.environment = environment
        self.window = window
        self.classes = classes
        self.ledger = ledger
        self.generator = generator
        self.broker = broker
        self.limit = limit
        self.stages = stages
        self.slowest = slowest
        self.validity = validity
        self.notes = notes
        self.incidents = incidents
    }
}

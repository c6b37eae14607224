// The root of one matrix file: one scenario, run with every combination of some values.

/// A scenario run once or more for each combination of varied keys, in a random order.
///
/// Numbers are kept by the names of `Metric`, in the metric's own unit: nanoseconds, bytes, per
/// second, shares from 0 to 1. Readers ignore properties they do not know.
/// Source: `Schema/aerobench.matrix-1.schema.json`.
package struct MatrixDocument: Codable, Equatable, Sendable {
    /// The schema and its version, `aerobench.matrix/1`.
    package var schema: String
    /// A name for this matrix that no other has.
    package var id: String
    /// When the document was made: ISO 8601, UTC.
    package var createdAt: String
    /// What made the document.
    package var tool: ToolRecord
    /// The name of the matrix: of its file, or of its scenario.
    package var name: String
    /// What the matrix is for, for people; may be empty.
    package var description: String
    /// The scenario that is varied, without the varied values.
    package var scenario: ScenarioRecord
    /// Where it ran.
    package var environment: EnvironmentRecord
    /// What was varied, in the order in which it was asked for.
    package var varied: [VariedKey]
    /// How often each cell was to be run.
    package var repeatCount: Int
    /// What the order of the runs was drawn from.
    package var orderSeed: UInt64
    /// The order of the runs: indices of cells, as executed; shorter than planned after a cut.
    package var order: [Int]
    /// Names of the metrics that a table shows, in this order.
    package var columns: [String]
    /// One entry for each combination, the last key varying fastest.
    package var cells: [MatrixCell]
    /// Why the matrix ended.
    package var endedBy: WindowEnd
    /// What a reader has to know, one sentence each.
    package var notes: [String]

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        schema: String = MatrixDocument.currentSchema, id: String, createdAt: String,
        tool: ToolRecord, name: String, description: String = "", scenario: ScenarioRecord,
        environment: EnvironmentRecord, varied: [VariedKey], repeatCount: Int, orderSeed: UInt64,
        order: [Int] = [], columns: [String], cells: [MatrixCell],
        endedBy: WindowEnd = .completed, notes: [String] = []
    ) {
        self.schema = schema
        self.id = id
        self.createdAt = createdAt
        self.tool = tool
        self.name = name
        self.description = description
        self.scenario = scenario
        self.environment = environment
        self.varied = varied
        self.repeatCount = repeatCount
        self.orderSeed = orderSeed
        self.order = order
        self.columns = columns
        self.cells = cells
        self.endedBy = endedBy
        self.notes = notes
    }
}

/// One key of a matrix and its values.
package struct VariedKey: Codable, Equatable, Sendable {
    /// A dotted key of the scenario, such as `broker.buffers`.
    package var key: String
    /// Its values as they were written.
    package var values: [String]

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(key: String, values: [String]) {
        self.key = key
        self.values = values
    }
}

/// One combination of values, and its runs.
package struct MatrixCell: Codable, Equatable, Sendable {
    /// The values, one for each varied key, in the order of `varied`.
    package var values: [String]
    /// Its runs in the order in which they were made.
    package var runs: [MatrixRun]

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(values: [String], runs: [MatrixRun] = []) {
        self.values = values
        self.runs = runs
    }
}

/// One run of a cell.
package struct MatrixRun: Codable, Equatable, Sendable {
    /// Its place in the order of all runs, from 0.
    package var position: Int
    /// The `id` of its result, whether that was kept or not; nil when there is none.
    package var resultId: String?
    /// The driver it ran against.
    package var driver: String
    /// The version of what was loaded; nil where it is not known.
    package var version: String?
    /// What the target promised for each class, in order; nil for targets that are no brokers, and
    /// where there is no result.
    package var promises: [PromiseRecord]?
    /// Why there is no result at all; nil when there is one.
    package var failure: String?
    /// Its numbers by the names of `Metric`; what was not measured is not here. A latency of a
    /// scenario with several classes is named `CLASS:METRIC`.
    package var metrics: [String: Double]
    /// Whether it can be believed; nil when there is no result.
    package var validity: ValidityRecord?

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        position: Int, resultId: String? = nil, driver: String, version: String? = nil,
        promises: [PromiseRecord]? = nil, failure: String? = nil,
        metrics: [String: Double] = [:], validity: ValidityRecord? = nil
    ) {
        self.position = position
        self.resultId = resultId
        self.driver = driver
        self.version = version
        self.promises = promises
        self.failure = failure
        self.metrics = metrics
        self.validity = validity
    }

    /// Whether its numbers may be used.
    package var isUsable: Bool { failure == nil && validity?.isValid == true }

    /// Why not, in one line; nil when they may.
    package var doubt: String? {
        if let failure { return failure }
        guard let validity else { return "there is no verdict" }
        if validity.isValid { return nil }
        return validity.reasons.first.map { "\($0.code): \($0.message)" } ?? "no reason given"
    }
}

// Makes the runs of a matrix, in their random order.

import AeroIO
import AeroLoad
import AeroReport

/// One matrix: its runs and the document of all of them.
struct MatrixExecution {
    private let execution: RunExecution
    private let targets: [String: RunTarget]
    private let isQuiet: Bool
    private let order: MatrixOrder
    /// What each cell runs; the reason where its values do not fit the scenario.
    private let scenarios: [Result<Scenario, CommandError>]
    private(set) var document: MatrixDocument
    /// Every run's whole result, where they are kept.
    private(set) var results: [ResultDocument] = []
    private let keepsResults: Bool

    /// - Parameters:
    ///   - request: What to run.
    ///   - seed: What the order is drawn from.
    ///   - execution: Makes one run.
    ///   - targets: What it is made against, by driver; of others what `execution` says.
    ///   - isQuiet: Whether nothing is said meanwhile.
    ///   - keepsResults: Whether `results` is wanted.
    /// - Throws: When no combination fits the scenario.
    init(
        _ request: MatrixRequest, seed: UInt64, _ execution: RunExecution,
        targets: [String: RunTarget] = [:], isQuiet: Bool, keepsResults: Bool
    ) throws(CommandError) {
        self.execution = execution
        self.targets = targets
        self.isQuiet = isQuiet
        self.keepsResults = keepsResults
        order = MatrixOrder(request.varied, repeatCount: request.repeatCount, seed: seed)
        let text = try ScenarioSource.read(request.scenario)
        let base = try text.scenario(request.overrides)
        scenarios = order.combinations.map { Self.scenario(text, request, $0) }
        if let failure = Self.commonFailure(scenarios) { throw failure }
        document = MatrixDocument(
            id: CreationStamp.makeIdentifier(), createdAt: CreationStamp.now(),
            tool: execution.tool, name: request.name.isEmpty ? base.name : request.name,
            description: request.description, scenario: ScenarioRecord(base),
            environment: EnvironmentCapture().record(libc: ToolIdentity.libc),
            varied: request.varied, repeatCount: request.repeatCount, orderSeed: seed,
            columns: request.columns.isEmpty ? MatrixRun.usualColumns : request.columns,
            cells: order.combinations.map { MatrixCell(values: $0) })
        if execution.tool.build != "release" {
            document.notes.append("this is a debug build, which measures nothing but itself")
        }
    }

    private static func scenario(
        _ text: ScenarioText, _ request: MatrixRequest, _ values: [String]
    ) -> Result<Scenario, CommandError> {
        let varied = zip(request.varied, values).map { "\($0.key)=\($1)" }
        do throws(CommandError) {
            let scenario = try text.scenario(request.overrides + varied)
            _ = try TargetKind(scenario)
            return .success(scenario)
        } catch {
            return .failure(error)
        }
    }

    /// What is wrong with every single cell is wrong with the matrix.
    private static func commonFailure(
        _ scenarios: [Result<Scenario, CommandError>]
    ) -> CommandError? {
        var first: CommandError?
        for scenario in scenarios {
            guard case .failure(let error) = scenario else { return nil }
            first = first ?? error
        }
        return first
    }

    /// Makes all runs, or those until somebody asks to stop.
    ///
    /// - Parameter keep: Takes what is known after each run.
    mutating func run(
        keep: (MatrixExecution) throws(CommandError) -> Void
    ) throws(CommandError) {
        for (position, cell) in order.runs.enumerated() {
            announce(position, cell)
            let run = try make(position, cell)
            document.cells[cell].runs.append(run)
            document.order.append(cell)
            if let doubt = run.doubt, !isQuiet {
                execution.console.error("aerobench: run \(position + 1): \(doubt)")
            }
            if execution.stop.isRequested { document.endedBy = .interrupted }
            try keep(self)
            if execution.stop.isRequested { return }
        }
    }

    /// One run; one that does not come off is a part of the matrix, too.
    private mutating func make(_ position: Int, _ cell: Int) throws(CommandError) -> MatrixRun {
        let scenario: Scenario
        switch scenarios[cell] {
        case .failure(let error):
            return MatrixRun(position: position, driver: "none", failure: error.message)
        case .success(let found): scenario = found
        }
        let result: ResultDocument
        do throws(CommandError) {
            let run = try execution.against(targets[scenario.driver]).run(scenario)
            if let failure = run.failure { throw failure }
            result = run.document
        } catch {
            return MatrixRun(position: position, driver: scenario.driver, failure: error.message)
        }
        if keepsResults { results.append(result) }
        do throws(ResultFileError) {
            return try MatrixRun(result, position: position, columns: document.columns)
        } catch {
            throw .failed("run \(position + 1) cannot be read back: \(error)")
        }
    }

    private func announce(_ position: Int, _ cell: Int) {
        guard !isQuiet else { return }
        let values = zip(document.varied, order.combinations[cell]).map { "\($0.key)=\($1)" }
        execution.console.error(
            "run \(position + 1) of \(order.runs.count): \(values.joined(separator: " "))")
    }
}

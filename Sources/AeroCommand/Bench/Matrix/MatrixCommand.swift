// `aerobench matrix`: one scenario with many values.

import AeroLoad
import AeroReport

enum MatrixCommand {
    static let subcommand = Subcommand(specification) {
        (arguments, console) throws(CommandError) in
        let request = try MatrixSource.request(arguments)
        let base = try ScenarioSource.load(request.scenario, overrides: request.overrides)
        let target = try RunTarget(arguments, TargetKind(base))
        let seed = try seed(arguments)
        let isQuiet = arguments.has("--quiet")
        let tool = ToolIdentity.record()
        let name = request.name.isEmpty ? base.name : request.name
        let path = try ResultFiles.outputPath(
            arguments.text("--out"), name: name + "-matrix", tool)
        let resultsPath = arguments.text("--results")
        if let resultsPath { try OutputFile.check(resultsPath) }
        let stop = try StopRequest()
        let signals = try stop.onSignals()
        var execution = try MatrixExecution(
            request, seed: seed,
            RunExecution(
                target: target, console: console, stop: stop, tool: tool, isQuiet: true),
            isQuiet: isQuiet, keepsResults: resultsPath != nil)
        try execution.run { (matrix) throws(CommandError) in
            // After each run, so that an accident in a later one costs no earlier one.
            try write(matrix.document, to: path)
            if let resultsPath, !matrix.results.isEmpty {
                try OutputFile.write(try ResultFiles.encode(matrix.results), to: resultsPath)
            }
        }
        withExtendedLifetime(signals) {}
        let document = execution.document
        let table = MatrixTable(document, style: console.style)
        console.write(table.text)
        if let markdown = arguments.text("--markdown") {
            try OutputFile.write(Array(table.markdown.utf8), to: markdown)
        }
        console.write("\nresult: \(path)\n")
        return exitCode(document)
    }

    /// What the order of runs is drawn from: what the user says, or a new one.
    static func seed(_ arguments: ParsedArguments) throws(CommandError) -> UInt64 {
        // Five digits are easily typed again.
        guard let text = arguments.text("--order-seed") else {
            return UInt64.random(in: 10_000...99_999)
        }
        guard let seed = UInt64(text) else {
            throw arguments.wrong("--order-seed", "\"\(text)\" is not a whole number")
        }
        return seed
    }

    private static func write(
        _ document: MatrixDocument, to path: String
    ) throws(CommandError) {
        let bytes = try ResultFiles.bytes { () throws(ResultFileError) in
            try document.encoded()
        }
        try OutputFile.write(bytes, to: path)
    }

    /// A matrix with a run that cannot be used is not whole, whatever the others say.
    static func exitCode(_ document: MatrixDocument) -> ExitCode {
        let runs = document.cells.flatMap(\.runs)
        if document.endedBy != .completed || runs.contains(where: { !$0.isUsable }) {
            return .invalidRun
        }
        let faults = Metric.LedgerField.faults.map { "ledger.\($0.rawValue)" }
        let isFaulty = runs.contains { run in faults.contains { run.metrics[$0] ?? 0 > 0 } }
        return isFaulty ? .objectiveBreached : .pass
    }

    private static let specification = CommandSpecification(
        "matrix", summary: "Run a scenario with every combination of some values, in random order",
        operands: ["SCENARIO|FILE"],
        options: [
            OptionSpecification(
                "--vary", "KEY=V1,V2,…", isRepeatable: true,
                "a key of the scenario and its values; without it FILE is a matrix file"),
            OptionSpecification("--repeat", "N", "run every combination N times; default 1"),
            OptionSpecification(
                "--order-seed", "N", "draw the order of the runs from it; default: a random one"),
            OptionSpecification(
                "--column", "METRIC", isRepeatable: true,
                "what the table shows, as in an objective: e2e.intended.p99, broker.poolHitRate"),
        ] + RunTarget.options + [
            OptionSpecification("--duration", "D", "the same as --set duration=D"),
            OptionSpecification(
                "--out", "FILE", "default results/<date>-<name>-matrix-<commit>.json"),
            OptionSpecification("--results", "FILE", "keep the whole result of every run, too"),
            OptionSpecification("--markdown", "FILE", "write the table for a pull request"),
            OptionSpecification("--quiet", "no progress on standard error"),
        ],
        remarks:
            "Any key of a scenario can be varied: broker.buffers, driver, classes.main.load.rate.\n"
            + "Matrix files are YAML; \(MatrixSource.folder) has some, which are run by name.\n"
            + "Each repetition runs every combination once, in an order of its own. A run that\n"
            + "fails or cannot be believed stays in the table with its reason; the rest goes on.\n"
            + "Exit codes: 0 all runs can be used, 1 error, 4 messages were lost or damaged,\n"
            + "5 a run cannot be believed, failed, or was cut short.",
        examples: [
            "aerobench matrix throughput-1k --vary broker.buffers=pooled,native --repeat 3",
            "aerobench matrix allocators --duration 5s",
            "aerobench matrix smoke --vary driver=aeromq,relay,null --markdown drivers.md",
        ])
}

// `aerobench run`: the main job.

import AeroIO
import AeroLoad
import AeroReport

enum RunCommand {
    static let subcommand = Subcommand(RunOptions.specification) {
        (arguments, console) throws(CommandError) in
        let options = try RunOptions(arguments)
        let limit = try options.limitPath.map { path throws(CommandError) in
            try reference(path, options.scenario.name)
        }
        let tool = ToolIdentity.record()
        let path = try ResultFiles.outputPath(
            options.outputPath, name: options.scenario.name, tool)
        let stop = try StopRequest()
        let signals = try stop.onSignals()
        let execution = RunExecution(
            target: options.target, console: console, stop: stop, tool: tool,
            isQuiet: options.isQuiet)
        for note in options.source.notes { console.write("note: \(note)\n") }
        var scenario = options.scenario
        var notes = options.source.notes
        if options.source.asksForCapacity {
            let found = try WorkloadRate.search(
                options.source, overrides: options.overrides, execution.quiet,
                path: WorkloadRate.path(besides: path), isQuiet: options.isQuiet)
            scenario = try options.source.text.scenario(options.overrides + [found.override])
            console.write("note: \(found.note)\n")
            notes.append(found.note)
        }
        var documents: [ResultDocument] = []
        // BOUND: the repetitions asked for.
        while documents.count < options.repetitionCount, documents.isEmpty || !stop.isRequested {
            let run = try execution.run(scenario)
            var document = run.document
            document.notes = notes.isEmpty ? nil : notes
            document.limit = try limit.flatMap { reference throws(CommandError) in
                try share(of: document, reference)
            }
            documents.append(document)
            console.write(
                RunTable(
                    document, style: console.style, isVerbose: options.isVerbose
                ).text)
            console.write(IncidentTable(document).text)
            // After each run, so that an accident in a later one costs no earlier one.
            try OutputFile.write(try ResultFiles.encode(documents), to: path)
            if let failure = run.failure {
                console.error("aerobench: \(failure.message)")
                break
            }
        }
        withExtendedLifetime(signals) {}
        console.write("\nresult: \(path)\n")
        return try RunVerdict.exitCode(documents)
    }

    /// The run that throughput is stated as a share of: of the same scenario, and believed.
    private static func reference(
        _ path: String, _ scenario: String
    ) throws(CommandError) -> ResultDocument {
        let document = try ResultFiles.single(path)
        guard document.scenario.name == scenario else {
            throw .failed(
                "--limit-from: \(path) is a run of \(document.scenario.name), not of \(scenario)")
        }
        if let doubt = document.doubts.first {
            throw .failed("--limit-from: \(path) is no yardstick: \(doubt)")
        }
        return document
    }

    private static func share(
        of document: ResultDocument, _ reference: ResultDocument
    ) throws(CommandError) -> LimitRecord? {
        do throws(ResultFileError) {
            return try LimitRecord(of: document, against: reference)
        } catch {
            throw .failed("--limit-from: \(error)")
        }
    }
}

/// What the results of a command come to.
enum RunVerdict {
    /// The worst of all runs: invalid before breached before passed.
    static func exitCode(_ documents: [ResultDocument]) throws(CommandError) -> ExitCode {
        var checks: [GateCheck] = []
        do throws(ResultFileError) {
            for document in documents {
                // Without a baseline a gate asks what needs none; that there is none is no fault.
                checks += try GateReport(baseline: [], candidate: [document]).checks
                    .filter { $0.kind != .scenarioSet }
            }
        } catch {
            throw .failed("the result cannot be judged: \(error)")
        }
        return ExitCode(GateExitCode(checks, inconclusive: .warn))
    }
}

extension ExitCode {
    /// The gate's code, which uses the same table.
    init(_ code: GateExitCode) {
        self =
            switch code {
            case .pass: .pass
            case .regression: .regression
            case .inconclusive: .inconclusive
            case .objectiveBreached: .objectiveBreached
            case .invalidRun: .invalidRun
            case .incomparable: .incomparable
            }
    }
}

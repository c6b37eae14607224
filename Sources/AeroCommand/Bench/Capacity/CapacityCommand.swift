// `aerobench capacity`: the largest rate that is sustained.

import AeroLoad
import AeroReport

enum CapacityCommand {
    static let subcommand = Subcommand(CapacityOptions.specification) {
        (arguments, console) throws(CommandError) in
        let options = try CapacityOptions(arguments)
        let target = try RunTarget(arguments, TargetKind(options.scaled.scenario))
        let tool = ToolIdentity.record()
        let path = try ResultFiles.outputPath(
            options.outputPath, name: options.scaled.scenario.name + "-capacity", tool)
        let stop = try StopRequest()
        let signals = try stop.onSignals()
        var execution = CapacityExecution(
            options,
            RunExecution(
                target: target, console: console, stop: stop, tool: tool, isQuiet: true))
        let document = try execution.run { document throws(CommandError) in
            // After each probe, so that an accident in a later one costs no earlier one.
            try write(document, to: path)
        }
        withExtendedLifetime(signals) {}
        console.write(CapacityTable(document, style: console.style).text)
        console.write("\nresult: \(path)\n")
        return exitCode(document)
    }

    /// Writes a search, whole or not at all.
    static func write(
        _ document: CapacityDocument, to path: String
    ) throws(CommandError) {
        let bytes = try ResultFiles.bytes { () throws(ResultFileError) in
            try document.encoded()
        }
        try OutputFile.write(bytes, to: path)
    }

    /// What a script has to know of an answer.
    static func exitCode(_ document: CapacityDocument) -> ExitCode {
        switch document.answer.kind {
        case .found, .aboveRange: .pass
        case .limitedByGenerator, .unsettled: .inconclusive
        case .belowRange: .objectiveBreached
        case .cut: .invalidRun
        }
    }
}

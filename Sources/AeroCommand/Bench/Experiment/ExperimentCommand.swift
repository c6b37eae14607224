// `aerobench ab`: an experiment with two brokers.

import AeroIO
import AeroLoad
import AeroReport

enum ExperimentCommand {
    static let subcommand = Subcommand(ExperimentOptions.specification) {
        (arguments, console) throws(CommandError) in
        let options = try ExperimentOptions(arguments)
        let load = options.load
        let tool = ToolIdentity.record()
        let stop = try StopRequest()
        let signals = try stop.onSignals()
        // Whatever cannot be written is said before anything is built or measured.
        let files = try ExperimentFiles(
            options.outputPath, name: load.scenarios[0].name + "-ab", tool)
        defer { files.removeEmptyFolder() }
        try GateCommand.checkOutputs(arguments)
        let build = RevisionBuild(command: options.buildCommand, stop: stop, console: console)
        let copies = try RunDirectory(in: load.dataFolder)
        defer { copies.remove(console) }
        let base = try options.baseline.resolve(build, copyTo: copies.path + "/aeromq-base")
        let candidate = try options.candidate.resolve(
            build, copyTo: copies.path + "/aeromq-candidate")
        let setup = ExperimentSetup(
            policy: load.policy,
            sides: ExperimentSides(baseline: base.name, candidate: candidate.name),
            mode: load.mode, seed: load.seed)
        let pairs = load.pairs(
            SidePair(
                baseline: base.0.target(dataFolder: load.dataFolder),
                candidate: candidate.0.target(dataFolder: load.dataFolder)),
            seed: load.seed, console: console, stop: stop, tool: tool)
        var execution = ExperimentExecution(
            try experiment(setup), pairs, budgetNanoseconds: load.budgetNanoseconds, stop: stop)
        let announce: (String) -> Void = { if !load.isQuiet { console.error($0) } }
        announce("seed \(setup.seed); \(setup.rule.text)")
        if let warning = load.budgetWarning { console.error("aerobench: \(warning)") }
        // What was measured is judged and written whatever ends the loop.
        let outcome = Result { () throws(CommandError) in
            try execution.run(announce: announce) { (experiment) throws(CommandError) in
                try files.write(experiment)
            }
        }
        withExtendedLifetime(signals) {}
        var report = execution.report
        if base.0.isEndpoint || candidate.0.isEndpoint { report.notes.append(endpointNote) }
        let written = Result { () throws(CommandError) in try files.write(report) }
        try GateCommand.show(report, arguments, place: load.place, console)
        try outcome.get()
        try written.get()
        console.write("\nresults: \(files.folder)\n")
        return ExitCode(report.exitCode)
    }

    private static let endpointNote =
        "A side at an address is one process in all pairs: what sets two starts of a broker apart "
        + "looks like a change."

    /// An experiment that has not begun.
    static func experiment(_ setup: ExperimentSetup) throws(CommandError) -> PairedExperiment {
        do throws(GatePlanError) { return try PairedExperiment(setup) } catch {
            throw .failed("\(error)")
        }
    }
}

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
        let build = RevisionBuild(command: options.buildCommand, stop: stop, console: console)
        let base = try options.baseline.resolve(build)
        let candidate = try options.candidate.resolve(build)
        let files = try ExperimentFiles(
            options.outputPath, name: load.scenarios[0].name + "-ab", tool)
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
        // What was measured is judged and written whatever ends the loop.
        let outcome = Result { () throws(CommandError) in
            try execution.run(announce: announce) { (experiment) throws(CommandError) in
                try files.write(experiment)
            }
        }
        withExtendedLifetime(signals) {}
        let report = execution.report
        let written = Result { () throws(CommandError) in try files.write(report) }
        try GateCommand.show(report, arguments, place: load.place, console)
        try outcome.get()
        try written.get()
        console.write("\nresults: \(files.folder)\n")
        return ExitCode(report.exitCode)
    }

    /// An experiment that has not begun.
    static func experiment(_ setup: ExperimentSetup) throws(CommandError) -> PairedExperiment {
        do throws(GatePlanError) { return try PairedExperiment(setup) } catch {
            throw .failed("\(error)")
        }
    }
}

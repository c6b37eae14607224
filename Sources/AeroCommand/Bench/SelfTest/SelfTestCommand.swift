// `aerobench selftest`: the gate's error rates on this very machine.

import AeroLoad
import AeroReport

enum SelfTestCommand {
    static let subcommand = Subcommand(SelfTestOptions.specification) {
        (arguments, console) throws(CommandError) in
        let options = try SelfTestOptions(arguments)
        let tool = ToolIdentity.record()
        let path = try ResultFiles.outputPath(
            options.outputPath, name: options.load.scenarios[0].name + "-selftest", tool)
        let stop = try StopRequest()
        let signals = try stop.onSignals()
        let build = RevisionBuild(command: options.buildCommand, stop: stop, console: console)
        let side = try options.broker.resolve(build).0
        var execution = SelfTestExecution(options, side, console: console, stop: stop, tool: tool)
        try execution.run { (report) throws(CommandError) in
            // After each gate, so that an accident in a later one costs no earlier one.
            try write(report, to: path)
        }
        withExtendedLifetime(signals) {}
        try write(execution.report, to: path)
        console.write(execution.report.text(style: console.style))
        console.write("\nresult: \(path)\n")
        return execution.isComplete ? .pass : .invalidRun
    }

    private static func write(_ report: SelfTestReport, to path: String) throws(CommandError) {
        let bytes = try ResultFiles.bytes { () throws(ResultFileError) in try report.encoded() }
        try OutputFile.write(bytes, to: path)
    }
}

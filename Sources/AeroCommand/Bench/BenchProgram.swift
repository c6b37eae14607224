// The executable `aerobench`.

import AeroIO
import Glibc

/// The command line of the load generator.
package enum BenchProgram {
    /// Everything `aerobench` can do.
    package static let program = Program(
        name: "aerobench",
        summary: "Load message brokers, compare results, and fail on a latency regression",
        subcommands: [
            RunCommand.subcommand, ExperimentCommand.subcommand, CapacityCommand.subcommand,
            CompareCommand.subcommand,
            ExportCommand.subcommand, GateCommand.subcommand, MatrixCommand.subcommand,
            ReportCommand.subcommand, VersusCommand.subcommand,
            ScenarioCheckCommand.subcommand, RelayCommand.subcommand,
            ProxyCommand.subcommand, SelfTestCommand.subcommand,
            DiskCommand.subcommand, IdleCommand.subcommand, ValueCommand.subcommand,
            WorkerCommand.subcommand,
        ] + KafkaTestClusterCommand.all + HistoryCommands.all)

    /// Runs the process's command line and ends the process.
    package static func main() async -> Never {
        SignalSource.ignoreBrokenPipe()
        DescriptorLimit.raise()
        let words = Array(CommandLine.arguments.dropFirst())
        exit(await program.run(words, console: .standard).rawValue)
    }
}

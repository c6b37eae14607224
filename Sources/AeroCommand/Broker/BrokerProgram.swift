// The executable `aeromq`.

import AeroIO
import Glibc

/// The broker's command line.
package enum BrokerProgram {
    /// Everything `aeromq` can do.
    package static let program = Program(
        name: "aeromq",
        summary:
            "AeroMQ message broker, topic and group administration, console producer and consumer",
        subcommands: [ServeCommand.subcommand] + TopicCommands.all + GroupCommands.all
            + LogCommands.all + [
                ProduceCommand.subcommand, ConsumeCommand.subcommand, StatisticsCommand.subcommand,
            ])

    /// Runs the process's command line and ends the process.
    package static func main() async -> Never {
        SignalSource.ignoreBrokenPipe()
        DescriptorLimit.raise()
        let words = Array(CommandLine.arguments.dropFirst())
        exit(await program.run(words, console: .standard).rawValue)
    }
}

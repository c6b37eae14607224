// `aeromq statistics`: what a broker counts.

import AeroClient
import AeroReport

enum StatisticsCommand {
    static let subcommand = Subcommand(
        CommandSpecification(
            "statistics", summary: "Show what a broker has counted since it started",
            options: [
                BrokerAccess.option, OptionSpecification("--json", "one line of JSON"),
                OptionSpecification("--all", "also what is zero"),
            ],
            examples: ["aeromq statistics", "aeromq statistics --json"])
    ) { (arguments, console) async throws(CommandError) in
        let figures = try await BrokerAccess.withConnection(arguments) {
            (connection) async throws(CommandError) in
            try await BrokerAccess.client { () async throws(ClientError) in
                try await connection.admin.statistics()
            }
        }
        let sorted = figures.sorted { $0.key < $1.key }
        if arguments.has("--json") {
            console.write(JSONText.object(sorted.map { ($0.key, "\($0.value)") }) + "\n")
        } else {
            let shown = sorted.filter { $0.value != 0 || arguments.has("--all") }
            console.write(ConsoleTable.text(shown.map { [$0.key, UnitText.grouped($0.value)] }))
        }
        return .pass
    }
}

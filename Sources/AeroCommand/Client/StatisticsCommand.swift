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
        if arguments.has("--json") {
            console.write(BrokerFigures.json(figures) + "\n")
        } else {
            let rows = BrokerFigures.rows(figures, isComplete: arguments.has("--all"))
            console.write(ConsoleTable.text(rows))
        }
        return .pass
    }
}

/// A broker's counters as they are shown, with what follows from them.
enum BrokerFigures {
    /// The name of the share of allocations that the pools served from memory they had.
    private static let hitRateName = "pool.hit_rate"

    /// One line of JSON, sorted by name; the hit rate is a fraction.
    static func json(_ figures: [String: Int64]) -> String {
        var members = figures.map { ($0.key, "\($0.value)") }
        if let rate = hitRate(figures) { members.append((hitRateName, "\(rate)")) }
        return JSONText.object(members.sorted { $0.0 < $1.0 })
    }

    /// Names and values for a table, sorted by name.
    ///
    /// - Parameter isComplete: Whether those are shown, too, that are zero.
    static func rows(_ figures: [String: Int64], isComplete: Bool) -> [[String]] {
        var rows = figures.filter { $0.value != 0 || isComplete }
            .map { [$0.key, UnitText.grouped($0.value)] }
        if let rate = hitRate(figures) { rows.append([hitRateName, UnitText.percent(rate)]) }
        return rows.sorted { $0[0] < $1[0] }
    }

    /// Hits over allocations since the broker started; nil before the first allocation.
    static func hitRate(_ figures: [String: Int64]) -> Double? {
        guard let hits = figures["pool.hits"], let asked = figures["pool.allocations"], asked > 0
        else { return nil }
        return Double(hits) / Double(asked)
    }
}

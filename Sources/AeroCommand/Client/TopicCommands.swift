// `aeromq topic create|list|describe|alter|delete`.

import AeroClient
import AeroReport

enum TopicCommands {
    static let all = [create, list, describe, alter, delete]

    // BOUND: what the option takes; the broker has bounds of its own and says so.
    private static let byteCounts = 1...(1 << 50)

    private static let create = Subcommand(
        CommandSpecification(
            "topic create", summary: "Create a topic", operands: ["TOPIC"],
            options: [
                BrokerAccess.option,
                OptionSpecification("--partitions", "N", "default 1"),
                TopicOptionText.durabilityOption,
                OptionSpecification(
                    "--retention", "SIZE",
                    "kept of each partition; default 1MiB in memory, everything on disk"),
                OptionSpecification(
                    "--maximum", "SIZE",
                    "in memory or not yet safe, at which producers are held back; default 64MiB"),
                TopicOptionText.settingOption,
            ],
            remarks:
                "What an acknowledgement promises: volatile, until the broker ends; os, until the "
                + "machine fails;\ninterval, all but the last interval; sync, everything.",
            examples: [
                "aeromq topic create orders --partitions 4",
                "aeromq topic create clicks --durability interval:100ms --set retention.ms=12h",
            ])
    ) { (arguments, console) async throws(CommandError) in
        let options = try topicOptions(arguments)
        return try await BrokerAccess.withConnection(arguments) {
            (connection) async throws(CommandError) in
            try await BrokerAccess.client { () async throws(ClientError) in
                try await connection.admin.create(arguments.operands[0], options: options)
            }
            console.write("created \(arguments.operands[0])\n")
            return .pass
        }
    }

    private static func topicOptions(
        _ arguments: ParsedArguments
    ) throws(CommandError) -> TopicOptions {
        var options = TopicOptions()
        options.partitionCount = try arguments.integer("--partitions", in: 1...100_000) ?? 1
        options.retentionByteCount = try arguments.byteCount("--retention", in: byteCounts)
        options.maximumByteCount = try arguments.byteCount("--maximum", in: byteCounts)
        options.durability = try TopicOptionText.durability(arguments)
        options.settings = try TopicOptionText.settings(arguments)
        return options
    }

    private static let alter = Subcommand(
        CommandSpecification(
            "topic alter", summary: "Change settings of a topic", operands: ["TOPIC"],
            options: [BrokerAccess.option, TopicOptionText.settingOption],
            examples: ["aeromq topic alter orders --set retention.ms=7d --set retention.bytes=1GiB"]
        )
    ) { (arguments, console) async throws(CommandError) in
        let settings = try TopicOptionText.settings(arguments)
        guard !settings.isEmpty else {
            throw .usage("nothing to change: give --set NAME=VALUE")
        }
        return try await BrokerAccess.withConnection(arguments) {
            (connection) async throws(CommandError) in
            try await BrokerAccess.client { () async throws(ClientError) in
                try await connection.admin.alter(arguments.operands[0], settings: settings)
            }
            console.write("altered \(arguments.operands[0])\n")
            return .pass
        }
    }

    private static let list = Subcommand(
        CommandSpecification(
            "topic list", summary: "List the names of all topics, one a line",
            options: [BrokerAccess.option], examples: ["aeromq topic list"])
    ) { (arguments, console) async throws(CommandError) in
        try await BrokerAccess.withConnection(arguments) {
            (connection) async throws(CommandError) in
            let names = try await BrokerAccess.client { () async throws(ClientError) in
                try await connection.admin.list()
            }
            console.write(names.map { $0 + "\n" }.joined())
            return .pass
        }
    }

    private static let describe = Subcommand(
        CommandSpecification(
            "topic describe", summary: "Show a topic's properties and partitions",
            operands: ["TOPIC"],
            options: [
                BrokerAccess.option, OptionSpecification("--json", "one line of JSON"),
            ],
            examples: ["aeromq topic describe orders"])
    ) { (arguments, console) async throws(CommandError) in
        try await BrokerAccess.withConnection(arguments) {
            (connection) async throws(CommandError) in
            let topic = try await BrokerAccess.client { () async throws(ClientError) in
                try await connection.admin.describe(arguments.operands[0])
            }
            console.write(arguments.has("--json") ? topic.json + "\n" : topic.table)
            return .pass
        }
    }

    private static let delete = Subcommand(
        CommandSpecification(
            "topic delete", summary: "Delete a topic and its messages", operands: ["TOPIC"],
            options: [BrokerAccess.option], examples: ["aeromq topic delete orders"])
    ) { (arguments, console) async throws(CommandError) in
        try await BrokerAccess.withConnection(arguments) {
            (connection) async throws(CommandError) in
            try await BrokerAccess.client { () async throws(ClientError) in
                try await connection.admin.delete(arguments.operands[0])
            }
            console.write("deleted \(arguments.operands[0])\n")
            return .pass
        }
    }
}

extension TopicDescription {
    private var durabilityName: String {
        switch durability {
        case .volatile: "volatile"
        case .os: "os"
        case .interval(let interval): "interval \(interval)"
        case .sync: "sync"
        }
    }

    /// How much memory a volatile topic takes, and the settings of others.
    private var storageText: String {
        guard durability != .volatile else {
            return "\(UnitText.bytes(Int64(clamping: retentionByteCount))) kept, at most "
                + "\(UnitText.bytes(Int64(clamping: maximumByteCount))) of each"
        }
        return settings.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            .joined(separator: " ")
    }

    /// The description for people, with a final line break.
    fileprivate var table: String {
        var rows = [["partition", "earliest", "next", "stored", "groups"]]
        for (index, partition) in partitions.enumerated() {
            rows.append([
                "\(index)", "\(partition.offsets.earliest)", "\(partition.offsets.next)",
                UnitText.bytes(Int64(clamping: partition.storedByteCount)),
                "\(partition.groupCount)",
            ])
        }
        let head =
            "\(name): \(partitions.count) partitions, \(durabilityName), \(storageText)\n"
        return head + ConsoleTable.text(rows)
    }

    /// The same for programs.
    fileprivate var json: String {
        let states = partitions.map { partition in
            JSONText.object([
                ("earliest", "\(partition.offsets.earliest)"),
                ("next", "\(partition.offsets.next)"),
                ("storedBytes", "\(partition.storedByteCount)"),
                ("groups", "\(partition.groupCount)"),
            ])
        }
        return JSONText.object([
            ("name", JSONText.string(name)), ("durability", JSONText.string(durabilityName)),
            ("retentionBytes", "\(retentionByteCount)"),
            ("maximumBytes", "\(maximumByteCount)"), ("partitions", JSONText.list(states)),
            (
                "settings",
                JSONText.object(
                    settings.sorted { $0.key < $1.key }.map { ($0.key, JSONText.string($0.value)) })
            ),
        ])
    }
}

/// Columns of figures: the first to the left, the others to the right.
enum ConsoleTable {
    static func text(_ rows: [[String]]) -> String {
        let columnCount = rows.first?.count ?? 0
        let widths = (0..<columnCount).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = row.enumerated().map { column, cell in
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + padding : padding + cell
            }
            return "  " + cells.joined(separator: "  ") + "\n"
        }.joined()
    }
}

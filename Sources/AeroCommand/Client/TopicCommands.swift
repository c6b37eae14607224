// `aeromq topic create|list|describe|delete`.

import AeroClient
import AeroReport

enum TopicCommands {
    static let all = [create, list, describe, delete]

    // BOUND: what the option takes; the broker has bounds of its own and says so.
    private static let byteCounts = 1...(1 << 50)

    private static let create = Subcommand(
        CommandSpecification(
            "topic create", summary: "Create a topic", operands: ["TOPIC"],
            options: [
                BrokerAccess.option,
                OptionSpecification("--partitions", "N", "default 1"),
                OptionSpecification(
                    "--retention", "SIZE",
                    "kept of each partition for replay; default: the broker's"),
                OptionSpecification(
                    "--maximum", "SIZE",
                    "of a partition, at which producers are held back; default: the broker's"),
            ],
            remarks: "Messages are kept in memory (durability volatile): they go with the broker.",
            examples: ["aeromq topic create orders --partitions 4"])
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
        return options
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
        case .interval: "interval"
        case .sync: "sync"
        }
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
            "\(name): \(partitions.count) partitions, \(durabilityName), "
            + "\(UnitText.bytes(Int64(clamping: retentionByteCount))) kept, at most "
            + "\(UnitText.bytes(Int64(clamping: maximumByteCount))) of each\n"
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

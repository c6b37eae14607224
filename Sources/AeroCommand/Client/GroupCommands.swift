// `aeromq group list|describe|reset|delete`.

import AeroClient

enum GroupCommands {
    static let all = [list, describe, reset, delete]

    private static let list = Subcommand(
        CommandSpecification(
            "group list", summary: "List all consumer groups",
            options: [BrokerAccess.option, ListingFormat.option],
            examples: ["aeromq group list", "aeromq group list --format json"])
    ) { (arguments, console) async throws(CommandError) in
        let format = try arguments.choice("--format") ?? ListingFormat.text
        return try await BrokerAccess.withConnection(arguments) {
            (connection) async throws(CommandError) in
            let groups = try await BrokerAccess.client { () async throws(ClientError) in
                try await connection.admin.groups()
            }
            switch format {
            case .text: console.write(GroupRendering.text(groups))
            case .json: console.write(GroupRendering.json(groups) + "\n")
            }
            return .pass
        }
    }

    private static let describe = Subcommand(
        CommandSpecification(
            "group describe", summary: "Show a group's members, offsets and lag",
            operands: ["GROUP"], options: [BrokerAccess.option, ListingFormat.option],
            remarks: """
                Lag is how many records are not worked off yet. The ends of the logs are those of \
                the last 50 ms.
                """,
            examples: [
                "aeromq group describe billing", "aeromq group describe billing --format json",
            ])
    ) { (arguments, console) async throws(CommandError) in
        let format = try arguments.choice("--format") ?? ListingFormat.text
        return try await BrokerAccess.withConnection(arguments) {
            (connection) async throws(CommandError) in
            let group = try await BrokerAccess.client { () async throws(ClientError) in
                try await connection.admin.describe(group: arguments.operands[0])
            }
            switch format {
            case .text: console.write(GroupRendering.text(group))
            case .json: console.write(GroupRendering.json(group) + "\n")
            }
            return .pass
        }
    }

    private static let delete = Subcommand(
        CommandSpecification(
            "group delete", summary: "Delete a group without members, and its offsets",
            operands: ["GROUP"], options: [BrokerAccess.option],
            examples: ["aeromq group delete billing"])
    ) { (arguments, console) async throws(CommandError) in
        try await BrokerAccess.withConnection(arguments) {
            (connection) async throws(CommandError) in
            try await BrokerAccess.client { () async throws(ClientError) in
                try await connection.admin.delete(group: arguments.operands[0])
            }
            console.write("deleted \(arguments.operands[0])\n")
            return .pass
        }
    }

    // MARK: - Reset

    private static let reset = Subcommand(
        CommandSpecification(
            "group reset", summary: "Set where a group goes on", operands: ["GROUP"],
            options: [
                BrokerAccess.option,
                OptionSpecification(
                    "--to", "TARGET",
                    "earliest, latest, offset:N or time:WHEN, as in time:2025-03-01T14:30:00Z or "
                        + "milliseconds since 1970"),
                OptionSpecification(
                    "--topic", "TOPIC", isRepeatable: true,
                    "of these topics; default: all that the group has offsets of"),
                OptionSpecification(
                    "--partition", "N", isRepeatable: true,
                    "only these partitions of the one topic"),
                OptionSpecification("--dry-run", "only show what would be set"),
                ListingFormat.option,
            ],
            remarks: """
                The group must have no members: stop its consumers first. A group that does not \
                exist yet is made when --topic names what to set.
                """,
            examples: [
                "aeromq group reset billing --to earliest --dry-run",
                "aeromq group reset billing --topic orders --to time:2025-03-01T14:30:00Z",
                "aeromq group reset billing --topic orders --partition 3 --to offset:1000",
            ])
    ) { (arguments, console) async throws(CommandError) in
        let options = try ResetOptions(arguments)
        return try await BrokerAccess.withConnection(arguments) {
            (connection) async throws(CommandError) in
            let moves = try await plan(options, connection)
            if !options.isDryRun { try await carryOut(moves, options, connection) }
            switch options.format {
            case .text:
                console.write(GroupRendering.text(moves))
                if options.isDryRun { console.error("nothing was set: --dry-run") }
            case .json:
                console.write(GroupRendering.json(moves, isDone: !options.isDryRun) + "\n")
            }
            return .pass
        }
    }

    /// Finds out where every partition goes.
    private static func plan(
        _ options: ResetOptions, _ connection: Connection
    ) async throws(CommandError) -> [ResetMove] {
        let group = try await current(options, connection)
        if let count = group?.members.count, count > 0 {
            throw .failed(
                "group \(options.group) has \(count == 1 ? "a member" : "\(count) members"): stop "
                    + "its consumers first; `aeromq group describe \(options.group)` shows them")
        }
        var known: [GroupPartition: Int64] = [:]
        for state in group?.offsets ?? [] { known[state.partition] = state.committed }
        let topics =
            options.topics.isEmpty ? Set(known.keys.map(\.topic)).sorted() : options.topics
        guard !topics.isEmpty else {
            throw .failed(
                "group \(options.group) has no offsets yet: name what to set with --topic")
        }
        var moves: [ResetMove] = []
        for topic in topics {
            moves += try await plan(
                topic, options, known, isAll: !options.topics.isEmpty, connection)
        }
        return moves
    }

    /// - Parameter isAll: Whether also partitions without an offset are set.
    private static func plan(
        _ topic: String, _ options: ResetOptions, _ known: [GroupPartition: Int64], isAll: Bool,
        _ connection: Connection
    ) async throws(CommandError) -> [ResetMove] {
        let description = try await BrokerAccess.client { () async throws(ClientError) in
            try await connection.admin.describe(topic)
        }
        let count = description.partitions.count
        if let unknown = options.partitions.first(where: { $0 >= count }) {
            throw .failed(
                "topic \(topic) has \(count) partitions; there is no partition \(unknown)")
        }
        var moves: [ResetMove] = []
        for (index, state) in description.partitions.enumerated() {
            let partition = GroupPartition(topic: topic, partition: index)
            let isWanted =
                options.partitions.isEmpty
                ? isAll || known[partition] != nil : options.partitions.contains(index)
            guard isWanted else { continue }
            let wanted: Int64 =
                switch options.target {
                case .earliest: state.offsets.earliest
                case .latest: state.offsets.next
                case .offset(let offset): offset
                case .time(let milliseconds):
                    try await BrokerAccess.client { () async throws(ClientError) in
                        try await connection.admin.offset(
                            topic: topic, partition: index,
                            atOrAfterMilliseconds: milliseconds)
                    }
                }
            moves.append(
                ResetMove(
                    partition, before: known[partition], wanted: wanted, log: state.offsets))
        }
        return moves
    }

    /// The group, or nil when there is none yet.
    private static func current(
        _ options: ResetOptions, _ connection: Connection
    ) async throws(CommandError) -> GroupDescription? {
        do throws(ClientError) {
            return try await connection.admin.describe(group: options.group)
        } catch {
            guard error.code == .unknownGroup, !options.topics.isEmpty else {
                throw .failed(BrokerAccess.text(error))
            }
            return nil
        }
    }

    private static func carryOut(
        _ moves: [ResetMove], _ options: ResetOptions, _ connection: Connection
    ) async throws(CommandError) {
        for (topic, own) in Dictionary(grouping: moves, by: \.partition.topic).sorted(by: {
            $0.key < $1.key
        }) {
            let offsets = Dictionary(
                own.map { ($0.partition.partition, $0.after) }, uniquingKeysWith: { $1 })
            try await BrokerAccess.client { () async throws(ClientError) in
                try await connection.admin.setOffsets(
                    group: options.group, topic: topic, offsets)
            }
        }
    }
}

/// Options of `aeromq group reset`, understood and checked.
struct ResetOptions: Equatable, Sendable {
    let group: String
    let target: ResetTarget
    let topics: [String]
    let partitions: [Int]
    let isDryRun: Bool
    let format: ListingFormat

    init(_ arguments: ParsedArguments) throws(CommandError) {
        group = arguments.operands[0]
        guard let text = arguments.text("--to") else {
            throw .usage(
                "--to is missing: write --to earliest, latest, offset:N or time:WHEN")
        }
        target = try ResetTarget(text)
        topics = arguments.texts("--topic")
        var partitions: [Int] = []
        for text in arguments.texts("--partition") {
            guard let number = Int(text), number >= 0 else {
                throw .usage("--partition: \"\(text)\" is not a partition's number")
            }
            partitions.append(number)
        }
        guard partitions.isEmpty || topics.count == 1 else {
            throw .usage("--partition needs one --topic that it is a partition of")
        }
        self.partitions = partitions
        isDryRun = arguments.has("--dry-run")
        format = try arguments.choice("--format") ?? .text
    }
}

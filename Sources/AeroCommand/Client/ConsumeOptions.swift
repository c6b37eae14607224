// Options of `aeromq consume`, understood and checked.

import AeroClient

/// What `aeromq consume` is to do.
struct ConsumeOptions: Sendable {
    /// Alone, or as a member of a group.
    enum Source: Sendable {
        case partitions(ConsumerOptions)
        case group(String, GroupConsumerOptions)
    }

    let topic: String
    let source: Source
    /// Messages after which it ends; nil for never.
    let countMax: Int?
    let format: RecordFormat

    init(_ arguments: ParsedArguments) throws(CommandError) {
        topic = arguments.operands[0]
        if let group = arguments.text("--group") {
            source = .group(group, try Self.membership(arguments, group))
        } else {
            source = .partitions(try Self.alone(arguments))
        }
        countMax = try arguments.integer("--count", in: 1...Int.max)
        format = RecordFormat(
            kind: try arguments.choice("--format") ?? .value,
            separator: arguments.text("--key-separator") ?? "\t", topic: topic)
    }

    private static func alone(
        _ arguments: ParsedArguments
    ) throws(CommandError) -> ConsumerOptions {
        for name in ["--strategy", "--instance-id", "--machine-room", "--broadcast"]
        where arguments.has(name) {
            throw .usage("\(name) is for members of a group: add --group GROUP")
        }
        var options = ConsumerOptions()
        options.start = try start(arguments.text("--from"))
        options.mode = arguments.has("--pull") ? .pull : .push
        return options
    }

    private static func membership(
        _ arguments: ParsedArguments, _ group: String
    ) throws(CommandError) -> GroupConsumerOptions {
        var options = GroupConsumerOptions()
        // What was written out is committed, and nothing else.
        options.commit = .manual
        options.delivery = arguments.has("--pull") ? .pull : .push
        options.strategy = try arguments.choice("--strategy") ?? options.strategy
        options.instanceId = arguments.text("--instance-id")
        options.machineRoom = arguments.text("--machine-room")
        if let file = arguments.text("--broadcast") {
            options.mode = .broadcasting(offsetFile: file)
        }
        switch try start(arguments.text("--from")) {
        case .earliest, .committed: options.initialPosition = .earliest
        case .latest: options.initialPosition = .latest
        case .offset(let offset):
            throw movedByReset(group, arguments.operands[0], to: "offset:\(offset)")
        case .time(let milliseconds):
            throw movedByReset(group, arguments.operands[0], to: "time:\(milliseconds)")
        }
        return options
    }

    private static func movedByReset(
        _ group: String, _ topic: String, to target: String
    ) -> CommandError {
        .usage(
            "--from: a group goes on where it is; move it with `aeromq group reset \(group) "
                + "--topic \(topic) --to \(target)`")
    }

    private static func start(_ text: String?) throws(CommandError) -> StartPosition {
        switch text {
        case nil, "earliest": return .earliest
        case "latest": return .latest
        case let text?:
            if text.hasPrefix("time:") {
                let instant = String(text.dropFirst("time:".count))
                guard let milliseconds = InstantText.parse(instant), milliseconds >= 0 else {
                    throw .usage(
                        "--from: \"\(instant)\" is no point in time since 1970: write "
                            + "time:2025-03-01T14:30:00Z or time: and milliseconds")
                }
                return .time(milliseconds: milliseconds)
            }
            guard let offset = Int64(text), offset >= 0 else {
                throw .usage(
                    "--from: \"\(text)\" is not earliest, latest, an offset or time:WHEN"
                        + Spelling.hint(for: text, among: ["earliest", "latest"]))
            }
            return .offset(offset)
        }
    }

    static let specification = CommandSpecification(
        "consume", summary: "Write the messages of a topic to standard output",
        operands: ["TOPIC"],
        options: [
            BrokerAccess.option,
            OptionSpecification(
                "--group", "GROUP",
                "share the partitions with the group's other members, and go on where it is"),
            OptionSpecification(
                "--from", "POSITION",
                "earliest, latest, an offset or time:WHEN (2025-03-01T14:30:00Z, or milliseconds "
                    + "since 1970); default earliest; with --group earliest or latest, only where "
                    + "it has no position yet"
            ),
            OptionSpecification(
                "--strategy", "STRATEGY",
                "how the group shares partitions out: averagely, by-circle, consistent-hash, "
                    + "sticky or machine-room; the same for all members; default sticky"),
            OptionSpecification(
                "--instance-id", "ID",
                "be a static member, which keeps its partitions over a short restart"),
            OptionSpecification(
                "--machine-room", "NAME", "where this member runs, for machine-room"),
            OptionSpecification(
                "--broadcast", "FILE",
                "every member of the group gets every message; positions are kept in FILE"),
            OptionSpecification(
                "--count", "N", "end after N messages; default: go on until Control-C"),
            OptionSpecification("--format", "FORMAT", "value, key-value or json; default value"),
            OptionSpecification(
                "--key-separator", "TEXT", "between key and value in key-value; default a tab"),
            OptionSpecification("--pull", "ask for messages instead of having them pushed"),
        ],
        examples: [
            "aeromq consume orders",
            "aeromq consume orders --group billing --format key-value",
            "aeromq consume orders --group billing --instance-id billing-1 --strategy by-circle",
            "aeromq consume orders --from 1000 --count 10 --format json",
            "aeromq consume orders --from time:2025-03-01T14:30:00Z",
        ])
}

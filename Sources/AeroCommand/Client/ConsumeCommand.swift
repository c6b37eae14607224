// `aeromq consume`: the messages of a topic on standard output.

import AeroClient
import AeroReport

/// Options of `aeromq consume`, understood and checked.
struct ConsumeOptions: Sendable {
    let topic: String
    let consumer: ConsumerOptions
    /// Messages after which it ends; nil for never.
    let countMax: Int?
    let format: RecordFormat

    init(_ arguments: ParsedArguments) throws(CommandError) {
        topic = arguments.operands[0]
        var consumer = ConsumerOptions()
        consumer.group = arguments.text("--group")
        consumer.start = try Self.start(
            arguments.text("--from"), hasGroup: consumer.group != nil)
        // With a group, what was written out is acknowledged, and nothing else.
        consumer.acknowledgement = consumer.group == nil ? .automatic : .manual
        consumer.mode = arguments.has("--pull") ? .pull : .push
        self.consumer = consumer
        countMax = try arguments.integer("--count", in: 1...Int.max)
        format = RecordFormat(
            kind: try arguments.choice("--format") ?? .value,
            separator: arguments.text("--key-separator") ?? "\t", topic: topic)
    }

    private static func start(
        _ text: String?, hasGroup: Bool
    ) throws(CommandError) -> StartPosition {
        switch text {
        case nil: return hasGroup ? .committed : .earliest
        case "earliest": return .earliest
        case "latest": return .latest
        case let text?:
            guard let offset = Int64(text), offset >= 0 else {
                throw .usage(
                    "--from: \"\(text)\" is not earliest, latest or an offset"
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
                "--group", "GROUP", "keep the position under this name, and go on from it"),
            OptionSpecification(
                "--from", "POSITION",
                "earliest, latest or an offset; default earliest, with --group what it has not seen"
            ),
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
            "aeromq consume orders --from 1000 --count 10 --format json",
        ])
}

enum ConsumeCommand {
    /// How often a waiting consumer looks whether it is to stop.
    private static let patience = Duration.milliseconds(100)

    static let subcommand = Subcommand(ConsumeOptions.specification) {
        (arguments, console) async throws(CommandError) in
        let options = try ConsumeOptions(arguments)
        let stop = try StopRequest()
        let signals = try stop.onSignals()
        let count = try await BrokerAccess.withConnection(arguments) {
            (connection) async throws(CommandError) in
            let consumer = try await BrokerAccess.client { () async throws(ClientError) in
                try await connection.makeConsumer(topic: options.topic, options: options.consumer)
            }
            let count = try await write(consumer, options, stop, console)
            await consumer.close()
            return count
        }
        withExtendedLifetime(signals) {}
        if console.isErrorTerminal {
            console.error("\(UnitText.grouped(Int64(count))) messages from \(options.topic)")
        }
        return .pass
    }

    private static func write(
        _ consumer: Consumer, _ options: ConsumeOptions, _ stop: StopRequest, _ console: Console
    ) async throws(CommandError) -> Int {
        var count = 0
        while !stop.isRequested, count < options.countMax ?? Int.max {
            let batch = try await BrokerAccess.client { () async throws(ClientError) in
                try await consumer.poll(maximumWait: patience)
            }
            guard let batch else { continue }
            var bytes: [UInt8] = []
            var lastOffset: Int64?
            for record in batch.prefix((options.countMax ?? Int.max) - count) {
                options.format.append(record, to: &bytes)
                lastOffset = record.offset
                count += 1
            }
            console.write(bytes)
            guard options.consumer.group != nil, let lastOffset else { continue }
            try await BrokerAccess.client { () async throws(ClientError) in
                try await consumer.acknowledge(through: lastOffset, partition: batch.partition)
            }
        }
        return count
    }
}

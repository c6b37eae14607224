// Options of `aeromq produce`, understood and checked.

import AeroClient

/// What `aeromq produce` is to do.
struct ProduceOptions: Sendable {
    let topic: String
    let keySeparator: [UInt8]?
    let producer: ProducerOptions
    /// Messages to make up instead of reading lines, and how large each is.
    let generated: (count: Int, byteCount: Int)?

    private enum Acks: String, CaseIterable {
        case none = "0"
        case leader = "1"
        case all

        var acknowledgement: Acknowledgement {
            switch self {
            case .none: .none
            case .leader: .leader
            case .all: .all
            }
        }
    }

    private enum Switch: String, CaseIterable {
        case on, off
    }

    private enum BatchingText: String, CaseIterable {
        case fixed, adaptive

        var batching: Batching { self == .fixed ? .fixed : .adaptive }
    }

    init(_ arguments: ParsedArguments) throws(CommandError) {
        topic = arguments.operands[0]
        keySeparator = arguments.text("--key-separator").map { Array($0.utf8) }
        if keySeparator?.isEmpty == true { throw .usage("--key-separator: it has no characters") }
        producer = try Self.producer(arguments)
        let count = try arguments.integer("--count", in: 1...1_000_000_000)
        let size = try arguments.byteCount("--size", in: 1...(1 << 20))
        if size != nil, count == nil { throw .usage("--size needs --count: how many to make up") }
        generated = count.map { ($0, size ?? 100) }
    }

    private static func producer(
        _ arguments: ParsedArguments
    ) throws(CommandError) -> ProducerOptions {
        var options = ProducerOptions()
        options.acknowledgement =
            try arguments.choice("--acks", Acks.self)?.acknowledgement ?? .leader
        let idempotence = try arguments.choice("--idempotence", Switch.self)
        if options.acknowledgement == .none, idempotence == .on {
            throw .usage(
                "--idempotence on: with --acks 0 nothing is sent again, so there is nothing to "
                    + "tell apart; use --acks 1")
        }
        options.isIdempotent = idempotence != .off
        options.batching =
            try arguments.choice("--batching", BatchingText.self)?.batching ?? options.batching
        options.batchByteCount =
            try arguments.byteCount("--batch-size", in: (1 << 10)...(4 << 20))
            ?? options.batchByteCount
        options.linger = try duration("--linger", arguments, to: 60) ?? options.linger
        options.deliveryTimeout =
            try duration("--delivery-timeout", arguments, from: 1_000_000, to: 86_400)
            ?? options.deliveryTimeout
        options.maximumInFlightBatches =
            try arguments.integer("--in-flight", in: 1...1_024) ?? options.maximumInFlightBatches
        options.compression = Compression(try arguments.choice("--compression") ?? .none)
        options.compressionThreshold =
            try arguments.byteCount("--compression-threshold", in: 0...(4 << 20))
            ?? options.compressionThreshold
        do throws(ClientError) {
            try options.validate()
        } catch {
            throw .usage(error.message)
        }
        return options
    }

    private static func duration(
        _ name: String, _ arguments: ParsedArguments, from first: Int = 0, to seconds: Int
    ) throws(CommandError) -> Duration? {
        try arguments.nanoseconds(name, in: first...(seconds * 1_000_000_000))
            .map { Duration.nanoseconds($0) }
    }

    static let specification = CommandSpecification(
        "produce", summary: "Send lines of standard input to a topic", operands: ["TOPIC"],
        options: [
            BrokerAccess.option,
            OptionSpecification(
                "--key-separator", "TEXT", "what stands between key and value in a line"),
            OptionSpecification(
                "--acks", "0|1|all",
                "wait for nobody, for the broker, or for its replicas too; default 1"),
            OptionSpecification(
                "--idempotence", "on|off",
                "on: a batch without an answer is sent again, and stored once; off: it fails; "
                    + "default on, and off with --acks 0"),
            OptionSpecification(
                "--delivery-timeout", "DURATION",
                "give a message up after so long, all attempts included; default 60s"),
            OptionSpecification(
                "--in-flight", "N",
                "batches of a partition without an answer; default 5, the most with idempotence"),
            OptionSpecification(
                "--batching", "fixed|adaptive",
                "adaptive: batches grow and wait only while the broker is busy; default fixed"),
            OptionSpecification(
                "--batch-size", "SIZE", "of a batch at most; default 64KiB"),
            OptionSpecification(
                "--linger", "DURATION",
                "how long a batch waits for more messages, at most; default 0, adaptive 5ms"),
            OptionSpecification(
                "--compression", "CODEC", "none, gzip, snappy, lz4 or zstd; default none"),
            OptionSpecification(
                "--compression-threshold", "SIZE",
                "smaller batches are not compressed; default 1KiB"),
            OptionSpecification("--count", "N", "make N messages up instead of reading lines"),
            OptionSpecification("--size", "SIZE", "of each made-up message; default 100B"),
        ],
        remarks: "One line is one message. Control-C sends what was read, and ends.",
        examples: [
            "echo hello | aeromq produce orders",
            "printf 'k1:a\\nk2:b\\n' | aeromq produce orders --key-separator :",
            "aeromq produce orders --count 100000 --size 1KiB",
            "aeromq produce orders --compression zstd < orders.jsonl",
            "tail -f app.log | aeromq produce logs --batching adaptive --delivery-timeout 10min",
        ])
}

// `aeromq produce`: lines of standard input as messages.

import AeroClient
import AeroIO
import AeroReport

/// Options of `aeromq produce`, understood and checked.
struct ProduceOptions: Sendable {
    let topic: String
    let keySeparator: [UInt8]?
    let acknowledgement: Acknowledgement
    let compression: Compression
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

    init(_ arguments: ParsedArguments) throws(CommandError) {
        topic = arguments.operands[0]
        keySeparator = arguments.text("--key-separator").map { Array($0.utf8) }
        if keySeparator?.isEmpty == true { throw .usage("--key-separator: it has no characters") }
        acknowledgement = try arguments.choice("--acks", Acks.self)?.acknowledgement ?? .leader
        compression = Compression(try arguments.choice("--compression") ?? .none)
        let count = try arguments.integer("--count", in: 1...1_000_000_000)
        let size = try arguments.byteCount("--size", in: 1...(1 << 20))
        if size != nil, count == nil { throw .usage("--size needs --count: how many to make up") }
        generated = count.map { ($0, size ?? 100) }
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
                "--compression", "CODEC", "none, gzip, snappy, lz4 or zstd; default none"),
            OptionSpecification("--count", "N", "make N messages up instead of reading lines"),
            OptionSpecification("--size", "SIZE", "of each made-up message; default 100B"),
        ],
        remarks: "One line is one message. Control-C sends what was read, and ends.",
        examples: [
            "echo hello | aeromq produce orders",
            "printf 'k1:a\\nk2:b\\n' | aeromq produce orders --key-separator :",
            "aeromq produce orders --count 100000 --size 1KiB",
            "aeromq produce orders --compression zstd < orders.jsonl",
        ])
}

enum ProduceCommand {
    static let subcommand = Subcommand(ProduceOptions.specification) {
        (arguments, console) async throws(CommandError) in
        let options = try ProduceOptions(arguments)
        let stop = try StopRequest()
        let signals = try stop.onSignals()
        let started = MonotonicClock.nowNanoseconds()
        let count = try await BrokerAccess.withConnection(arguments) {
            (connection) async throws(CommandError) in
            let producer = try await BrokerAccess.client { () async throws(ClientError) in
                try await connection.makeProducer(
                    topic: options.topic,
                    options: ProducerOptions {
                        $0.acknowledgement = options.acknowledgement
                        $0.compression = options.compression
                    })
            }
            if let generated = options.generated {
                return try await send(generated.count, generated.byteCount, producer, stop)
            }
            if console.isErrorTerminal, InputKind.isTerminal {
                console.error("one line is one message to \(options.topic); Control-D ends")
            }
            return try await sendLines(options.keySeparator, producer, stop)
        }
        withExtendedLifetime(signals) {}
        let elapsed = MonotonicClock.nowNanoseconds() - started
        console.error(
            "\(UnitText.grouped(Int64(count))) messages sent to \(options.topic) in "
                + UnitText.latency(elapsed))
        return .pass
    }

    private static func sendLines(
        _ separator: [UInt8]?, _ producer: Producer, _ stop: StopRequest
    ) async throws(CommandError) -> Int {
        var input = LineInput(stop: stop)
        var count = 0
        while let lines = try input.next() {
            if lines.isEmpty { continue }
            try await send(lines.map { message($0, separator) }, producer, sentBefore: count)
            count += lines.count
        }
        return count
    }

    private static func send(
        _ total: Int, _ byteCount: Int, _ producer: Producer, _ stop: StopRequest
    ) async throws(CommandError) -> Int {
        let together = max(1, min(1_000, (1 << 20) / byteCount))
        var count = 0
        while count < total, !stop.isRequested {
            let next = min(together, total - count)
            let messages = (count..<(count + next)).map { Message(filler($0, byteCount)) }
            try await send(messages, producer, sentBefore: count)
            count += next
        }
        return count
    }

    private static func send(
        _ messages: [Message], _ producer: Producer, sentBefore: Int
    ) async throws(CommandError) {
        let results = try await BrokerAccess.client { () async throws(ClientError) in
            try await producer.send(batch: messages)
        }
        for (index, result) in results.enumerated() {
            guard case .failure(let error) = result else { continue }
            let failed = results.count { if case .failure = $0 { true } else { false } }
            throw .failed(
                "message \(sentBefore + index + 1): \(BrokerAccess.text(error)); "
                    + "\(failed) of \(results.count) sent together failed")
        }
    }

    /// A line as a message; without the separator in it, it has no key.
    static func message(_ line: [UInt8], _ separator: [UInt8]?) -> Message {
        guard let separator, let split = line.firstRange(of: separator) else {
            return Message(line)
        }
        return Message(
            Array(line[split.upperBound...]), key: Array(line[..<split.lowerBound]))
    }

    /// The message's number, and dots up to its size.
    static func filler(_ number: Int, _ byteCount: Int) -> [UInt8] {
        let digits = Array("\(number)".utf8).prefix(byteCount)
        return digits + [UInt8](repeating: UInt8(ascii: "."), count: byteCount - digits.count)
    }
}

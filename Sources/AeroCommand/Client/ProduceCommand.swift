// `aeromq produce`: lines of standard input as messages.

import AeroClient
import AeroIO
import AeroReport

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
                    topic: options.topic, options: options.producer)
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

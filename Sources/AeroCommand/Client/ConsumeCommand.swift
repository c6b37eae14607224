// `aeromq consume`: the messages of a topic on standard output.

import AeroClient
import AeroReport

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
            let writer = RecordWriter(options: options, stop: stop, console: console)
            switch options.source {
            case .partitions(let consumer):
                return try await consume(consumer, writer, connection)
            case .group(let group, let member):
                return try await consume(group, member, writer, connection)
            }
        }
        withExtendedLifetime(signals) {}
        if console.isErrorTerminal {
            console.error("\(UnitText.grouped(Int64(count))) messages from \(options.topic)")
        }
        return .pass
    }

    /// Alone.
    private static func consume(
        _ options: ConsumerOptions, _ writer: RecordWriter, _ connection: Connection
    ) async throws(CommandError) -> Int {
        var writer = writer
        let topic = writer.options.topic
        let consumer = try await BrokerAccess.client { () async throws(ClientError) in
            try await connection.makeConsumer(topic: topic, options: options)
        }
        while writer.wantsMore {
            let batch = try await BrokerAccess.client { () async throws(ClientError) in
                try await consumer.poll(maximumWait: patience)
            }
            if let batch { _ = writer.write(batch) }
        }
        await consumer.close()
        return writer.count
    }

    /// As a member of a group: what was written out is committed.
    private static func consume(
        _ group: String, _ options: GroupConsumerOptions, _ writer: RecordWriter,
        _ connection: Connection
    ) async throws(CommandError) -> Int {
        var writer = writer
        let topic = writer.options.topic
        // A topic that does not exist is one that may come: say so rather than wait in silence.
        _ = try await BrokerAccess.client { () async throws(ClientError) in
            try await connection.admin.describe(topic)
        }
        let consumer = try await BrokerAccess.client { () async throws(ClientError) in
            try await connection.makeGroupConsumer(
                group: group, topics: [topic], options: options)
        }
        while writer.wantsMore {
            let batch = try await BrokerAccess.client { () async throws(ClientError) in
                try await consumer.poll(maximumWait: patience)
            }
            guard let batch, let last = writer.write(batch) else { continue }
            do throws(ClientError) {
                try await consumer.commit(
                    through: last, topic: topic, partition: batch.partition)
            } catch {
                guard error.code == .groupMembership else {
                    throw .failed(BrokerAccess.text(error))
                }
                writer.console.error(
                    "partition \(batch.partition) has gone to another member, which may write "
                        + "the last messages again")
            }
        }
        await consumer.close()
        return writer.count
    }
}

/// Writes records until there were enough.
private struct RecordWriter {
    let options: ConsumeOptions
    let stop: StopRequest
    let console: Console
    private(set) var count = 0

    init(options: ConsumeOptions, stop: StopRequest, console: Console) {
        self.options = options
        self.stop = stop
        self.console = console
    }

    var wantsMore: Bool { !stop.isRequested && count < options.countMax ?? Int.max }

    /// - Returns: The offset of the last record that was written.
    mutating func write(_ batch: RecordBatch) -> Int64? {
        var bytes: [UInt8] = []
        var lastOffset: Int64?
        for record in batch.prefix((options.countMax ?? Int.max) - count) {
            options.format.append(record, to: &bytes)
            lastOffset = record.offset
            count += 1
        }
        console.write(bytes)
        return lastOffset
    }
}

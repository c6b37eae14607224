// The way of dead letters into their topics.

import AeroWire

/// Writes dead letters, and makes their topic when there is none. One task uses it.
struct DeadLetterWriter {
    private let handle: ClientHandle
    private let group: String?
    private let options: RedeliveryOptions
    /// By dead-letter topic.
    // BOUND: one for each topic that is consumed.
    private var producers: [String: Producer] = [:]

    /// Other partitions go on only once a broker that does not answer is given up; the letter is
    /// written again later.
    private static let deliveryTimeout = Duration.seconds(10)

    init(_ handle: ClientHandle, group: String?, _ options: RedeliveryOptions) {
        self.handle = handle
        self.group = group
        self.options = options
    }

    /// Writes the dead letter of a record, and waits until the broker has it.
    ///
    /// Where the whole record does not fit, with the headers that are added, half of its value is
    /// tried, and half of that: a record must not hold its partition for ever, and the letter says
    /// where the whole of it stands.
    ///
    /// - Throws: As `Producer.send` and `Connection.makeProducer`. The letter may have been written
    ///   all the same, so that another attempt writes it twice.
    mutating func write(
        _ record: Record, attempts: Int, cause: String
    ) async throws(ClientError) {
        let topic = options.deadLetterTopic(of: record.topic)
        var letter = Message(
            deadLetterOf: record, group: group, attempts: attempts, cause: cause)
        // BOUND: halving a value ends with an empty one.
        while true {
            do throws(ClientError) {
                return try await send(letter, to: topic)
            } catch {
                guard error.code == .messageTooLarge, letter.halveValue(of: record) else {
                    throw error
                }
            }
        }
    }

    private mutating func send(
        _ letter: Message, to topic: String
    ) async throws(ClientError) {
        let isFresh = producers[topic] == nil
        do throws(ClientError) {
            try await producer(for: topic).send(letter)
        } catch {
            guard error.code == .unknownTopic, !isFresh else { throw error }
            // The topic was deleted since the last letter.
            producers[topic] = nil
            try await producer(for: topic).send(letter)
        }
    }

    private mutating func producer(for topic: String) async throws(ClientError) -> Producer {
        if let producer = producers[topic] { return producer }
        let connection = Connection(handle)
        let made: Producer
        do throws(ClientError) {
            made = try await connection.makeProducer(topic: topic, options: producerOptions)
        } catch {
            guard error.code == .unknownTopic, options.createsDeadLetterTopic else { throw error }
            do throws(ClientError) { try await connection.admin.create(topic) } catch {
                // Another consumer may have been faster.
                guard error.code == .topicAlreadyExists else { throw error }
            }
            made = try await connection.makeProducer(topic: topic, options: producerOptions)
        }
        producers[topic] = made
        return made
    }

    /// As large messages as the connection's memory allows: what was received has to fit.
    private var producerOptions: ProducerOptions {
        let memory = handle.runtime.options
        return ProducerOptions { options in
            options.deliveryTimeout = Self.deliveryTimeout
            options.batchMessageCount = 1
            options.maximumMessageByteCount = min(
                memory.queuedByteCountMax / 2, memory.producedByteCountMax / 2,
                WireLimits.frameByteCountMaxDefault - (64 << 10))
        }
    }
}

// The way of dead letters into their topic.

import AeroWire

/// Writes dead letters, and makes their topic when there is none. One task uses it.
struct DeadLetterWriter {
    let topic: String
    let group: String?
    private let handle: ClientHandle
    private let createsTopic: Bool
    private var producer: Producer?

    /// Partitions of their own go on meanwhile only if a broker that does not answer is given up
    /// soon; the letter is written again later.
    private static let deliveryTimeout = Duration.seconds(10)

    init(_ handle: ClientHandle, topic: String, group: String?, createsTopic: Bool) {
        self.handle = handle
        self.topic = topic
        self.group = group
        self.createsTopic = createsTopic
    }

    /// Writes the dead letter of a record, and waits until the broker has it.
    ///
    /// - Throws: As `Producer.send` and `Connection.makeProducer`. The letter may have been written
    ///   all the same, so that another attempt writes it twice.
    mutating func write(
        _ record: Record, attempts: Int, cause: String
    ) async throws(ClientError) {
        let letter = Message(
            deadLetterOf: record, group: group, attempts: attempts, cause: cause)
        do throws(ClientError) {
            try await openProducer().send(letter)
        } catch {
            guard error.code == .unknownTopic, producer != nil else { throw error }
            // The topic was deleted since the last letter.
            producer = nil
            try await openProducer().send(letter)
        }
    }

    /// Lets the producer go.
    mutating func close() async {
        guard let producer = producer.take() else { return }
        do throws(ClientError) { try await producer.close() } catch {
            // The connection is over, or the task cancelled: no letter is under way that anybody
            // waits for.
            return
        }
    }

    private mutating func openProducer() async throws(ClientError) -> Producer {
        if let producer { return producer }
        let connection = Connection(handle)
        let made: Producer
        do throws(ClientError) {
            made = try await connection.makeProducer(topic: topic, options: options)
        } catch {
            guard error.code == .unknownTopic, createsTopic else { throw error }
            do throws(ClientError) { try await connection.admin.create(topic) } catch {
                // Another consumer of the group was faster.
                guard error.code == .topicAlreadyExists else { throw error }
            }
            made = try await connection.makeProducer(topic: topic, options: options)
        }
        producer = made
        return made
    }

    /// As large messages as the connection's memory allows: a record that was received has to fit.
    private var options: ProducerOptions {
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

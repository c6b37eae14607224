// One producer: a client of its own, and what it has under way.

#if KafkaDriver
    import AeroIO
    import AeroLoad
    import CRdKafka

    /// A message that is being written.
    struct KafkaMessage {
        let destination: Int
        let key: BatchKey?
        let byteCount: Int
        let token: UInt32
    }

    /// Sends the messages of one producer. One thread owns it.
    final class KafkaProducer {
        private let client: KafkaClient
        /// The client's topics, in the order of the class.
        private let topics: [OpaquePointer]
        private let partitionCount: Int
        private let isAnswered: Bool
        private let usesKeys: Bool
        private let byteCountMax: Int
        private var inFlightCount = 0
        private var inFlightByteCount = 0
        /// Messages that the library did not take, told at the next turn.
        private var refused: [(token: UInt32, error: rd_kafka_resp_err_t)] = []

        // BOUND: of messages under way; a message takes some 100 bytes beside its value.
        private static let messageCountMax = 1 << 18

        /// - Parameters:
        ///   - settings: Of its client.
        ///   - names: The topics of its class.
        ///   - byteCountMax: Bytes of values under way; one message may always be.
        init(
            _ settings: KafkaSettings, _ each: TrafficClass, topics names: [String],
            byteCountMax: Int, bell: KafkaBell
        ) throws(DriverError) {
            client = try KafkaClient(RD_KAFKA_PRODUCER, settings, bell: bell)
            topics = try client.makeTopics(names)
            partitionCount = each.partitionCount
            isAnswered = each.acknowledgement != .none
            usesKeys = each.keys == .roundRobin
            self.byteCountMax = byteCountMax
        }

        deinit { for topic in topics { rd_kafka_topic_destroy(topic) } }

        /// Waits until it is connected to a topic.
        func awaitReady(_ patience: KafkaPatience, topic: String) throws(DriverError) {
            try patience.wait(for: client, topic: topic, partition: 0)
        }

        // MARK: - Sending

        /// Whether one more message may be under way.
        func hasRoom(byteCount: Int) -> Bool {
            inFlightCount == 0
                || inFlightCount < Self.messageCountMax
                    && inFlightByteCount + byteCount <= byteCountMax
        }

        /// The key that a message carries: the drawn one, or that of its destination.
        func key(drawn key: UInt64?, destination: Int) -> BatchKey? {
            key.map(BatchKey.init(drawn:))
                ?? (usesKeys ? BatchKey(destination: destination) : nil)
        }

        /// Hands a message to the library, which copies it.
        func send(_ message: KafkaMessage, in scratch: KafkaScratch) {
            let token = UnsafeMutableRawPointer(bitPattern: UInt(message.token) + 1)
            let status = rd_kafka_produce(
                topics[message.destination / partitionCount],
                Int32(message.destination % partitionCount), RD_KAFKA_MSG_F_COPY,
                scratch.value, message.byteCount, scratch.key(message.key),
                message.key?.byteCount ?? 0, isAnswered ? token : nil)
            if status == 0 {
                inFlightCount += 1
                inFlightByteCount += message.byteCount
            } else {
                refused.append((message.token, rd_kafka_last_error()))
            }
        }

        // MARK: - What became of it

        /// Takes what the library has to tell.
        func take<Sink: DriverSink & ~Copyable>(
            _ scratch: KafkaScratch, into sink: inout Sink
        ) throws(DriverError) {
            if !refused.isEmpty { tellRefused(into: &sink) }
            guard let bell = client.bell, bell.answer() else { return }
            while let event = client.nextEvent() {
                sink.moved()
                let now = MonotonicClock.nowNanoseconds()
                if event.kind == RD_KAFKA_EVENT_DR {
                    takeReports(event, scratch, now, into: &sink)
                } else {
                    try client.note(event, into: &sink, nowNanoseconds: now)
                }
            }
        }

        private func takeReports<Sink: DriverSink & ~Copyable>(
            _ event: borrowing KafkaEvent, _ scratch: KafkaScratch, _ now: Int64,
            into sink: inout Sink
        ) {
            // BOUND: each round takes messages out of the event.
            while true {
                let count = rd_kafka_event_message_array(
                    event.raw, scratch.reports, KafkaScratch.messageCount)
                guard count > 0 else { return }
                var tokenCount = 0
                var error = RD_KAFKA_RESP_ERR_NO_ERROR
                for index in 0..<count {
                    guard let message = scratch.reports[index] else { continue }
                    inFlightCount -= 1
                    inFlightByteCount -= message.pointee.len
                    if message.pointee.err != error {
                        tell(scratch.tokens(tokenCount), error, now, into: &sink)
                        (tokenCount, error) = (0, message.pointee.err)
                    }
                    scratch.tokens[tokenCount] = Self.token(message)
                    tokenCount += 1
                }
                tell(scratch.tokens(tokenCount), error, now, into: &sink)
            }
        }

        private static func token(_ message: UnsafePointer<rd_kafka_message_t>) -> UInt32 {
            UInt32(truncatingIfNeeded: UInt(bitPattern: message.pointee._private) &- 1)
        }

        /// The messages of a producer that waits for no answers have no tokens: the engine has
        /// forgotten them, and hears only of those that the library could not send.
        private func tell<Sink: DriverSink & ~Copyable>(
            _ tokens: UnsafeBufferPointer<UInt32>, _ error: rd_kafka_resp_err_t, _ now: Int64,
            into sink: inout Sink
        ) {
            guard !tokens.isEmpty else { return }
            switch (error == RD_KAFKA_RESP_ERR_NO_ERROR, isAnswered) {
            case (true, true): sink.acknowledged(tokens, nowNanoseconds: now)
            case (true, false): break
            case (false, true): sink.failed(tokens, KafkaText.of(error), nowNanoseconds: now)
            case (false, false):
                sink.noted("not sent: \(KafkaText.of(error))", nowNanoseconds: now)
            }
        }

        private func tellRefused<Sink: DriverSink & ~Copyable>(into sink: inout Sink) {
            let now = MonotonicClock.nowNanoseconds()
            for (token, error) in refused {
                withUnsafePointer(to: token) { token in
                    tell(UnsafeBufferPointer(start: token, count: 1), error, now, into: &sink)
                }
            }
            refused.removeAll(keepingCapacity: true)
        }

        /// Gives up what is under way, and hears of it.
        ///
        /// - Parameter deadline: When to go without the rest.
        func close<Sink: DriverSink & ~Copyable>(
            _ scratch: KafkaScratch, untilNanoseconds deadline: Int64, into sink: inout Sink
        ) {
            if !refused.isEmpty { tellRefused(into: &sink) }
            rd_kafka_purge(
                client.raw,
                RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING)
            while inFlightCount > 0 {
                let now = MonotonicClock.nowNanoseconds()
                guard now < deadline else { return }
                guard let event = client.nextEvent(afterMilliseconds: 10) else { continue }
                if event.kind == RD_KAFKA_EVENT_DR { takeReports(event, scratch, now, into: &sink) }
            }
        }
    }
#endif

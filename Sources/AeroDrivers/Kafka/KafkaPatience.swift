// Waiting for a client of the library until it is connected.

#if KafkaDriver
    import AeroIO
    import AeroLoad
    import CRdKafka

    /// How long a client may take until it is ready.
    struct KafkaPatience {
        let action: String
        let limitNanoseconds: Int64
        let deadlineNanoseconds: Int64
        let isInterrupted: @Sendable () -> Bool

        // BOUND: of one question to the server: short at first, for servers that are near.
        private static let firstMilliseconds: Int32 = 50
        private static let lastMilliseconds: Int32 = 1_600
        private static let pauseMilliseconds: Int32 = 10

        /// - Parameters:
        ///   - action: What is being done, for an error.
        ///   - limitNanoseconds: How long it may take from now.
        ///   - isInterrupted: Asked several times a second; true gives up.
        init(
            _ action: String, limitNanoseconds: Int64,
            _ isInterrupted: @escaping @Sendable () -> Bool
        ) {
            self.action = action
            self.limitNanoseconds = limitNanoseconds
            deadlineNanoseconds = MonotonicClock.nowNanoseconds() + limitNanoseconds
            self.isInterrupted = isInterrupted
        }

        /// Asks until there is an answer.
        ///
        /// - Parameter ask: Gets a time in milliseconds; nil when there was no answer by then.
        /// - Throws: What the client says of its connections, when that is final or time is up.
        @discardableResult
        func wait<Answer>(
            for client: KafkaClient, _ ask: (Int32) -> Answer?
        ) throws(DriverError) -> Answer {
            var milliseconds = Self.firstMilliseconds
            var lastWords: String?
            // BOUND: ends at the deadline.
            while true {
                if let answer = ask(milliseconds) { return answer }
                milliseconds = min(milliseconds * 2, Self.lastMilliseconds)
                while let event = client.nextEvent(afterMilliseconds: Self.pauseMilliseconds) {
                    guard event.kind == RD_KAFKA_EVENT_ERROR else { continue }
                    let fault = KafkaFault(event)
                    // The last of several faults, which says nothing of the cause.
                    let isEnd = fault.code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN
                    guard !isEnd, !fault.isRefusal else {
                        throw DriverError(action, isEnd ? lastWords ?? fault.text : fault.text)
                    }
                    lastWords = fault.text
                }
                guard !isInterrupted() else { throw DriverError(action, "interrupted") }
                guard MonotonicClock.nowNanoseconds() < deadlineNanoseconds else {
                    throw DriverError(
                        action, lastWords ?? "no answer within \(limitNanoseconds / 1_000_000) ms")
                }
            }
        }

        /// Waits until a client knows where a partition is, and is connected to it.
        func wait(
            for client: KafkaClient, topic: String, partition: Int32
        ) throws(DriverError) {
            try wait(for: client) { milliseconds -> Bool? in
                var (low, high): (Int64, Int64) = (0, 0)
                let error = rd_kafka_query_watermark_offsets(
                    client.raw, topic, partition, &low, &high, milliseconds)
                return error == RD_KAFKA_RESP_ERR_NO_ERROR ? true : nil
            }
        }
    }
#endif

// One client of the library: its threads, its connections and what it has to tell.

#if KafkaDriver
    import AeroIO
    import AeroLoad
    import CRdKafka

    /// Something that a client had to tell.
    struct KafkaEvent: ~Copyable {
        let raw: OpaquePointer

        deinit { rd_kafka_event_destroy(raw) }

        var kind: Int32 { rd_kafka_event_type(raw) }
    }

    /// What went wrong with a client or its connections.
    struct KafkaFault {
        let code: rd_kafka_resp_err_t
        let text: String

        init(_ event: borrowing KafkaEvent) {
            code = rd_kafka_event_error(event.raw)
            let words = rd_kafka_event_error_string(event.raw).map { String(cString: $0) }
            let isForeign = code == RD_KAFKA_RESP_ERR__BAD_MSG
            text =
                Self.withoutTimes(words ?? KafkaText.of(code))
                + (isForeign ? "; is this a Kafka broker?" : "")
        }

        /// Whether the client is of no use any more.
        var isFatal: Bool { code == RD_KAFKA_RESP_ERR__FATAL }

        /// Whether a client that is not let in now will not be let in later either.
        var isRefusal: Bool {
            isFatal || code == RD_KAFKA_RESP_ERR__AUTHENTICATION || code == RD_KAFKA_RESP_ERR__SSL
        }

        /// The library adds how long it took and how often it was: the same fault is one text here.
        static func withoutTimes(_ words: String) -> String {
            var end = words.startIndex
            while end < words.endIndex, !words[end...].hasPrefix(" (after ") {
                end = words.index(after: end)
            }
            return String(words[..<end].map { $0.isNewline ? " " : $0 })
        }
    }

    /// A client of the library. Owned by one thread; the library's own only ring its bell.
    final class KafkaClient {
        let raw: OpaquePointer
        /// Delivery reports and faults.
        private let events: OpaquePointer
        let bell: KafkaBell?

        /// - Parameters:
        ///   - kind: Producer or consumer.
        ///   - settings: Of the client.
        ///   - bell: Rung when there are events; nil for a client that is only asked.
        init(
            _ kind: rd_kafka_type_t, _ settings: KafkaSettings, bell: KafkaBell? = nil
        ) throws(DriverError) {
            let configuration = try settings.makeConfiguration()
            rd_kafka_conf_set_events(configuration, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR)
            rd_kafka_conf_set_log_cb(configuration, nil)
            let (client, words) = KafkaText.said { text, byteCount in
                rd_kafka_new(kind, configuration, text, byteCount)
            }
            guard let client else {
                rd_kafka_conf_destroy(configuration)
                throw DriverError("set up a Kafka client", words + settings.certificateHint)
            }
            guard let events = rd_kafka_queue_get_main(client) else {
                preconditionFailure("every client has a queue of events")
            }
            raw = client
            self.events = events
            self.bell = bell
            listen(to: events)
        }

        deinit {
            rd_kafka_queue_cb_event_enable(events, nil, nil)
            rd_kafka_queue_destroy(events)
            // Closing a consumer would wait for a server that may have gone.
            rd_kafka_destroy_flags(raw, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
        }

        /// Lets a queue of the client ring its bell.
        func listen(to queue: OpaquePointer) {
            guard let bell else { return }
            rd_kafka_queue_cb_event_enable(queue, KafkaBell.callback, bell.opaque)
        }

        /// What the client tells next; nil when there is nothing. Never waits.
        func nextEvent() -> KafkaEvent? {
            // Asked first: the library spends a timed wait on a queue that is empty.
            guard rd_kafka_queue_length(events) > 0 else { return nil }
            guard let event = rd_kafka_queue_poll(events, 0) else { return nil }
            return KafkaEvent(raw: event)
        }

        /// What the client tells next; waits for it as long as given.
        func nextEvent(afterMilliseconds limit: Int32) -> KafkaEvent? {
            guard let event = rd_kafka_queue_poll(events, limit) else { return nil }
            return KafkaEvent(raw: event)
        }

        /// Notes a fault while the load runs; the library connects again by itself.
        ///
        /// - Throws: When the client is of no use any more.
        func note<Sink: DriverSink & ~Copyable>(
            _ event: borrowing KafkaEvent, into sink: inout Sink, nowNanoseconds: Int64
        ) throws(DriverError) {
            let fault = KafkaFault(event)
            guard !fault.isFatal else { throw DriverError("go on with Kafka", fault.text) }
            sink.noted(fault.text, nowNanoseconds: nowNanoseconds)
        }
    }

    extension KafkaClient {
        /// Opens topics; each knows its place in the list.
        func makeTopics(_ names: [String]) throws(DriverError) -> [OpaquePointer] {
            var topics: [OpaquePointer] = []
            for (index, name) in names.enumerated() {
                guard let settings = rd_kafka_default_topic_conf_dup(raw) else {
                    preconditionFailure("every client has settings of topics")
                }
                rd_kafka_topic_conf_set_opaque(settings, UnsafeMutableRawPointer(bitPattern: index))
                guard let topic = rd_kafka_topic_new(raw, name, settings) else {
                    let cause = KafkaText.of(rd_kafka_last_error())
                    rd_kafka_topic_conf_destroy(settings)
                    for topic in topics { rd_kafka_topic_destroy(topic) }
                    throw DriverError("open topic \(name)", cause)
                }
                topics.append(topic)
            }
            return topics
        }
    }
#endif

// What a client of Kafka is set to, by librdkafka's own names.

#if KafkaDriver
    import AeroIO
    import AeroLoad
    import CRdKafka

    /// Settings of one client of the library.
    struct KafkaSettings {
        private var values: [(name: String, value: String)]

        // BOUND: after this a message has failed, whatever the server does.
        private static let messageMilliseconds = 30_000
        // BOUND: of a request, as Kafka's own default; a larger message raises it.
        private static let requestByteCount = 1_000_000
        /// What a message and its batch have around the value, with room to spare.
        private static let framingByteCount = 1_024
        /// How long a server may hold a fetch that it has nothing for. A broker answers as soon as
        /// it has something; the cluster for tests only when this is over.
        static let fetchWaitMilliseconds = 10
        private static let commitMilliseconds = 1_000
        private static let fetchRetryMilliseconds = 50

        /// Those of a client that is connected to nothing.
        init() {
            // What matters comes as an event; standard error is not the library's.
            values = [("log_level", "0")]
        }

        /// What every client needs to reach a cluster.
        init(_ endpoint: PeerEndpoint) {
            self.init()
            set("bootstrap.servers", "\(endpoint.address)")
            set("client.id", "aerobench")
            // A message waits as long as its class says, and not until the kernel sends it.
            set("socket.nagle.disable", "true")
            set("reconnect.backoff.max.ms", "1000")
            let isSecured = endpoint.certificateAuthorityPath != nil
            let isNamed = endpoint.user != nil
            set("security.protocol", (isNamed ? "sasl_" : "") + (isSecured ? "ssl" : "plaintext"))
            if let path = endpoint.certificateAuthorityPath { set("ssl.ca.location", path) }
            if let user = endpoint.user {
                set("sasl.mechanisms", "PLAIN")
                set("sasl.username", user)
                set("sasl.password", endpoint.password ?? "")
            }
        }

        /// Those of a class's producer.
        static func producer(_ endpoint: PeerEndpoint, _ each: TrafficClass) -> KafkaSettings {
            let lingerMilliseconds = Double(each.batch.lingerNanoseconds) / 1_000_000
            var settings = KafkaSettings(endpoint)
            settings.set("linger.ms", "\(lingerMilliseconds)")
            settings.set("batch.num.messages", "\(each.batch.messageCount)")
            settings.set("batch.size", "\(each.batch.byteCount)")
            settings.set("compression.codec", each.batch.compression.rawValue)
            settings.set("message.max.bytes", "\(requestByteCountMax(each))")
            settings.set("message.timeout.ms", "\(messageMilliseconds)")
            // The driver bounds what is under way itself, before a message is written.
            settings.set("queue.buffering.max.messages", "0")
            settings.set("queue.buffering.max.kbytes", "\(Int32.max)")
            settings.set("acks", each.acknowledgement.rawValue)
            switch each.acknowledgement {
            case .all: settings.set("enable.idempotence", "true")
            case .leader, .none:
                // Without numbers a message that is sent again may overtake or double another.
                settings.set("message.send.max.retries", "0")
            }
            return settings
        }

        /// Those of a consumer.
        static func consumer(
            _ endpoint: PeerEndpoint, _ each: TrafficClass, group: String
        ) -> KafkaSettings {
            var settings = KafkaSettings(endpoint)
            settings.set("group.id", group)
            settings.set("auto.commit.interval.ms", "\(commitMilliseconds)")
            settings.set("auto.offset.reset", "earliest")
            settings.set("fetch.wait.max.ms", "\(fetchWaitMilliseconds)")
            settings.set("fetch.error.backoff.ms", "\(fetchRetryMilliseconds)")
            settings.set("message.max.bytes", "\(requestByteCountMax(each))")
            return settings
        }

        /// The largest batch that a class may send, and the largest that its topics have to take.
        static func requestByteCountMax(_ each: TrafficClass) -> Int {
            max(requestByteCount, each.messageByteCount + framingByteCount)
        }

        mutating func set(_ name: String, _ value: String) { values.append((name, value)) }

        /// What an error that the library gives no details of may be about.
        var certificateHint: String {
            values.first { $0.name == "ssl.ca.location" }.map { "; see \($0.value)" } ?? ""
        }

        /// The library's form of them, which belongs to the caller.
        func makeConfiguration() throws(DriverError) -> OpaquePointer {
            guard let configuration = rd_kafka_conf_new() else {
                throw DriverError("set up a Kafka client", "out of memory")
            }
            for (name, value) in values {
                let (result, words) = KafkaText.said { text, byteCount in
                    rd_kafka_conf_set(configuration, name, value, text, byteCount)
                }
                guard result == RD_KAFKA_CONF_OK else {
                    rd_kafka_conf_destroy(configuration)
                    // What a secret is refused for may quote it.
                    let cause = name == "sasl.password" ? "librdkafka does not take it" : words
                    throw DriverError("set a Kafka client's \(name)", cause)
                }
            }
            return configuration
        }
    }

    /// What the library has to say.
    enum KafkaText {
        // BOUND: of one error.
        private static let byteCount = 512

        /// Makes a call that explains its failure in a text.
        static func said<Result>(
            _ call: (UnsafeMutablePointer<CChar>, Int) -> Result
        ) -> (result: Result, words: String) {
            let text = UnsafeMutablePointer<CChar>.allocate(capacity: byteCount)
            defer { text.deallocate() }
            text.initialize(repeating: 0, count: byteCount)
            let result = call(text, byteCount)
            return (result, String(cString: text))
        }

        /// The name that Kafka gives an error.
        static func of(_ error: rd_kafka_resp_err_t) -> String {
            rd_kafka_err2str(error).map { String(cString: $0) } ?? "error \(error.rawValue)"
        }
    }
#endif

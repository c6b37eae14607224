// The control connection to a Kafka cluster: what it is, and the topics of a run.

#if KafkaDriver
    import AeroLoad
    import CRdKafka

    /// A topic as a class of traffic wants it.
    struct KafkaTopic {
        let name: String
        let partitionCount: Int
        /// Settings that differ from the cluster's own, by Kafka's names.
        private(set) var settings: [(name: String, value: String)] = []

        /// What a cluster allows without being asked, a little below Kafka's default of 1 MiB.
        private static let batchByteCountDefault = 1_000_000

        init(name: String, _ each: TrafficClass, on kind: KafkaClusterKind) {
            self.name = name
            partitionCount = each.partitionCount
            if each.storage.durability == .sync { settings.append(("flush.messages", "1")) }
            if let byteCount = each.storage.retentionByteCount {
                settings.append(("retention.bytes", "\(byteCount)"))
            }
            if let byteCount = each.storage.segmentByteCount {
                settings.append(("segment.bytes", "\(byteCount)"))
            }
            let batchByteCount = KafkaSettings.requestByteCountMax(each)
            if batchByteCount > Self.batchByteCountDefault {
                settings.append(("max.message.bytes", "\(batchByteCount)"))
            }
        }
    }

    /// A client that administers. One thread owns it.
    final class KafkaCluster {
        let kind: KafkaClusterKind
        private let client: KafkaClient
        private let patience: KafkaPatience
        /// Where answers to requests arrive.
        private let answers: OpaquePointer

        /// Connects and asks the cluster what it is.
        init(_ endpoint: PeerEndpoint, _ patience: KafkaPatience) throws(DriverError) {
            let client = try KafkaClient(RD_KAFKA_PRODUCER, KafkaSettings(endpoint))
            try patience.wait(for: client) { milliseconds -> Bool? in
                var metadata: UnsafePointer<rd_kafka_metadata>?
                let error = rd_kafka_metadata(client.raw, 0, nil, &metadata, milliseconds)
                guard error == RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
                rd_kafka_metadata_destroy(metadata)
                return true
            }
            // Known by now where the server says it at all.
            let identifier = rd_kafka_clusterid(client.raw, 0)
            kind = KafkaClusterKind(identifier: identifier.map { String(cString: $0) })
            if let identifier { rd_kafka_mem_free(client.raw, identifier) }
            guard let answers = rd_kafka_queue_new(client.raw) else {
                preconditionFailure("a client makes queues as long as there is memory")
            }
            self.client = client
            self.patience = patience
            self.answers = answers
        }

        deinit { rd_kafka_queue_destroy(answers) }

        /// Waits until every partition of a topic has a leader.
        func awaitLeaders(of topic: KafkaTopic) throws(DriverError) {
            let handle = try client.makeTopics([topic.name])[0]
            defer { rd_kafka_topic_destroy(handle) }
            try patience.wait(for: client) { milliseconds -> Bool? in
                var metadata: UnsafePointer<rd_kafka_metadata>?
                let error = rd_kafka_metadata(client.raw, 0, handle, &metadata, milliseconds)
                guard error == RD_KAFKA_RESP_ERR_NO_ERROR, let metadata else { return nil }
                defer { rd_kafka_metadata_destroy(metadata) }
                let topics = UnsafeBufferPointer(
                    start: metadata.pointee.topics, count: Int(metadata.pointee.topic_cnt))
                guard let found = topics.first, found.err == RD_KAFKA_RESP_ERR_NO_ERROR else {
                    return nil
                }
                let partitions = UnsafeBufferPointer(
                    start: found.partitions, count: Int(found.partition_cnt))
                let led = partitions.count(where: { $0.leader >= 0 })
                return led >= topic.partitionCount ? true : nil
            }
        }

        // MARK: - Topics

        /// Creates topics, each with as many replicas as the cluster gives by itself.
        func create(_ topics: [KafkaTopic]) throws(DriverError) {
            var requests: [OpaquePointer?] = []
            defer { for request in requests { rd_kafka_NewTopic_destroy(request) } }
            for topic in topics {
                let (request, words) = KafkaText.said { text, byteCount in
                    rd_kafka_NewTopic_new(
                        topic.name, Int32(topic.partitionCount), -1, text, byteCount)
                }
                guard let request else { throw DriverError("create topic \(topic.name)", words) }
                requests.append(request)
                for (name, value) in topic.settings {
                    let error = rd_kafka_NewTopic_set_config(request, name, value)
                    guard error == RD_KAFKA_RESP_ERR_NO_ERROR else {
                        throw DriverError("create topic \(topic.name)", KafkaText.of(error))
                    }
                }
            }
            rd_kafka_CreateTopics(client.raw, &requests, requests.count, nil, answers)
            try Self.check(created: try nextAnswer("create topics"))
        }

        /// Deletes topics.
        func delete(_ names: [String]) throws(DriverError) {
            var requests: [OpaquePointer?] = names.map { rd_kafka_DeleteTopic_new($0) }
            defer { for request in requests { rd_kafka_DeleteTopic_destroy(request) } }
            rd_kafka_DeleteTopics(client.raw, &requests, requests.count, nil, answers)
            try Self.check(deleted: try nextAnswer("delete topics"))
        }

        private static func check(created answer: borrowing KafkaEvent) throws(DriverError) {
            var count = 0
            let results = rd_kafka_CreateTopics_result_topics(
                rd_kafka_event_CreateTopics_result(answer.raw), &count)
            try check(UnsafeBufferPointer(start: results, count: count), "create topic")
        }

        private static func check(deleted answer: borrowing KafkaEvent) throws(DriverError) {
            var count = 0
            let results = rd_kafka_DeleteTopics_result_topics(
                rd_kafka_event_DeleteTopics_result(answer.raw), &count)
            try check(UnsafeBufferPointer(start: results, count: count), "delete topic")
        }

        private static func check(
            _ results: UnsafeBufferPointer<OpaquePointer?>, _ action: String
        ) throws(DriverError) {
            for result in results {
                let error = rd_kafka_topic_result_error(result)
                guard error != RD_KAFKA_RESP_ERR_NO_ERROR else { continue }
                let name = rd_kafka_topic_result_name(result).map { String(cString: $0) } ?? ""
                let words = rd_kafka_topic_result_error_string(result).map { String(cString: $0) }
                throw DriverError("\(action) \(name)", words ?? KafkaText.of(error))
            }
        }

        /// Asks what topics are set to, rather than to believe that they are what was asked for.
        func checkSettings(of topics: [KafkaTopic]) throws(DriverError) {
            for topic in topics where !topic.settings.isEmpty {
                let found = try settings(of: topic.name)
                for (name, value) in topic.settings where found[name] != value {
                    throw DriverError(
                        "use topic \(topic.name)",
                        "its \(name) is \(found[name] ?? "unknown"), and \(value) was asked for")
                }
            }
        }

        private func settings(of topic: String) throws(DriverError) -> [String: String] {
            var request = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic)
            defer { rd_kafka_ConfigResource_destroy(request) }
            rd_kafka_DescribeConfigs(client.raw, &request, 1, nil, answers)
            let action = "describe topic \(topic)"
            return try Self.settings(in: try nextAnswer(action), action)
        }

        private static func settings(
            in answer: borrowing KafkaEvent, _ action: String
        ) throws(DriverError) -> [String: String] {
            var count = 0
            let resources = rd_kafka_DescribeConfigs_result_resources(
                rd_kafka_event_DescribeConfigs_result(answer.raw), &count)
            guard count > 0, let resource = resources?[0] else {
                throw DriverError(action, "no answer for it")
            }
            let error = rd_kafka_ConfigResource_error(resource)
            guard error == RD_KAFKA_RESP_ERR_NO_ERROR else {
                throw DriverError(action, KafkaText.of(error))
            }
            let entries = rd_kafka_ConfigResource_configs(resource, &count)
            var settings: [String: String] = [:]
            for entry in UnsafeBufferPointer(start: entries, count: count) {
                guard let name = rd_kafka_ConfigEntry_name(entry),
                    let value = rd_kafka_ConfigEntry_value(entry)
                else { continue }
                settings[String(cString: name)] = String(cString: value)
            }
            return settings
        }

        /// The answer to the request that was made last.
        private func nextAnswer(_ action: String) throws(DriverError) -> KafkaEvent {
            let raw = try patience.wait(for: client) { milliseconds in
                rd_kafka_queue_poll(answers, milliseconds)
            }
            let answer = KafkaEvent(raw: raw)
            let error = rd_kafka_event_error(answer.raw)
            guard error == RD_KAFKA_RESP_ERR_NO_ERROR else {
                let words = rd_kafka_event_error_string(answer.raw).map { String(cString: $0) }
                throw DriverError(action, words ?? KafkaText.of(error))
            }
            return answer
        }
    }
#endif

// One consumer of a group: a connection that has subscribed to its topics.

#if MQTTDriver
    import AeroLoad

    /// Subscribes to its own topics, and so gets each of their messages once.
    final class MQTTConsumer {
        let connection: MQTTConnection
        private let index: Int
        private let quality: Int32
        private let topics: [String]
        private let destinationCount: Int
        private var hasSubscribed = false

        init(
            _ index: Int, _ assignment: ConsumerAssignment, _ worker: Int, _ plan: LoadPlan,
            _ endpoint: PeerEndpoint
        ) throws(DriverError) {
            connection = try MQTTConnection(
                endpoint, name: "\(plan.runId)-consumer-\(worker)-\(index)", hearsAnswers: false)
            self.index = index
            let trafficClass = plan.scenario.classes[assignment.classIndex]
            quality = trafficClass.qualityOfService
            destinationCount = trafficClass.destinationCount
            topics = assignment.destinations.map {
                plan.topicPath(classIndex: assignment.classIndex, destination: $0)
            }
        }

        /// True when the server sends everything that was asked for.
        var isReady: Bool { connection.inbox.grantedCount == topics.count }

        /// Subscribes, once the server has let it in.
        ///
        /// - Throws: When the server refuses.
        func subscribe() throws(DriverError) {
            if let refusal = connection.inbox.subscriptionRefusal {
                throw DriverError("subscribe", MQTTConnection.reasonText(refusal))
            }
            guard connection.inbox.connectReason == 0, !hasSubscribed else { return }
            hasSubscribed = true
            for topic in topics { try connection.subscribe(topic: topic, quality: quality) }
        }

        /// Takes the messages that are there, each with the time at which it arrived: reading a
        /// backlog takes long.
        func takeMessages<Sink: DriverSink & ~Copyable>(_ sink: inout Sink) {
            for message in connection.inbox.messages {
                guard (0..<destinationCount).contains(message.destination) else {
                    sink.noted("a message is not of this run", nowNanoseconds: message.nanoseconds)
                    continue
                }
                sink.delivered(
                    consumer: index, destination: message.destination,
                    value: connection.inbox.bytes(of: message),
                    nowNanoseconds: message.nanoseconds)
            }
            connection.inbox.removeAll()
        }
    }
#endif

// What a run is made of on a RabbitMQ server: exchanges, queues and what they are called.

#if RabbitMQDriver
    import AeroLoad

    /// Each topic is a direct exchange; each of its partitions is a routing key, with a queue for
    /// each group.
    struct RabbitMQTopology {
        private let plan: LoadPlan

        // BOUND: of the protocol.
        private static let nameByteCountMax = 255

        init(_ plan: LoadPlan) { self.plan = plan }

        private func exchange(_ classIndex: Int, _ destination: Int) -> String {
            let partitionCount = plan.scenario.classes[classIndex].partitionCount
            return plan.topicName(classIndex: classIndex, topic: destination / partitionCount)
        }

        private func key(_ classIndex: Int, _ destination: Int) -> String {
            "\(destination % plan.scenario.classes[classIndex].partitionCount)"
        }

        /// The queue of a destination and a group.
        ///
        /// - Parameter group: Which; nil for what is published and consumed by nobody.
        func queue(_ classIndex: Int, _ destination: Int, group: Int?) -> String {
            let reader = group.map { plan.groupName(classIndex: classIndex, group: $0) } ?? "kept"
            return "\(exchange(classIndex, destination)).\(key(classIndex, destination)).\(reader)"
        }

        /// The queues of a destination: each message goes to all of them.
        private func queues(_ classIndex: Int, _ destination: Int) -> [String] {
            let groupCount = plan.scenario.classes[classIndex].groupCount
            return groupCount == 0
                ? [queue(classIndex, destination, group: nil)]
                : (0..<groupCount).map { queue(classIndex, destination, group: $0) }
        }

        /// The frames around the messages of a class.
        func frames(_ classIndex: Int) -> PublishFrames {
            let trafficClass = plan.scenario.classes[classIndex]
            return PublishFrames(
                (0..<trafficClass.destinationCount).map { destination in
                    (exchange(classIndex, destination), key(classIndex, destination))
                }, isPersistent: trafficClass.storage.needsDisk)
        }

        /// What creates everything, in order.
        ///
        /// - Throws: For names that the protocol has no room for.
        func declarations() throws(DriverError) -> [AMQPMethod] {
            var methods: [AMQPMethod] = []
            for (classIndex, trafficClass) in plan.scenario.classes.enumerated() {
                let kind = RabbitMQQueueKind(trafficClass.storage.durability)
                for destination in 0..<trafficClass.destinationCount {
                    let queues = self.queues(classIndex, destination)
                    try Self.check(queues)
                    let exchange = self.exchange(classIndex, destination)
                    if destination % trafficClass.partitionCount == 0 {
                        methods.append(
                            .declareExchange(exchange, isDurable: kind.isDurable))
                    }
                    for queue in queues {
                        methods.append(
                            .declareQueue(
                                queue, isDurable: kind.isDurable, kind.arguments(trafficClass)))
                        methods.append(
                            .bind(
                                queue: queue, to: exchange, key: key(classIndex, destination)))
                    }
                }
            }
            return methods
        }

        /// The names of queues begin with those of their exchanges, and are the longest.
        private static func check(_ queues: [String]) throws(DriverError) {
            for queue in queues where queue.utf8.count > nameByteCountMax {
                throw DriverError(
                    "declare queue \(queue)",
                    "its name has more than \(nameByteCountMax) bytes; "
                        + "give the scenario or the class a shorter name")
            }
        }

        /// What removes everything again.
        func deletions() -> [AMQPMethod] {
            var methods: [AMQPMethod] = []
            for (classIndex, trafficClass) in plan.scenario.classes.enumerated() {
                for destination in 0..<trafficClass.destinationCount {
                    methods += queues(classIndex, destination).map { .delete(queue: $0) }
                }
                for topic in 0..<trafficClass.topicCount {
                    let exchange = plan.topicName(classIndex: classIndex, topic: topic)
                    methods.append(.delete(exchange: exchange))
                }
            }
            return methods
        }
    }

    /// The kinds of queues that durabilities are mapped to.
    enum RabbitMQQueueKind {
        /// In memory; gone with the server.
        case transient
        /// On disk; since its messages are persistent, a confirm waits for them to be written.
        case classic
        /// A replicated log; a confirm waits for a majority of its members to have synced it.
        case quorum

        init(_ durability: TopicStorage.Durability) {
            switch durability {
            case .volatile: self = .transient
            case .os: self = .classic
            // Nothing here syncs at intervals; what syncs each message keeps the promise, too.
            case .interval, .sync: self = .quorum
            }
        }

        var isDurable: Bool { self != .transient }

        /// What a queue of it is declared with.
        func arguments(_ trafficClass: TrafficClass) -> [(String, AMQPTexts.Field)] {
            var arguments: [(String, AMQPTexts.Field)] = [
                ("x-queue-type", .text(self == .quorum ? "quorum" : "classic"))
            ]
            // A limit would take messages from slow consumers; without any it bounds what is kept.
            if trafficClass.groupCount == 0, let limit = trafficClass.storage.retentionByteCount {
                arguments.append(("x-max-length-bytes", .number(Int64(limit))))
            }
            return arguments
        }
    }
#endif

// A Kafka cluster as a target, through librdkafka.

#if KafkaDriver
    package import AeroLoad

    /// Loads a Kafka cluster: one client of librdkafka for each producer and each consumer.
    ///
    /// A producer waits for every replica in sync and numbers its batches (idempotence) where the
    /// scenario asks for `acks: all`. There are no transactions.
    package struct KafkaDriver: LoadDriver {
        package static let name = "kafka"

        private let endpoint: PeerEndpoint
        private let connectNanoseconds: Int64
        private let isInterrupted: @Sendable () -> Bool

        /// - Parameters:
        ///   - endpoint: One of the cluster's brokers, which names the others.
        ///   - connectNanoseconds: How long connecting may take.
        ///   - isInterrupted: Asked several times a second until all are connected; true gives up.
        package init(
            _ endpoint: PeerEndpoint,
            connectNanoseconds: Int64 = ClientResources.connectNanosecondsDefault,
            isInterrupted: @escaping @Sendable () -> Bool = { false }
        ) {
            self.endpoint = endpoint
            self.connectNanoseconds = connectNanoseconds
            self.isInterrupted = isInterrupted
        }

        package func prepare(_ plan: LoadPlan) throws(DriverError) {
            let cluster = try openCluster(isInterrupted)
            for each in plan.scenario.classes { try cluster.kind.check(each) }
            var topics: [KafkaTopic] = []
            for (classIndex, each) in plan.scenario.classes.enumerated() {
                for name in plan.topicNames(classIndex: classIndex) {
                    topics.append(KafkaTopic(name: name, each, on: cluster.kind))
                }
            }
            if cluster.kind.isAdministered { try cluster.create(topics) }
            for topic in topics { try cluster.awaitLeaders(of: topic) }
            if cluster.kind.isAdministered { try cluster.checkSettings(of: topics) }
        }

        package func work(_ seat: WorkerSeat) { seat.run(makeWorker) }

        private func makeWorker(
            _ assignment: WorkerAssignment, _ plan: LoadPlan
        ) throws(DriverError) -> KafkaWorker {
            try KafkaWorker(assignment, plan, endpoint, patience(isInterrupted))
        }

        package func promises(_ plan: LoadPlan) throws(DriverError) -> [TargetPromise] {
            let kind = try openCluster(isInterrupted).kind
            return plan.scenario.classes.map { kind.promise($0) }
        }

        /// None: Kafka publishes its figures by other ways than its protocol.
        package func statistics() throws(DriverError) -> [String: Int64] { [:] }

        package func cleanUp(_ plan: LoadPlan) throws(DriverError) {
            // Also after an interruption.
            let cluster = try openCluster { false }
            guard cluster.kind.isAdministered else { return }
            try cluster.delete(
                plan.scenario.classes.indices.flatMap { plan.topicNames(classIndex: $0) })
        }

        private func openCluster(
            _ isInterrupted: @escaping @Sendable () -> Bool
        ) throws(DriverError) -> KafkaCluster {
            try KafkaCluster(endpoint, patience(isInterrupted))
        }

        private func patience(_ isInterrupted: @escaping @Sendable () -> Bool) -> KafkaPatience {
            KafkaPatience(
                "connect to \(endpoint)", limitNanoseconds: connectNanoseconds, isInterrupted)
        }
    }
#endif

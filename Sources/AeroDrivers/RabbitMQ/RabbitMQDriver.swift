// A RabbitMQ server as a target, by AMQP 0-9-1.

#if RabbitMQDriver
    package import AeroLoad

    /// Loads a RabbitMQ server: one connection for each producer and each consumer.
    package struct RabbitMQDriver: LoadDriver {
        package static let name = "rabbitmq"

        private let endpoint: PeerEndpoint
        private let answerNanoseconds: Int64
        private let isInterrupted: @Sendable () -> Bool

        /// - Parameters:
        ///   - endpoint: Where the server is.
        ///   - answerNanoseconds: How long it may take to let all clients of a worker in, and to do
        ///     each thing that is asked of it before and after the load.
        ///   - isInterrupted: Asked many times a second until all are connected; true gives up.
        package init(
            _ endpoint: PeerEndpoint,
            answerNanoseconds: Int64 = ClientResources.connectNanosecondsDefault,
            isInterrupted: @escaping @Sendable () -> Bool = { false }
        ) {
            self.endpoint = endpoint
            self.answerNanoseconds = answerNanoseconds
            self.isInterrupted = isInterrupted
        }

        package func prepare(_ plan: LoadPlan) throws(DriverError) {
            let declarations = try RabbitMQTopology(plan).declarations()
            _ = try ask(declarations, isInterrupted)
        }

        package func work(_ seat: WorkerSeat) { seat.run(makeWorker) }

        private func makeWorker(
            _ assignment: WorkerAssignment, _ plan: LoadPlan
        ) throws(DriverError) -> RabbitMQWorker {
            try RabbitMQWorker(
                assignment, plan, endpoint, withinNanoseconds: answerNanoseconds,
                isInterrupted)
        }

        package func promises(_ plan: LoadPlan) throws(DriverError) -> [TargetPromise] {
            let version = try ask([], isInterrupted)
            return plan.scenario.classes.map {
                TargetPromise(ofRabbitMQ: $0, serverVersion: version)
            }
        }

        /// None: what AMQP tells of a queue says nothing about a load.
        package func statistics() throws(DriverError) -> [String: Int64] { [:] }

        package func cleanUp(_ plan: LoadPlan) throws(DriverError) {
            // Also after an interruption.
            _ = try ask(RabbitMQTopology(plan).deletions()) { false }
        }

        /// Asks the server for one thing after the other, on a connection of its own.
        ///
        /// - Returns: The server's version.
        private func ask(
            _ methods: [AMQPMethod], _ isInterrupted: () -> Bool
        ) throws(DriverError) -> String {
            let link = try RabbitMQLink(0, endpoint, outputCapacity: 1 << 16)
            var links = try RabbitMQLinks([link])
            try links.open(withinNanoseconds: answerNanoseconds, isInterrupted)
            for method in methods {
                link.ask([method])
                links.mark(0)
                try links.awaitReadiness(
                    withinNanoseconds: answerNanoseconds, isInterrupted)
            }
            links.close()
            return link.serverVersion
        }
    }
#endif

// NATS JetStream as a target: streams in memory or in files.

#if NATSDriver
    package import AeroLoad

    /// Loads a NATS server with JetStream: one connection for each producer and each consumer, one
    /// stream for each destination, one durable consumer on it for each group.
    package struct JetStreamDriver: LoadDriver {
        package static let name = "jetstream"

        private let endpoint: PeerEndpoint
        private let connectNanoseconds: Int64
        private let isInterrupted: @Sendable () -> Bool

        /// - Parameters:
        ///   - endpoint: Where the server listens.
        ///   - connectNanoseconds: How long connecting may take.
        ///   - isInterrupted: Asked about once a second until all are connected; true gives up.
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
            for each in plan.scenario.classes {
                switch each.storage.durability {
                case .volatile, .os: break
                case .interval, .sync:
                    throw DriverError(
                        "keep the messages of class \(each.name) through a power loss",
                        "nats-server syncs files every two minutes and cannot be told otherwise "
                            + "before 2.10; use durability os")
                }
            }
            let admin = try NATSAdmin(endpoint, patience)
            try admin.checkMessageSizes(plan)
            try admin.withJetStream { (context) throws(DriverError) in
                for classIndex in plan.scenario.classes.indices {
                    try JetStreamTopology(plan, classIndex: classIndex).create(context)
                }
            }
        }

        private var patience: NATSPatience { NATSPatience(connectNanoseconds, isInterrupted) }

        private func makeWorker(
            _ assignment: WorkerAssignment, _ plan: LoadPlan
        ) throws(DriverError) -> NATSWorker {
            let patience = patience
            let worker = try NATSWorker(assignment, plan, .jetStream, endpoint, patience)
            return try worker.connected(patience)
        }

        package func work(_ seat: WorkerSeat) { seat.run(makeWorker) }

        package func promises(_ plan: LoadPlan) throws(DriverError) -> [TargetPromise] {
            plan.scenario.classes.map { each in
                let isInMemory = each.storage.durability == .volatile
                let isAcknowledged = each.acknowledgement != .none
                var promise = TargetPromise(
                    durability: isAcknowledged ? each.storage.durability : nil,
                    acknowledgement: isAcknowledged
                        ? "the stream's answer, after the message is in "
                            + (isInMemory ? "memory" : "a file, and before any sync")
                        : "none",
                    ordering: "of each stream, which is one topic-partition",
                    groups:
                        "a durable consumer on each stream, each message acknowledged explicitly",
                    batching: "none; the messages of a turn are written together")
                promise.differences = NATSDifferences.list(each)
                if each.storage.segmentByteCount != nil {
                    promise.differences.append("The server chooses the size of its files.")
                }
                return promise
            }
        }

        package func statistics() throws(DriverError) -> [String: Int64] { [:] }

        package func cleanUp(_ plan: LoadPlan) throws(DriverError) {
            try NATSAdmin(endpoint, patience).withJetStream { (context) throws(DriverError) in
                for classIndex in plan.scenario.classes.indices {
                    try JetStreamTopology(plan, classIndex: classIndex).delete(context)
                }
            }
        }
    }
#endif

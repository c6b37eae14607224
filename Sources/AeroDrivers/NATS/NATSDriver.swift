// Core NATS as a target: subjects without a memory.

#if NATSDriver
    package import AeroLoad

    /// Loads a NATS server: one connection for each producer and each consumer.
    ///
    /// Core NATS acknowledges nothing by itself. What stands for an acknowledgement is a mark that
    /// a producer sends to itself behind the messages of a turn: the server reads a connection in
    /// order, so when the mark is back it has passed on all that came before, to whoever was
    /// subscribed.
    package struct NATSDriver: LoadDriver {
        package static let name = "nats"

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
            for each in plan.scenario.classes where each.storage.durability != .volatile {
                throw DriverError(
                    "keep the messages of class \(each.name)",
                    "core NATS keeps nothing; use the driver jetstream, or durability volatile")
            }
            try NATSAdmin(endpoint, patience).checkMessageSizes(plan)
        }

        private var patience: NATSPatience { NATSPatience(connectNanoseconds, isInterrupted) }

        private func makeWorker(
            _ assignment: WorkerAssignment, _ plan: LoadPlan
        ) throws(DriverError) -> NATSWorker {
            let patience = patience
            let worker = try NATSWorker(assignment, plan, .core, endpoint, patience)
            return try worker.connected(patience)
        }

        package func work(_ seat: WorkerSeat) { seat.run(makeWorker) }

        package func promises(_ plan: LoadPlan) throws(DriverError) -> [TargetPromise] {
            plan.scenario.classes.map { each in
                let isAcknowledged = each.acknowledgement != .none
                var promise = TargetPromise(
                    durability: isAcknowledged ? .volatile : nil,
                    acknowledgement: isAcknowledged
                        ? "the server has passed a turn's messages on to those subscribed: a "
                            + "message to the producer itself behind them is back; it keeps nothing"
                        : "none",
                    ordering: "of each producer and subject",
                    groups:
                        "a subscription for each consumer; who is not connected misses messages",
                    batching: "none; the messages of a turn are written together")
                promise.differences = NATSDifferences.list(each)
                if each.consume == .pull {
                    promise.differences.append("Messages are pushed: core NATS has no pull.")
                }
                if each.handling != nil {
                    promise.differences.append(
                        "A slow consumer holds nothing back: core NATS sends what it has.")
                }
                if each.storage.retentionByteCount != nil {
                    promise.differences.append("Nothing is retained.")
                }
                return promise
            }
        }

        package func statistics() throws(DriverError) -> [String: Int64] { [:] }

        package func cleanUp(_ plan: LoadPlan) throws(DriverError) {}
    }

    /// What neither core NATS nor JetStream does as a scenario may ask for it.
    enum NATSDifferences {
        /// One sentence for each wish of a class that is not met.
        static func list(_ each: TrafficClass) -> [String] {
            var differences: [String] = []
            if each.batch.compression != .none {
                differences.append("Messages are not compressed: NATS has no batches to compress.")
            }
            if each.batch.lingerNanoseconds > 0 {
                differences.append("No message waits for others: NATS has no batches to fill.")
            }
            if each.acknowledgement == .all {
                differences.append("One server acknowledges: there are no replicas.")
            }
            return differences
        }
    }
#endif

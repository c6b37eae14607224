// An MQTT server as a target, through libmosquitto.

#if MQTTDriver
    import AeroIO
    package import AeroLoad

    /// Loads an MQTT server: each topic-partition is a topic, each consumer subscribes to its own.
    package struct MQTTDriver: LoadDriver {
        package static let name = "mqtt"

        private let endpoint: PeerEndpoint
        private let connectNanoseconds: Int64
        private let isInterrupted: @Sendable () -> Bool

        /// - Parameters:
        ///   - endpoint: Where the server is.
        ///   - connectNanoseconds: How long connecting all clients of a worker may take.
        ///   - isInterrupted: Asked many times a second until all are connected; true gives up.
        package init(
            _ endpoint: PeerEndpoint,
            connectNanoseconds: Int64 = ClientResources.connectNanosecondsDefault,
            isInterrupted: @escaping @Sendable () -> Bool = { false }
        ) {
            self.endpoint = endpoint
            self.connectNanoseconds = connectNanoseconds
            self.isInterrupted = isInterrupted
        }

        /// Topics need no preparing; what the server cannot keep is refused.
        package func prepare(_ plan: LoadPlan) throws(DriverError) {
            for each in plan.scenario.classes where each.storage.durability != .volatile {
                throw DriverError(
                    "keep class \(each.name) as durability \(each.storage.durability.text)",
                    "an MQTT server answers from memory, and mosquitto writes now and then; "
                        + "set durability to volatile")
            }
            try reach()
        }

        package func join(_ plan: LoadPlan) throws(DriverError) { try reach() }

        /// Makes sure that something listens. The library connects by a call that waits as long as
        /// the kernel does, which is minutes where nothing answers.
        private func reach() throws(DriverError) {
            do throws(Errno) {
                try TCPConnection.reach(
                    endpoint.address, withinNanoseconds: connectNanoseconds, isInterrupted)
            } catch {
                throw DriverError("connect to \(endpoint.address)", "\(error)")
            }
        }

        /// What is to be said of a server that does not answer.
        static func silence(nanoseconds: Int64) -> String {
            "no answer within \(nanoseconds / 1_000_000) ms; is this an MQTT server?"
        }

        package func work(_ seat: WorkerSeat) { seat.run(makeWorker) }

        private func makeWorker(
            _ assignment: WorkerAssignment, _ plan: LoadPlan
        ) throws(DriverError) -> MQTTWorker {
            let worker = try MQTTWorker(assignment, plan, endpoint)
            return try worker.connected(withinNanoseconds: connectNanoseconds, isInterrupted)
        }

        package func promises(_ plan: LoadPlan) throws(DriverError) -> [TargetPromise] {
            plan.scenario.classes.map { TargetPromise(mqtt: $0) }
        }

        /// None: a server publishes its own as messages, at intervals of its own.
        package func statistics() throws(DriverError) -> [String: Int64] { [:] }

        package func cleanUp(_ plan: LoadPlan) throws(DriverError) {}
    }

    extension TargetPromise {
        /// What an MQTT server means by a class.
        fileprivate init(mqtt each: TrafficClass) {
            let isAnswered = each.acknowledgement != .none
            self.init(
                durability: isAnswered ? .volatile : nil,
                acknowledgement: isAnswered
                    ? "PUBACK of QoS 1, from memory; nothing is kept for clients that are gone"
                    : "none: QoS 0",
                ordering: "of each topic and producer",
                groups: "each consumer subscribes to topics of its own",
                batching: "none: a packet for each message, which leaves at once")
            if each.batch.messageCount > 1 || each.batch.lingerNanoseconds > 0 {
                differences.append("messages leave one by one; MQTT has no batches")
            }
            if each.batch.compression != .none {
                differences.append("messages are sent as they are; MQTT has no compression")
            }
            if each.storage.retentionByteCount != nil {
                differences.append("nothing is retained, so no retention is kept to")
            }
            if each.handling != nil {
                differences.append(
                    "messages wait at the consumer that is busy; it cannot hold the server back")
            }
        }
    }
#endif

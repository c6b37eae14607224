// A Redis server as a target: streams, through hiredis.

#if RedisDriver
    import AeroIO
    package import AeroLoad

    /// Loads a Redis server: each topic-partition is a stream, each group a consumer group of it.
    package struct RedisDriver: LoadDriver {
        package static let name = "redis"

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

        package func prepare(_ plan: LoadPlan) throws(DriverError) {
            guard endpoint.certificateAuthorityPath == nil else {
                throw DriverError(
                    "connect to \(endpoint.address) with TLS",
                    "hiredis 0.14 has none; put a tunnel in front of the server")
            }
            var control = try makeControl(isInterrupted)
            let persistence = try RedisPersistence.read(&control)
            for each in plan.scenario.classes where !persistence.meets(each.storage.durability) {
                throw DriverError(
                    "keep class \(each.name) as durability \(each.storage.durability.text)",
                    Self.lack(persistence))
            }
            try forEachStream(plan) { (classIndex, stream) throws(DriverError) in
                for group in 0..<plan.scenario.classes[classIndex].groupCount {
                    let name = plan.groupName(classIndex: classIndex, group: group)
                    try control.ask(
                        ["XGROUP", "CREATE", stream, name, "0", "MKSTREAM"],
                        "create group \(name) of stream \(stream)")
                }
            }
        }

        private static func lack(_ persistence: RedisPersistence) -> String {
            switch persistence {
            case .unknown(let cause): "the server does not say what it keeps (\(cause))"
            case .none: "the server runs with appendonly no"
            case .unsynced: "the server runs with appendfsync no"
            case .everySecond: "the server runs with appendfsync everysec"
            case .always: "the server syncs every command"
            }
        }

        package func work(_ seat: WorkerSeat) { seat.run(makeWorker) }

        private func makeWorker(
            _ assignment: WorkerAssignment, _ plan: LoadPlan
        ) throws(DriverError) -> RedisWorker {
            let worker = try RedisWorker(assignment, plan, endpoint)
            return try worker.connected(withinNanoseconds: connectNanoseconds, isInterrupted)
        }

        package func promises(_ plan: LoadPlan) throws(DriverError) -> [TargetPromise] {
            var control = try makeControl(isInterrupted)
            let persistence = try RedisPersistence.read(&control)
            let replicaCount = try figures(&control)["connected_slaves"] ?? 0
            return plan.scenario.classes.map { each in
                TargetPromise(each, persistence, replicaCount: replicaCount)
            }
        }

        /// What of INFO says how a server fared under load.
        private static let published: Set<String> = [
            "aof_current_size", "aof_delayed_fsync", "connected_clients", "evicted_keys",
            "instantaneous_ops_per_sec", "total_commands_processed", "total_net_input_bytes",
            "total_net_output_bytes", "used_memory", "used_memory_rss",
        ]

        package func statistics() throws(DriverError) -> [String: Int64] {
            var control = try makeControl()
            return try figures(&control).filter { Self.published.contains($0.key) }
        }

        /// The lines of INFO that are numbers.
        private func figures(
            _ control: inout RedisControl
        ) throws(DriverError) -> [String: Int64] {
            let answer = try control.ask(["INFO"], "ask the server for its statistics")
            var figures: [String: Int64] = [:]
            for line in answer.flatMap({ $0.split(separator: "\r\n") }) {
                let pair = line.split(separator: ":", maxSplits: 1)
                guard pair.count == 2, let value = Int64(pair[1]) else { continue }
                figures[String(pair[0])] = value
            }
            return figures
        }

        package func cleanUp(_ plan: LoadPlan) throws(DriverError) {
            var control = try makeControl()
            try forEachStream(plan) { (_, stream) throws(DriverError) in
                try control.ask(["UNLINK", stream], "delete stream \(stream)")
            }
        }

        private func makeControl(
            _ isInterrupted: @escaping @Sendable () -> Bool = { false }
        ) throws(DriverError) -> RedisControl {
            try .open(endpoint, withinNanoseconds: connectNanoseconds, isInterrupted)
        }

        private func forEachStream(
            _ plan: LoadPlan, _ body: (Int, String) throws(DriverError) -> Void
        ) throws(DriverError) {
            for (classIndex, each) in plan.scenario.classes.enumerated() {
                for destination in 0..<each.destinationCount {
                    try body(
                        classIndex,
                        plan.streamName(classIndex: classIndex, destination: destination))
                }
            }
        }
    }

    extension TargetPromise {
        /// What a server that keeps its file so means by a class.
        fileprivate init(
            _ each: TrafficClass, _ persistence: RedisPersistence, replicaCount: Int64
        ) {
            let isAnswered = each.acknowledgement != .none
            self.init(
                durability: isAnswered ? persistence.durability : nil,
                acknowledgement: isAnswered
                    ? persistence.acknowledgement
                    : "none: CLIENT REPLY OFF, so that refusals are not heard of either",
                ordering: "of each stream, as its producers' commands arrive",
                groups: "consumer groups (XREADGROUP), each entry acknowledged by XACK",
                batching: "pipelining: what is due is written at once; linger is not waited for")
            if let difference = persistence.difference(from: each.storage.durability) {
                differences.append(difference)
            }
            if each.acknowledgement == .all, replicaCount > 0 {
                differences.append("acks: all is of the primary alone; replicas follow later")
            }
            if each.batch.compression != .none {
                differences.append("messages are sent as they are; Redis has no compression")
            }
            if each.batch.lingerNanoseconds > 0 {
                differences.append("batch.linger is not waited for; commands are pipelined")
            }
            if each.storage.retentionByteCount != nil {
                differences.append(
                    "retention is by count, about (MAXLEN ~), of the largest messages")
            }
        }
    }
#endif

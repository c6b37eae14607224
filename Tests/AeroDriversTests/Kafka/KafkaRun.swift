// Runs against librdkafka's cluster for tests.

#if KafkaDriver
    import AeroDrivers
    import AeroIO
    import AeroLoad

    enum KafkaRun {
        /// Runs a plan against a fresh cluster.
        ///
        /// - Parameter disturb: Called several times a second with the cluster; true interrupts.
        static func run(
            _ plan: LoadPlan, disturb: (KafkaTestCluster) -> Bool = { _ in false }
        ) throws -> LoadOutcome {
            let cluster = try KafkaTestCluster()
            return try run(plan, at: cluster.address) { disturb(cluster) }
        }

        /// Runs a plan against what is there.
        static func run(
            _ plan: LoadPlan, at address: SocketAddress, isInterrupted: () -> Bool = { false }
        ) throws -> LoadOutcome {
            try TargetTrial.run(
                plan, KafkaDriver(PeerEndpoint(address)), drainNanoseconds: 5_000_000_000,
                isInterrupted: isInterrupted)
        }

        /// What keeps a driver from beginning; nil when it begins.
        static func refusal(
            _ plan: LoadPlan, _ endpoint: PeerEndpoint,
            withinNanoseconds limit: Int64 = 20_000_000_000
        ) -> DriverError? {
            do throws(DriverError) {
                try KafkaDriver(endpoint, connectNanoseconds: limit).prepare(plan)
                return nil
            } catch {
                return error
            }
        }
    }
#endif

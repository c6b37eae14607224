// nats-server, started for a run: core NATS and JetStream are the same program.

#if NATSDriver
    package import AeroIO
    package import AeroLoad

    /// A nats-server with JetStream, which the drivers `nats` and `jetstream` both load.
    ///
    /// Whether a stream is in memory or in files is said when it is made, so the durability changes
    /// nothing here.
    package enum NATSServer: PeerServerKind {
        // The most that nats-server recommends; its own default is 1 MiB.
        private static let payloadByteCountMax = 8 << 20

        package static func plan(
            _ address: SocketAddress, directory: String, durability: TopicStorage.Durability
        ) -> PeerServerPlan {
            let settingsName = "nats-server.conf"
            let logName = "nats-server.log"
            var plan = PeerServerPlan(
                programs: ["/usr/sbin/nats-server", "/usr/bin/nats-server"],
                debianPackage: "nats-server", arguments: ["-c", "\(directory)/\(settingsName)"],
                logName: logName)
            plan.files[settingsName] = """
                listen: "\(address)"
                log_file: "\(directory)/\(logName)"
                max_payload: \(payloadByteCountMax)
                jetstream { store_dir: "\(directory)" }

                """
            return plan
        }
    }
#endif

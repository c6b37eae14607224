// How an MQTT server is started for a run.

#if MQTTDriver
    package import AeroIO
    package import AeroLoad

    /// mosquitto of Debian: one process that keeps everything in memory.
    package enum MQTTServer: PeerServerKind {
        /// - Parameter durability: Of no account: the driver refuses all but `volatile`.
        package static func plan(
            _ address: SocketAddress, directory: String, durability: TopicStorage.Durability
        ) -> PeerServerPlan {
            var plan = PeerServerPlan(
                programs: ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto"],
                debianPackage: "mosquitto",
                arguments: ["-c", "\(directory)/\(settingsName)"], logName: logName)
            // Out of the box it throws messages away when a client has more than a thousand under
            // way, and gives it twenty at a time. As root it would become a user who cannot write
            // its log here.
            plan.files[settingsName] = """
                listener \(address.port) \(address.host)
                allow_anonymous true
                persistence false
                max_inflight_messages 0
                max_queued_messages 0
                set_tcp_nodelay true
                user root
                log_dest file \(directory)/\(logName)
                log_type error
                log_type warning

                """
            return plan
        }

        /// The file with its settings.
        package static let settingsName = "mosquitto.conf"
        private static let logName = "mosquitto.log"
    }
#endif

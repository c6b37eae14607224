// How a Redis server is started for a run.

#if RedisDriver
    package import AeroIO
    package import AeroLoad

    /// redis-server of Debian: one process, an append-only file where a class asks for one.
    package enum RedisServer: PeerServerKind {
        package static func plan(
            _ address: SocketAddress, directory: String, durability: TopicStorage.Durability
        ) -> PeerServerPlan {
            let (appendOnly, sync) =
                switch durability {
                case .volatile: ("no", "everysec")
                case .os: ("yes", "everysec")
                case .interval(let nanoseconds) where nanoseconds >= 1_000_000_000:
                    ("yes", "everysec")
                // Redis has no interval between every second and every command.
                case .interval, .sync: ("yes", "always")
                }
            return PeerServerPlan(
                programs: ["/usr/bin/redis-server", "/usr/local/bin/redis-server"],
                debianPackage: "redis-server",
                arguments: [
                    "--bind", address.host, "--port", "\(address.port)",
                    "--dir", directory, "--logfile", logName,
                    // Snapshots would fork in the middle of the load.
                    "--save", "",
                    "--appendonly", appendOnly, "--appendfsync", sync,
                ],
                logName: logName)
        }

        private static let logName = "redis.log"
    }
#endif

// How a RabbitMQ server of one's own is started.

#if RabbitMQDriver
    package import AeroIO
    package import AeroLoad

    /// The server of Debian's package, as one node with nothing of it outside of its directory.
    package enum RabbitMQServer: PeerServerKind {
        private static let mapperPort = "ERL_EPMD_PORT"
        private static let launcher = "start.sh"

        // Erlang starts its port mapper as a daemon that outlives the server, unless there is one.
        // This one is of the server's process group, and ends with it. The shell itself waits for
        // the server when it is told to end.
        private static let launcherText = """
            epmd -address 127.0.0.1 -port "$\(mapperPort)" &
            mapper=$!
            trap 'kill "$mapper" 2> /dev/null' EXIT
            trap : TERM
            until epmd -port "$\(mapperPort)" -names > /dev/null 2>&1 || ! kill -0 "$mapper"; do
                :
            done
            "$@"

            """

        /// The durability is chosen for each queue: nothing is set for it here.
        package static func plan(
            _ address: SocketAddress, directory: String, durability: TopicStorage.Durability
        ) -> PeerServerPlan {
            var plan = PeerServerPlan(
                programs: ["/usr/lib/rabbitmq/bin/rabbitmq-server"],
                debianPackage: "rabbitmq-server", arguments: [], logName: "server.log")
            plan.launcher = launcher
            plan.portVariables = [mapperPort]
            plan.readyNanoseconds = 120_000_000_000
            plan.files = [
                launcher: launcherText,
                "rabbitmq.conf": """
                listeners.tcp.local = \(address)
                log.file = server.log

                """,
                "enabled_plugins": "[].\n",
            ]
            plan.environment = [
                // Erlang's cookie is written there.
                "HOME": directory,
                "RABBITMQ_NODENAME": "aerobench@localhost",
                "RABBITMQ_MNESIA_BASE": "\(directory)/data",
                "RABBITMQ_LOG_BASE": directory,
                "RABBITMQ_CONFIG_FILE": "\(directory)/rabbitmq",
                "RABBITMQ_ENABLED_PLUGINS_FILE": "\(directory)/enabled_plugins",
                "RABBITMQ_PID_FILE": "\(directory)/pid",
                // The machine's own settings are for its own server.
                "RABBITMQ_CONF_ENV_FILE": "/dev/null",
                // Nodes talk to each other on the same port of another address of loopback.
                "RABBITMQ_DIST_PORT": "\(address.port)",
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS":
                    "-kernel inet_dist_use_interface {127,0,0,2}",
            ]
            return plan
        }
    }
#endif

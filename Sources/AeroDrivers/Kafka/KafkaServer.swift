// The server that a run against Kafka starts when it is given none.

#if KafkaDriver
    package import AeroIO
    package import AeroLoad

    /// Debian has no Kafka: a run without an endpoint gets librdkafka's cluster for tests, from a
    /// process of this program. The driver refuses what that cannot promise.
    package enum KafkaServer: PeerServerKind {
        package static func plan(
            _ address: SocketAddress, directory: String, durability: TopicStorage.Durability
        ) -> PeerServerPlan {
            PeerServerPlan(
                programs: ["/proc/self/exe"], debianPackage: "librdkafka1",
                arguments: ["kafka-test-cluster", "--listen", "\(address)"], logName: "log")
        }
    }
#endif

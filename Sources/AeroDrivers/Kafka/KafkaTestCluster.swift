// A Kafka cluster for tests, until there is a server of Kafka's protocol at hand.

#if KafkaDriver
    package import AeroIO
    package import AeroLoad
    import CRdKafka

    /// librdkafka's cluster for its own tests: one broker on loopback, on one thread of this
    /// process.
    ///
    /// It speaks the protocol to producers and to consumers that name their partitions; it has no
    /// disk, no replicas and no administration. It keeps at most 5 MiB and 100,000 batches of a
    /// partition and answers a fetch with one batch, so that a group that falls behind by more than
    /// that loses messages. It shows that the driver works, and nothing about Kafka.
    package final class KafkaTestCluster {
        /// Where its broker listens: the library chooses the port.
        package let address: SocketAddress
        private let client: OpaquePointer
        private var cluster: OpaquePointer?

        /// Starts it; it takes connections at once.
        package init() throws(DriverError) {
            let action = "start librdkafka's cluster for tests"
            var settings = KafkaSettings()
            settings.set("client.id", "aerobench-test-cluster")
            let configuration = try settings.makeConfiguration()
            let (client, words) = KafkaText.said { text, byteCount in
                rd_kafka_new(RD_KAFKA_PRODUCER, configuration, text, byteCount)
            }
            guard let client else {
                rd_kafka_conf_destroy(configuration)
                throw DriverError(action, words)
            }
            guard let cluster = rd_kafka_mock_cluster_new(client, 1),
                let servers = rd_kafka_mock_cluster_bootstraps(cluster)
            else {
                rd_kafka_destroy(client)
                throw DriverError(action, "it cannot listen")
            }
            do throws(SocketAddressError) {
                address = try SocketAddress(parsing: String(cString: servers))
            } catch {
                rd_kafka_mock_cluster_destroy(cluster)
                rd_kafka_destroy(client)
                throw DriverError(action, "it listens on \(String(cString: servers)): \(error)")
            }
            self.client = client
            self.cluster = cluster
        }

        deinit {
            stop()
            rd_kafka_destroy(client)
        }

        /// Ends it, with every connection, as if it were killed.
        package func stop() {
            guard let cluster else { return }
            rd_kafka_mock_cluster_destroy(cluster)
            self.cluster = nil
        }
    }
#endif

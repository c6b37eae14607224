// `aerobench kafka-test-cluster`: librdkafka's cluster for tests as a process of its own.

import AeroDrivers
import AeroIO
import AeroLoad

enum KafkaTestClusterCommand {
    #if KafkaDriver
        /// The command, where the build has the driver.
        static let all = [
            Subcommand(
                CommandSpecification(
                    "kafka-test-cluster",
                    summary: "Run librdkafka's cluster for tests, which --driver kafka can load",
                    options: [
                        OptionSpecification(
                            "--listen", "HOST:PORT",
                            "answer there, too; default: only where the library chooses to"),
                        OptionSpecification(
                            "--attached",
                            "stop when standard input ends; leave Control-C to the starter"),
                    ],
                    remarks:
                        "It is no broker: one thread, no disk, no replicas, the last 5 MiB of\n"
                        + "each partition, at most 4 partitions of a topic. It shows that the\n"
                        + "driver works; to measure Kafka, name a real cluster with --endpoint.\n"
                        + "The library takes a free port on loopback. With --listen, connections\n"
                        + "to that address are passed on to it; clients then learn where it is.",
                    examples: ["aerobench kafka-test-cluster --listen 127.0.0.1:9092"]),
                run)
        ]

        private static func run(
            _ arguments: ParsedArguments, _ console: Console
        ) throws(CommandError) -> ExitCode {
            let address = try arguments.address("--listen")
            let stop = try StopRequest()
            let signals = try stop.onSignals()
            let cluster: KafkaTestCluster
            do throws(DriverError) { cluster = try KafkaTestCluster() } catch {
                throw .failed("\(error)")
            }
            var door: (proxy: SlowProxy, acceptor: JoinHandle)?
            if let address {
                do throws(Errno) {
                    door = try SlowProxy.start(address, to: cluster.address, ProxySettings())
                } catch {
                    throw .failed("cannot listen on \(address): \(error)")
                }
            }
            if arguments.has("--attached") { try stop.onEndOfInput() }
            let place = door?.proxy.address ?? cluster.address
            console.write("aerobench kafka-test-cluster listening on \(place)\n")
            withExtendedLifetime(signals) { stop.wait() }
            door?.proxy.stop()
            door?.acceptor.join()
            cluster.stop()
            return .pass
        }
    #else
        /// None: the build has no driver of Kafka.
        static let all: [Subcommand] = []
    #endif
}

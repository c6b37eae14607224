// `aerobench kafka-test-cluster` starts, can be reached at both of its addresses, and ends.

#if KafkaDriver
    import AeroIO
    import Foundation
    import Glibc
    import Testing

    @Suite(.timeLimit(.minutes(5)))
    struct KafkaTestClusterTests {
        /// A cluster that says where it listens.
        private struct RunningCluster: ~Copyable {
            var process: ChildProcess
            let address: SocketAddress

            init(_ arguments: [String]) throws {
                var options = Executables.options("aerobench", ["kafka-test-cluster"] + arguments)
                options.input = .pipe
                var process = try ChildProcess(options)
                let reading = try process.readLine(deadlineNanoseconds: Executables.deadline)
                guard case .line(let line) = reading else {
                    throw ClusterDidNotStart(reading: "\(reading)")
                }
                let prefix = "aerobench kafka-test-cluster listening on "
                try #require(line.hasPrefix(prefix), "\(line)")
                address = try SocketAddress(parsing: String(line.dropFirst(prefix.count)))
                self.process = process
            }

            /// How it ended.
            mutating func status() throws -> AeroIO.ExitStatus? {
                try process.wait(deadlineNanoseconds: Executables.deadline)
            }
        }

        private struct ClusterDidNotStart: Error {
            let reading: String
        }

        @Test(arguments: [[], ["--listen", "127.0.0.1:0"]]) func itListensUntilItIsAsked(
            arguments: [String]
        ) throws {
            var cluster = try RunningCluster(arguments)
            let address = cluster.address
            #expect(address.isLoopback)
            _ = try TCPConnection.connect(to: address)
            cluster.process.kill(SIGTERM)
            let status = try cluster.status()
            #expect(status == .exited(code: 0))
        }

        @Test func itEndsWithItsStarter() throws {
            var cluster = try RunningCluster(["--attached"])
            cluster.process.closeInput()
            let status = try cluster.status()
            #expect(status == .exited(code: 0))
        }

        @Test func anAddressThatIsTakenIsNamed() throws {
            let taken = try SilentListener()
            let finished = try Executables.run(
                "aerobench", ["kafka-test-cluster", "--listen", taken.address])
            #expect(finished.code == 1)
            #expect(finished.errors.joined().contains("cannot listen on \(taken.address)"))
        }
    }
#endif

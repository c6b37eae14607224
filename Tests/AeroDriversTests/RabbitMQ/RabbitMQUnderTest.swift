// Real RabbitMQ servers for tests.

#if RabbitMQDriver
    import AeroDrivers
    import AeroIO
    import AeroLoad
    import TestSupport
    import Testing

    enum RabbitMQUnderTest {
        /// Where the server of the suite is.
        @TaskLocal static var suiteEndpoint: PeerEndpoint?

        /// The driver of the suite's server.
        static func driver() throws -> RabbitMQDriver {
            RabbitMQDriver(try #require(suiteEndpoint))
        }

        /// Starts a server.
        ///
        /// - Parameters:
        ///   - folder: Its own.
        ///   - settings: More lines for its file of settings.
        static func start(_ folder: TemporaryFolder, settings: String = "") throws -> PeerServer {
            try PeerServer.start(directory: folder.path) { address in
                var plan = RabbitMQServer.plan(
                    address, directory: folder.path, durability: .sync)
                plan.files["rabbitmq.conf", default: ""] += settings
                return plan
            }
        }

        /// Runs `body` against a server of its own, which ends with it.
        static func withServer<R>(
            settings: String = "", _ body: (inout PeerServer) throws -> R
        ) throws -> R {
            let folder = try TemporaryFolder()
            var server = try start(folder, settings: settings)
            let result = try body(&server)
            try server.stop()
            return result
        }

        /// A class of traffic that is always the same.
        static func plan(_ lines: String, duration: String = "300ms") throws -> LoadPlan {
            try DriverScenario(testDescription: "", lines: lines).makePlan(duration: duration)
        }
    }

    /// One server for all tests of a suite: it takes seconds to start.
    struct OneRabbitMQServer: SuiteTrait, TestScoping {
        func provideScope(
            for test: Test, testCase: Test.Case?,
            performing function: @Sendable () async throws -> Void
        ) async throws {
            let folder = try TemporaryFolder()
            var server = try RabbitMQUnderTest.start(folder)
            try await RabbitMQUnderTest.$suiteEndpoint.withValue(PeerEndpoint(server.address)) {
                try await function()
            }
            try server.stop()
        }
    }

    extension Trait where Self == OneRabbitMQServer {
        static var oneRabbitMQServer: Self { OneRabbitMQServer() }
    }
#endif

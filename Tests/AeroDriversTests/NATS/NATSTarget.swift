// Real NATS servers for tests, each started for one run.

#if NATSDriver
    import AeroDrivers
    import AeroIO
    import AeroLoad
    import TestSupport
    import Testing

    /// A driver and how it is asked to keep messages.
    enum NATSTarget: String, CaseIterable, Sendable, CustomTestStringConvertible {
        case nats, jetStreamInMemory, jetStreamInFiles

        var testDescription: String { rawValue }

        private var overrides: [String] {
            self == .jetStreamInFiles ? ["classes.main.durability=os"] : []
        }

        func plan(_ scenario: DriverScenario, duration: String = "300ms") throws -> LoadPlan {
            LoadPlan(try scenario.parse(duration: duration, overrides: overrides), runId: "t1")
        }

        func driver(_ endpoint: PeerEndpoint, connectNanoseconds: Int64 = 20_000_000_000)
            -> any LoadDriver
        {
            switch self {
            case .nats: NATSDriver(endpoint, connectNanoseconds: connectNanoseconds)
            case .jetStreamInMemory, .jetStreamInFiles:
                JetStreamDriver(endpoint, connectNanoseconds: connectNanoseconds)
            }
        }

        /// Runs a plan against a fresh server.
        ///
        /// - Parameter settings: Changes what the server's settings file says.
        func run(
            _ plan: LoadPlan, settings: (String) -> String = { $0 }
        ) throws -> LoadOutcome {
            try Self.withServer(settings) { server in
                try TargetTrial.run(
                    plan, driver(PeerEndpoint(server.address)), drainNanoseconds: 5_000_000_000)
            }
        }

        /// Why a run against an address does not begin.
        func refusal(
            _ endpoint: PeerEndpoint, connectNanoseconds: Int64 = 20_000_000_000
        ) throws -> DriverError {
            try TargetTrial.refusal(
                try plan(DriverScenario.all[0]),
                driver(endpoint, connectNanoseconds: connectNanoseconds))
        }

        /// Calls `body` with a server that ends with it.
        static func withServer<Value>(
            _ settings: (String) -> String = { $0 }, _ body: (borrowing PeerServer) throws -> Value
        ) throws -> Value {
            let folder = try TemporaryFolder()
            let server = try PeerServer.start(directory: folder.path) { address in
                var plan = NATSServer.plan(address, directory: folder.path, durability: .os)
                plan.files = plan.files.mapValues(settings)
                return plan
            }
            return try body(server)
        }
    }
#endif

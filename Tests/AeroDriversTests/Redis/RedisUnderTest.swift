// A Redis server of a test's own.

#if RedisDriver
    import AeroDrivers
    import AeroIO
    import AeroLoad
    import TestSupport

    enum RedisUnderTest {
        /// Lends a server that ends with the call.
        ///
        /// - Parameters:
        ///   - durability: What it is to keep.
        ///   - arguments: More of them.
        static func withServer<R>(
            _ durability: TopicStorage.Durability = .volatile, arguments: [String] = [],
            _ body: (borrowing PeerServer) throws -> R
        ) throws -> R {
            let folder = try TemporaryFolder()
            var server = try PeerServer.start(directory: folder.path) { address in
                var plan = RedisServer.plan(
                    address, directory: folder.path, durability: durability)
                plan.arguments += arguments
                return plan
            }
            let result = try body(server)
            try server.stop()
            return result
        }

        static func driver(
            _ server: borrowing PeerServer, user: String? = nil, password: String? = nil
        ) -> RedisDriver {
            var endpoint = PeerEndpoint(server.address)
            endpoint.user = user
            endpoint.password = password
            return RedisDriver(endpoint)
        }

        static func plan(_ lines: String, duration: String = "300ms") throws -> LoadPlan {
            try DriverScenario(testDescription: "", lines: lines).makePlan(duration: duration)
        }
    }
#endif

// An MQTT server of a test's own.

#if MQTTDriver
    import AeroDrivers
    import AeroIO
    import AeroLoad
    import TestSupport

    enum MQTTUnderTest {
        /// Lends a server that ends with the call.
        ///
        /// - Parameters:
        ///   - settings: Further lines of its settings.
        ///   - files: Further files in its directory.
        static func withServer<R>(
            settings: [String] = [], files: [String: String] = [:],
            _ body: (borrowing PeerServer) throws -> R
        ) throws -> R {
            let folder = try TemporaryFolder()
            var server = try PeerServer.start(directory: folder.path) { address in
                var plan = MQTTServer.plan(
                    address, directory: folder.path, durability: .volatile)
                let more = settings.map { "\($0)\n" }.joined()
                plan.files[MQTTServer.settingsName, default: ""] +=
                    more.replacing("FOLDER", with: folder.path)
                plan.files.merge(files) { $1 }
                return plan
            }
            let result = try body(server)
            try server.stop()
            return result
        }

        static func driver(
            _ server: borrowing PeerServer, user: String? = nil, password: String? = nil
        ) -> MQTTDriver {
            var endpoint = PeerEndpoint(server.address)
            endpoint.user = user
            endpoint.password = password
            return MQTTDriver(endpoint)
        }

        static func plan(_ lines: String, duration: String = "300ms") throws -> LoadPlan {
            try DriverScenario(testDescription: "", lines: lines).makePlan(duration: duration)
        }
    }
#endif

// Questions to a NATS server before and after a load.

#if NATSDriver
    import AeroLoad
    import CNATS

    /// A connection that waits for its answers, with the library's own threads: not for the load.
    struct NATSAdmin: ~Copyable {
        private let endpoint: PeerEndpoint
        private let connection: OpaquePointer

        init(_ endpoint: PeerEndpoint, _ patience: NATSPatience) throws(DriverError) {
            let options = try NATSOptions.make(endpoint)
            connection = try options.connect(patience)
            self.endpoint = endpoint
        }

        deinit { natsConnection_Destroy(connection) }

        /// Throws when a class has messages that the server would not take.
        borrowing func checkMessageSizes(_ plan: LoadPlan) throws(DriverError) {
            let byteCountMax = Int(natsConnection_GetMaxPayload(connection))
            for each in plan.scenario.classes where each.messageByteCount > byteCountMax {
                throw DriverError(
                    "send the messages of class \(each.name)",
                    "\(endpoint) takes at most \(byteCountMax) bytes, and they have up to "
                        + "\(each.messageByteCount); raise its max_payload")
            }
        }

        /// Calls the library about streams.
        ///
        /// - Parameter body: Gets a JetStream context, which is of no use afterwards.
        borrowing func withJetStream(
            _ body: (OpaquePointer) throws(DriverError) -> Void
        ) throws(DriverError) {
            var context: OpaquePointer?
            try NATSFailure.check(
                natsConnection_JetStream(&context, connection, nil), "use JetStream of \(endpoint)")
            guard let context else { return }
            defer { jsCtx_Destroy(context) }
            try body(context)
        }
    }
#endif

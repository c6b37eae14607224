// How a client is let in.

#if RabbitMQDriver
    import AeroLoad

    /// Who the clients are, as the mechanism PLAIN says it. It is in no error.
    struct RabbitMQLogin {
        /// User and password, each behind a zero.
        let response: String

        // BOUND: of user and password together.
        private static let byteCountMax = 4 << 10
        /// Whom a fresh server lets in from its own machine.
        private static let guest = "guest"

        /// - Throws: For what the driver cannot do.
        init(_ endpoint: PeerEndpoint) throws(DriverError) {
            let action = "connect to \(endpoint)"
            guard endpoint.certificateAuthorityPath == nil else {
                throw DriverError(action, "the RabbitMQ driver does not speak TLS")
            }
            response = "\0\(endpoint.user ?? Self.guest)\0\(endpoint.password ?? Self.guest)"
            guard response.utf8.count <= Self.byteCountMax else {
                throw DriverError(
                    action, "user and password have more than \(Self.byteCountMax) bytes")
            }
        }
    }
#endif

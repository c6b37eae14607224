// A connection to an MQTT server, through libmosquitto without its thread.

#if MQTTDriver
    import AeroIO
    import AeroLoad
    import CMosquitto
    import Glibc

    /// Publishes, subscribes and receives. One thread owns it.
    ///
    /// It speaks MQTT 5, in which a server says why it refuses a message.
    final class MQTTConnection: PolledConnection {
        /// What was told and not taken yet.
        let inbox = MQTTInbox()
        private let client: OpaquePointer
        private let address: SocketAddress

        /// Seconds without a packet after which the two ends look after each other.
        private static let keepAliveSeconds: Int32 = 60
        // BOUND: reads before the other connections get their turn.
        private static let readCountMax = 64
        /// Packets that both ends may have under way.
        private static let receiveMaximum: Int32 = 65_535

        private static let isLibraryReady: Bool = mosquitto_lib_init() == MOSQ_ERR_SUCCESS.value

        /// Connects, which waits for the kernel and not for the server.
        ///
        /// - Parameters:
        ///   - endpoint: Where the server is; it was reached a moment ago.
        ///   - name: The client's, which no other client has.
        ///   - hearsAnswers: Whether what it publishes is acknowledged, and anybody asks.
        init(
            _ endpoint: PeerEndpoint, name: String, hearsAnswers: Bool
        ) throws(DriverError) {
            address = endpoint.address
            // libmosquitto writes with write(2), which has no flag against the signal.
            SignalSource.ignoreBrokenPipe()
            // SAFETY: not retained; the client is destroyed before the inbox goes away.
            let owner = Unmanaged.passUnretained(inbox).toOpaque()
            guard Self.isLibraryReady, let client = mosquitto_new(name, true, owner) else {
                throw DriverError("set up an MQTT client", "out of memory")
            }
            inbox.listen(to: client, hearsAnswers: hearsAnswers)
            let status = Self.connect(client, endpoint)
            guard status == MOSQ_ERR_SUCCESS.value else {
                let cause = Self.text(of: status)
                mosquitto_destroy(client)
                throw DriverError("connect to \(endpoint.address)", cause)
            }
            self.client = client
        }

        deinit {
            mosquitto_disconnect(client)
            mosquitto_destroy(client)
        }

        private static func connect(_ client: OpaquePointer, _ endpoint: PeerEndpoint) -> Int32 {
            let options = [
                (MOSQ_OPT_PROTOCOL_VERSION, Int32(MQTT_PROTOCOL_V5)), (MOSQ_OPT_TCP_NODELAY, 1),
                (MOSQ_OPT_RECEIVE_MAXIMUM, receiveMaximum), (MOSQ_OPT_SEND_MAXIMUM, receiveMaximum),
            ]
            for (option, value) in options {
                let status = mosquitto_int_option(client, option, value)
                guard status == MOSQ_ERR_SUCCESS.value else { return status }
            }
            if endpoint.user != nil || endpoint.password != nil {
                let status = mosquitto_username_pw_set(
                    client, endpoint.user ?? "", endpoint.password)
                guard status == MOSQ_ERR_SUCCESS.value else { return status }
            }
            if let path = endpoint.certificateAuthorityPath {
                let status = mosquitto_tls_set(client, path, nil, nil, nil, nil)
                guard status == MOSQ_ERR_SUCCESS.value else { return status }
            }
            return mosquitto_connect(
                client, endpoint.address.host, Int32(endpoint.address.port), keepAliveSeconds)
        }

        var descriptor: Int32 { mosquitto_socket(client) }

        var isBlocked: Bool { mosquitto_want_write(client) }

        /// Puts a message on its way, into the kernel if it takes it.
        ///
        /// - Returns: The identifier that it is answered by, and the library's status.
        func publish(
            topic: UnsafePointer<CChar>?, _ value: UnsafeRawBufferPointer, quality: Int32
        ) -> (identifier: Int, status: Int32) {
            var identifier: Int32 = 0
            let status = mosquitto_publish(
                client, &identifier, topic, Int32(value.count), value.baseAddress, quality, false)
            return (Int(identifier), status)
        }

        /// Asks for the messages of a topic.
        func subscribe(topic: String, quality: Int32) throws(DriverError) {
            try check(mosquitto_subscribe(client, nil, topic, quality))
        }

        /// Hands what was written to the kernel, as far as it takes it.
        func send() throws(DriverError) {
            if isBlocked { try check(mosquitto_loop_write(client, 1)) }
        }

        /// Takes what has come into the inbox, as far as a few reads go.
        func receive() throws(DriverError) {
            // The library takes one packet at a time, and does not say whether it has.
            for _ in 0..<Self.readCountMax {
                let before = inbox.eventCount
                try check(mosquitto_loop_read(client, 1))
                if inbox.eventCount == before { return }
            }
        }

        /// Looks after the connection; wanted about once a second.
        func keepAlive() throws(DriverError) { try check(mosquitto_loop_misc(client)) }

        private func check(_ status: Int32) throws(DriverError) {
            let action = "talk to the MQTT server at \(address)"
            if let reason = inbox.connectReason, reason != 0 {
                throw DriverError(action, Self.reasonText(reason))
            }
            if let reason = inbox.lossReason {
                throw DriverError(
                    action, Self.isRefusal(reason) ? Self.reasonText(reason) : Self.text(of: reason)
                )
            }
            guard status == MOSQ_ERR_SUCCESS.value else {
                throw DriverError(action, Self.text(of: status))
            }
        }

        // MARK: - Texts

        /// Whether a reason code of MQTT 5 means no.
        static func isRefusal(_ reason: Int32) -> Bool {
            reason >= Int32(MQTT_RC_UNSPECIFIED.rawValue)
        }

        /// What a reason code of the server says.
        static func reasonText(_ reason: Int32) -> String {
            String(
                cString: isRefusal(reason)
                    ? mosquitto_reason_string(reason) : mosquitto_connack_string(reason))
        }

        /// What a status of the library says.
        static func text(of status: Int32) -> String {
            status == MOSQ_ERR_ERRNO.value
                ? "\(Errno(rawValue: errno))" : String(cString: mosquitto_strerror(status))
        }
    }

    extension mosq_err_t {
        /// As functions return it.
        var value: Int32 { rawValue }
    }
#endif

// How a client of a NATS server connects.

#if NATSDriver
    import AeroIO
    import AeroLoad
    import CNATS

    /// How long connecting may go on, and who may end it.
    struct NATSPatience {
        let limitNanoseconds: Int64
        let deadlineNanoseconds: Int64
        let isInterrupted: @Sendable () -> Bool

        init(_ limitNanoseconds: Int64, _ isInterrupted: @escaping @Sendable () -> Bool) {
            self.limitNanoseconds = limitNanoseconds
            deadlineNanoseconds = MonotonicClock.nowNanoseconds() + limitNanoseconds
            self.isInterrupted = isInterrupted
        }

        /// Throws once somebody has given up, or the time is over.
        func check(_ endpoint: PeerEndpoint) throws(DriverError) {
            let action = "connect to \(endpoint)"
            if isInterrupted() { throw DriverError(action, "interrupted") }
            guard MonotonicClock.nowNanoseconds() < deadlineNanoseconds else {
                throw DriverError(action, "no answer within \(limitNanoseconds / 1_000_000) ms")
            }
        }
    }

    /// The options of one connection.
    struct NATSOptions: ~Copyable {
        private let pointer: OpaquePointer
        private let endpoint: PeerEndpoint

        // BOUND: one attempt; a server that listens and says nothing is tried again until the
        // deadline.
        private static let attemptMillisecondsMax: Int64 = 1_000

        private init(pointer: OpaquePointer, _ endpoint: PeerEndpoint) {
            self.pointer = pointer
            self.endpoint = endpoint
        }

        deinit { natsOptions_Destroy(pointer) }

        /// Options of a connection that ends where it breaks, and does nothing of its own in
        /// between: no pings, and no second attempt that would hide a loss.
        static func make(_ endpoint: PeerEndpoint) throws(DriverError) -> NATSOptions {
            var created: OpaquePointer?
            try NATSFailure.check(natsOptions_Create(&created), "set up a NATS client")
            guard let pointer = created else {
                throw DriverError("set up a NATS client", "out of memory")
            }
            let options = NATSOptions(pointer: pointer, endpoint)
            try options.set(natsOptions_SetURL(pointer, "nats://\(endpoint.address)"))
            try options.set(natsOptions_SetName(pointer, "aerobench"))
            try options.set(natsOptions_SetAllowReconnect(pointer, false))
            try options.set(natsOptions_SetPingInterval(pointer, 0))
            if let user = endpoint.user {
                try options.set(natsOptions_SetUserInfo(pointer, user, endpoint.password ?? ""))
            }
            if let authorities = endpoint.certificateAuthorityPath {
                try options.set(natsOptions_SetSecure(pointer, true))
                try options.set(natsOptions_LoadCATrustedCertificates(pointer, authorities))
            }
            return options
        }

        private borrowing func set(_ status: natsStatus) throws(DriverError) {
            try NATSFailure.check(status, "set up a client of \(endpoint)")
        }

        /// Lets the connection be read and written by whoever has its loop.
        ///
        /// - Parameters:
        ///   - loop: Outlives the connection.
        ///   - byteCount: Of one read, and of output before it is larger than usual.
        borrowing func leave(
            to loop: UnsafeMutablePointer<NATSLoop>, byteCount: Int
        ) throws(DriverError) {
            try set(natsOptions_SetIOBufSize(pointer, Int32(byteCount)))
            // Publishing only marks the connection as to be written then: no thread is kicked.
            try set(natsOptions_SetSendAsap(pointer, true))
            try set(
                natsOptions_SetEventLoop(
                    pointer, loop, NATSLoop.attach, NATSLoop.changeReading, NATSLoop.changeWriting,
                    NATSLoop.detach))
        }

        /// Connects.
        ///
        /// - Returns: The connection, for `natsConnection_Destroy`.
        borrowing func connect(_ patience: NATSPatience) throws(DriverError) -> OpaquePointer {
            while true {
                let left =
                    (patience.deadlineNanoseconds - MonotonicClock.nowNanoseconds()) / 1_000_000
                try set(
                    natsOptions_SetTimeout(pointer, max(1, min(left, Self.attemptMillisecondsMax))))
                var connection: OpaquePointer?
                let status = natsConnection_Connect(&connection, pointer)
                if status == NATS_OK, let connection { return connection }
                if status == NATS_TIMEOUT {
                    try patience.check(endpoint)
                    continue
                }
                throw DriverError("connect to \(endpoint)", Self.cause(status))
            }
        }

        private static func cause(_ status: natsStatus) -> String {
            switch status {
            case NATS_NO_SERVER: "nobody takes connections there; connection refused"
            case NATS_PROTOCOL_ERROR:
                "is this a NATS server? \(NATSFailure.text(status))"
            default: NATSFailure.text(status)
            }
        }
    }
#endif

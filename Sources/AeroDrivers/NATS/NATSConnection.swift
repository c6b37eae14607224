// One connection of cnats, read and written on its worker's own thread.

#if NATSDriver
    import AeroIO
    import AeroLoad
    import CNATS

    /// A connection with at most one subscription, whose messages it gives out in their order.
    ///
    /// The library parses and formats; it has no thread here that touches the connection, so a
    /// message is there when the read returns that brought it, and what nobody reads stays with the
    /// server.
    final class NATSConnection {
        private let handle: OpaquePointer
        private let loop: UnsafeMutablePointer<NATSLoop>
        private var subscription: OpaquePointer?
        /// Why the connection is of no more use; set once.
        private(set) var failure: String?
        /// Bytes handed to the library since the kernel last had all, or a little more.
        private(set) var queuedByteCount = 0
        /// It is in its worker's list of those to be written.
        var isListed = false
        /// The subscription is known to the server: what is published from now on arrives.
        private(set) var isReady = true

        /// Of one read. A larger message takes several.
        private static let bufferByteCount = 256 << 10
        /// Bytes of the protocol around a message, about.
        private static let envelopeByteCount = 64

        /// Connects.
        init(_ endpoint: PeerEndpoint, _ patience: NATSPatience) throws(DriverError) {
            let loop = UnsafeMutablePointer<NATSLoop>.allocate(capacity: 1)
            loop.initialize(to: NATSLoop())
            do throws(DriverError) {
                let options = try NATSOptions.make(endpoint)
                try options.leave(to: loop, byteCount: Self.bufferByteCount)
                handle = try options.connect(patience)
            } catch {
                loop.deallocate()
                throw error
            }
            self.loop = loop
        }

        deinit {
            natsSubscription_Destroy(subscription)
            natsConnection_Destroy(handle)
            loop.deallocate()
        }

        // MARK: - Subscribing

        /// Subscribes to all subjects of one more token behind a prefix.
        ///
        /// - Parameter prefix: Ends with a full stop.
        func subscribe(prefix: String) throws(DriverError) {
            try subscribe("\(prefix)*", sample: "\(prefix)ready")
        }

        /// Subscribes, and asks the server to send one message back, after which `isReady` is true.
        ///
        /// - Parameters:
        ///   - subjects: What to subscribe to.
        ///   - sample: One of those subjects, for that message.
        func subscribe(_ subjects: String, sample: String) throws(DriverError) {
            let action = "subscribe to \(subjects)"
            try NATSFailure.check(
                natsConnection_SubscribeSync(&subscription, handle, subjects), action)
            // Nothing is dropped here: no more than one read is ever pending.
            try NATSFailure.check(natsSubscription_SetPendingLimits(subscription, -1, -1), action)
            isReady = false
            publish(sample, nil, 0)
        }

        /// The next message of the last read; the caller destroys it.
        func nextMessage() -> NATSMessage? {
            var message: OpaquePointer?
            guard natsSubscription_NextMsg(&message, subscription, 0) == NATS_OK, let message
            else { return nil }
            isReady = true
            return NATSMessage(pointer: message)
        }

        /// How many messages the last read brought. Asked first, because the library formats an
        /// error for each `nextMessage` without one.
        var messageCount: Int {
            var count: UInt64 = 0
            guard let subscription, natsSubscription_QueuedMsgs(subscription, &count) == NATS_OK
            else { return 0 }
            return Int(count)
        }

        // MARK: - Publishing

        /// Hands a message to the library, which copies it.
        func publish(_ subject: UnsafePointer<CChar>, _ bytes: UnsafeRawPointer?, _ byteCount: Int)
        {
            published(
                byteCount, natsConnection_Publish(handle, subject, bytes, Int32(byteCount)))
        }

        /// Hands a message to the library that is to be answered on the subject `reply`.
        func publish(
            _ subject: UnsafePointer<CChar>, reply: UnsafePointer<CChar>,
            _ bytes: UnsafeRawPointer?, _ byteCount: Int
        ) {
            published(
                byteCount,
                natsConnection_PublishRequest(handle, subject, reply, bytes, Int32(byteCount)))
        }

        private func published(_ byteCount: Int, _ status: natsStatus) {
            queuedByteCount += byteCount + Self.envelopeByteCount
            // Sizes are checked before the run, so what fails here is the connection.
            if status != NATS_OK { fail(NATSFailure.text(status)) }
        }

        // MARK: - Moving bytes

        /// Takes what the kernel has.
        func read() {
            natsConnection_ProcessReadEvent(handle)
            noteEnd()
        }

        /// Gives the connection up.
        func fail(_ cause: String) {
            if failure == nil { failure = cause }
        }

        private func noteEnd() {
            guard loop.pointee.isStopped, failure == nil else { return }
            var detail: UnsafePointer<CChar>?
            let status = natsConnection_GetLastError(handle, &detail)
            fail(
                status == NATS_OK
                    ? "the server closed the connection"
                    : NATSFailure.text(status, detail: detail))
        }
    }

    extension NATSConnection: PolledConnection {
        var descriptor: Int32 { loop.pointee.descriptor }

        var isBlocked: Bool { failure == nil && loop.pointee.wantsToWrite }

        func send() throws(DriverError) {
            if loop.pointee.wantsToWrite {
                natsConnection_ProcessWriteEvent(handle)
                noteEnd()
                queuedByteCount = isBlocked ? max(0, Int(natsConnection_Buffered(handle))) : 0
            }
            if let failure { throw DriverError("go on", failure) }
        }
    }
#endif

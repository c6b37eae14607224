// A connection to a RabbitMQ server with its one channel: frames in, frames out.

#if RabbitMQDriver
    import AeroIO
    import AeroLoad
    import CRabbitMQ

    /// Opens itself by asking one thing after the other, then leaves the frames to its owner.
    ///
    /// rabbitmq-c decodes what arrives and encodes methods; its own sending and receiving wait, so
    /// sockets are the poller's. One thread owns it.
    final class RabbitMQLink {
        let token: Token
        let address: SocketAddress
        /// What is to be sent.
        var output: SwappedOutput
        /// Its owner has noted that there is something to send.
        var isMarked = false
        /// The frame that `nextFrame` found; what it points to lives until `release`.
        private(set) var frame = amqp_frame_t()
        /// The server has let it in and done all that was asked for.
        private(set) var isReady = false
        /// What the server says its version is.
        private(set) var serverVersion = ""
        /// Bytes of a message that fit one frame.
        private(set) var bodyByteCountMax =
            RabbitMQLink.frameByteCountMax - AMQPFrame.framingByteCount

        private let login: RabbitMQLogin
        private let codec: amqp_connection_state_t
        /// What is asked next, the last one first.
        private var requests: [AMQPMethod] = []
        /// What is waited for.
        private var answer = AMQP_CONNECTION_START_METHOD
        /// What is being done, for errors.
        private var action: String

        /// The largest frame that clients of RabbitMQ ask for by default.
        private static let frameByteCountMax = 131_072

        /// - Parameters:
        ///   - index: Its number in its poller.
        ///   - endpoint: Where the server is and how to be let in.
        ///   - outputCapacity: Bytes that it has to send at most.
        init(
            _ index: Int, _ endpoint: PeerEndpoint, outputCapacity: Int
        ) throws(DriverError) {
            token = Token(index: UInt32(index), generation: 1)
            address = endpoint.address
            action = "connect to \(endpoint)"
            login = try RabbitMQLogin(endpoint)
            guard let codec = amqp_new_connection() else {
                throw DriverError(action, "out of memory")
            }
            self.codec = codec
            output = SwappedOutput(capacity: outputCapacity)
        }

        deinit { amqp_destroy_connection(codec) }

        /// What went wrong here.
        func failure(_ cause: String) -> DriverError { DriverError(action, cause) }

        /// Whether it is a RabbitMQ server at all, as long as it has not said so.
        var doubt: String { serverVersion.isEmpty ? "; is this a RabbitMQ server?" : "" }

        // MARK: - Frames

        /// Decodes the next frame into `frame`.
        ///
        /// - Parameter bytes: What arrived; what was decoded is cut off.
        /// - Returns: False when the rest is a part of a frame, which is kept.
        func nextFrame(in bytes: inout UnsafeRawBufferPointer) throws(DriverError) -> Bool {
            while let base = bytes.baseAddress, bytes.count > 0 {
                let used = amqp_handle_input(
                    codec,
                    amqp_bytes_t(
                        len: bytes.count, bytes: UnsafeMutableRawPointer(mutating: base)),
                    &frame)
                guard used >= 0 else {
                    throw failure(String(cString: amqp_error_string2(used)) + doubt)
                }
                bytes = UnsafeRawBufferPointer(rebasing: bytes[Int(used)...])
                if frame.frame_type != 0 { return true }
            }
            return false
        }

        /// Lets go of the memory of frames that were looked at.
        func release() { amqp_maybe_release_buffers_on_channel(codec, frame.channel) }

        /// Writes a frame if there is room for it.
        @discardableResult
        func write(_ bytes: [UInt8]) -> Bool {
            guard let room = output.claim(bytes.count) else { return false }
            bytes.withUnsafeBytes { source in
                if let base = source.baseAddress {
                    room.copyMemory(from: base, byteCount: source.count)
                }
            }
            output.commit(bytes.count)
            return true
        }

        // MARK: - Opening

        /// Is connected: says what it speaks.
        func greet() { write(AMQPFrame.protocolHeader) }

        /// Asks for more, one after the other, as soon as it is open.
        func ask(_ methods: [AMQPMethod]) {
            requests = methods.reversed()
            if isReady { askNext() }
        }

        /// Takes the frame, which arrived before it was ready, and asks for the next thing.
        ///
        /// - Throws: When the server refuses.
        func advance() throws(DriverError) {
            guard Int32(frame.frame_type) == AMQP_FRAME_METHOD else {
                throw failure("the server speaks another version of AMQP")
            }
            switch notice() {
            case .closed(let cause): throw failure(cause)
            case .blocked(let reason):
                throw failure("the server blocks publishers: \(reason)")
            case .unblocked: return
            case nil: break
            }
            let method = frame.payload.method
            guard method.id == answer, !isReady, let decoded = method.decoded else {
                throw failure("the server answered what was not asked")
            }
            switch method.id {
            case AMQP_CONNECTION_START_METHOD:
                let start = decoded.assumingMemoryBound(to: amqp_connection_start_t.self)
                serverVersion = Self.version(start.pointee.server_properties)
                ask(.startOk(login, action))
            case AMQP_CONNECTION_TUNE_METHOD:
                let tune = decoded.assumingMemoryBound(to: amqp_connection_tune_t.self)
                try tuned(tune.pointee)
            case AMQP_CONNECTION_OPEN_OK_METHOD:
                ask(.openChannel(action))
            default:
                askNext()
            }
        }

        private func tuned(_ tune: amqp_connection_tune_t) throws(DriverError) {
            let wish = Self.frameByteCountMax
            let frameMax = tune.frame_max == 0 ? wish : min(Int(tune.frame_max), wish)
            guard frameMax >= Int(AMQP_FRAME_MIN_SIZE),
                amqp_tune_connection(codec, 1, Int32(frameMax), 0) == AMQP_STATUS_OK.rawValue
            else { throw failure("the server takes frames of \(frameMax) bytes only") }
            bodyByteCountMax = frameMax - AMQPFrame.framingByteCount
            // No heartbeats: a server that is silent shows in the result anyway.
            let answer = amqp_connection_tune_ok_t(
                channel_max: 1, frame_max: UInt32(frameMax), heartbeat: 0)
            write(AMQPFrame.bytes(.tuneOk(answer, action)))
            ask(.open(action))
        }

        private func askNext() {
            guard let next = requests.popLast() else {
                isReady = true
                action = "go on with the RabbitMQ server at \(address)"
                return
            }
            isReady = false
            action = next.action
            ask(next)
        }

        private func ask(_ method: AMQPMethod) {
            if let answer = method.answer { self.answer = answer }
            let isWritten = write(AMQPFrame.bytes(method))
            precondition(isWritten, "one request at a time fits the output")
        }

        private static func version(_ properties: amqp_table_t) -> String {
            let entries = UnsafeBufferPointer(
                start: properties.entries, count: Int(properties.num_entries))
            let version = entries.first { entry in
                entry.key.text == "version"
                    && entry.value.kind == UInt8(AMQP_FIELD_KIND_UTF8.rawValue)
            }
            return version?.value.value.bytes.text ?? ""
        }

        // MARK: - Notices

        /// What any connection may be told at any time.
        enum Notice {
            /// The server ends what is done here.
            case closed(String)
            /// The server reads nothing from publishers until it says otherwise.
            case blocked(String)
            case unblocked
        }

        /// What the frame says about the connection, if it is about that.
        func notice() -> Notice? {
            guard Int32(frame.frame_type) == AMQP_FRAME_METHOD,
                let decoded = frame.payload.method.decoded
            else { return nil }
            switch frame.payload.method.id {
            case AMQP_CONNECTION_CLOSE_METHOD:
                let close = decoded.assumingMemoryBound(to: amqp_connection_close_t.self)
                return .closed(close.pointee.reply_text.text)
            case AMQP_CHANNEL_CLOSE_METHOD:
                let close = decoded.assumingMemoryBound(to: amqp_channel_close_t.self)
                return .closed(close.pointee.reply_text.text)
            case AMQP_BASIC_CANCEL_METHOD:
                return .closed("the server took a consumer's queue away")
            case AMQP_CONNECTION_BLOCKED_METHOD:
                let blocked = decoded.assumingMemoryBound(to: amqp_connection_blocked_t.self)
                return .blocked(blocked.pointee.reason.text)
            case AMQP_CONNECTION_UNBLOCKED_METHOD: return .unblocked
            default: return nil
            }
        }
    }
#endif

// A connection to a Redis server that never blocks, through hiredis.

#if RedisDriver
    import AeroIO
    import AeroLoad
    import CHiredis

    /// Sends commands and reads replies. One thread owns it.
    final class RedisConnection: PolledConnection {
        /// What was answered and not taken yet.
        let inbox = RedisInbox()
        /// Commands that wait for `send`.
        var commands = RedisCommands(capacity: 1 << 16)
        /// The kernel has not taken all that was sent: call `send` when it can.
        private(set) var isBlocked = false
        /// Replies to the greeting that are still to come.
        private(set) var awaitedGreetingCount = 0
        private let context: UnsafeMutablePointer<redisContext>
        private let address: SocketAddress

        /// What hiredis reads at a time.
        private static let readByteCount = 16 << 10

        /// Begins to connect, and to be let in.
        ///
        /// - Throws: When the system knows at once that it cannot be.
        init(_ endpoint: PeerEndpoint) throws(DriverError) {
            address = endpoint.address
            let action = Self.action(address)
            // hiredis writes with write(2), which has no flag against the signal.
            SignalSource.ignoreBrokenPipe()
            guard let context = redisConnectNonBlock(address.host, Int32(address.port)) else {
                throw DriverError(action, "out of memory")
            }
            guard context.pointee.err == 0, let reader = inbox.makeReader() else {
                let cause = Self.cause(context)
                redisFree(context)
                throw DriverError(action, cause)
            }
            redisReaderFree(context.pointee.reader)
            context.pointee.reader = reader
            self.context = context
            greet(endpoint)
        }

        deinit { redisFree(context) }

        private static func action(_ address: SocketAddress) -> String {
            "talk to the Redis server at \(address)"
        }

        /// What to watch.
        var descriptor: Int32 { context.pointee.fd }

        /// True when the server has let it in.
        var isReady: Bool { awaitedGreetingCount == 0 }

        private func greet(_ endpoint: PeerEndpoint) {
            if endpoint.user != nil || endpoint.password != nil {
                let user = endpoint.user.map { [$0] } ?? []
                commands.append(command: ["AUTH"] + user + [endpoint.password ?? ""])
                awaitedGreetingCount += 1
            }
            commands.append(command: ["PING"])
            awaitedGreetingCount += 1
        }

        /// Takes the replies to the greeting that are there.
        ///
        /// - Throws: When the server does not let it in.
        func takeGreetings() throws(DriverError) {
            while awaitedGreetingCount > 0, try parse() {
                if let failure = inbox.failure { throw DriverError(Self.action(address), failure) }
                inbox.removeAll()
                awaitedGreetingCount -= 1
            }
        }

        /// Hands what was written to the kernel, as far as it takes it.
        func send() throws(DriverError) {
            if isBlocked { try write() }
            // hiredis' own buffer is filled only when it is empty: it moves what is left in it.
            guard !isBlocked, commands.byteCount > 0 else { return }
            let text = commands.bytes.assumingMemoryBound(to: CChar.self)
            try check(redisAppendFormattedCommand(context, text.baseAddress, text.count))
            commands.removeAll()
            try write()
        }

        private func write() throws(DriverError) {
            var isDone: Int32 = 0
            try check(redisBufferWrite(context, &isDone))
            isBlocked = isDone == 0
        }

        /// Reads what has come.
        ///
        /// - Returns: Whether there may be more.
        func receive() throws(DriverError) -> Bool {
            let before = context.pointee.reader.pointee.len
            try check(redisBufferRead(context))
            return context.pointee.reader.pointee.len - before == Self.readByteCount
        }

        /// Goes on with the reply that has begun, or with the next.
        ///
        /// - Returns: True when it is complete; its parts so far are in the inbox in either case.
        func parse() throws(DriverError) -> Bool {
            var reply: UnsafeMutableRawPointer?
            guard redisGetReplyFromReader(context, &reply) == REDIS_OK else {
                throw DriverError(
                    Self.action(address), "\(Self.cause(context)); is this a Redis server?")
            }
            return reply != nil
        }

        private func check(_ status: Int32) throws(DriverError) {
            guard status == REDIS_OK else {
                throw DriverError(Self.action(address), Self.cause(context))
            }
        }

        /// What hiredis says of its last error.
        private static func cause(_ context: UnsafeMutablePointer<redisContext>) -> String {
            // SAFETY: a text of 128 bytes at most that ends with a zero.
            withUnsafeBytes(of: &context.pointee.errstr) { text in
                String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
            }
        }
    }
#endif

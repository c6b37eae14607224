// Single questions to a Redis server before and after a load.

#if RedisDriver
    import AeroIO
    import AeroLoad

    /// A connection that asks one thing at a time and waits for the answer.
    struct RedisControl: ~Copyable {
        private let connection: RedisConnection
        private var poller: ReadinessPoller
        private let limitNanoseconds: Int64
        private let isInterrupted: @Sendable () -> Bool

        private static let stepNanoseconds: Int64 = 10_000_000

        private init(
            connection: RedisConnection, poller: consuming ReadinessPoller,
            withinNanoseconds limit: Int64, _ isInterrupted: @escaping @Sendable () -> Bool
        ) {
            self.connection = connection
            self.poller = poller
            limitNanoseconds = limit
            self.isInterrupted = isInterrupted
        }

        /// Connects and waits until the server lets it in.
        ///
        /// - Parameters:
        ///   - endpoint: Where the server is.
        ///   - limit: How long that, and each answer, may take, in nanoseconds.
        ///   - isInterrupted: Asked many times a second; true gives up whatever is waited for.
        static func open(
            _ endpoint: PeerEndpoint, withinNanoseconds limit: Int64,
            _ isInterrupted: @escaping @Sendable () -> Bool
        ) throws(DriverError) -> RedisControl {
            let action = "connect to \(endpoint.address)"
            let connection: RedisConnection
            do throws(DriverError) { connection = try RedisConnection(endpoint) } catch {
                throw DriverError(action, error.cause)
            }
            let poller = try ClientResources.makeReadinessPoller()
            do throws(Errno) {
                try poller.watch(connection.descriptor, index: 0, output: true)
            } catch {
                throw DriverError(action, "\(error)")
            }
            var control = RedisControl(
                connection: connection, poller: poller, withinNanoseconds: limit, isInterrupted)
            try control.turn(action) { (connection) throws(DriverError) in
                try connection.takeGreetings()
                return connection.isReady
            }
            return control
        }

        /// Asks and waits.
        ///
        /// - Parameters:
        ///   - words: The command.
        ///   - action: What it is for, as it stands in an error.
        /// - Returns: The words of the answer; none where it is a number or nothing.
        /// - Throws: What the server says against it.
        @discardableResult
        mutating func ask(_ words: [String], _ action: String) throws(DriverError) -> [String] {
            connection.commands.append(command: words)
            connection.inbox.removeAll()
            try turn(action) { (connection) throws(DriverError) in try connection.parse() }
            if let failure = connection.inbox.failure { throw DriverError(action, failure) }
            return connection.inbox.texts
        }

        /// Sends and receives until something is done.
        private mutating func turn(
            _ action: String, until isDone: (RedisConnection) throws(DriverError) -> Bool
        ) throws(DriverError) {
            let deadline = MonotonicClock.nowNanoseconds() + limitNanoseconds
            do throws(DriverError) {
                while !(try isDone(connection)) {
                    guard !isInterrupted() else { throw DriverError(action, "interrupted") }
                    guard MonotonicClock.nowNanoseconds() < deadline else {
                        let milliseconds = limitNanoseconds / 1_000_000
                        throw DriverError(action, "no answer within \(milliseconds) ms")
                    }
                    try exchange(action)
                }
            } catch {
                throw DriverError(action, error.cause)
            }
        }

        private mutating func exchange(_ action: String) throws(DriverError) {
            let wantsOutput = connection.isBlocked || connection.commands.byteCount > 0
            do throws(Errno) {
                try poller.change(connection.descriptor, index: 0, output: wantsOutput)
                guard try poller.wait(timeoutNanoseconds: Self.stepNanoseconds) > 0 else { return }
            } catch {
                throw DriverError(action, "\(error)")
            }
            let ready = poller[0]
            if ready.isReadable { _ = try connection.receive() }
            if ready.isWritable { try connection.send() }
        }
    }
#endif

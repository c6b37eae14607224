// The clients of one worker thread on a Redis server.

#if RedisDriver
    import AeroIO
    import AeroLoad

    /// Producers and consumers of one worker, each with a connection of its own, on one poller.
    ///
    /// A connection that breaks is not made again: what was under way on it fails, and the run
    /// ends.
    struct RedisWorker: DriverWorker, ~Copyable {
        private let producers: [RedisProducer]
        private let consumers: [RedisConsumer]
        private let pacedConsumers: [RedisConsumer]
        /// Of the producers first, then of the consumers.
        private var links: PolledConnections<RedisConnection>
        /// Producers with commands that were not sent yet.
        private var flushing: [Int] = []
        private let address: SocketAddress

        // BOUND: reads of one connection before the others get their turn.
        private static let readCountMax = 16

        init(
            _ assignment: WorkerAssignment, _ plan: LoadPlan, _ endpoint: PeerEndpoint
        ) throws(DriverError) {
            var producers: [RedisProducer] = []
            for producer in assignment.producers {
                producers.append(try RedisProducer(producer, plan, endpoint))
            }
            var consumers: [RedisConsumer] = []
            for (index, consumer) in assignment.consumers.enumerated() {
                consumers.append(try RedisConsumer(index, consumer, plan, endpoint))
            }
            let links = try PolledConnections(
                producers.map(\.connection) + consumers.map(\.connection))
            self.links = links
            address = endpoint.address
            self.producers = producers
            self.consumers = consumers
            pacedConsumers = consumers.filter(\.isPaced)
            flushing.reserveCapacity(producers.count)
        }

        /// Connects everybody and waits until the server has let all of them in.
        ///
        /// - Parameters:
        ///   - limit: How long that may take, in nanoseconds.
        ///   - isInterrupted: Asked many times a second; true gives up.
        consuming func connected(
            withinNanoseconds limit: Int64, _ isInterrupted: () -> Bool
        ) throws(DriverError) -> RedisWorker {
            let action = "connect to \(address)"
            var sink = SilentSink()
            let deadline = MonotonicClock.nowNanoseconds() + limit
            while !links.connections.allSatisfy(\.isReady) {
                let now = MonotonicClock.nowNanoseconds()
                guard !isInterrupted() else { throw DriverError(action, "interrupted") }
                guard now < deadline else {
                    throw DriverError(action, "no answer within \(limit / 1_000_000) ms")
                }
                do throws(DriverError) {
                    try poll(untilNanoseconds: now + 10_000_000, into: &sink)
                } catch {
                    throw DriverError(action, error.cause)
                }
            }
            for producer in producers { producer.begin() }
            for consumer in consumers { consumer.read() }
            for index in links.connections.indices { try links.send(index) }
            return self
        }

        // MARK: - Sending

        mutating func claim(
            producer: Int, destination: Int, byteCount: Int, token: UInt32, nowNanoseconds: Int64
        ) -> UnsafeMutableRawPointer? {
            producers[producer].claim(
                destination: destination, byteCount: byteCount, token: token)
        }

        mutating func commit(producer: Int, nowNanoseconds: Int64) {
            producers[producer].commit()
            guard !producers[producer].needsFlush else { return }
            producers[producer].needsFlush = true
            flushing.append(producer)
        }

        /// Hands over what was committed; a connection that is lost is reported by `poll`.
        mutating func flush(nowNanoseconds: Int64) {
            for producer in flushing {
                producers[producer].needsFlush = false
                do throws(DriverError) { try links.send(producer) } catch {
                    continue  // hiredis keeps the error, and `poll` gets it again.
                }
            }
            flushing.removeAll(keepingCapacity: true)
        }

        // MARK: - Receiving

        mutating func poll<Sink: DriverSink & ~Copyable>(
            untilNanoseconds: Int64, into sink: inout Sink
        ) throws(DriverError) {
            let now = MonotonicClock.nowNanoseconds()
            let until = min(untilNanoseconds, try readPaced(&sink, now))
            let readyCount = try links.wait(untilNanoseconds: until, nowNanoseconds: now)
            for position in 0..<readyCount {
                sink.moved()
                try serve(links[position], &sink)
            }
        }

        private mutating func serve<Sink: DriverSink & ~Copyable>(
            _ ready: ReadinessPoller.Readiness, _ sink: inout Sink
        ) throws(DriverError) {
            let index = ready.index
            do throws(DriverError) {
                if ready.isReadable { try receive(index, &sink) }
                try links.send(index)
            } catch {
                try lose(index < producers.count ? producers[index] : nil, error, &sink)
            }
        }

        private func receive<Sink: DriverSink & ~Copyable>(
            _ index: Int, _ sink: inout Sink
        ) throws(DriverError) {
            let connection = links.connections[index]
            var readCount = 0
            var mayHaveMore = true
            while mayHaveMore, readCount < Self.readCountMax {
                readCount += 1
                mayHaveMore = try connection.receive()
                let now = MonotonicClock.nowNanoseconds()
                if !connection.isReady {
                    try connection.takeGreetings()
                } else if index < producers.count {
                    try producers[index].takeReplies(&sink, nowNanoseconds: now)
                } else {
                    try consumers[index - producers.count].takeReplies(&sink, nowNanoseconds: now)
                }
            }
        }

        /// Lets consumers that have handled what they got read on.
        ///
        /// - Returns: When the next of them has.
        private mutating func readPaced<Sink: DriverSink & ~Copyable>(
            _ sink: inout Sink, _ now: Int64
        ) throws(DriverError) -> Int64 {
            var next = Int64.max
            for consumer in pacedConsumers where !consumer.isReading {
                let free = sink.freeNanoseconds(consumer: consumer.index, nowNanoseconds: now)
                if free > now {
                    next = min(next, free)
                    continue
                }
                consumer.read()
                do throws(DriverError) { try links.send(producers.count + consumer.index) } catch {
                    try lose(nil, error, &sink)
                }
            }
            return next
        }

        /// What was under way on a connection will not be answered.
        private func lose<Sink: DriverSink & ~Copyable>(
            _ producer: RedisProducer?, _ error: DriverError, _ sink: inout Sink
        ) throws(DriverError) -> Never {
            let now = MonotonicClock.nowNanoseconds()
            producer?.failAll(error.cause, &sink, nowNanoseconds: now)
            sink.noted("a connection was lost: \(error.cause)", nowNanoseconds: now)
            throw error
        }

        mutating func close<Sink: DriverSink & ~Copyable>(into sink: inout Sink) {
            let now = MonotonicClock.nowNanoseconds()
            for producer in producers {
                producer.failAll("closed before it was answered", &sink, nowNanoseconds: now)
            }
        }
    }
#endif

// The clients of one worker thread on an MQTT server.

#if MQTTDriver
    import AeroIO
    import AeroLoad

    /// Producers and consumers of one worker, each with a connection of its own, on one poller.
    ///
    /// A connection that breaks is not made again: its session, and what was under way on it, is
    /// gone with it, and the run ends.
    struct MQTTWorker: DriverWorker, ~Copyable {
        private let producers: [MQTTProducer]
        private let consumers: [MQTTConsumer]
        /// Of the producers first, then of the consumers.
        private var links: PolledConnections<MQTTConnection>
        /// Producers that have published since they were last looked at.
        private var flushing: [Int] = []
        private var nextTickNanoseconds: Int64 = 0
        private let address: SocketAddress

        private static let tickNanoseconds: Int64 = 1_000_000_000

        init(
            _ assignment: WorkerAssignment, _ plan: LoadPlan, _ endpoint: PeerEndpoint
        ) throws(DriverError) {
            let worker = assignment.worker
            var producers: [MQTTProducer] = []
            for (index, producer) in assignment.producers.enumerated() {
                producers.append(try MQTTProducer(index, producer, worker, plan, endpoint))
            }
            var consumers: [MQTTConsumer] = []
            for (index, consumer) in assignment.consumers.enumerated() {
                consumers.append(try MQTTConsumer(index, consumer, worker, plan, endpoint))
            }
            let links = try PolledConnections(
                producers.map(\.connection) + consumers.map(\.connection))
            self.links = links
            address = endpoint.address
            self.producers = producers
            self.consumers = consumers
            flushing.reserveCapacity(producers.count)
        }

        /// Waits until the server has let everybody in and granted all subscriptions.
        ///
        /// - Parameters:
        ///   - limit: How long that may take, in nanoseconds.
        ///   - isInterrupted: Asked many times a second; true gives up.
        consuming func connected(
            withinNanoseconds limit: Int64, _ isInterrupted: () -> Bool
        ) throws(DriverError) -> MQTTWorker {
            let action = "connect to \(address)"
            var sink = SilentSink()
            let deadline = MonotonicClock.nowNanoseconds() + limit
            while !isReady {
                let now = MonotonicClock.nowNanoseconds()
                guard !isInterrupted() else { throw DriverError(action, "interrupted") }
                guard now < deadline else {
                    throw DriverError(action, MQTTDriver.silence(nanoseconds: limit))
                }
                do throws(DriverError) {
                    try poll(untilNanoseconds: now + 10_000_000, into: &sink)
                    for (index, consumer) in consumers.enumerated() {
                        try consumer.subscribe()
                        try links.send(producers.count + index)
                    }
                } catch {
                    throw DriverError(action, error.cause)
                }
            }
            return self
        }

        private var isReady: Bool {
            producers.allSatisfy { $0.connection.inbox.connectReason == 0 }
                && consumers.allSatisfy(\.isReady)
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

        /// Watches what the kernel did not take; the library has sent the rest.
        mutating func flush(nowNanoseconds: Int64) {
            for producer in flushing {
                producers[producer].needsFlush = false
                do throws(DriverError) { try links.send(producer) } catch {
                    continue  // Its socket is broken, and `poll` gets to know it.
                }
            }
            flushing.removeAll(keepingCapacity: true)
        }

        // MARK: - Receiving

        mutating func poll<Sink: DriverSink & ~Copyable>(
            untilNanoseconds: Int64, into sink: inout Sink
        ) throws(DriverError) {
            let now = MonotonicClock.nowNanoseconds()
            let readyCount = try links.wait(
                untilNanoseconds: untilNanoseconds, nowNanoseconds: now)
            for position in 0..<readyCount {
                sink.moved()
                try serve(links[position], &sink)
            }
            for producer in producers { producer.takeRefusals(&sink, nowNanoseconds: now) }
            if now >= nextTickNanoseconds { try tick(now, &sink) }
        }

        private mutating func serve<Sink: DriverSink & ~Copyable>(
            _ ready: ReadinessPoller.Readiness, _ sink: inout Sink
        ) throws(DriverError) {
            let index = ready.index
            do throws(DriverError) {
                if ready.isReadable {
                    // What came before an error counts.
                    defer { take(index, &sink) }
                    try links.connections[index].receive()
                }
                try links.send(index)
            } catch {
                try lose(index, error, &sink)
            }
        }

        private func take<Sink: DriverSink & ~Copyable>(_ index: Int, _ sink: inout Sink) {
            if index < producers.count {
                producers[index].takeAnswers(&sink)
            } else {
                consumers[index - producers.count].takeMessages(&sink)
            }
        }

        private mutating func tick<Sink: DriverSink & ~Copyable>(
            _ now: Int64, _ sink: inout Sink
        ) throws(DriverError) {
            nextTickNanoseconds = now + Self.tickNanoseconds
            for (index, connection) in links.connections.enumerated() {
                do throws(DriverError) { try connection.keepAlive() } catch {
                    try lose(index, error, &sink)
                }
            }
        }

        /// What was under way on a connection will not be answered.
        private func lose<Sink: DriverSink & ~Copyable>(
            _ index: Int, _ error: DriverError, _ sink: inout Sink
        ) throws(DriverError) -> Never {
            let now = MonotonicClock.nowNanoseconds()
            if index < producers.count {
                producers[index].failAll(error.cause, &sink, nowNanoseconds: now)
            }
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

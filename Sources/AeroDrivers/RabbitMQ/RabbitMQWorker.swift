// The clients of one worker thread on a RabbitMQ server.

#if RabbitMQDriver
    import AeroIO
    import AeroLoad

    /// Producers and consumers of one worker, each with a connection of its own, on one poller.
    struct RabbitMQWorker: DriverWorker, ~Copyable {
        private let producers: [RabbitMQProducer]
        private let consumers: [RabbitMQConsumer]
        /// Producers' first, in their order, then consumers'.
        private var links: RabbitMQLinks
        private let hasPacedConsumers: Bool
        private var nextReleaseNanoseconds = Int64.max
        /// Why nothing will be confirmed any more.
        private var loss: String?

        /// Connects and subscribes everybody.
        ///
        /// - Parameters:
        ///   - assignment: Who they are.
        ///   - plan: The layout of the run.
        ///   - endpoint: Where the server is.
        ///   - limit: How long that may take, in nanoseconds.
        ///   - isInterrupted: Asked many times a second; true gives up.
        init(
            _ assignment: WorkerAssignment, _ plan: LoadPlan, _ endpoint: PeerEndpoint,
            withinNanoseconds limit: Int64, _ isInterrupted: () -> Bool
        ) throws(DriverError) {
            let classes = plan.scenario.classes
            let topology = RabbitMQTopology(plan)
            let frames = classes.indices.map(topology.frames)
            var producers: [RabbitMQProducer] = []
            for (index, producer) in assignment.producers.enumerated() {
                producers.append(
                    try RabbitMQProducer(
                        index, classes[producer.classIndex], endpoint,
                        frames[producer.classIndex]))
            }
            var consumers: [RabbitMQConsumer] = []
            for (index, consumer) in assignment.consumers.enumerated() {
                consumers.append(
                    try RabbitMQConsumer(
                        index, producers.count + index, consumer, plan, endpoint))
            }
            var links = try RabbitMQLinks(producers.map(\.link) + consumers.map(\.link))
            try links.open(withinNanoseconds: limit, isInterrupted)
            self.producers = producers
            self.consumers = consumers
            hasPacedConsumers = consumers.contains(where: \.isPaced)
            self.links = links
        }

        mutating func claim(
            producer: Int, destination: Int, byteCount: Int, token: UInt32, nowNanoseconds: Int64
        ) -> UnsafeMutableRawPointer? {
            producers[producer].claim(
                destination: destination, byteCount: byteCount, token: token)
        }

        mutating func commit(producer: Int, nowNanoseconds: Int64) {
            producers[producer].commit()
            links.mark(producer)
        }

        mutating func flush(nowNanoseconds: Int64) { links.flush() }

        mutating func poll<Sink: DriverSink & ~Copyable>(
            untilNanoseconds: Int64, into sink: inout Sink
        ) throws(DriverError) {
            let until = min(untilNanoseconds, nextReleaseNanoseconds)
            try links.wait(
                timeoutNanoseconds: PollPacing.timeoutNanoseconds(
                    untilNanoseconds: until, nowNanoseconds: MonotonicClock.nowNanoseconds()))
            do throws(DriverError) {
                try takeEvents(&sink)
            } catch {
                loss = error.cause
                sink.noted(
                    "connection lost: \(error.cause)",
                    nowNanoseconds: MonotonicClock.nowNanoseconds())
                throw error
            }
            if hasPacedConsumers { release() }
            links.flush()
        }

        mutating func close<Sink: DriverSink & ~Copyable>(into sink: inout Sink) {
            // What is not confirmed and still here may as well be published.
            links.flush()
            links.close()
            let now = MonotonicClock.nowNanoseconds()
            let reason = loss ?? "closed before it was confirmed"
            for producer in producers {
                producer.failAll(reason, &sink, nowNanoseconds: now)
            }
        }

        // MARK: - Events

        private mutating func takeEvents<Sink: DriverSink & ~Copyable>(
            _ sink: inout Sink
        ) throws(DriverError) {
            while let event = try links.nextEvent() {
                sink.moved()
                guard case .received(let index, let bytes) = event else { continue }
                if index < producers.count {
                    try received(bytes, producers[index], &sink)
                } else {
                    try received(bytes, consumers[index - producers.count], &sink)
                    links.mark(index)
                }
            }
        }

        private func received<Sink: DriverSink & ~Copyable>(
            _ bytes: UnsafeRawBufferPointer, _ producer: RabbitMQProducer, _ sink: inout Sink
        ) throws(DriverError) {
            var bytes = bytes
            let now = MonotonicClock.nowNanoseconds()
            // What was confirmed before something went wrong counts, too.
            defer { producer.acknowledge(&sink, nowNanoseconds: now) }
            while try producer.link.nextFrame(in: &bytes) {
                if try !producer.take(&sink, nowNanoseconds: now) {
                    try takeNotice(producer.link, &sink, now)
                }
                producer.link.release()
            }
        }

        private func received<Sink: DriverSink & ~Copyable>(
            _ bytes: UnsafeRawBufferPointer, _ consumer: RabbitMQConsumer, _ sink: inout Sink
        ) throws(DriverError) {
            var bytes = bytes
            let now = MonotonicClock.nowNanoseconds()
            while try consumer.link.nextFrame(in: &bytes) {
                if try !consumer.take(&sink, nowNanoseconds: now) {
                    try takeNotice(consumer.link, &sink, now)
                }
                consumer.link.release()
            }
            consumer.acknowledge()
        }

        /// Takes a frame that is about the connection.
        ///
        /// - Throws: When it ends the connection, or means nothing.
        private func takeNotice<Sink: DriverSink & ~Copyable>(
            _ link: RabbitMQLink, _ sink: inout Sink, _ now: Int64
        ) throws(DriverError) {
            switch link.notice() {
            case .closed(let cause): throw link.failure(cause)
            case .blocked(let reason):
                sink.noted("the server blocks publishers: \(reason)", nowNanoseconds: now)
            case .unblocked: return
            case nil: throw link.failure("the server said what was not asked for")
            }
        }

        private mutating func release() {
            let now = MonotonicClock.nowNanoseconds()
            nextReleaseNanoseconds = .max
            for (index, consumer) in consumers.enumerated() where consumer.isPaced {
                nextReleaseNanoseconds = min(
                    nextReleaseNanoseconds, consumer.release(nowNanoseconds: now))
                links.mark(producers.count + index)
            }
        }
    }
#endif

// The clients of one worker thread on a NATS server.

#if NATSDriver
    import AeroIO
    package import AeroLoad

    /// Producers and consumers of one worker, each with a connection of its own, on one poller.
    package struct NATSWorker: DriverWorker, ~Copyable {
        private let endpoint: PeerEndpoint
        private let publishers: [NATSPublisher]
        private let readers: [NATSReader]
        /// The publishers' first, then the readers'.
        private var links: PolledConnections<NATSConnection>
        /// Connections that may have something to write.
        private var listed: [Int] = []
        /// Where a message is written before the library copies it.
        private let room: UnsafeMutableRawPointer
        private var nextReleaseNanoseconds = Int64.max
        /// A connection that is of no more use.
        private var lost: Int?

        /// Connects and subscribes everybody.
        init(
            _ assignment: WorkerAssignment, _ plan: LoadPlan, _ service: NATSService,
            _ endpoint: PeerEndpoint, _ patience: NATSPatience
        ) throws(DriverError) {
            var publishers: [NATSPublisher] = []
            var readers: [NATSReader] = []
            for producer in assignment.producers {
                publishers.append(
                    try NATSPublisher(producer, plan, service, NATSConnection(endpoint, patience)))
            }
            for consumer in assignment.consumers {
                readers.append(
                    try NATSReader(consumer, plan, service, NATSConnection(endpoint, patience)))
            }
            let links = try PolledConnections(
                publishers.map(\.connection) + readers.map(\.connection))
            self.links = links
            self.publishers = publishers
            self.readers = readers
            self.endpoint = endpoint
            let largest = plan.scenario.classes.map(\.messageByteCount).max() ?? 1
            room = .allocate(byteCount: largest, alignment: 64)
        }

        deinit { room.deallocate() }

        /// Waits until the server knows all subscriptions, and asks for the first messages.
        consuming func connected(_ patience: NATSPatience) throws(DriverError) -> NATSWorker {
            var sink = SilentSink()
            for index in links.connections.indices { list(index) }
            while !links.connections.allSatisfy(\.isReady) {
                try patience.check(endpoint)
                let now = MonotonicClock.nowNanoseconds()
                try poll(untilNanoseconds: now + PollPacing.tickIntervalNanoseconds, into: &sink)
            }
            for (index, reader) in readers.enumerated() {
                reader.begin()
                list(publishers.count + index)
            }
            writeListed()
            return self
        }

        // MARK: - Sending

        package mutating func claim(
            producer: Int, destination: Int, byteCount: Int, token: UInt32, nowNanoseconds: Int64
        ) -> UnsafeMutableRawPointer? {
            publishers[producer].claim(destination: destination, byteCount: byteCount, token: token)
                ? room : nil
        }

        package mutating func commit(producer: Int, nowNanoseconds: Int64) {
            publishers[producer].commit(room)
            list(producer)
        }

        package mutating func flush(nowNanoseconds: Int64) { writeListed() }

        /// Remembers that a connection has something to write.
        private mutating func list(_ index: Int) {
            guard !links.connections[index].isListed else { return }
            links.connections[index].isListed = true
            listed.append(index)
        }

        private mutating func writeListed() {
            for index in listed {
                if index < publishers.count { publishers[index].endTurn() }
                links.connections[index].isListed = false
                do throws(DriverError) { try links.send(index) } catch {
                    // Whatever happens to a connection, it is in the list: `poll` ends the run.
                    links.connections[index].fail(error.cause)
                    lost = index
                }
            }
            listed.removeAll(keepingCapacity: true)
        }

        // MARK: - Receiving

        package mutating func poll<Sink: DriverSink & ~Copyable>(
            untilNanoseconds: Int64, into sink: inout Sink
        ) throws(DriverError) {
            let now = MonotonicClock.nowNanoseconds()
            let readyCount = try links.wait(
                untilNanoseconds: min(untilNanoseconds, nextReleaseNanoseconds),
                nowNanoseconds: now)
            for position in 0..<readyCount {
                let ready = links[position]
                sink.moved()
                if ready.isReadable { read(ready.index, &sink) }
                list(ready.index)
            }
            release()
            writeListed()
            try endWhereLost(&sink)
        }

        private mutating func read<Sink: DriverSink & ~Copyable>(_ index: Int, _ sink: inout Sink) {
            // Before the library parses what is there, which takes long.
            let now = MonotonicClock.nowNanoseconds()
            links.connections[index].read()
            if index < publishers.count {
                publishers[index].takeAnswers(now, into: &sink)
                return
            }
            let consumer = index - publishers.count
            readers[consumer].takeMessages(consumer: consumer, now, into: &sink)
            if readers[consumer].isHolding { nextReleaseNanoseconds = now }
        }

        /// Acknowledges what slow handlers have handled.
        private mutating func release() {
            guard nextReleaseNanoseconds < .max else { return }
            let now = MonotonicClock.nowNanoseconds()
            guard now >= nextReleaseNanoseconds else { return }
            nextReleaseNanoseconds = .max
            for (consumer, reader) in readers.enumerated() where reader.isHolding {
                nextReleaseNanoseconds = min(
                    nextReleaseNanoseconds, reader.release(nowNanoseconds: now))
                list(publishers.count + consumer)
            }
        }

        /// Ends the run where a connection is lost: what was in flight on it has failed.
        private mutating func endWhereLost<Sink: DriverSink & ~Copyable>(
            _ sink: inout Sink
        ) throws(DriverError) {
            guard let lost, let cause = links.connections[lost].failure else { return }
            let now = MonotonicClock.nowNanoseconds()
            if lost < publishers.count { publishers[lost].failAll(cause, now, into: &sink) }
            sink.noted("lost a connection: \(cause)", nowNanoseconds: now)
            throw DriverError("go on with \(endpoint)", cause)
        }

        package mutating func close<Sink: DriverSink & ~Copyable>(into sink: inout Sink) {
            writeListed()
            let now = MonotonicClock.nowNanoseconds()
            for publisher in publishers {
                publisher.failAll("closed before it was answered", now, into: &sink)
            }
            for reader in readers { reader.close() }
        }
    }
#endif

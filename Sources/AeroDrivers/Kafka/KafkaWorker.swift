// The clients of one worker thread on a Kafka cluster.

#if KafkaDriver
    import AeroIO
    import AeroLoad
    import CRdKafka

    /// Producers and consumers of one worker, each with a client of its own.
    ///
    /// The library does the network on threads of its own and keeps what it has to say in queues,
    /// which the worker's thread empties: nothing of ours runs on another thread but the ring of a
    /// bell.
    struct KafkaWorker: DriverWorker, ~Copyable {
        private let producers: [KafkaProducer]
        private let consumers: [KafkaConsumer]
        private let scratch: KafkaScratch
        private var poller: EpollPoller
        private var claimed = KafkaMessage(destination: 0, key: nil, byteCount: 0, token: 0)

        // BOUND: values of all producers that are under way; the library has its copies.
        private static let inFlightByteCountMax = 1 << 30
        // BOUND: for the library to hand back what it was told to give up.
        private static let closeNanoseconds: Int64 = 2_000_000_000

        /// Connects everybody.
        init(
            _ assignment: WorkerAssignment, _ plan: LoadPlan, _ endpoint: PeerEndpoint,
            _ patience: KafkaPatience
        ) throws(DriverError) {
            let classes = plan.scenario.classes
            let poller = try ClientResources.makePoller(connectionCount: 1)
            let names = classes.indices.map { plan.topicNames(classIndex: $0) }
            var producers: [KafkaProducer] = []
            for each in assignment.producers {
                producers.append(
                    try KafkaProducer(
                        .producer(endpoint, classes[each.classIndex]), classes[each.classIndex],
                        topics: names[each.classIndex],
                        byteCountMax: Self.inFlightByteCountMax / assignment.producers.count,
                        bell: KafkaBell(poller.waker)))
            }
            var consumers: [KafkaConsumer] = []
            for (index, each) in assignment.consumers.enumerated() {
                let group = plan.groupName(classIndex: each.classIndex, group: each.group)
                consumers.append(
                    try KafkaConsumer(
                        .consumer(
                            endpoint, classes[each.classIndex], group: "\(group).\(plan.runId)"),
                        classes[each.classIndex], index: index,
                        topics: names[each.classIndex], bell: KafkaBell(poller.waker)))
            }
            // All connect at the same time; then each is waited for.
            for (each, producer) in zip(assignment.producers, producers) {
                try producer.awaitReady(patience, topic: names[each.classIndex][0])
            }
            for (each, consumer) in zip(assignment.consumers, consumers) {
                try consumer.begin(each.destinations, names[each.classIndex], patience)
            }
            self.poller = poller
            self.producers = producers
            self.consumers = consumers
            scratch = KafkaScratch(valueByteCount: classes.map(\.messageByteCount).max() ?? 0)
        }

        // MARK: - Sending

        mutating func claim(
            producer: Int, destination: Int, byteCount: Int, token: UInt32, nowNanoseconds: Int64
        ) -> UnsafeMutableRawPointer? {
            claim(
                producer: producer, destination: destination, key: nil, byteCount: byteCount,
                token: token, nowNanoseconds: nowNanoseconds)
        }

        mutating func claim(
            producer: Int, destination: Int, key: UInt64?, byteCount: Int, token: UInt32,
            nowNanoseconds: Int64
        ) -> UnsafeMutableRawPointer? {
            guard producers[producer].hasRoom(byteCount: byteCount) else { return nil }
            claimed = KafkaMessage(
                destination: destination,
                key: producers[producer].key(drawn: key, destination: destination),
                byteCount: byteCount, token: token)
            return scratch.value
        }

        mutating func commit(producer: Int, nowNanoseconds: Int64) {
            producers[producer].send(claimed, in: scratch)
        }

        /// Nothing: the library sends by its linger time as soon as it has a message.
        mutating func flush(nowNanoseconds: Int64) {}

        // MARK: - Receiving

        mutating func poll<Sink: DriverSink & ~Copyable>(
            untilNanoseconds: Int64, into sink: inout Sink
        ) throws(DriverError) {
            let now = MonotonicClock.nowNanoseconds()
            var until = untilNanoseconds
            for consumer in consumers { until = min(until, consumer.nextNanoseconds) }
            do throws(Errno) {
                try poller.wait(
                    timeoutNanoseconds: PollPacing.timeoutNanoseconds(
                        untilNanoseconds: until, nowNanoseconds: now))
            } catch {
                throw DriverError("wait for Kafka", "\(error)")
            }
            // Only bells wake this poller, and each knows for itself whether it has rung.
            while poller.next() != nil {}
            for producer in producers { try producer.take(scratch, into: &sink) }
            let after = MonotonicClock.nowNanoseconds()
            for consumer in consumers {
                try consumer.take(scratch, nowNanoseconds: after, into: &sink)
            }
        }

        mutating func close<Sink: DriverSink & ~Copyable>(into sink: inout Sink) {
            let deadline = MonotonicClock.nowNanoseconds() + Self.closeNanoseconds
            for producer in producers {
                producer.close(scratch, untilNanoseconds: deadline, into: &sink)
            }
        }
    }

    extension LoadPlan {
        /// The topics of a class.
        func topicNames(classIndex: Int) -> [String] {
            (0..<scenario.classes[classIndex].topicCount).map {
                topicName(classIndex: classIndex, topic: $0)
            }
        }
    }
#endif

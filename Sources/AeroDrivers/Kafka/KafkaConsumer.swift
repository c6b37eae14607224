// One consumer: a client of its own, which reads the partitions that it was given.

#if KafkaDriver
    import AeroIO
    import AeroLoad
    import CRdKafka

    /// Receives the messages of one consumer. One thread owns it.
    ///
    /// Its partitions are assigned and not negotiated: nothing moves from one consumer to another,
    /// so the order of a partition is kept. The library commits what was taken once in a while.
    final class KafkaConsumer {
        private let client: KafkaClient
        private let topics: [OpaquePointer]
        /// What the library has fetched, of all partitions.
        private let fetched: OpaquePointer
        private let index: Int
        private let partitionCount: Int
        /// Whether its handler takes time.
        private let isPaced: Bool
        /// Messages that are taken at a time: those that a handler may have waiting.
        private let takenCountMax: Int
        /// When its handler is through with what it has.
        private var freeNanoseconds: Int64 = 0

        /// - Parameters:
        ///   - settings: Of its client.
        ///   - index: Its own, in the worker.
        ///   - names: The topics of its class.
        init(
            _ settings: KafkaSettings, _ each: TrafficClass, index: Int, topics names: [String],
            bell: KafkaBell
        ) throws(DriverError) {
            let client = try KafkaClient(RD_KAFKA_CONSUMER, settings, bell: bell)
            topics = try client.makeTopics(names)
            guard let fetched = rd_kafka_queue_get_consumer(client.raw) else {
                preconditionFailure("every consumer has a queue of messages")
            }
            self.client = client
            self.fetched = fetched
            self.index = index
            partitionCount = each.partitionCount
            isPaced = each.handling != nil
            let window = each.handling.map { max($0.windowByteCount / each.messageByteCount, 1) }
            takenCountMax = min(window ?? .max, KafkaScratch.messageCount)
            client.listen(to: fetched)
        }

        deinit {
            rd_kafka_queue_cb_event_enable(fetched, nil, nil)
            rd_kafka_queue_destroy(fetched)
            for topic in topics { rd_kafka_topic_destroy(topic) }
        }

        /// Begins to read, once it is connected to a partition of its own: what is assigned sooner,
        /// the library tries again only half a second later.
        ///
        /// - Parameter names: The topics of its class.
        func begin(
            _ destinations: [Int], _ names: [String], _ patience: KafkaPatience
        ) throws(DriverError) {
            guard let first = destinations.first else { return }
            try patience.wait(
                for: client, topic: names[first / partitionCount],
                partition: Int32(first % partitionCount))
            let list = rd_kafka_topic_partition_list_new(Int32(destinations.count))
            defer { rd_kafka_topic_partition_list_destroy(list) }
            for destination in destinations {
                let entry = rd_kafka_topic_partition_list_add(
                    list, names[destination / partitionCount], Int32(destination % partitionCount))
                // Topics are new with each run.
                entry?.pointee.offset = 0
            }
            let error = rd_kafka_assign(client.raw, list)
            guard error == RD_KAFKA_RESP_ERR_NO_ERROR else {
                throw DriverError("assign partitions to a consumer", KafkaText.of(error))
            }
        }

        /// When there is something to take that waits for the handler; `Int64.max` when there is
        /// not.
        var nextNanoseconds: Int64 {
            guard isPaced, client.bell?.isRinging == true else { return .max }
            return freeNanoseconds
        }

        /// Takes some of what has arrived; rings its own bell when there is more.
        func take<Sink: DriverSink & ~Copyable>(
            _ scratch: KafkaScratch, nowNanoseconds: Int64, into sink: inout Sink
        ) throws(DriverError) {
            guard freeNanoseconds <= nowNanoseconds, let bell = client.bell, bell.answer()
            else { return }
            while let event = client.nextEvent() {
                let now = MonotonicClock.nowNanoseconds()
                try client.note(event, into: &sink, nowNanoseconds: now)
            }
            // As many as there are: the library would wait for more.
            let count = min(rd_kafka_queue_length(fetched), takenCountMax)
            guard count > 0 else { return }
            let taken = rd_kafka_consume_batch_queue(fetched, 0, scratch.messages, count)
            let now = MonotonicClock.nowNanoseconds()
            sink.moved()
            for position in 0..<max(taken, 0) {
                guard let message = scratch.messages[position] else { continue }
                deliver(message, now, into: &sink)
                rd_kafka_message_destroy(message)
            }
            if isPaced {
                freeNanoseconds = sink.freeNanoseconds(consumer: index, nowNanoseconds: now)
            }
            if rd_kafka_queue_length(fetched) > 0 { bell.ring() }
        }

        private func deliver<Sink: DriverSink & ~Copyable>(
            _ message: UnsafeMutablePointer<rd_kafka_message_t>, _ now: Int64, into sink: inout Sink
        ) {
            guard message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR else {
                sink.noted(
                    "a partition cannot be read: \(KafkaText.of(message.pointee.err))",
                    nowNanoseconds: now)
                return
            }
            let topic = Int(bitPattern: rd_kafka_topic_opaque(message.pointee.rkt))
            sink.delivered(
                consumer: index,
                destination: topic * partitionCount + Int(message.pointee.partition),
                value: UnsafeRawBufferPointer(
                    start: message.pointee.payload, count: message.pointee.len),
                nowNanoseconds: now)
        }
    }
#endif

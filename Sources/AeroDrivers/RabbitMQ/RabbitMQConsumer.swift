// One consumer: a connection on which the queues of its topic-partitions are consumed.

#if RabbitMQDriver
    import AeroLoad
    import AeroMemory
    import CRabbitMQ

    /// Puts deliveries together and acknowledges them, many at once.
    final class RabbitMQConsumer {
        let link: RabbitMQLink
        /// Whether handling takes time: a message is acknowledged once it is handled.
        let isPaced: Bool
        private let index: Int
        private let destinations: [Int]
        /// Messages after which they are acknowledged, as one.
        private let acknowledgedCount: Int

        /// What the next frame has to be.
        private enum Awaited { case method, header, body }
        private var awaited = Awaited.method
        private var destination = 0
        private var bodyByteCount = 0
        /// A body that comes in several frames, as far as it is here.
        private let body: UnsafeMutableRawBufferPointer
        private var receivedByteCount = 0

        /// The last message that may be acknowledged, and how many are not.
        private var lastTag: UInt64 = 0
        private var unacknowledgedCount = 0
        /// Messages that are being handled, oldest first.
        // BOUND: the prefetch count of each queue.
        private var held = FIFO<Held>()
        private var acknowledgement = AMQPFrame.bytes(.acknowledge())

        /// A message in the hands of a consumer that takes its time.
        private struct Held {
            let tag: UInt64
            let untilNanoseconds: Int64
        }

        // BOUND: messages, and their bytes, that the server has under way to one queue's consumer.
        private static let prefetchCountMax = 2_000
        private static let prefetchByteCountMax = 4 << 20
        /// The delivery tag in an acknowledgement: behind header and method's number.
        private static let tagPosition = AMQPFrame.headerByteCount + 4

        /// - Parameters:
        ///   - index: Who it is among the worker's consumers.
        ///   - linkIndex: The number of its connection.
        ///   - assignment: What it reads.
        ///   - plan: The layout of the run.
        ///   - endpoint: Where the server is.
        init(
            _ index: Int, _ linkIndex: Int, _ assignment: ConsumerAssignment, _ plan: LoadPlan,
            _ endpoint: PeerEndpoint
        ) throws(DriverError) {
            self.index = index
            destinations = assignment.destinations
            let trafficClass = plan.scenario.classes[assignment.classIndex]
            isPaced = trafficClass.handling != nil
            let window = trafficClass.handling?.windowByteCount ?? Self.prefetchByteCountMax
            let prefetch = max(
                1, min(Self.prefetchCountMax, window / trafficClass.messageByteCount))
            acknowledgedCount = isPaced ? 1 : max(1, prefetch / 8)
            link = try RabbitMQLink(linkIndex, endpoint, outputCapacity: 1 << 16)
            body = .allocate(byteCount: trafficClass.messageByteCount, alignment: 16)
            let topology = RabbitMQTopology(plan)
            let subscriptions = destinations.enumerated().map { position, destination in
                AMQPMethod.consume(
                    queue: topology.queue(
                        assignment.classIndex, destination, group: assignment.group),
                    tag: "\(position)")
            }
            link.ask([.prefetch(prefetch)] + subscriptions)
        }

        deinit { body.deallocate() }

        // MARK: - Deliveries

        /// Takes a frame if it is a part of a delivery.
        ///
        /// - Returns: False for any other frame.
        /// - Throws: When it is out of place.
        func take<Sink: DriverSink & ~Copyable>(
            _ sink: inout Sink, nowNanoseconds: Int64
        ) throws(DriverError) -> Bool {
            let frame = link.frame
            switch (awaited, Int32(frame.frame_type)) {
            case (.method, AMQP_FRAME_METHOD):
                guard frame.payload.method.id == AMQP_BASIC_DELIVER_METHOD,
                    let decoded = frame.payload.method.decoded
                else { return false }
                let deliver = decoded.assumingMemoryBound(to: amqp_basic_deliver_t.self)
                try begin(deliver.pointee)
            case (.header, AMQP_FRAME_HEADER):
                bodyByteCount = Int(clamping: frame.payload.properties.body_size)
                guard bodyByteCount > 0, bodyByteCount <= body.count else {
                    throw link.failure(
                        "a message of \(bodyByteCount) bytes, which nobody in this run sent")
                }
                receivedByteCount = 0
                awaited = .body
            case (.body, AMQP_FRAME_BODY):
                try take(frame.payload.body_fragment, &sink, nowNanoseconds)
            case (_, AMQP_FRAME_METHOD): return false
            default: throw link.failure("a frame is out of place")
            }
            return true
        }

        private func begin(_ deliver: amqp_basic_deliver_t) throws(DriverError) {
            // The tag of a consumer is its position, in decimal digits.
            let digits = UnsafeRawBufferPointer(
                start: deliver.consumer_tag.bytes, count: deliver.consumer_tag.len)
            var position = 0
            for digit in digits { position = position &* 10 &+ Int(digit &- 0x30) }
            guard destinations.indices.contains(position) else {
                throw link.failure("a message for a consumer that is none of this connection's")
            }
            destination = destinations[position]
            lastTag = deliver.delivery_tag
            awaited = .header
        }

        private func take<Sink: DriverSink & ~Copyable>(
            _ fragment: amqp_bytes_t, _ sink: inout Sink, _ now: Int64
        ) throws(DriverError) {
            let piece = UnsafeRawBufferPointer(start: fragment.bytes, count: fragment.len)
            guard receivedByteCount + piece.count <= bodyByteCount else {
                throw link.failure("a message is longer than it was said to be")
            }
            if piece.count == bodyByteCount {
                deliver(piece, &sink, now)
                return
            }
            UnsafeMutableRawBufferPointer(rebasing: body[receivedByteCount...])
                .copyMemory(from: piece)
            receivedByteCount += piece.count
            if receivedByteCount == bodyByteCount {
                deliver(
                    UnsafeRawBufferPointer(rebasing: body[..<bodyByteCount]), &sink, now)
            }
        }

        private func deliver<Sink: DriverSink & ~Copyable>(
            _ value: UnsafeRawBufferPointer, _ sink: inout Sink, _ now: Int64
        ) {
            awaited = .method
            sink.delivered(
                consumer: index, destination: destination, value: value, nowNanoseconds: now)
            if isPaced {
                held.append(
                    Held(
                        tag: lastTag,
                        untilNanoseconds: sink.freeNanoseconds(
                            consumer: index, nowNanoseconds: now)))
            } else {
                unacknowledgedCount += 1
            }
        }

        // MARK: - Acknowledgements

        /// Acknowledges what was received, once it is enough to be worth it.
        func acknowledge() {
            guard unacknowledgedCount >= acknowledgedCount, awaited == .method else { return }
            acknowledge(through: lastTag)
        }

        /// Acknowledges what has been handled.
        ///
        /// - Returns: When the next message will be; `Int64.max` when there is none.
        func release(nowNanoseconds: Int64) -> Int64 {
            var handledTag: UInt64?
            while let first = held.first, first.untilNanoseconds <= nowNanoseconds {
                handledTag = first.tag
                _ = held.popFirst()
            }
            if let handledTag { acknowledge(through: handledTag) }
            return held.first?.untilNanoseconds ?? .max
        }

        /// Writes an acknowledgement; one for which there is no room is a part of the next.
        private func acknowledge(through tag: UInt64) {
            acknowledgement.withUnsafeMutableBytes { frame in
                frame.storeBytes(
                    of: tag.bigEndian, toByteOffset: Self.tagPosition, as: UInt64.self)
            }
            if link.write(acknowledgement) { unacknowledgedCount = 0 }
        }
    }
#endif

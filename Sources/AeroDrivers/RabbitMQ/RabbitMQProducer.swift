// One producer: a connection on which messages are published.

#if RabbitMQDriver
    import AeroLoad
    import CRabbitMQ

    /// Publishes messages and follows what the server confirms.
    final class RabbitMQProducer {
        let link: RabbitMQLink
        private let frames: PublishFrames
        private let wantsConfirms: Bool
        private var window = ConfirmWindow()
        /// The claimed message.
        private var value: UnsafeMutableRawPointer?
        private var valueByteCount = 0
        private var frameByteCount = 0
        private var token: UInt32 = 0

        // BOUND: output that the kernel has not taken, twice; more where one message is larger.
        private static let outputByteCountMax = 1 << 20

        /// - Parameters:
        ///   - index: The number of its connection.
        ///   - trafficClass: Whose messages it sends.
        ///   - endpoint: Where the server is.
        ///   - frames: Of its class.
        init(
            _ index: Int, _ trafficClass: TrafficClass, _ endpoint: PeerEndpoint,
            _ frames: PublishFrames
        ) throws(DriverError) {
            self.frames = frames
            wantsConfirms = trafficClass.acknowledgement != .none
            // Framing is a kilobyte at most, and where the server takes the smallest frames only
            // eight bytes of four kilobytes.
            let message = trafficClass.messageByteCount
            link = try RabbitMQLink(
                index, endpoint,
                outputCapacity: max(Self.outputByteCountMax, message + message / 256 + 1_024))
            if wantsConfirms { link.ask([.selectConfirms()]) }
        }

        /// Makes room for one message; see `DriverWorker.claim`.
        func claim(
            destination: Int, byteCount: Int, token: UInt32
        ) -> UnsafeMutableRawPointer? {
            guard !window.isFull(adding: byteCount) else { return nil }
            let limit = link.bodyByteCountMax
            frameByteCount = frames.byteCount(destination, byteCount, bodyByteCountMax: limit)
            guard let room = link.output.claim(frameByteCount) else { return nil }
            valueByteCount = byteCount
            self.token = token
            value = frames.begin(destination, byteCount, bodyByteCountMax: limit, at: room)
            return value
        }

        /// The claimed message is written.
        func commit() {
            guard let value else { preconditionFailure("a message is claimed before it is sent") }
            PublishFrames.end(value, valueByteCount, bodyByteCountMax: link.bodyByteCountMax)
            link.output.commit(frameByteCount)
            if wantsConfirms { window.add(token, byteCount: valueByteCount) }
        }

        /// Takes a frame if it is a confirm or a refusal.
        ///
        /// - Returns: False for any other frame.
        /// - Throws: For what was never published.
        func take<Sink: DriverSink & ~Copyable>(
            _ sink: inout Sink, nowNanoseconds: Int64
        ) throws(DriverError) -> Bool {
            let method = link.frame.payload.method
            guard Int32(link.frame.frame_type) == AMQP_FRAME_METHOD, let decoded = method.decoded
            else { return false }
            var isKnown = true
            switch method.id {
            case AMQP_BASIC_ACK_METHOD:
                let ack = decoded.assumingMemoryBound(to: amqp_basic_ack_t.self).pointee
                isKnown = window.settle(ack.delivery_tag, isMultiple: ack.multiple != 0)
            case AMQP_BASIC_NACK_METHOD:
                acknowledge(&sink, nowNanoseconds: nowNanoseconds)
                let nack = decoded.assumingMemoryBound(to: amqp_basic_nack_t.self).pointee
                isKnown = window.settle(nack.delivery_tag, isMultiple: nack.multiple != 0)
                fail("the server refused it (nack)", &sink, nowNanoseconds: nowNanoseconds)
            default: return false
            }
            guard isKnown else { throw link.failure("a confirm of what was not published") }
            return true
        }

        /// Hands on what was confirmed.
        func acknowledge<Sink: DriverSink & ~Copyable>(
            _ sink: inout Sink, nowNanoseconds: Int64
        ) {
            let tokens = window.takeSettled()
            if !tokens.isEmpty { sink.acknowledged(tokens, nowNanoseconds: nowNanoseconds) }
        }

        /// Nothing will be confirmed any more.
        func failAll<Sink: DriverSink & ~Copyable>(
            _ reason: String, _ sink: inout Sink, nowNanoseconds: Int64
        ) {
            acknowledge(&sink, nowNanoseconds: nowNanoseconds)
            window.settleAll()
            fail(reason, &sink, nowNanoseconds: nowNanoseconds)
        }

        private func fail<Sink: DriverSink & ~Copyable>(
            _ reason: String, _ sink: inout Sink, nowNanoseconds: Int64
        ) {
            let tokens = window.takeSettled()
            if !tokens.isEmpty { sink.failed(tokens, reason, nowNanoseconds: nowNanoseconds) }
        }
    }
#endif

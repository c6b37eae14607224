// The memory of a worker's Kafka clients, made once.

#if KafkaDriver
    import AeroLoad
    import CRdKafka

    /// Room for the message that is being written, and for what the library hands over at a time.
    final class KafkaScratch {
        /// Messages that are taken from the library at a time.
        static let messageCount = 512

        private static let keyByteCount = BatchKey.byteCountMax

        private let room: UnsafeMutableRawPointer
        /// Where the value of a message is written.
        let value: UnsafeMutableRawPointer
        /// Sent messages with what became of them.
        let reports: UnsafeMutablePointer<UnsafePointer<rd_kafka_message_t>?>
        /// Received messages.
        let messages: UnsafeMutablePointer<UnsafeMutablePointer<rd_kafka_message_t>?>
        let tokens: UnsafeMutablePointer<UInt32>

        /// - Parameter valueByteCount: The largest value of any class.
        init(valueByteCount: Int) {
            room = .allocate(byteCount: Self.keyByteCount + valueByteCount, alignment: 16)
            value = room + Self.keyByteCount
            reports = .allocate(capacity: Self.messageCount)
            reports.initialize(repeating: nil, count: Self.messageCount)
            messages = .allocate(capacity: Self.messageCount)
            messages.initialize(repeating: nil, count: Self.messageCount)
            tokens = .allocate(capacity: Self.messageCount)
            tokens.initialize(repeating: 0, count: Self.messageCount)
        }

        deinit {
            room.deallocate()
            reports.deallocate()
            messages.deallocate()
            tokens.deallocate()
        }

        /// The first so many tokens.
        func tokens(_ count: Int) -> UnsafeBufferPointer<UInt32> {
            UnsafeBufferPointer(start: tokens, count: count)
        }

        /// Writes a key; nil for a message without one.
        func key(_ key: BatchKey?) -> UnsafeRawPointer? {
            guard let key else { return nil }
            room.storeBytes(of: key.value.bigEndian, as: UInt64.self)
            return UnsafeRawPointer(room + (Self.keyByteCount - key.byteCount))
        }
    }
#endif

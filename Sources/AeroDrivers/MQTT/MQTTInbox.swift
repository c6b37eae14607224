// What libmosquitto has told of a connection, in its callbacks.

#if MQTTDriver
    import AeroIO
    import CMosquitto

    /// Messages, answers and the state of one connection, kept until its owner asks: a callback of
    /// C can neither be generic nor throw.
    final class MQTTInbox {
        /// A message that arrived, and where its copy is: the library's own ends with its callback.
        struct Message {
            /// The number at the end of its topic; -1 without one.
            let destination: Int
            let position: Int
            let byteCount: Int
            /// When the library had it.
            let nanoseconds: Int64
        }

        /// What became of a message that was published.
        struct Answer {
            let identifier: Int
            let reason: Int32
            /// When the library had it.
            let nanoseconds: Int64
        }

        /// What arrived since the last `removeAll`.
        private(set) var messages: [Message] = []
        /// What was answered since the last `removeAll`.
        private(set) var answers: [Answer] = []
        /// What the server said to the connection; nil before it said anything.
        private(set) var connectReason: Int32?
        /// Topics that the server sends messages of.
        private(set) var grantedCount = 0
        /// Why the server refuses a topic.
        private(set) var subscriptionRefusal: Int32?
        /// Why the connection has ended.
        private(set) var lossReason: Int32?
        /// Everything that was told so far, by number.
        private(set) var eventCount = 0
        // BOUND: what arrives between two calls of `removeAll`, which is a few messages.
        private var bytes = GrowingBytes(capacity: 1 << 16)

        init() {
            messages.reserveCapacity(256)
            answers.reserveCapacity(256)
        }

        /// The bytes of a message; valid until the next read.
        func bytes(of message: Message) -> UnsafeRawBufferPointer {
            bytes.bytes(at: message.position, count: message.byteCount)
        }

        /// Makes room for what comes next.
        func removeAll() {
            messages.removeAll(keepingCapacity: true)
            answers.removeAll(keepingCapacity: true)
            bytes.removeAll()
        }

        // MARK: - Callbacks

        /// Has a client report here, which must not outlive this.
        ///
        /// - Parameter hearsAnswers: Whether anybody asks what became of published messages. Where
        ///   nobody does the library would report each as soon as the kernel has it.
        func listen(to client: OpaquePointer, hearsAnswers: Bool) {
            mosquitto_connect_v5_callback_set(client) { _, owner, reason, _, _ in
                MQTTInbox.of(owner)?.connectReason = reason
            }
            mosquitto_disconnect_v5_callback_set(client) { _, owner, reason, _ in
                MQTTInbox.of(owner)?.lossReason = reason
            }
            mosquitto_subscribe_v5_callback_set(client) { _, owner, _, count, reasons, _ in
                MQTTInbox.of(owner)?
                    .granted(UnsafeBufferPointer(start: reasons, count: Int(count)))
            }
            mosquitto_message_v5_callback_set(client) { _, owner, message, _ in
                guard let message else { return }
                MQTTInbox.of(owner)?.received(message.pointee)
            }
            guard hearsAnswers else { return }
            mosquitto_publish_v5_callback_set(client) { _, owner, identifier, reason, _ in
                MQTTInbox.of(owner)?.answers.append(
                    Answer(
                        identifier: Int(identifier), reason: reason,
                        nanoseconds: MonotonicClock.nowNanoseconds()))
            }
        }

        private static func of(_ owner: UnsafeMutableRawPointer?) -> MQTTInbox? {
            guard let owner else { return nil }
            // SAFETY: given to the library with the client, which does not outlive the inbox.
            let inbox = Unmanaged<MQTTInbox>.fromOpaque(owner).takeUnretainedValue()
            inbox.eventCount += 1
            return inbox
        }

        private func granted(_ reasons: UnsafeBufferPointer<Int32>) {
            for reason in reasons {
                if MQTTConnection.isRefusal(reason) {
                    subscriptionRefusal = reason
                } else {
                    grantedCount += 1
                }
            }
        }

        private func received(_ message: mosquitto_message) {
            let byteCount = Int(message.payloadlen)
            messages.append(
                Message(
                    destination: Self.destination(message.topic), position: bytes.byteCount,
                    byteCount: byteCount, nanoseconds: MonotonicClock.nowNanoseconds()))
            bytes.append(UnsafeRawBufferPointer(start: message.payload, count: byteCount))
        }

        /// The digits behind the last slash of a topic; -1 where there are none.
        private static func destination(_ topic: UnsafePointer<CChar>?) -> Int {
            guard let topic else { return -1 }
            var number = -1
            var position = 0
            // BOUND: the end of the text.
            while topic[position] != 0 {
                let digit = Int(topic[position]) - Int(UInt8(ascii: "0"))
                if topic[position] == CChar(bitPattern: UInt8(ascii: "/")) {
                    number = 0
                } else if (0...9).contains(digit), number >= 0, number < Int(Int32.max) {
                    number = number * 10 + digit
                } else {
                    number = -1
                }
                position += 1
            }
            return number
        }
    }
#endif

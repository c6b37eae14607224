// What a producer has published and the server has not confirmed.

#if RabbitMQDriver
    /// Messages of one channel by delivery tag, which the server counts as this does: from 1.
    ///
    /// Confirms come in any order and may cover all messages up to one. Allocations: none after
    /// init.
    package struct ConfirmWindow: ~Copyable {
        private struct Message {
            let token: UInt32
            var isSettled: Bool
            let byteCount: Int
        }

        /// Messages that fit.
        // BOUND: messages of a producer that are not confirmed; beyond, they wait and are late.
        package static let capacity = 1 << 14
        // BOUND: their bytes, as long as there are others; one message may be larger.
        private static let byteCountMax = 64 << 20

        private let messages: UnsafeMutablePointer<Message>
        /// Tokens of messages that were settled and not taken yet.
        private let settled: UnsafeMutablePointer<UInt32>
        private var settledCount = 0
        /// The oldest tag that is not settled, and the tag of the next message.
        private var firstTag: UInt64 = 1
        private var nextTag: UInt64 = 1
        private var byteCount = 0

        /// A window without messages, before the first is published.
        package init() {
            messages = .allocate(capacity: Self.capacity)
            settled = .allocate(capacity: Self.capacity)
        }

        deinit {
            messages.deallocate()
            settled.deallocate()
        }

        /// Whether another message would be too much.
        package func isFull(adding byteCount: Int) -> Bool {
            // What is settled and not taken yet has its place, too.
            nextTag - firstTag >= UInt64(Self.capacity - settledCount)
                || self.byteCount > 0 && self.byteCount + byteCount > Self.byteCountMax
        }

        private func slot(_ tag: UInt64) -> UnsafeMutablePointer<Message> {
            messages + Int(tag & UInt64(Self.capacity - 1))
        }

        /// The next message was published.
        package mutating func add(_ token: UInt32, byteCount: Int) {
            slot(nextTag).initialize(
                to: Message(token: token, isSettled: false, byteCount: byteCount))
            self.byteCount += byteCount
            nextTag += 1
        }

        /// The server has settled a message.
        ///
        /// - Parameters:
        ///   - tag: Which; 0 with `isMultiple` for all.
        ///   - isMultiple: And all that were published before it.
        /// - Returns: False for a message that was never published: the protocol is broken.
        package mutating func settle(_ tag: UInt64, isMultiple: Bool) -> Bool {
            let last = tag == 0 && isMultiple ? nextTag - 1 : tag
            guard last < nextTag, last > 0 || isMultiple else { return false }
            if isMultiple {
                while firstTag <= last { settleFirst() }
            } else if last == firstTag {
                settleFirst()
            } else if last > firstTag {
                settle(slot(last))
            }
            while firstTag < nextTag, slot(firstTag).pointee.isSettled { firstTag += 1 }
            return true
        }

        private mutating func settleFirst() {
            settle(slot(firstTag))
            firstTag += 1
        }

        private mutating func settle(_ message: UnsafeMutablePointer<Message>) {
            guard !message.pointee.isSettled else { return }
            message.pointee.isSettled = true
            byteCount -= message.pointee.byteCount
            (settled + settledCount).initialize(to: message.pointee.token)
            settledCount += 1
        }

        /// Takes the tokens that were settled since the last call.
        ///
        /// - Returns: Them, valid until the next `settle`.
        package mutating func takeSettled() -> UnsafeBufferPointer<UInt32> {
            let tokens = UnsafeBufferPointer(start: settled, count: settledCount)
            settledCount = 0
            return tokens
        }

        /// Nothing more will be confirmed: settles everything.
        package mutating func settleAll() {
            while firstTag < nextTag { settleFirst() }
        }
    }
#endif

// Messages that are answered one by one, in any order.

#if NATSDriver
    /// The tokens of a producer's messages under way, by a number that goes with each message.
    ///
    /// Allocations: none after init.
    final class NumberedTokens {
        // BOUND: messages of a producer that are not answered; beyond, they wait and are late.
        private static let capacity = 1 << 14

        private let tokens: UnsafeMutablePointer<UInt32>
        private let isTaken: UnsafeMutablePointer<Bool>
        /// Numbers that no message has; the one that became free last is used first.
        private let free: UnsafeMutablePointer<Int>
        private var freeCount: Int
        /// Tokens of messages that were answered.
        private let answered: UnsafeMutablePointer<UInt32>
        private var answeredCount = 0

        init() {
            tokens = .allocate(capacity: Self.capacity)
            isTaken = .allocate(capacity: Self.capacity)
            isTaken.initialize(repeating: false, count: Self.capacity)
            free = .allocate(capacity: Self.capacity)
            answered = .allocate(capacity: Self.capacity)
            for number in 0..<Self.capacity { free[number] = Self.capacity - 1 - number }
            freeCount = Self.capacity
        }

        deinit {
            tokens.deallocate()
            isTaken.deallocate()
            free.deallocate()
            answered.deallocate()
        }

        /// Whether there is no room for another one.
        var isFull: Bool { freeCount == 0 }

        /// A message is sent.
        ///
        /// - Returns: The number that goes with it.
        func insert(_ token: UInt32) -> Int {
            freeCount -= 1
            let number = free[freeCount]
            tokens[number] = token
            isTaken[number] = true
            return number
        }

        /// A message was answered for, well or not.
        ///
        /// - Returns: Its token; nil when no message has the number.
        func remove(_ number: Int) -> UInt32? {
            guard (0..<Self.capacity).contains(number), isTaken[number] else { return nil }
            isTaken[number] = false
            free[freeCount] = number
            freeCount += 1
            return tokens[number]
        }

        /// Keeps a removed token for `takeAnswered`.
        func answer(_ token: UInt32) {
            answered[answeredCount] = token
            answeredCount += 1
        }

        /// Nothing will be answered any more.
        func giveUp() {
            for number in 0..<Self.capacity {
                if let token = remove(number) { answer(token) }
            }
        }

        /// Tokens that were kept since the last time; borrowed until the next one is.
        func takeAnswered() -> UnsafeBufferPointer<UInt32> {
            defer { answeredCount = 0 }
            return UnsafeBufferPointer(start: answered, count: answeredCount)
        }
    }
#endif

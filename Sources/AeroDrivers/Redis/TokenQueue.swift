// The tokens of messages that are answered in the order in which they were sent.

#if RedisDriver
    /// A bounded queue of tokens, oldest first. Allocations: none after init.
    struct TokenQueue: ~Copyable {
        private let tokens: UnsafeMutablePointer<UInt32>
        private let capacity: Int
        /// Tokens put in and taken out since the start; their difference is never above `capacity`.
        private var putCount = 0
        private var takenCount = 0

        /// - Parameter capacity: A power of two.
        init(capacity: Int) {
            precondition(capacity.nonzeroBitCount == 1, "positions are masked")
            self.capacity = capacity
            tokens = .allocate(capacity: capacity)
        }

        deinit { tokens.deallocate() }

        var count: Int { putCount - takenCount }
        var isFull: Bool { count == capacity }

        /// Puts a token in; not when it is full.
        mutating func put(_ token: UInt32) {
            (tokens + putCount & (capacity - 1)).initialize(to: token)
            putCount += 1
        }

        /// Takes the oldest out: as many as asked for, or those up to the end of the memory.
        ///
        /// - Parameter countMax: More than 0, and no more than there are.
        /// - Returns: Them, valid until the next `put`.
        mutating func take(_ countMax: Int) -> UnsafeBufferPointer<UInt32> {
            let position = takenCount & (capacity - 1)
            let count = min(countMax, capacity - position)
            takenCount += count
            return UnsafeBufferPointer(start: tokens + position, count: count)
        }
    }
#endif

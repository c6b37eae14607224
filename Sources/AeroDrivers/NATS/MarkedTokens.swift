// Messages that are answered together: all that were sent before a mark.

#if NATSDriver
    import AeroMemory

    /// The tokens of a producer's messages, in the order of sending, cut by marks.
    ///
    /// A mark comes back once the server has taken everything before it. Allocations: none once as
    /// many marks were under way as ever will be.
    final class MarkedTokens {
        // BOUND: messages of a producer that are not answered; beyond, they wait and are late.
        private static let capacity = 1 << 16

        private let tokens: UnsafeMutablePointer<UInt32>
        /// Counts of messages since the start: answered for, to be answered for, marked, sent.
        private var takenCount = 0
        private var answeredCount = 0
        private var markedCount = 0
        private var sentCount = 0
        /// For each mark under way, how many messages were sent before it.
        private var marks = FIFO<Int>()

        init() { tokens = .allocate(capacity: Self.capacity) }

        deinit { tokens.deallocate() }

        /// Whether there is no room for another one.
        var isFull: Bool { sentCount - takenCount == Self.capacity }

        /// A message was sent.
        func append(_ token: UInt32) {
            tokens[sentCount & (Self.capacity - 1)] = token
            sentCount += 1
        }

        /// Puts a mark behind what was sent.
        ///
        /// - Returns: False when nothing was sent since the last one.
        func mark() -> Bool {
            guard sentCount > markedCount else { return false }
            markedCount = sentCount
            marks.append(sentCount)
            return true
        }

        /// The oldest mark came back.
        ///
        /// - Returns: False when none was under way.
        func markCameBack() -> Bool {
            guard let count = marks.popFirst() else { return false }
            answeredCount = count
            return true
        }

        /// Nothing will come back any more.
        func giveUp() { answeredCount = sentCount }

        /// Tokens that are answered for, or given up, and were not taken yet; borrowed until the
        /// next message is sent. There may be more behind them.
        func takeRun() -> UnsafeBufferPointer<UInt32>? {
            guard takenCount < answeredCount else { return nil }
            let first = takenCount & (Self.capacity - 1)
            let count = min(answeredCount - takenCount, Self.capacity - first)
            takenCount += count
            return UnsafeBufferPointer(start: tokens + first, count: count)
        }
    }
#endif

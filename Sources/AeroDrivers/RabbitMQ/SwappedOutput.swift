// What a connection has to send, in two pieces of memory.

#if RabbitMQDriver
    import AeroIO
    import Glibc

    /// One piece is filled while the kernel takes the other; then they change places.
    ///
    /// Nothing is copied and nothing moves while it is being sent. Allocations: none after init.
    struct SwappedOutput: ~Copyable {
        private let capacity: Int
        private var filling: UnsafeMutableRawPointer
        private var filledCount = 0
        private var sending: UnsafeMutableRawPointer
        private var sendingCount = 0
        /// Bytes of the piece being sent that the kernel has taken.
        private var sentCount = 0
        private var isSending = false
        private let vector: UnsafeMutablePointer<SendVector>

        /// - Parameter capacity: Bytes of each piece. What is never used costs no memory.
        init(capacity: Int) {
            self.capacity = capacity
            filling = .allocate(byteCount: capacity, alignment: 16)
            sending = .allocate(byteCount: capacity, alignment: 16)
            vector = .allocate(capacity: 1)
        }

        deinit {
            filling.deallocate()
            sending.deallocate()
            vector.deallocate()
        }

        /// True when there is something to send and nothing on its way.
        var isRipe: Bool { !isSending && (sentCount < sendingCount || filledCount > 0) }

        /// Room at the end.
        ///
        /// - Returns: Where to write, to be followed by `commit`; nil when there is none.
        func claim(_ byteCount: Int) -> UnsafeMutableRawPointer? {
            byteCount <= capacity - filledCount ? filling + filledCount : nil
        }

        /// What was claimed is written.
        mutating func commit(_ byteCount: Int) { filledCount += byteCount }

        /// Hands what is ripe to the kernel.
        mutating func send(_ poller: inout EpollPoller, _ token: Token) {
            precondition(isRipe, "one send at a time, and of something")
            if sentCount == sendingCount {
                swap(&filling, &sending)
                sendingCount = filledCount
                sentCount = 0
                filledCount = 0
            }
            isSending = true
            vector.initialize(
                to: SendVector(
                    iov_base: sending + sentCount, iov_len: sendingCount - sentCount))
            poller.send(token, UnsafeBufferPointer(start: vector, count: 1))
        }

        /// The kernel took so many bytes of what it was given.
        mutating func sent(_ byteCount: Int) {
            isSending = false
            sentCount += byteCount
        }
    }
#endif

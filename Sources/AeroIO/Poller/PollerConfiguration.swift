// The limits and choices of a poller.

/// What a poller is made with. Memory is fixed by it, apart from tables that follow the indices.
package struct PollerConfiguration: Equatable, Sendable {
    /// Indices a token may have. BOUND: the slot table never grows beyond it.
    package var slotCountLimit = 65536
    /// Poll without sleeping for so long before each sleep; 0 sleeps at once. Trades a core for
    /// the time the kernel takes to wake a thread.
    package var spinNanoseconds: Int64 = 0
    /// How long a listener rests after an accept failed for want of descriptors or memory. A
    /// connection closed by this poller ends the rest at once.
    package var acceptRetryNanoseconds: Int64 = 100_000_000
    /// Events taken from the kernel per wait (epoll); submission entries (io_uring).
    package var eventCapacity = 512
    /// Room for one receive in bytes (epoll): the most one `.received` carries.
    package var receiveByteCount = 256 * 1024
    /// Receive buffers shared by all connections (io_uring), a power of two up to 32,768.
    package var ringBufferCount = 128
    /// Bytes of each of them: the most one `.received` carries.
    package var ringBufferByteCount = 64 * 1024

    /// Entries one send may gather.
    package static let sendVectorLimit = 1024

    /// The most bytes of a file that go out before others get their turn.
    package static let fileSendByteCountLimit = 1 << 20

    /// The defaults above.
    package init() {}
}

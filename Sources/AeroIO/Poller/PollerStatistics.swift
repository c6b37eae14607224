// What a poller counts about itself.

/// Counters since a poller was made. For epoll each, but `wakeCount`, is system calls.
package struct PollerStatistics: Equatable, Sendable {
    /// Waits that entered the kernel.
    package var waitCount: UInt64 = 0
    /// Receives that were tried (epoll) or completed (io_uring).
    package var receiveCount: UInt64 = 0
    /// Sends that were tried (epoll), or are over (io_uring).
    package var sendCount: UInt64 = 0
    /// Accepts that were tried (epoll) or completed (io_uring).
    package var acceptCount: UInt64 = 0
    /// Receives and sends that found nothing to do; receives that found no buffer (io_uring).
    package var wouldBlockCount: UInt64 = 0
    /// `.woken` completions.
    package var wakeCount: UInt64 = 0

    /// All zero.
    package init() {}
}

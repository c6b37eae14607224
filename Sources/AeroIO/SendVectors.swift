// The memory that a send's vectors are gathered in.

import Glibc

/// Room for the vectors of one send.
///
/// A poller copies the vectors before its `send` returns, so one of these serves all output queues
/// of a thread: an idle connection pays for none. Thread: its owner's.
package final class SendVectors {
    /// How many vectors one send may carry.
    // BOUND: far below IOV_MAX (1,024); 64 vectors of 256 KiB exceed any socket buffer.
    package static let capacity = 64

    let base: UnsafeMutablePointer<iovec>

    package init() { base = .allocate(capacity: Self.capacity) }

    deinit { base.deallocate() }
}

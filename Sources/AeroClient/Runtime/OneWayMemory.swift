// Memory of batches that were settled when they were handed over, and still wait to leave.

import AeroMemory

/// Counts the pooled bytes of one-way batches until the kernel has taken them.
///
/// Positions are bytes of output since the start; what the session has not sent yet stands at the
/// end of them, so a batch is gone once the unsent bytes start behind it.
package struct OneWayMemory {
    private var batches = FIFO<(endPosition: Int, capacity: Int)>()
    private var position = 0
    /// Pooled bytes still held.
    package private(set) var byteCount = 0

    /// Makes an empty count.
    package init() {}

    /// A batch was handed over.
    package mutating func append(frameByteCount: Int, capacity: Int) {
        position += frameByteCount
        byteCount += capacity
        batches.append((position, capacity))
    }

    /// Forgets what has left.
    ///
    /// - Parameter unsentByteCount: All bytes that wait in the session, other frames included:
    ///   those make the count late, never early.
    package mutating func collect(unsentByteCount: Int) {
        while let first = batches.first, first.endPosition <= position - unsentByteCount {
            _ = batches.popFirst()
            byteCount -= first.capacity
        }
    }
}

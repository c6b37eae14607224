// The lock-free way home for buffers released on a thread that does not own their pool.

import Synchronization

/// A stack of memory blocks that any thread pushes to and the owner empties at once.
///
/// It is intrusive: a block on the stack carries its own link, so a return allocates nothing.
/// Emptying takes the whole stack by one exchange, so no block is ever popped singly and the ABA
/// problem does not arise.
///
/// A block on the stack starts with a `ReturnLink`.
struct ReturnStack: ~Copyable {
    private let head = PaddedHead()

    /// Pushes a block; any thread. The block belongs to the owner of the stack from here.
    ///
    /// - Parameters:
    ///   - block: At least 16 bytes, of which the push overwrites the first 16.
    ///   - byteCount: The block's capacity, kept with it.
    borrowing func push(_ block: UnsafeMutableRawPointer, byteCount: Int) {
        let link = block.bindMemory(to: ReturnLink.self, capacity: 1)
        var next = head.value.load(ordering: .relaxed)
        // BOUND: lock-free; a round is lost only when another thread's push or the drain succeeded.
        while true {
            link.pointee = ReturnLink(next: next, byteCount: byteCount)
            // Releasing: publishes the link and all the thread did to the bytes; pairs with the
            // exchange in `drain`. A failed round reads only the pointer, so relaxed is enough.
            let (isPushed, current) = head.value.weakCompareExchange(
                expected: next, desired: block,
                successOrdering: .releasing, failureOrdering: .relaxed)
            if isPushed { return }
            next = current
        }
    }

    /// Whether there was nothing to collect a moment ago; a hint, cheap enough for each allocation.
    var looksEmpty: Bool { head.value.load(ordering: .relaxed) == nil }

    /// Takes all blocks, youngest first; owner only.
    ///
    /// - Parameter body: Gets each block and its capacity, and owns the block.
    borrowing func drain(_ body: (UnsafeMutableRawPointer, _ byteCount: Int) -> Void) {
        // Acquiring: pairs with the releasing exchange of every push since the last drain.
        var cursor = head.value.exchange(nil, ordering: .acquiring)
        // BOUND: the blocks that were out of the pool.
        while let block = cursor {
            // SAFETY: `push` bound and wrote the link, and the exchange made it visible.
            let link = block.assumingMemoryBound(to: ReturnLink.self).pointee
            cursor = link.next
            body(block, link.byteCount)
        }
    }
}

/// What a block says about itself on its way home: `next` 8 | `byteCount` 8.
private struct ReturnLink {
    let next: UnsafeMutableRawPointer?
    let byteCount: Int
}

// The slots of a bounded queue and the sequence numbers that pass them from thread to thread.

public import Synchronization

/// Slots, each with a sequence number that says whose turn it is.
///
/// For the slot of position `p` (its index is `p & mask`): `sequence == p` free for the push number
/// `p`; `p + 1` filled, for the pop number `p`; `p + capacity` free for the next lap.
@usableFromInline final class MPSCQueueStorage<Element: ~Copyable> {
    @usableFromInline let tail: UnsafeMutablePointer<PaddedCursor>
    /// Where the consumer stood when it went; it counts for itself while it lives.
    @usableFromInline let head = PaddedCursor(0)
    @usableFromInline let sequences: UnsafeMutablePointer<Atomic<Int>>
    @usableFromInline let elements: UnsafeMutablePointer<Element>
    @usableFromInline let mask: Int

    init(capacity: Int) {
        tail = CacheLine.allocate(PaddedCursor.self)
        tail.initialize(to: PaddedCursor(0))
        sequences = .allocate(capacity: capacity)
        for index in 0..<capacity { (sequences + index).initialize(to: Atomic(index)) }
        elements = .allocate(capacity: capacity)
        mask = capacity - 1
    }

    deinit {
        // Acquiring: pairs with the store in the consumer's deinit.
        var position = head.value.load(ordering: .acquiring)
        while isFilled(at: position) {
            (elements + (position & mask)).deinitialize(count: 1)
            position &+= 1
        }
        sequences.deinitialize(count: mask + 1)
        sequences.deallocate()
        elements.deallocate()
        tail.deinitialize(count: 1)
        tail.deallocate()
    }

    /// Whether the item of this position is there to be popped.
    @inlinable func isFilled(at position: Int) -> Bool {
        // Acquiring: pairs with the releasing store in `tryPush`, for the item's content.
        sequences[position & mask].load(ordering: .acquiring) == position &+ 1
    }

    /// Moves the item of a filled position out and frees the slot for the next lap.
    @inlinable func take(at position: Int) -> Element {
        let element = (elements + (position & mask)).move()
        // Releasing: our move out comes before the next lap's move in; pairs with the acquiring
        // load in `tryPush`.
        sequences[position & mask].store(position &+ mask &+ 1, ordering: .releasing)
        return element
    }

    /// Claims the next free slot and fills it; the item comes back when there is none.
    @inlinable func tryPush(_ element: consuming Element) -> Element? {
        // Relaxed throughout for the tail: it only deals out numbers, the sequences publish.
        var position = tail.pointee.value.load(ordering: .relaxed)
        // BOUND: lock-free; a round is lost only when another producer's claim succeeded.
        while true {
            // Acquiring: pairs with the releasing store in `take` of the lap before.
            let turn = sequences[position & mask].load(ordering: .acquiring) &- position
            if turn < 0 { return element }
            if turn > 0 {
                position = tail.pointee.value.load(ordering: .relaxed)
                continue
            }
            let (isClaimed, current) = tail.pointee.value.weakCompareExchange(
                expected: position, desired: position &+ 1, ordering: .relaxed)
            if isClaimed { break }
            position = current
        }
        (elements + (position & mask)).initialize(to: element)
        // Releasing: publishes the item; pairs with the acquiring load in `isFilled`.
        sequences[position & mask].store(position &+ 1, ordering: .releasing)
        return nil
    }
}

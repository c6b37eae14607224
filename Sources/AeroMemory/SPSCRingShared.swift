// The memory that the two ends of a ring share.

import Glibc
public import Synchronization

/// Cursors, slots and the life of an `SPSCRing`.
///
/// Layout: `tail` on line 0, `head` on line 1, all else (written at the end of the ring's life or
/// around a sleep only) behind them.
@usableFromInline package struct SPSCRingShared<Element: ~Copyable>: ~Copyable {
    /// How many items were ever pushed; stored by the producer.
    @usableFromInline let tail = PaddedCursor(0)
    /// How many items were ever popped; stored by the consumer.
    @usableFromInline let head = PaddedCursor(0)
    @usableFromInline let slots: UnsafeMutablePointer<Element>
    @usableFromInline let capacity: Int
    @usableFromInline let strategy: WaitStrategy
    /// Set when the first of the two ends goes.
    @usableFromInline let isClosed = Atomic<Bool>(false)
    private let openEnds = Atomic<Int>(2)
    private let producerSpot = ParkingSpot()
    private let consumerSpot = ParkingSpot()

    init(capacity: Int, strategy: WaitStrategy) {
        slots = .allocate(capacity: capacity)
        self.capacity = capacity
        self.strategy = strategy
    }

    deinit {
        // Acquiring: pairs with the cursor stores of either end, for the items' content.
        let end = tail.value.load(ordering: .acquiring)
        var position = head.value.load(ordering: .acquiring)
        while position != end {
            (slots + (position & (capacity - 1))).deinitialize(count: 1)
            position &+= 1
        }
        slots.deallocate()
    }

    /// Whether an item can be popped, or never will be again.
    borrowing func canPopOrIsClosed(at head: Int) -> Bool {
        tail.value.load(ordering: .sequentiallyConsistent) != head
            || isClosed.load(ordering: .sequentiallyConsistent)
    }

    /// Whether an item can be pushed, or never will be taken.
    borrowing func canPushOrIsClosed(at tail: Int) -> Bool {
        tail &- head.value.load(ordering: .sequentiallyConsistent) < capacity
            || isClosed.load(ordering: .sequentiallyConsistent)
    }

    /// Publishes the tail of a `block` ring and wakes a sleeping consumer.
    @usableFromInline borrowing func publishWaking(tail position: Int) {
        // Also releasing; pairs with the loads in `canPopOrIsClosed` and in the consumer.
        tail.value.store(position, ordering: .sequentiallyConsistent)
        consumerSpot.wakeIfParked()
    }

    /// Publishes the head of a `block` ring and wakes a sleeping producer.
    @usableFromInline borrowing func publishWaking(head position: Int) {
        // Also releasing; pairs with the loads in `canPushOrIsClosed` and in the producer.
        head.value.store(position, ordering: .sequentiallyConsistent)
        producerSpot.wakeIfParked()
    }

    /// Gives the core away once, or sleeps until there is something to pop.
    @usableFromInline borrowing func waitToPop(at head: Int, poll: Int) {
        switch strategy {
        case _ where poll < WaitStrategy.pollsBeforeSleep: break
        case .spin: break
        case .yield: sched_yield()
        case .block: consumerSpot.park { canPopOrIsClosed(at: head) }
        }
    }

    /// Gives the core away once, or sleeps until there is room to push.
    @usableFromInline borrowing func waitToPush(at tail: Int, poll: Int) {
        switch strategy {
        case _ where poll < WaitStrategy.pollsBeforeSleep: break
        case .spin: break
        case .yield: sched_yield()
        case .block: producerSpot.park { canPushOrIsClosed(at: tail) }
        }
    }

    /// Closes one end of a ring, and frees the ring with its last end.
    static func closeEnd(of ring: UnsafeMutablePointer<SPSCRingShared>) {
        guard ring.pointee.closeOneEnd() else { return }
        ring.deinitialize(count: 1)
        ring.deallocate()
    }

    /// Tells the other end that this one goes, and reports whether it was the last.
    private borrowing func closeOneEnd() -> Bool {
        isClosed.store(true, ordering: .sequentiallyConsistent)
        producerSpot.wakeIfParked()
        consumerSpot.wakeIfParked()
        // Releasing: all this end did comes before the other end frees the memory; acquiring: and
        // the reverse. Pairs with the same line run by the other end.
        return openEnds.subtract(1, ordering: .acquiringAndReleasing).newValue == 0
    }
}

// The end of a ring that pops.

public import Synchronization

extension SPSCRing where Element: ~Copyable {
    /// The popping end; one thread at a time. Its end closes the ring for the producer.
    @usableFromInline package struct Consumer: ~Copyable {
        @usableFromInline let shared: UnsafeMutablePointer<SPSCRingShared<Element>>
        @usableFromInline let slots: UnsafeMutablePointer<Element>
        /// How many items fit.
        @usableFromInline package let capacity: Int
        @usableFromInline let isBlocking: Bool
        @usableFromInline var head = 0
        /// The producer's position as last seen; it is never ahead of the truth.
        @usableFromInline var cachedTail = 0

        init(_ shared: UnsafeMutablePointer<SPSCRingShared<Element>>) {
            self.shared = shared
            slots = shared.pointee.slots
            capacity = shared.pointee.capacity
            isBlocking = shared.pointee.strategy == .block
        }

        deinit { SPSCRingShared.closeEnd(of: shared) }

        /// Pops the oldest item if there is one.
        @inlinable package mutating func tryPop() -> Element? {
            if cachedTail == head {
                refreshTail()
                if cachedTail == head { return nil }
            }
            let element = (slots + (head & (capacity &- 1))).move()
            head &+= 1
            publish()
            return element
        }

        /// Pops the oldest item, waiting for one as the ring's strategy says.
        ///
        /// - Returns: Nil when the producer is gone and all it pushed has been popped.
        @inlinable package mutating func pop() -> Element? {
            var poll = 0
            // BOUND: until the producer pushes or goes.
            while true {
                // Read before the ring: what was pushed before the close is still found below.
                let wasClosed = isClosed
                if let element = tryPop() { return element }
                if wasClosed { return nil }
                shared.pointee.waitToPop(at: head, poll: poll)
                poll &+= 1
            }
        }

        /// Pops up to `limit` items in order and frees their slots together, by one publish.
        ///
        /// - Parameters:
        ///   - limit: At most so many, 0 or more.
        ///   - body: Gets each item as its own.
        /// - Returns: How many items there were.
        @inlinable package mutating func drain(
            max limit: Int, _ body: (consuming Element) -> Void
        ) -> Int {
            if cachedTail &- head < limit { refreshTail() }
            let drained = min(cachedTail &- head, limit)
            if drained <= 0 { return 0 }
            let end = head &+ drained
            while head != end {
                body((slots + (head & (capacity &- 1))).move())
                head &+= 1
            }
            publish()
            return drained
        }

        /// How many items are in the ring; the producer may be adding some.
        @inlinable package var count: Int {
            shared.pointee.tail.value.load(ordering: .relaxed) &- head
        }

        /// Whether there was nothing to pop a moment ago.
        @inlinable package var isEmpty: Bool { count == 0 }

        /// Whether the producer is gone; items may still be left.
        @inlinable package var isClosed: Bool {
            // Acquiring: pairs with the store in `closeOneEnd`, after the producer's last publish.
            shared.pointee.isClosed.load(ordering: .acquiring)
        }

        @inlinable mutating func refreshTail() {
            // Acquiring: pairs with the producer's publish, so the items are there to be moved.
            cachedTail = shared.pointee.tail.value.load(ordering: .acquiring)
        }

        @inlinable mutating func publish() {
            if isBlocking {
                shared.pointee.publishWaking(head: head)
            } else {
                // Releasing: our moves out come before the producer's reuse; pairs with its
                // acquiring load of head.
                shared.pointee.head.value.store(head, ordering: .releasing)
            }
        }
    }
}

// SAFETY: an end is unique and its methods need exclusive access, so one thread uses it at a time;
// the other end meets it in atomics and in slots handed over by them only.
extension SPSCRing.Consumer: @unchecked Sendable where Element: Sendable & ~Copyable {}

// The end of a ring that pushes.

public import Synchronization

extension SPSCRing where Element: ~Copyable {
    /// The pushing end; one thread at a time. Its end closes the ring for the consumer.
    @usableFromInline package struct Producer: ~Copyable {
        @usableFromInline let shared: UnsafeMutablePointer<SPSCRingShared<Element>>
        @usableFromInline let slots: UnsafeMutablePointer<Element>
        /// How many items fit.
        @usableFromInline package let capacity: Int
        @usableFromInline let isBlocking: Bool
        @usableFromInline var tail = 0
        /// The consumer's position as last seen; it is never ahead of the truth.
        @usableFromInline var cachedHead = 0

        init(_ shared: UnsafeMutablePointer<SPSCRingShared<Element>>) {
            self.shared = shared
            slots = shared.pointee.slots
            capacity = shared.pointee.capacity
            isBlocking = shared.pointee.strategy == .block
        }

        deinit { SPSCRingShared.closeEnd(of: shared) }

        /// Pushes an item if there is room.
        ///
        /// - Parameter element: Consumed.
        /// - Returns: Nil when pushed; the item when the ring is full.
        @inlinable package mutating func tryPush(_ element: consuming Element) -> Element? {
            if tail &- cachedHead >= capacity {
                // Acquiring: pairs with the consumer's publish, so its moves out of the slots come
                // before our move in.
                cachedHead = shared.pointee.head.value.load(ordering: .acquiring)
                if tail &- cachedHead >= capacity { return element }
            }
            (slots + (tail & (capacity &- 1))).initialize(to: element)
            tail &+= 1
            publish()
            return nil
        }

        /// Pushes an item, waiting for room as the ring's strategy says.
        ///
        /// - Parameter element: Consumed.
        /// - Returns: Nil when pushed; the item when the consumer is gone.
        @inlinable package mutating func push(_ element: consuming Element) -> Element? {
            var pending: Element? = element
            var poll = 0
            // BOUND: until the consumer makes room or goes.
            while !isClosed {
                guard let item = pending.take() else { return nil }
                pending = tryPush(item)
                if pending == nil { return nil }
                shared.pointee.waitToPush(at: tail, poll: poll)
                poll &+= 1
            }
            return pending
        }

        /// How many items are in the ring; the consumer may be taking some away.
        @inlinable package var count: Int {
            tail &- shared.pointee.head.value.load(ordering: .relaxed)
        }

        /// Whether the consumer is gone, so that nothing pushed will ever be popped.
        @inlinable package var isClosed: Bool {
            shared.pointee.isClosed.load(ordering: .acquiring)
        }

        @inlinable mutating func publish() {
            if isBlocking {
                shared.pointee.publishWaking(tail: tail)
            } else {
                // Releasing: publishes the item; pairs with the consumer's acquiring load of tail.
                shared.pointee.tail.value.store(tail, ordering: .releasing)
            }
        }
    }
}

// SAFETY: an end is unique and its methods need exclusive access, so one thread uses it at a time;
// the other end meets it in atomics and in slots handed over by them only.
extension SPSCRing.Producer: @unchecked Sendable where Element: Sendable & ~Copyable {}

// A bounded queue from many threads to one, for control messages.

import Synchronization

/// A multiple-producer, single-consumer queue.
///
/// Producers are copied freely; there is one consumer, and that holds by type. Items of one
/// producer come out in the order it pushed them. A producer never waits for another: `tryPush`
/// retries only when another one's push succeeded (but the consumer sees nothing beyond a slot that
/// a producer claimed and has not filled yet). Items left are destroyed with the last end.
///
/// - Allocations: None after `make`.
/// - Source: Dmitry Vyukov, "Bounded MPMC queue", 1024cores.net, with one consumer.
@usableFromInline package enum MPSCQueue<Element: ~Copyable> {
    /// Makes a queue.
    ///
    /// - Parameter capacity: How many items fit, a power of two and 2 or more: with one slot alone,
    ///   "full" and "free for the next lap" would be the same sequence number.
    package static func make(capacity: Int) -> MPSCQueueEnds<Element> {
        precondition(
            capacity > 1 && capacity & (capacity - 1) == 0,
            "a queue's capacity is a power of two, 2 or more")
        let storage = MPSCQueueStorage<Element>(capacity: capacity)
        return MPSCQueueEnds(producer: Producer(storage), consumer: Consumer(storage))
    }
}

/// The two ends of a fresh queue.
@frozen @usableFromInline package struct MPSCQueueEnds<Element: ~Copyable>: ~Copyable {
    /// The end that pushes; copy it for each pushing thread.
    @usableFromInline package var producer: MPSCQueue<Element>.Producer
    /// The end that pops.
    @usableFromInline package var consumer: MPSCQueue<Element>.Consumer
}

extension MPSCQueueEnds: Sendable where Element: Sendable & ~Copyable {}

extension MPSCQueue where Element: ~Copyable {
    /// A pushing end; any number of copies on any number of threads.
    @usableFromInline package struct Producer {
        @usableFromInline let storage: MPSCQueueStorage<Element>

        init(_ storage: MPSCQueueStorage<Element>) { self.storage = storage }

        /// Pushes an item if there is room.
        ///
        /// - Parameter element: Consumed.
        /// - Returns: Nil when pushed; the item when the queue is full.
        @inlinable package func tryPush(_ element: consuming Element) -> Element? {
            storage.tryPush(element)
        }
    }

    /// The popping end; one thread at a time.
    @usableFromInline package struct Consumer: ~Copyable {
        @usableFromInline let storage: MPSCQueueStorage<Element>
        @usableFromInline var head = 0

        init(_ storage: MPSCQueueStorage<Element>) { self.storage = storage }

        // Releasing: pairs with the load in the storage's deinit, which destroys what is left.
        deinit { storage.head.value.store(head, ordering: .releasing) }

        /// Pops the oldest item if there is one.
        @inlinable package mutating func tryPop() -> Element? {
            guard storage.isFilled(at: head) else { return nil }
            let element = storage.take(at: head)
            head &+= 1
            return element
        }

        /// Pops up to `limit` items in order.
        ///
        /// - Returns: How many items there were.
        @inlinable package mutating func drain(
            max limit: Int, _ body: (consuming Element) -> Void
        ) -> Int {
            var drained = 0
            while drained < limit, let element = tryPop() {
                body(element)
                drained &+= 1
            }
            return drained
        }

        /// Whether there was nothing to pop a moment ago.
        @inlinable package var isEmpty: Bool { !storage.isFilled(at: head) }
    }
}

// SAFETY: the storage hands each slot to one thread at a time by its sequence number.
extension MPSCQueue.Producer: @unchecked Sendable where Element: Sendable & ~Copyable {}
// SAFETY: as above, and the consumer is unique and needs exclusive access to pop.
extension MPSCQueue.Consumer: @unchecked Sendable where Element: Sendable & ~Copyable {}

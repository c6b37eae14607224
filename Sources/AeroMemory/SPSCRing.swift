// A bounded queue between exactly two threads.

/// A single-producer, single-consumer ring whose two ends are separate, uncopyable values.
///
/// That there is one producer and one consumer holds by type: `make` gives out one of each, and
/// pushing or popping needs exclusive access to it. Items come out in the order they went in. When
/// both ends are gone the items left are destroyed.
///
/// Each end keeps its own position and a copy of the other's, which it refreshes only when the ring
/// looks full (or empty) by the copy; in steady flow the two threads seldom touch a shared line.
///
/// - Allocations: None after `make`.
/// - Source: Lamport, "Proving the Correctness of Multiprocess Programs", 1977; cached counterpart
///   after Giacomoni et al., "FastForward for Efficient Pipeline Parallelism", 2008, and Aeron.
@usableFromInline package enum SPSCRing<Element: ~Copyable> {
    /// Makes a ring.
    ///
    /// - Parameters:
    ///   - capacity: How many items fit, a power of two.
    ///   - strategy: How `push` and `pop` wait; `tryPush`, `tryPop` and `drain` never do.
    /// - Returns: The two ends, to be taken apart and sent to their threads.
    package static func make(
        capacity: Int, waiting strategy: WaitStrategy = .yield
    ) -> SPSCRingEnds<Element> {
        precondition(
            capacity > 0 && capacity & (capacity - 1) == 0, "a ring's capacity is a power of two")
        let shared = CacheLine.allocate(SPSCRingShared<Element>.self)
        shared.initialize(to: SPSCRingShared(capacity: capacity, strategy: strategy))
        return SPSCRingEnds(producer: Producer(shared), consumer: Consumer(shared))
    }
}

/// The two ends of a fresh ring.
@frozen @usableFromInline package struct SPSCRingEnds<Element: ~Copyable>: ~Copyable {
    /// The end that pushes.
    @usableFromInline package var producer: SPSCRing<Element>.Producer
    /// The end that pops.
    @usableFromInline package var consumer: SPSCRing<Element>.Consumer
}

extension SPSCRingEnds: Sendable where Element: Sendable & ~Copyable {}

// How (producer, destination) pairs are numbered.

/// The shape of a ledger: one stream for each producer and destination of a class.
@usableFromInline package struct StreamTable: Sendable, Equatable {
    /// Producers of the class.
    @usableFromInline package let producerCount: Int
    /// Topic-partitions of the class.
    @usableFromInline package let destinationCount: Int

    /// - Parameters: both >= 1, at most `ScenarioLimits.streams` pairs.
    @usableFromInline package init(producerCount: Int, destinationCount: Int) {
        precondition(producerCount >= 1 && destinationCount >= 1, "a class has streams")
        precondition(
            producerCount * destinationCount <= ScenarioLimits.streams, "too many streams")
        self.producerCount = producerCount
        self.destinationCount = destinationCount
    }

    /// The streams of `trafficClass`.
    @usableFromInline package init(_ trafficClass: TrafficClass) {
        self.init(
            producerCount: trafficClass.producerCount,
            destinationCount: trafficClass.destinationCount)
    }

    /// Streams of the class.
    @inlinable package var count: Int { producerCount &* destinationCount }

    /// The stream of a producer and a destination, or nil when the class has no such stream.
    @inlinable package func stream(producer: Int, destination: Int) -> Int? {
        guard producer < producerCount, destination < destinationCount else { return nil }
        return producer &* destinationCount &+ destination
    }
}

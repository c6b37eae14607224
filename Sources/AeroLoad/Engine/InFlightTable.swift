// Messages that were sent and are not yet acknowledged.

/// A message under way, as its producer knows it.
@usableFromInline package struct InFlightMessage: Sendable {
    /// The worker-local producer.
    @usableFromInline package let producer: Int32
    /// The topic-partition of its class.
    @usableFromInline package let destination: Int32
    /// Its sequence in (producer, destination).
    @usableFromInline package let sequence: Int64
    /// When it was to be sent.
    @usableFromInline package let intendedNanoseconds: Int64
    /// When it was sent.
    @usableFromInline package let actualNanoseconds: Int64

    /// Makes the entry of one message.
    @inlinable package init(
        producer: Int32, destination: Int32, sequence: Int64, intendedNanoseconds: Int64,
        actualNanoseconds: Int64
    ) {
        self.producer = producer
        self.destination = destination
        self.sequence = sequence
        self.intendedNanoseconds = intendedNanoseconds
        self.actualNanoseconds = actualNanoseconds
    }
}

/// A fixed table of messages under way; a token is a slot. The slot freed last is used first, so
/// that a short queue stays in the cache. Allocations: none after init.
@usableFromInline package struct InFlightTable: ~Copyable {
    @usableFromInline let slots: UnsafeMutablePointer<InFlightMessage>
    @usableFromInline let free: UnsafeMutablePointer<UInt32>
    @usableFromInline let isTaken: UnsafeMutablePointer<Bool>
    @usableFromInline var freeCount: Int
    /// Messages that fit.
    @usableFromInline package let capacity: Int

    /// - Parameter capacity: More than 0.
    @usableFromInline package init(capacity: Int) {
        precondition(capacity > 0 && capacity <= Int(UInt32.max), "a token has 32 bits")
        self.capacity = capacity
        slots = .allocate(capacity: capacity)
        free = .allocate(capacity: capacity)
        isTaken = .allocate(capacity: capacity)
        isTaken.initialize(repeating: false, count: capacity)
        for index in 0..<capacity {
            (free + index).initialize(to: UInt32(capacity - 1 - index))
        }
        freeCount = capacity
    }

    deinit {
        slots.deallocate()
        free.deallocate()
        isTaken.deallocate()
    }

    /// Messages under way.
    @inlinable package var count: Int { capacity &- freeCount }

    /// The token that the next `take` gives, or nil when the table is full.
    @inlinable package var nextToken: UInt32? { freeCount > 0 ? free[freeCount &- 1] : nil }

    /// Puts a message into the slot of `nextToken`.
    @inlinable package mutating func take(_ message: InFlightMessage) {
        precondition(freeCount > 0, "the in-flight table is full")
        freeCount &-= 1
        let slot = Int(free[freeCount])
        isTaken[slot] = true
        (slots + slot).initialize(to: message)
    }

    /// Takes a message out, or nil when its token names none: a driver answered twice.
    @inlinable package mutating func remove(_ token: UInt32) -> InFlightMessage? {
        let slot = Int(token)
        guard slot < capacity, isTaken[slot] else { return nil }
        isTaken[slot] = false
        free[freeCount] = token
        freeCount &+= 1
        return slots[slot]
    }
}

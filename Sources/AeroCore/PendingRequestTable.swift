// Requests that were sent and not yet answered, matched by id in constant time.

package import AeroWire

/// A request that waits for its answer.
package struct PendingRequest: Equatable, Sendable {
    /// The id on the wire; never 0, which means "no answer wanted".
    package let id: UInt64
    /// What was asked.
    package let command: Command
    /// The caller's own word for it, handed back with the answer.
    package let context: UInt64
    /// Bytes it holds of the in-flight bound.
    package let byteCount: Int
    /// When it was sent.
    package let sentNanoseconds: Int64
    /// When it is given up.
    package let deadlineNanoseconds: Int64
}

/// A fixed ring of pending requests, indexed by the low bits of their ids.
///
/// Ids rise, and skip those whose slot an older request still holds: a long poll may wait while
/// any number of younger requests come and go. Allocations: none after init.
package struct PendingRequestTable: ~Copyable {
    private let slots: UnsafeMutablePointer<PendingRequest?>
    private let mask: UInt64
    private var nextID: UInt64 = 1

    /// Requests waiting.
    package private(set) var count = 0
    /// Their bytes in sum.
    package private(set) var byteCount = 0
    /// No request is due before this; a lower bound, exact after `takeDue` answered nil.
    package private(set) var earliestDeadlineNanoseconds = Int64.max

    /// - Parameter capacity: Most requests in flight; rounded up to a power of two.
    package init(capacity: Int) {
        precondition(capacity > 0, "at least one request must fit")
        var size = 1
        while size < capacity { size *= 2 }
        slots = .allocate(capacity: size)
        slots.initialize(repeating: nil, count: size)
        mask = UInt64(size - 1)
    }

    deinit {
        slots.deinitialize(count: Int(mask) + 1)
        slots.deallocate()
    }

    /// Most requests that fit.
    package var capacity: Int { Int(mask) + 1 }

    /// Adds a request.
    ///
    /// - Returns: Its id, or nil when the table is full.
    package mutating func insert(
        _ command: Command, context: UInt64, byteCount: Int, sentNanoseconds: Int64,
        deadlineNanoseconds: Int64
    ) -> UInt64? {
        guard count < capacity else { return nil }
        // BOUND: fewer than `capacity` steps, because some slot is free.
        while slots[Int(nextID & mask)] != nil { nextID += 1 }
        let id = nextID
        slots[Int(id & mask)] = PendingRequest(
            id: id, command: command, context: context, byteCount: byteCount,
            sentNanoseconds: sentNanoseconds, deadlineNanoseconds: deadlineNanoseconds)
        nextID += 1
        count += 1
        self.byteCount += byteCount
        earliestDeadlineNanoseconds = min(earliestDeadlineNanoseconds, deadlineNanoseconds)
        return id
    }

    /// Takes the request with this id, or nil when none waits: answered twice or given up.
    package mutating func remove(_ id: UInt64) -> PendingRequest? {
        let index = Int(id & mask)
        guard let found = slots[index], found.id == id else { return nil }
        slots[index] = nil
        count -= 1
        byteCount -= found.byteCount
        return found
    }

    /// Takes one request whose deadline has passed.
    package mutating func takeDue(nowNanoseconds: Int64) -> PendingRequest? {
        guard nowNanoseconds >= earliestDeadlineNanoseconds else { return nil }
        var earliest = Int64.max
        for index in 0...Int(mask) {
            guard let waiting = slots[index] else { continue }
            if waiting.deadlineNanoseconds <= nowNanoseconds { return remove(waiting.id) }
            earliest = min(earliest, waiting.deadlineNanoseconds)
        }
        earliestDeadlineNanoseconds = earliest
        return nil
    }

    /// Takes any request, when the connection is gone.
    package mutating func takeAny() -> PendingRequest? {
        guard count > 0 else { return nil }
        for index in 0...Int(mask) {
            if let waiting = slots[index] { return remove(waiting.id) }
        }
        return nil
    }
}

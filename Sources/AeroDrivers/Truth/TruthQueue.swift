// Messages that the truth driver's target holds, by the time that their answer is due.

import AeroLoad

/// One message that waits for its time.
struct TruthMessage {
    /// When its answer is due.
    let dueNanoseconds: Int64
    /// Its number by arrival: answers of one time keep the order of arrival.
    let index: Int64
    /// Where its bytes are.
    let slot: Int32
    let producer: Int32
    let destination: Int32
    let byteCount: Int32
    /// When it arrived.
    let arrivedNanoseconds: Int64
    /// Its token; nil when nobody waits for an acknowledgement.
    let token: UInt32?
    let fault: TargetFault?

    fileprivate func isBefore(_ other: TruthMessage) -> Bool {
        dueNanoseconds < other.dueNanoseconds
            || dueNanoseconds == other.dueNanoseconds && index < other.index
    }
}

/// A binary heap of messages, earliest first. Allocations: none after init.
struct TruthQueue: ~Copyable {
    private let messages: UnsafeMutablePointer<TruthMessage>
    private let capacity: Int
    private(set) var count = 0

    init(capacity: Int) {
        self.capacity = capacity
        messages = .allocate(capacity: capacity)
    }

    deinit { messages.deallocate() }

    /// The earliest time that something is due; `Int64.max` when nothing waits.
    var firstNanoseconds: Int64 { count > 0 ? messages[0].dueNanoseconds : .max }

    mutating func insert(_ message: TruthMessage) {
        precondition(count < capacity, "as many messages as slots")
        var child = count
        count += 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard message.isBefore(messages[parent]) else { break }
            (messages + child).initialize(to: messages[parent])
            child = parent
        }
        (messages + child).initialize(to: message)
    }

    /// Takes the earliest message out; there must be one.
    mutating func removeFirst() -> TruthMessage {
        precondition(count > 0, "the queue is not empty")
        let first = messages[0]
        count -= 1
        let last = messages[count]
        var parent = 0
        while true {
            var child = 2 * parent + 1
            guard child < count else { break }
            if child + 1 < count, messages[child + 1].isBefore(messages[child]) { child += 1 }
            guard messages[child].isBefore(last) else { break }
            messages[parent] = messages[child]
            parent = child
        }
        if count > 0 { messages[parent] = last }
        return first
    }
}

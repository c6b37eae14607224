// The state of a poller's descriptors, addressed by the low half of their tokens.

/// What the table needs to know of a slot.
protocol PollerSlot {
    init()
    /// The token in force; meaningful while open.
    var token: Token { get set }
    /// In use, from the add until its `.closed` is delivered.
    var isOpen: Bool { get set }
    /// In the table's queue.
    var isQueued: Bool { get set }
    /// The next in the queue.
    var nextQueued: UInt32 { get set }
}

/// A growable table of slots, and a first-in-first-out queue threaded through them of those with
/// something to report. Never shrinks; grows only when a higher index is opened.
struct SlotTable<Slot: PollerSlot>: ~Copyable {
    private static var none: UInt32 { .max }
    private static var initialCapacity: Int { 64 }

    /// The slots; moves when the table grows, so pointers into it are never kept.
    private(set) var base: UnsafeMutablePointer<Slot>
    private(set) var capacity: Int
    private let limit: Int
    private var head = SlotTable.none
    private var tail = SlotTable.none

    init(limit: Int) {
        precondition(limit > 0 && limit < Int(UInt32.max), "slot indices are 32 bits wide")
        self.limit = limit
        capacity = min(Self.initialCapacity, limit)
        base = .allocate(capacity: capacity)
        base.initialize(repeating: Slot(), count: capacity)
    }

    deinit {
        base.deinitialize(count: capacity)
        base.deallocate()
    }

    var hasQueued: Bool { head != Self.none }

    /// The slot of an index that is within the table.
    @inline(__always)
    func slot(_ index: UInt32) -> UnsafeMutablePointer<Slot> {
        assert(Int(index) < capacity, "a slot index is within the table")
        return base + Int(index)
    }

    /// The slot a token names, or nil when it names nothing open (any more).
    @inline(__always)
    func find(_ token: Token) -> UnsafeMutablePointer<Slot>? {
        guard Int(token.index) < capacity else { return nil }
        let slot = base + Int(token.index)
        return slot.pointee.isOpen && slot.pointee.token == token ? slot : nil
    }

    /// The slot a caller names, which must be open.
    @inline(__always)
    func require(_ token: Token) -> UnsafeMutablePointer<Slot> {
        guard let slot = find(token) else {
            preconditionFailure("the token names nothing this poller watches")
        }
        return slot
    }

    /// Takes the slot of a new token.
    mutating func open(_ token: Token) -> UnsafeMutablePointer<Slot> {
        precondition(token.rawValue != .max, "this token is reserved")
        let index = Int(token.index)
        precondition(index < limit, "token index beyond the configured slot count")
        if index >= capacity { grow(toHold: index) }
        let slot = base + index
        precondition(!slot.pointee.isOpen, "the token's index is still in use")
        slot.pointee = Slot()
        slot.pointee.token = token
        slot.pointee.isOpen = true
        return slot
    }

    private mutating func grow(toHold index: Int) {
        var larger = capacity
        // BOUND: doubles to `limit`, which `index` is below.
        while larger <= index { larger *= 2 }
        larger = min(larger, limit)
        let replacement = UnsafeMutablePointer<Slot>.allocate(capacity: larger)
        replacement.moveInitialize(from: base, count: capacity)
        (replacement + capacity).initialize(repeating: Slot(), count: larger - capacity)
        base.deallocate()
        base = replacement
        capacity = larger
    }

    /// Puts a slot at the queue's end unless it is in it.
    @inline(__always)
    mutating func enqueue(_ index: UInt32) {
        let slot = slot(index)
        if slot.pointee.isQueued { return }
        slot.pointee.isQueued = true
        slot.pointee.nextQueued = Self.none
        if tail == Self.none { head = index } else { base[Int(tail)].nextQueued = index }
        tail = index
    }

    /// Takes the first slot off the queue.
    @inline(__always)
    mutating func dequeue() -> UInt32? {
        guard head != Self.none else { return nil }
        let index = head
        let slot = slot(index)
        head = slot.pointee.nextQueued
        if head == Self.none { tail = Self.none }
        slot.pointee.isQueued = false
        return index
    }
}

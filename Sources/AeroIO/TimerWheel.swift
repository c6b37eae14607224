// Timers in constant time.

/// A hierarchical timing wheel; knows no clock.
///
/// Eleven levels of 64 slots cover every 64-bit tick. A timer sits at the level of the highest
/// digit (base 64) in which its tick differs from the current one, and moves down as that
/// comes near, at most ten times. Source: Varghese and Lauck, "Hashed and Hierarchical Timing
/// Wheels", 1987; the choice of level is the one of Linux and tokio.
///
/// A timer never expires before its deadline, and is up to one tick late. Insert and cancel are
/// O(1); storage grows with the number of timers in force and is then used again.
package struct TimerWheel: ~Copyable {
    /// Names a timer until it is popped or cancelled; stale ones are recognised.
    package struct TimerID: Hashable, Sendable {
        let index: UInt32
        let generation: UInt32
    }

    private struct Node {
        var tick: UInt64 = 0
        var payload: UInt64 = 0
        var generation: UInt32 = 0
        /// The slot's number in `heads`, `expiredList`, or `freeList`.
        var list: Int32 = TimerWheel.freeList
        var previous: Int32 = TimerWheel.none
        var next: Int32 = TimerWheel.none
    }

    private static let none: Int32 = -1
    private static let freeList: Int32 = -1
    private static let digitBits = 6
    private static let slotCount = 64
    private static let levelCount = 11
    /// The list of those that expired and aren't popped stands behind the slots.
    private static let expiredList = Int32(levelCount * slotCount)

    private let tickNanoseconds: Int64
    private let startNanoseconds: Int64
    private var currentTick: UInt64 = 0
    private var nodes: [Node] = []
    private var firstFree = TimerWheel.none
    private var heads: [Int32]
    private var expiredTail = TimerWheel.none
    /// Per level, which slots have timers.
    private var occupied: [UInt64]

    /// Timers in force, including those expired and not popped.
    package private(set) var count = 0

    /// - Parameters:
    ///   - tickNanoseconds: The resolution, above zero.
    ///   - nowNanoseconds: The present; deadlines before it expire at once.
    package init(tickNanoseconds: Int64 = 1_000_000, nowNanoseconds: Int64) {
        precondition(tickNanoseconds > 0, "a tick takes time")
        self.tickNanoseconds = tickNanoseconds
        startNanoseconds = nowNanoseconds
        heads = Array(repeating: Self.none, count: Self.levelCount * Self.slotCount + 1)
        occupied = Array(repeating: 0, count: Self.levelCount)
    }

    /// Starts a timer that gives `payload` back once it is due.
    @discardableResult
    package mutating func insert(deadlineNanoseconds: Int64, payload: UInt64) -> TimerID {
        let index = takeNode()
        nodes[Int(index)].tick = tick(atOrAfter: deadlineNanoseconds)
        nodes[Int(index)].payload = payload
        place(index)
        count += 1
        return TimerID(index: UInt32(index), generation: nodes[Int(index)].generation)
    }

    /// Stops a timer; false when it was popped or cancelled before.
    @discardableResult
    package mutating func cancel(_ timer: TimerID) -> Bool {
        let index = Int(timer.index)
        guard index < nodes.count, nodes[index].list != Self.freeList,
            nodes[index].generation == timer.generation
        else { return false }
        unlink(Int32(index))
        free(Int32(index))
        return true
    }

    /// The payload of one timer that is due, or nil; call until nil. Timers of one call sequence
    /// come in the order of their ticks, after those that were due when inserted. Inserting and
    /// cancelling in between is fine.
    /// - Parameter nowNanoseconds: Never less than in a call before; if so, the latest counts.
    package mutating func popExpired(nowNanoseconds: Int64) -> UInt64? {
        if let payload = popFirstExpired() { return payload }
        let target = tick(atOrBefore: nowNanoseconds)
        // BOUND: each round empties a slot; a timer passes through at most one per level.
        while let (level, slot, slotTick) = nextOccupied(), slotTick <= target {
            currentTick = max(currentTick, slotTick)
            empty(level: level, slot: slot)
            if let payload = popFirstExpired() { return payload }
        }
        currentTick = max(currentTick, target)
        return nil
    }

    /// Calls `body` with the payload of every timer that is due, in the order of their ticks.
    package mutating func advance(to nowNanoseconds: Int64, _ body: (UInt64) -> Void) {
        // BOUND: the timers in force.
        while let payload = popExpired(nowNanoseconds: nowNanoseconds) { body(payload) }
    }

    /// When to call `popExpired` next, or nil without timers. Never later than the first timer is
    /// due; earlier for distant ones, which only move down then.
    package var nextDeadlineNanoseconds: Int64? {
        if heads[Int(Self.expiredList)] != Self.none { return startNanoseconds }
        guard let (_, _, slotTick) = nextOccupied() else { return nil }
        let (product, overflows) = Int64(clamping: slotTick).multipliedReportingOverflow(
            by: tickNanoseconds)
        if overflows { return .max }
        let (sum, isBeyond) = startNanoseconds.addingReportingOverflow(product)
        return isBeyond ? .max : sum
    }

    // MARK: Ticks

    private func tick(atOrAfter nanoseconds: Int64) -> UInt64 {
        guard nanoseconds > startNanoseconds else { return 0 }
        let elapsed = UInt64(bitPattern: nanoseconds &- startNanoseconds)
        return (elapsed - 1) / UInt64(tickNanoseconds) + 1
    }

    private func tick(atOrBefore nanoseconds: Int64) -> UInt64 {
        guard nanoseconds > startNanoseconds else { return 0 }
        return UInt64(bitPattern: nanoseconds &- startNanoseconds) / UInt64(tickNanoseconds)
    }

    // MARK: Slots

    /// Puts a node into the list its tick belongs to now.
    private mutating func place(_ index: Int32) {
        let tick = nodes[Int(index)].tick
        guard tick > currentTick else {
            appendExpired(index)
            return
        }
        let level = (63 - (tick ^ currentTick).leadingZeroBitCount) / Self.digitBits
        let digits = tick >> UInt64(level * Self.digitBits)
        let slot = Int(truncatingIfNeeded: digits) & (Self.slotCount - 1)
        link(index, into: Int32(level * Self.slotCount + slot))
        occupied[level] |= 1 << UInt64(slot)
    }

    /// The slot to be emptied first: all of a level come before any of the next.
    private func nextOccupied() -> (level: Int, slot: Int, tick: UInt64)? {
        for level in 0..<Self.levelCount where occupied[level] != 0 {
            // Timers only stand ahead of the current digit, so the lowest bit is the nearest.
            let slot = occupied[level].trailingZeroBitCount
            let shift = UInt64(level * Self.digitBits)
            let above = shift + UInt64(Self.digitBits)
            let base = above >= 64 ? 0 : (currentTick >> above) << above
            return (level, slot, base | (UInt64(slot) << shift))
        }
        return nil
    }

    /// Moves the timers of a slot that the current tick has reached to where they belong now.
    private mutating func empty(level: Int, slot: Int) {
        let list = level * Self.slotCount + slot
        var index = heads[list]
        heads[list] = Self.none
        occupied[level] &= ~(1 << UInt64(slot))
        // BOUND: the slot's list, which nothing is added to meanwhile.
        while index != Self.none {
            let next = nodes[Int(index)].next
            place(index)
            index = next
        }
    }

    // MARK: Lists

    private mutating func link(_ index: Int32, into list: Int32) {
        let head = heads[Int(list)]
        nodes[Int(index)].list = list
        nodes[Int(index)].previous = Self.none
        nodes[Int(index)].next = head
        if head != Self.none { nodes[Int(head)].previous = index }
        heads[Int(list)] = index
    }

    private mutating func appendExpired(_ index: Int32) {
        nodes[Int(index)].list = Self.expiredList
        nodes[Int(index)].previous = expiredTail
        nodes[Int(index)].next = Self.none
        if expiredTail == Self.none {
            heads[Int(Self.expiredList)] = index
        } else {
            nodes[Int(expiredTail)].next = index
        }
        expiredTail = index
    }

    private mutating func popFirstExpired() -> UInt64? {
        let index = heads[Int(Self.expiredList)]
        guard index != Self.none else { return nil }
        unlink(index)
        free(index)
        return nodes[Int(index)].payload
    }

    private mutating func unlink(_ index: Int32) {
        let node = nodes[Int(index)]
        if node.previous == Self.none {
            heads[Int(node.list)] = node.next
        } else {
            nodes[Int(node.previous)].next = node.next
        }
        if node.next != Self.none {
            nodes[Int(node.next)].previous = node.previous
        } else if node.list == Self.expiredList {
            expiredTail = node.previous
        }
        if node.list != Self.expiredList && heads[Int(node.list)] == Self.none {
            let (level, slot) = Int(node.list).quotientAndRemainder(dividingBy: Self.slotCount)
            occupied[level] &= ~(1 << UInt64(slot))
        }
    }

    private mutating func takeNode() -> Int32 {
        let index = firstFree
        guard index != Self.none else {
            precondition(nodes.count < Int(Int32.max), "timers are numbered with 31 bits")
            nodes.append(Node())
            return Int32(nodes.count - 1)
        }
        firstFree = nodes[Int(index)].next
        return index
    }

    private mutating func free(_ index: Int32) {
        nodes[Int(index)].list = Self.freeList
        nodes[Int(index)].generation &+= 1
        nodes[Int(index)].next = firstFree
        firstFree = index
        count -= 1
    }
}

// How a ring's ends wait for each other.

/// What a ring end does while there is nothing to pop or no room to push.
@usableFromInline package enum WaitStrategy: String, Sendable, CaseIterable {
    /// Polls without pause: the quickest reaction, for threads with a core of their own.
    case spin
    /// Polls a little, then offers the core to others between polls (`sched_yield`).
    case yield
    /// Polls a little, then sleeps until the other end wakes it (pthread condition variable).
    ///
    /// Every publish then costs a sequentially consistent store, some 20 cycles more.
    case block

    /// How often `yield` and `block` poll before they give the core away.
    static var pollsBeforeSleep: Int { 100 }
}

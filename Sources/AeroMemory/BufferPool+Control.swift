// Looking at a pool and steering it: statistics, the pooled/native switch, trimming, ownership.

import Synchronization

extension BufferPool {
    /// The counters now. Buffers that other threads returned count from when they are collected;
    /// call `collectReturns()` first for an exact picture.
    package var statistics: BufferPoolStatistics { core.owned.pointee.statistics }

    /// The hard cap in bytes.
    package var capacityBytes: Int { core.owned.pointee.capacityBytes }

    /// Where the next buffer comes from.
    package var mode: AllocationMode { core.owned.pointee.isPooling ? .pooled : .native }

    /// Switches between pooled and native memory; buffers that are out stay valid.
    ///
    /// Going native frees what is cached; buffers still out are freed when they come home.
    package func setMode(_ mode: AllocationMode) {
        core.owned.pointee.isPooling = mode == .pooled
        if mode == .native { trim(toCachedBytes: 0) }
    }

    /// Takes in the buffers that other threads have returned so far.
    package func collectReturns() {
        precondition(core.isOwnedByCaller, "a BufferPool is used by its owner thread only")
        core.collectReturns()
    }

    /// Gives cached buffers back to the system, largest first, until `limit` bytes or fewer stay.
    ///
    /// - Parameter limit: In bytes, 0 or more.
    package func trim(toCachedBytes limit: Int) {
        precondition(core.isOwnedByCaller, "a BufferPool is used by its owner thread only")
        core.trim(toCachedBytes: limit)
    }

    /// Counts a buffer that its user was done with, set aside and took again for something new: a
    /// release and an allocation that was a hit, but for the way home and back. Owner only.
    ///
    /// Not for memory that stays in use, such as a connection's block that is filled a second
    /// time: nobody asked for a buffer there. Nothing is counted in native mode, which has no hits.
    package func countReuse() {
        guard core.owned.pointee.isPooling else { return }
        core.owned.pointee.allocations &+= 1
        core.owned.pointee.releases &+= 1
    }

    /// Makes the calling thread the owner, as when one thread builds a shard and another runs it.
    ///
    /// The caller has to have received the pool by a hand-over that orders memory (a thread start,
    /// a queue), and the former owner must not use it any more.
    package func becomeOwner() {
        // Relaxed: the hand-over orders the rest of the state. A thread that releases a buffer and
        // still sees the old owner is neither of the two, so it takes the remote way, as it should.
        core.shared.pointee.ownerThread.store(PoolCore.currentThread, ordering: .relaxed)
    }
}

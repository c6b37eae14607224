// What a pool counts.

/// A snapshot of a pool's counters, taken by its owner.
///
/// Always true: `hits + misses == allocations`, `bytesOutstanding + bytesCached <= highWaterBytes`,
/// `highWaterBytes <=` the cap, and `allocations - releases` buffers are out or on their way home.
package struct BufferPoolStatistics: Sendable, Equatable {
    /// Times that somebody needed a buffer and got one, set aside ones included (`countReuse`).
    package var allocations: UInt64 = 0
    /// Buffers that came home, from the owner or from other threads, or were set aside and taken
    /// again.
    package var releases: UInt64 = 0
    /// Allocations that asked nothing of the system: they found a buffer that somebody had been
    /// done with, on a free list of the pool or among those that a user of the pool sets aside, as
    /// the stores of a broker do. Memory that is filled again by who still holds it is no hit.
    package var hits: UInt64 = 0
    /// Allocations that had to ask the system's allocator; in native mode, all of them.
    package var misses: UInt64 = 0
    /// Releases made by threads other than the owner; part of `releases`.
    package var remoteReturns: UInt64 = 0
    /// Cached buffers given back to the system, to make room for another class or by a trim.
    package var evictions: UInt64 = 0
    /// Requests refused because of the cap.
    package var exhaustions: UInt64 = 0
    /// Bytes handed out and not yet home (a remote return counts as home once it is collected).
    package var bytesOutstanding: Int = 0
    /// Bytes waiting on free lists.
    package var bytesCached: Int = 0
    /// The most bytes ever held from the system, outstanding and cached together.
    package var highWaterBytes: Int = 0

    /// Hits as a share of allocations, 0 to 1; 1 when nothing was asked for.
    package var hitRate: Double {
        allocations == 0 ? 1 : Double(hits) / Double(allocations)
    }
}

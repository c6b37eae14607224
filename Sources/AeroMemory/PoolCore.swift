// The memory behind a pool: what its owner keeps to itself, and what other threads may touch.

public import Glibc
public import Synchronization

/// What threads other than the owner may touch.
///
/// Layout: the return stack's head alone on the first 128 bytes; then `ownerThread`, which is read
/// at every release and written hardly ever.
@usableFromInline package struct PoolShared: ~Copyable {
    let returns = ReturnStack()
    @usableFromInline let ownerThread: Atomic<UInt>

    init(ownerThread: UInt) { self.ownerThread = Atomic(ownerThread) }
}

/// What only the owner touches: free lists and counters.
@usableFromInline package struct PoolOwned {
    /// By class: the first free block; each free block starts with the pointer to the next one.
    @usableFromInline var freeLists = InlineArray<6, UnsafeMutableRawPointer?>(repeating: nil)
    @usableFromInline var allocations: UInt64 = 0
    @usableFromInline var releases: UInt64 = 0
    @usableFromInline var bytesOutstanding = 0
    @usableFromInline var isPooling: Bool
    let capacityBytes: Int
    /// Outstanding and cached; this is what the cap bounds.
    var bytesHeld = 0
    var highWaterBytes = 0
    var misses: UInt64 = 0
    var remoteReturns: UInt64 = 0
    var evictions: UInt64 = 0
    var exhaustions: UInt64 = 0

    init(isPooling: Bool, capacityBytes: Int) {
        self.isPooling = isPooling
        self.capacityBytes = capacityBytes
    }

    var statistics: BufferPoolStatistics {
        var result = BufferPoolStatistics()
        result.allocations = allocations
        result.releases = releases
        result.hits = allocations - misses
        result.misses = misses
        result.remoteReturns = remoteReturns
        result.evictions = evictions
        result.exhaustions = exhaustions
        result.bytesOutstanding = bytesOutstanding
        result.bytesCached = bytesHeld - bytesOutstanding
        result.highWaterBytes = highWaterBytes
        return result
    }
}

/// A handle on one allocation that holds `PoolShared` and, on lines of its own, `PoolOwned`.
///
/// A plain pointer rather than a class, so that a buffer's way out and home costs no reference
/// counting and no exclusivity check; the pool frees it, and traps when a buffer would outlive it.
@usableFromInline package struct PoolCore {
    @usableFromInline let base: UnsafeMutableRawPointer

    /// Where `PoolOwned` starts: the next line after `PoolShared`.
    @usableFromInline static var ownedOffset: Int { 2 * CacheLine.byteCount }

    init(isPooling: Bool, capacityBytes: Int) {
        precondition(MemoryLayout<PoolShared>.size <= Self.ownedOffset)
        base = UnsafeMutableRawPointer.allocate(
            byteCount: Self.ownedOffset + MemoryLayout<PoolOwned>.size,
            alignment: CacheLine.byteCount)
        base.bindMemory(to: PoolShared.self, capacity: 1)
            .initialize(to: PoolShared(ownerThread: Self.currentThread))
        (base + Self.ownedOffset).bindMemory(to: PoolOwned.self, capacity: 1)
            .initialize(to: PoolOwned(isPooling: isPooling, capacityBytes: capacityBytes))
    }

    /// Frees the core itself; the free lists must be empty by then.
    func destroy() {
        shared.deinitialize(count: 1)
        owned.deinitialize(count: 1)
        base.deallocate()
    }

    // SAFETY: `init` bound and initialised this address; `destroy` is called last, by the pool.
    @inlinable var shared: UnsafeMutablePointer<PoolShared> {
        base.assumingMemoryBound(to: PoolShared.self)
    }

    // SAFETY: as above; only the owner thread follows this pointer.
    @inlinable var owned: UnsafeMutablePointer<PoolOwned> {
        (base + Self.ownedOffset).assumingMemoryBound(to: PoolOwned.self)
    }

    /// The identity of the calling thread; unique among living threads.
    @inlinable static var currentThread: UInt { pthread_self() }

    /// Whether the calling thread is the owner.
    @inlinable var isOwnedByCaller: Bool {
        // Relaxed: a thread only needs to recognise itself, and it wrote its own name itself.
        shared.pointee.ownerThread.load(ordering: .relaxed) == Self.currentThread
    }
}

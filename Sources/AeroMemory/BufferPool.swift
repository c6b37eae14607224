// The bounded source of all message memory.

/// A pool of size-classed buffers with a hard cap, owned by one thread.
///
/// The owner allocates without any atomic read-modify-write. Buffers come home by themselves
/// (`PooledBuffer.deinit`): on the owner thread straight to a free list, on any other thread to a
/// lock-free return stack that the owner empties when a free list runs dry (in native mode, when
/// it next allocates).
///
/// Whoever holds a pool must keep it alive until its buffers are home: a buffer does not keep its
/// pool (that would cost two atomic operations a buffer), and the optimiser may drop a local
/// reference after its last use. So: drop what holds buffers first, or bracket local use by
/// `withExtendedLifetime(pool) { … }`.
///
/// - Thread: The owner only; it is the thread that made the pool or the last one to call
///   `becomeOwner()`. Buffers may go anywhere.
/// - Allocations: None in steady state; a free list is threaded through the free buffers.
@usableFromInline package final class BufferPool {
    @usableFromInline let core: PoolCore

    /// Makes a pool owned by the calling thread.
    ///
    /// - Parameter configuration: The cap and what to make ahead.
    /// - Throws: `PoolError.exhausted` when the buffers to make ahead pass the cap,
    ///   `PoolError.systemRefused` when the system has no memory for them.
    package init(configuration: BufferPoolConfiguration) throws(PoolError) {
        precondition(configuration.capacityBytes > 0, "a pool's cap is at least one byte")
        core = PoolCore(
            isPooling: configuration.mode == .pooled, capacityBytes: configuration.capacityBytes)
        if configuration.mode == .pooled {
            try preallocate(configuration.preallocatedCounts)
        }
    }

    /// Gives all memory back to the system.
    ///
    /// Buffers returned by other threads are collected first; a buffer still out would write into
    /// freed memory when it came home, so that traps.
    deinit {
        core.collectReturns()
        precondition(
            core.owned.pointee.bytesOutstanding == 0,
            "a BufferPool was deinitialised while buffers were still out")
        core.trim(toCachedBytes: 0)
        core.destroy()
    }

    /// Hands out a buffer of at least `minimumByteCount` bytes, with undefined content.
    ///
    /// - Parameter minimumByteCount: 0 or more; above 4 MiB the capacity is exactly this.
    /// - Returns: The only owner of the memory, which is aligned to 16 bytes.
    /// - Throws: `PoolError.exhausted` when the cap leaves no room even after freeing what is
    ///   cached, `PoolError.systemRefused` when the system has no memory.
    /// - Complexity: O(1); on a miss, O(buffers returned by other threads + buffers evicted).
    @inlinable package func allocate(
        minimumByteCount: Int
    ) throws(PoolError) -> PooledBuffer {
        precondition(minimumByteCount >= 0, "a buffer's byte count is not negative")
        precondition(core.isOwnedByCaller, "a BufferPool is used by its owner thread only")
        let sizeClass = BufferSizeClass.containing(minimumByteCount)
        let byteCount = sizeClass.byteCount ?? minimumByteCount
        if sizeClass != .huge, let block = core.popFree(sizeClass, byteCount) {
            return PooledBuffer(
                baseAddress: block, capacity: byteCount, core: core, sizeClass: sizeClass)
        }
        let block = try core.allocateAfterMiss(sizeClass, byteCount)
        return PooledBuffer(
            baseAddress: block, capacity: byteCount, core: core, sizeClass: sizeClass)
    }

    /// As `allocate(minimumByteCount:)`, but leaves so many bytes of the cap for others.
    ///
    /// - Parameters:
    ///   - minimumByteCount: 0 or more.
    ///   - reserve: Bytes, cached ones included, that must be free afterwards; 0 or more.
    /// - Throws: `PoolError.exhausted` when fewer would be, and as the other `allocate`.
    package func allocate(
        minimumByteCount: Int, keepingFree reserve: Int
    ) throws(PoolError) -> PooledBuffer {
        precondition(core.isOwnedByCaller, "a BufferPool is used by its owner thread only")
        let byteCount =
            BufferSizeClass.containing(minimumByteCount).byteCount ?? minimumByteCount
        if !core.leaves(reserve, freeAfter: byteCount) { core.collectReturns() }
        guard core.leaves(reserve, freeAfter: byteCount) else { throw core.refuse(byteCount) }
        return try allocate(minimumByteCount: minimumByteCount)
    }

    private func preallocate(_ counts: [BufferSizeClass: Int]) throws(PoolError) {
        var total = 0
        for (sizeClass, count) in counts {
            guard let byteCount = sizeClass.byteCount, count >= 0 else {
                preconditionFailure("only fixed classes are made ahead, and not a negative count")
            }
            // An absurd count must not overflow the check that is there to refuse it.
            total = total.addingSaturated(count.multipliedSaturated(by: byteCount))
        }
        guard total <= core.owned.pointee.capacityBytes else {
            throw .exhausted(
                requestedByteCount: total, outstandingByteCount: 0,
                capacityByteCount: core.owned.pointee.capacityBytes)
        }
        for (sizeClass, count) in counts {
            for _ in 0..<count { try core.preallocate(sizeClass) }
        }
    }
}

extension Int {
    fileprivate func addingSaturated(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }

    fileprivate func multipliedSaturated(by other: Int) -> Int {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? .max : product
    }
}

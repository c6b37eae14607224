// The owner thread's side of a pool: free lists, misses, the cap, evictions.

import Glibc

extension PoolCore {
    /// Takes a block off a free list and counts it as a hit; nil when the list is empty.
    @inlinable @inline(always) func popFree(
        _ sizeClass: BufferSizeClass, _ byteCount: Int
    ) -> UnsafeMutableRawPointer? {
        let index = Int(sizeClass.rawValue)
        guard let block = owned.pointee.freeLists[index] else { return nil }
        owned.pointee.freeLists[index] = block.load(as: UnsafeMutableRawPointer?.self)
        owned.pointee.allocations &+= 1
        owned.pointee.bytesOutstanding &+= byteCount
        return block
    }

    /// Puts a block on its free list; does not count.
    @inlinable @inline(always) func pushFree(
        _ block: UnsafeMutableRawPointer, _ sizeClass: BufferSizeClass
    ) {
        let index = Int(sizeClass.rawValue)
        block.storeBytes(of: owned.pointee.freeLists[index], as: UnsafeMutableRawPointer?.self)
        owned.pointee.freeLists[index] = block
    }

    /// Takes a block in that the owner released: cached if it can be, else given to the system.
    @inlinable @inline(always) func takeHome(
        _ block: UnsafeMutableRawPointer, _ sizeClass: BufferSizeClass, _ byteCount: Int
    ) {
        owned.pointee.releases &+= 1
        owned.pointee.bytesOutstanding &-= byteCount
        if owned.pointee.isPooling && sizeClass != .huge {
            pushFree(block, sizeClass)
        } else {
            giveToSystem(block, byteCount)
        }
    }

    /// Frees a block that is neither out nor on a list.
    @usableFromInline func giveToSystem(_ block: UnsafeMutableRawPointer, _ byteCount: Int) {
        owned.pointee.bytesHeld -= byteCount
        free(block)
    }

    /// The way of an allocation whose free list was empty: first what other threads returned, then
    /// the system, within the cap.
    @usableFromInline func allocateAfterMiss(
        _ sizeClass: BufferSizeClass, _ byteCount: Int
    ) throws(PoolError) -> UnsafeMutableRawPointer {
        collectReturns()
        if sizeClass != .huge, let block = popFree(sizeClass, byteCount) { return block }
        guard leaves(0, freeAfter: byteCount) else { throw refuse(byteCount) }
        let cap = owned.pointee.capacityBytes
        trim(toCachedBytes: cap - owned.pointee.bytesOutstanding - byteCount)
        let block = try allocateFromSystem(byteCount)
        owned.pointee.allocations &+= 1
        owned.pointee.misses &+= 1
        owned.pointee.bytesOutstanding += byteCount
        return block
    }

    /// Whether so many bytes are left of the cap once `byteCount` more are out.
    func leaves(_ reserve: Int, freeAfter byteCount: Int) -> Bool {
        // Subtracting cannot overflow, whatever the caller asked for; adding could.
        byteCount <= owned.pointee.capacityBytes - owned.pointee.bytesOutstanding - reserve
    }

    /// Counts a request that the cap does not allow.
    func refuse(_ byteCount: Int) -> PoolError {
        owned.pointee.exhaustions &+= 1
        return .exhausted(
            requestedByteCount: byteCount, outstandingByteCount: owned.pointee.bytesOutstanding,
            capacityByteCount: owned.pointee.capacityBytes)
    }

    /// Makes one cached block with its pages touched, so that its first use faults none in.
    func preallocate(_ sizeClass: BufferSizeClass) throws(PoolError) {
        guard let byteCount = sizeClass.byteCount else { return }
        let block = try allocateFromSystem(byteCount)
        memset(block, 0, byteCount)
        pushFree(block, sizeClass)
    }

    private func allocateFromSystem(_ byteCount: Int) throws(PoolError) -> UnsafeMutableRawPointer {
        guard let block = malloc(byteCount) else {
            throw .systemRefused(requestedByteCount: byteCount)
        }
        owned.pointee.bytesHeld += byteCount
        owned.pointee.highWaterBytes = max(owned.pointee.highWaterBytes, owned.pointee.bytesHeld)
        return block
    }

    /// Takes in what other threads returned.
    func collectReturns() {
        if shared.pointee.returns.looksEmpty { return }
        shared.pointee.returns.drain { block, byteCount in
            owned.pointee.remoteReturns &+= 1
            takeHome(block, BufferSizeClass.containing(byteCount), byteCount)
        }
    }

    /// Frees cached blocks, largest classes first (fewest calls for the bytes), down to `limit`.
    func trim(toCachedBytes limit: Int) {
        if owned.pointee.bytesHeld - owned.pointee.bytesOutstanding <= limit { return }
        for sizeClass in stride(from: BufferSizeClass.fixedCount - 1, through: 0, by: -1) {
            guard let sizeClass = BufferSizeClass(rawValue: UInt8(sizeClass)),
                let byteCount = sizeClass.byteCount
            else { return }
            let index = Int(sizeClass.rawValue)
            while owned.pointee.bytesHeld - owned.pointee.bytesOutstanding > limit,
                let block = owned.pointee.freeLists[index]
            {
                owned.pointee.freeLists[index] = block.load(as: UnsafeMutableRawPointer?.self)
                owned.pointee.evictions &+= 1
                giveToSystem(block, byteCount)
            }
        }
    }

    /// Sends a block home from a thread that is not the owner.
    @usableFromInline func returnFromAfar(_ block: UnsafeMutableRawPointer, _ byteCount: Int) {
        shared.pointee.returns.push(block, byteCount: byteCount)
    }
}

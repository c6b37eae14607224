// The pool on its owner's thread: hits, the cap, evictions, the switch, ownership.

import AeroMemory
import Testing

@Suite struct BufferPoolTests {
    @Test func aReturnedBufferIsHandedOutAgain() throws {
        try withPool { pool in
            let first = try pool.allocate(minimumByteCount: 5000)
            let address = first.baseAddress
            first.release()
            let second = try pool.allocate(minimumByteCount: 8192)
            #expect(second.baseAddress == address)
            #expect(pool.statistics.hits == 1 && pool.statistics.misses == 1)
            #expect(pool.statistics.hitRate == 0.5)
        }
    }

    @Test func preallocatedBuffersAreHits() throws {
        try withPool(preallocatedCounts: [.kib8: 2, .kib1: 1]) { pool in
            #expect(pool.statistics.bytesCached == 17 << 10)
            let first = try pool.allocate(minimumByteCount: 8192)
            let second = try pool.allocate(minimumByteCount: 8192)
            let third = try pool.allocate(minimumByteCount: 1)
            #expect(first.baseAddress != second.baseAddress && third.capacity == 1024)
            #expect(pool.statistics.hits == 3 && pool.statistics.misses == 0)
            #expect(pool.statistics.bytesCached == 0)
        }
    }

    @Test(arguments: [[BufferSizeClass.kib64: 17], [.kib1: .max], [.kib1: 1, .mib4: .max]])
    func preallocationOverTheCapIsRefused(counts: [BufferSizeClass: Int]) {
        #expect(throws: PoolError.self) {
            try withPool(preallocatedCounts: counts) { $0.statistics }
        }
    }

    @Test func theCapIsHardAndTheErrorSaysWhy() throws {
        try withPool(capacityBytes: 16 << 10) { pool in
            let first = try pool.allocate(minimumByteCount: 8 << 10)
            let second = try pool.allocate(minimumByteCount: 8 << 10)
            #expect(
                throws: PoolError.exhausted(
                    requestedByteCount: 1024, outstandingByteCount: 16384, capacityByteCount: 16384)
            ) { _ = try pool.allocate(minimumByteCount: 1).capacity }
            #expect(throws: PoolError.self) {
                _ = try pool.allocate(minimumByteCount: .max).capacity
            }
            #expect(pool.statistics.exhaustions == 2)
            #expect(pool.statistics.highWaterBytes == 16 << 10)
            first.release()
            let third = try pool.allocate(minimumByteCount: 1)
            #expect(third.capacity == 1024 && second.capacity == 8192)
        }
    }

    @Test func aBufferThatWasSetAsideAndTakenAgainIsAHit() throws {
        try withPool { pool in
            let buffer = try pool.allocate(minimumByteCount: 100)
            for _ in 0..<3 { pool.countReuse() }
            let statistics = pool.statistics
            #expect(statistics.allocations == 4 && statistics.releases == 3)
            #expect(statistics.hits == 3 && statistics.misses == 1)
            #expect(statistics.hitRate == 0.75 && buffer.capacity == 1_024)
            pool.setMode(.native)
            pool.countReuse()
            #expect(pool.statistics.hits == 3, "native memory is not pooled")
        }
    }

    @Test func whatIsAskedToBeLeftFreeIsLeftFree() throws {
        try withPool(capacityBytes: 64 << 10, preallocatedCounts: [.kib8: 4]) { pool in
            let first = try pool.allocate(minimumByteCount: 1, keepingFree: 63 << 10)
            #expect(throws: PoolError.self) {
                _ = try pool.allocate(minimumByteCount: 1, keepingFree: 63 << 10).capacity
            }
            // Cached buffers are free ones: a hit needs the same room as a miss.
            #expect(throws: PoolError.self) {
                _ = try pool.allocate(minimumByteCount: 8_000, keepingFree: 56 << 10).capacity
            }
            #expect(pool.statistics.exhaustions == 2)
            let second = try pool.allocate(minimumByteCount: 8_000, keepingFree: 55 << 10)
            #expect(pool.statistics.hits == 1)
            #expect(throws: PoolError.self) {
                _ = try pool.allocate(minimumByteCount: .max, keepingFree: 1).capacity
            }
            let third = try pool.allocate(minimumByteCount: 8_000)
            #expect(first.capacity + second.capacity + third.capacity == 17 << 10)
        }
    }

    @Test func cachedBuffersOfOtherClassesMakeRoom() throws {
        try withPool(capacityBytes: 64 << 10, preallocatedCounts: [.kib8: 7, .kib1: 8]) { pool in
            let large = try pool.allocate(minimumByteCount: 64 << 10)
            #expect(large.capacity == 64 << 10)
            #expect(pool.statistics.evictions == 15 && pool.statistics.bytesCached == 0)
            #expect(pool.statistics.highWaterBytes == 64 << 10)
        }
    }

    @Test func aRefusedRequestEvictsNothing() throws {
        try withPool(capacityBytes: 64 << 10, preallocatedCounts: [.kib8: 4]) { pool in
            let held = try pool.allocate(minimumByteCount: 1)
            #expect(throws: PoolError.self) {
                _ = try pool.allocate(minimumByteCount: 64 << 10).capacity
            }
            #expect(pool.statistics.bytesCached == 32 << 10 && held.capacity == 1024)
        }
    }

    @Test func hugeBuffersAreNeverCached() throws {
        try withPool(capacityBytes: 10_000_000) { pool in
            let huge = try pool.allocate(minimumByteCount: 6_000_000)
            #expect(pool.statistics.bytesOutstanding == 6_000_000)
            huge.release()
            #expect(pool.statistics.bytesCached == 0 && pool.statistics.releases == 1)
            #expect(pool.statistics.highWaterBytes == 6_000_000)
        }
    }

    @Test func trimFreesTheLargestFirst() throws {
        try withPool(preallocatedCounts: [.kib1: 4, .kib8: 2]) { pool in
            pool.trim(toCachedBytes: 5 << 10)
            #expect(pool.statistics.bytesCached == 4 << 10 && pool.statistics.evictions == 2)
            pool.trim(toCachedBytes: 0)
            #expect(pool.statistics.bytesCached == 0 && pool.statistics.evictions == 6)
        }
    }

    @Test func nativeModeCachesNothingAndObeysTheCap() throws {
        try withPool(.native, capacityBytes: 2048, preallocatedCounts: [.kib1: 1]) { pool in
            #expect(pool.mode == .native && pool.statistics.bytesCached == 0)
            for _ in 0..<3 { try pool.allocate(minimumByteCount: 10).release() }
            #expect(pool.statistics.misses == 3 && pool.statistics.hits == 0)
            let first = try pool.allocate(minimumByteCount: 10)
            let second = try pool.allocate(minimumByteCount: 10)
            #expect(throws: PoolError.self) { _ = try pool.allocate(minimumByteCount: 10).capacity }
            #expect(first.capacity == 1024 && second.capacity == 1024)
        }
    }

    @Test func theSwitchLeavesBuffersThatAreOutAlone() throws {
        try withPool(preallocatedCounts: [.kib1: 3]) { pool in
            let pooled = try pool.allocate(minimumByteCount: 1)
            pool.setMode(.native)
            #expect(pool.statistics.bytesCached == 0)
            let native = try pool.allocate(minimumByteCount: 1)
            pooled.release()
            #expect(pool.statistics.bytesCached == 0)
            pool.setMode(.pooled)
            native.release()
            #expect(pool.statistics.bytesCached == 1024 && pool.statistics.bytesOutstanding == 0)
        }
    }

    @Test func ownershipMovesToAnotherThread() throws {
        try withPool { pool in
            let buffer = try pool.allocate(minimumByteCount: 1)
            // SAFETY: this thread waits for the other one and touches nothing meanwhile.
            nonisolated(unsafe) let moved = pool
            TestThread.run {
                moved.becomeOwner()
                do {
                    try moved.allocate(minimumByteCount: 1).release()
                } catch {
                    Issue.record("\(error)")
                }
            }
            #expect(pool.statistics.releases == 1 && pool.statistics.remoteReturns == 0)
            buffer.release()
            #expect(pool.statistics.releases == 1)
            pool.becomeOwner()
            pool.collectReturns()
            #expect(pool.statistics.releases == 2 && pool.statistics.remoteReturns == 1)
        }
    }

    @Test(.timeLimit(.minutes(10))) func aPoolThatGoesBeforeItsBuffersTraps() async {
        await #expect(processExitsWith: .failure) {
            var pool: BufferPool? = try BufferPool(
                configuration: BufferPoolConfiguration(capacityBytes: 1 << 20))
            let buffer = try pool?.allocate(minimumByteCount: 1)
            pool = nil
            _ = consume buffer
        }
    }

    @Test(.timeLimit(.minutes(10))) func useByAStrangerTraps() async {
        await #expect(processExitsWith: .failure) {
            let pool = try BufferPool(
                configuration: BufferPoolConfiguration(capacityBytes: 1 << 20))
            // SAFETY: this thread waits; the point is that the pool notices.
            nonisolated(unsafe) let foreign = pool
            TestThread.run {
                do {
                    try foreign.allocate(minimumByteCount: 1).release()
                } catch {
                    Issue.record("\(error)")
                }
            }
        }
    }

    @Test(.timeLimit(.minutes(10))) func aNegativeSizeTraps() async {
        await #expect(processExitsWith: .failure) {
            let pool = try BufferPool(
                configuration: BufferPoolConfiguration(capacityBytes: 1 << 20))
            try pool.allocate(minimumByteCount: -1).release()
        }
    }
}

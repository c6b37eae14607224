// Buffers that come home from other threads.

import AeroMemory
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct BufferPoolRemoteReturnTests {
    @Test func aRemoteReturnIsReusedOnTheNextMiss() throws {
        try withPool(capacityBytes: 1024) { pool in
            let buffer = try pool.allocate(minimumByteCount: 1)
            let address = UInt(bitPattern: buffer.baseAddress)
            let box = HandOver(buffer)
            TestThread.run { box.take().release() }
            #expect(pool.statistics.remoteReturns == 0 && pool.statistics.bytesOutstanding == 1024)
            let again = try pool.allocate(minimumByteCount: 1)
            #expect(UInt(bitPattern: again.baseAddress) == address)
            #expect(pool.statistics.remoteReturns == 1 && pool.statistics.hits == 1)
        }
    }

    @Test func aPoolMayGoOnceItsBuffersWereReturnedElsewhere() throws {
        var pool: BufferPool? = try BufferPool(
            configuration: BufferPoolConfiguration(capacityBytes: 1 << 24))
        for byteCount in [1, 1 << 13, 5 << 20] {
            if let buffer = try pool?.allocate(minimumByteCount: byteCount) {
                let box = HandOver(buffer)
                TestThread.run { box.take().release() }
            }
        }
        pool = nil
    }

    @Test(arguments: AllocationMode.allCases)
    func twoThreadsReturnWhileTheOwnerAllocates(mode: AllocationMode) throws {
        let seed = TestSeed.current
        let bufferCount = 20_000
        let capacityBytes = 96 << 10
        try withPool(mode, capacityBytes: capacityBytes) { pool in
            var even = startReturning(seed)
            var odd = startReturning(seed)
            var random = SplitMix64(seed: seed)
            var kept = 0
            for number in 0..<bufferCount {
                let buffer = allocateWaiting(pool, random.next() % 8 == 0 ? 8192 : 1024)
                write(number, to: buffer)
                switch random.next() % 8 {
                case 0: kept += 1  // Dropped here: a local return between remote ones.
                case 1..<4: send(buffer, to: &even, seed)
                default: send(buffer, to: &odd, seed)
                }
            }
            even.finish()
            odd.finish()
            pool.collectReturns()
            let statistics = pool.statistics
            #expect(statistics.allocations == UInt64(bufferCount), "seed \(seed)")
            #expect(statistics.releases == UInt64(bufferCount), "seed \(seed)")
            #expect(statistics.remoteReturns == UInt64(bufferCount - kept), "seed \(seed)")
            #expect(statistics.bytesOutstanding == 0, "seed \(seed)")
            #expect(statistics.highWaterBytes <= capacityBytes, "seed \(seed)")
        }
    }

    /// Through a typed pointer, so that ThreadSanitizer sees the access in every build.
    private func write(_ number: Int, to buffer: borrowing PooledBuffer) {
        buffer.baseAddress.bindMemory(to: Int.self, capacity: 1).pointee = number
    }

    /// A thread that checks and drops what comes through its ring.
    private struct Returner: ~Copyable {
        var ring: SPSCRing<PooledBuffer>.Producer?
        let thread: TestThread

        mutating func finish() {
            ring = nil
            thread.join()
        }
    }

    private func send(_ buffer: consuming PooledBuffer, to returner: inout Returner, _ seed: UInt64)
    {
        let isReturned = isPresent(returner.ring?.push(buffer))
        #expect(!isReturned, "seed \(seed)")
    }

    private func startReturning(_ seed: UInt64) -> Returner {
        let ends = SPSCRing<PooledBuffer>.make(capacity: 16, waiting: .yield)
        let box = HandOver(ends.consumer)
        let thread = TestThread {
            var consumer = box.take()
            var last = -1
            while let buffer = consumer.pop() {
                let number = buffer.baseAddress.assumingMemoryBound(to: Int.self).pointee
                #expect(number > last, "seed \(seed)")
                last = number
            }
        }
        return Returner(ring: ends.producer, thread: thread)
    }

    private func allocateWaiting(_ pool: BufferPool, _ byteCount: Int) -> PooledBuffer {
        // BOUND: the returning threads always bring buffers back.
        while true {
            do {
                return try pool.allocate(minimumByteCount: byteCount)
            } catch {
                TestThread.yield()
            }
        }
    }
}

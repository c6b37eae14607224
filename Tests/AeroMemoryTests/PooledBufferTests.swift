// One buffer: its layout, its bytes, its one way home.

import AeroMemory
import Testing

@Suite struct PooledBufferTests {
    @Test func layoutIsPinned() {
        #expect(MemoryLayout<PooledBuffer>.size == 25)
        #expect(MemoryLayout<PooledBuffer>.stride == 32)
        #expect(MemoryLayout<PooledBuffer?>.size <= 40)
    }

    @Test func capacityIsTheClassOrExactlyTheHugeRequest() throws {
        try withPool(capacityBytes: 1 << 24) { pool in
            let small = try pool.allocate(minimumByteCount: 1025)
            #expect(small.capacity == 8192 && small.sizeClass == .kib8)
            let huge = try pool.allocate(minimumByteCount: 5_000_001)
            #expect(huge.capacity == 5_000_001 && huge.sizeClass == .huge)
            #expect(UInt(bitPattern: small.baseAddress) % 16 == 0)
            #expect(UInt(bitPattern: huge.baseAddress) % 16 == 0)
        }
    }

    @Test func bytesWrittenAreBytesRead() throws {
        try withPool(capacityBytes: 1 << 20) { pool in
            var buffer = try pool.allocate(minimumByteCount: 1024)
            buffer.withMutableBytes { bytes in
                for index in 0..<bytes.byteCount {
                    bytes.storeBytes(
                        of: UInt8(truncatingIfNeeded: index), toByteOffset: index, as: UInt8.self)
                }
            }
            let sum = buffer.withBytes { bytes in
                (0..<bytes.byteCount).reduce(0) { sum, index in
                    sum + Int(bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self))
                }
            }
            #expect(sum == 4 * (0..<256).reduce(0, +))
        }
    }

    @Test func closuresThrowTheirOwnError() throws {
        enum Odd: Error { case failure }
        try withPool(capacityBytes: 1 << 20) { pool in
            let buffer = try pool.allocate(minimumByteCount: 1)
            #expect(throws: Odd.failure) {
                try buffer.withBytes { (_) throws(Odd) in throw .failure }
            }
        }
    }

    @Test func returnsExactlyOnceHoweverItEnds() throws {
        try withPool(capacityBytes: 1 << 20) { pool in
            do {
                let first = try pool.allocate(minimumByteCount: 1)
                first.release()
                // A second `first.release()`, or any use of `first`, does not compile.
                #expect(pool.statistics.releases == 1)
                let second = try pool.allocate(minimumByteCount: 1)
                #expect(second.capacity == 1024)
            }
            #expect(pool.statistics.releases == 2)
            #expect(pool.statistics.bytesOutstanding == 0)
            #expect(pool.statistics.bytesCached == 1024)
        }
    }
}

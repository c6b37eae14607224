// Layouts that keep threads off each other's cache lines.

import AeroMemory
import Testing

@Suite struct CacheLineTests {
    @Test func aCursorFillsItsLine() {
        #expect(MemoryLayout<PaddedCursor>.size == CacheLine.byteCount)
        #expect(MemoryLayout<PaddedCursor>.stride == CacheLine.byteCount)
    }

    @Test func allocationsStartOnALine() {
        for _ in 0..<100 {
            let word = CacheLine.allocate(Int.self)
            #expect(UInt(bitPattern: word) % UInt(CacheLine.byteCount) == 0)
            word.deallocate()
        }
    }

    @Test func ringCursorsAreOnLinesOfTheirOwn() {
        #expect(MemoryLayout<SPSCRingShared<Int>>.size > 2 * CacheLine.byteCount)
        #expect(MemoryLayout<PoolShared>.size > CacheLine.byteCount)
        #expect(MemoryLayout<PoolShared>.size <= 2 * CacheLine.byteCount)
    }
}

// The size classes and how a byte count finds its class.

import AeroMemory
import Testing

@Suite struct BufferSizeClassTests {
    @Test func eachBoundaryFallsIntoTheSmallerClass() {
        for sizeClass in BufferSizeClass.fixed {
            guard let byteCount = sizeClass.byteCount else {
                Issue.record("\(sizeClass) has no capacity")
                continue
            }
            #expect(BufferSizeClass.containing(byteCount) == sizeClass)
            let next = BufferSizeClass(rawValue: sizeClass.rawValue + 1)
            #expect(BufferSizeClass.containing(byteCount + 1) == next)
        }
    }

    @Test func extremesHaveAClass() {
        #expect(BufferSizeClass.containing(0) == .kib1)
        #expect(BufferSizeClass.containing(.max) == .huge)
        #expect(BufferSizeClass.huge.byteCount == nil)
    }

    @Test func rawValuesIndexTheFreeLists() {
        #expect(BufferSizeClass.fixed.map { Int($0.rawValue) } == Array(0..<6))
        #expect(BufferSizeClass.fixed.count == BufferSizeClass.fixedCount)
        #expect(
            BufferSizeClass.fixed.compactMap(\.byteCount)
                == [1, 8, 64, 256, 1024, 4096].map { $0 << 10 })
    }
}

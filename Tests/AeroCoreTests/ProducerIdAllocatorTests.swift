// Producer ids: never one twice, whatever is remembered of a crash.

import AeroCore
import TestSupport
import Testing

@Suite struct ProducerIdAllocatorTests {
    private struct Full: Error {}

    @Test func aBlockIsReservedBeforeItsFirstIdIsUsed() throws {
        var allocator = ProducerIdAllocator(reservedEnd: 5_000)
        var reserved: [Int64] = []
        for index in 0..<2_500 {
            let id = allocator.takeId { reserved.append($0) }
            #expect(id == 5_000 + Int64(index))
            #expect(id < reserved[reserved.count - 1])
        }
        #expect(reserved == [6_000, 7_000, 8_000])
    }

    @Test func whatCannotBeReservedIsNotUsed() throws {
        var allocator = ProducerIdAllocator(reservedEnd: 0)
        #expect(throws: Full.self) {
            _ = try allocator.takeId { (_) throws(Full) in throw Full() }
        }
        let first = allocator.takeId { _ in }
        let second = allocator.takeId { _ in Issue.record("reserved twice") }
        #expect(first == 0 && second == 1)
    }

    @Test func randomStartsLeaveRoomForEver() throws {
        for random: UInt64 in [0, 1, .max] {
            var allocator = ProducerIdAllocator(random: random)
            let id = allocator.takeId { _ in }
            #expect(id >= 0 && id <= 1 << 62)
        }
    }

    @Test func noIdIsHandedOutTwiceOverCrashes() throws {
        let seed = TestSeed.current
        var random = SplitMix64(seed: seed)
        var durableEnd: Int64 = 0
        var taken = Set<Int64>()
        for _ in 0..<50 {
            var allocator = ProducerIdAllocator(reservedEnd: durableEnd)
            for _ in 0..<Int.random(in: 0...2_100, using: &random) {
                let fails = Int.random(in: 0..<20, using: &random) == 0
                do {
                    let id = try allocator.takeId { (end) throws(Full) in
                        // A write that failed may have come through all the same.
                        if fails, Bool.random(using: &random) { durableEnd = end }
                        if fails { throw Full() }
                        durableEnd = end
                    }
                    #expect(taken.insert(id).inserted, "seed \(seed): \(id) twice")
                } catch {
                    continue
                }
            }
        }
    }
}

// The ring of batch times against a plain list.

import TestSupport
import Testing

@testable import AeroBroker

@Suite struct StageTimesRingTests {
    private static func entry(_ offset: Int64, durable: Int64 = 0) -> BatchTimes {
        BatchTimes(
            baseOffset: offset, arrival: ArrivalTimes(sentNanoseconds: 1, receivedNanoseconds: 2),
            appendedNanoseconds: 3, durableNanoseconds: durable)
    }

    /// Appends, settles and looks up as a partition does, and as a list of everything would.
    @Test func itIsTheTailOfAListOfAll() throws {
        var random = SplitMix64(seed: TestSeed.current)
        let ring = try #require(StageTimesRing(StageTimesBudget()))
        var offsets: [Int64] = []
        var durable: [Int64] = []
        var next: Int64 = 0
        for step in 0..<12_000 {
            offsets.append(next)
            durable.append(0)
            ring.append(Self.entry(next))
            next += Int64.random(in: 1...5, using: &random)
            if Int.random(in: 0..<40, using: &random) == 0 {
                let below = Int64.random(in: max(next - 300, 0)...next, using: &random)
                ring.settle(below: below, atNanoseconds: Int64(step + 1))
                for index in offsets.indices.reversed() where offsets[index] < below {
                    if durable[index] != 0 { break }
                    durable[index] = Int64(step + 1)
                }
            }
            guard Int.random(in: 0..<50, using: &random) == 0 else { continue }
            let first = max(0, offsets.count - StageTimesRing.capacity)
            #expect(ring.indices == first..<offsets.count)
            let from = Int64.random(in: 0...next + 2, using: &random)
            let expected = offsets[first...].firstIndex { $0 >= from } ?? offsets.count
            #expect(ring.firstIndex(from: from) == expected, "seed \(TestSeed.current)")
            let isSame = ring.indices.allSatisfy { index in
                ring[index].baseOffset == offsets[index]
                    && ring[index].durableNanoseconds == durable[index]
            }
            try #require(isSame, "step \(step), seed \(TestSeed.current)")
        }
    }

    @Test func whatIsDurableAtOnceStaysSo() throws {
        let ring = try #require(StageTimesRing(StageTimesBudget()))
        for offset in 0..<Int64(10) { ring.append(Self.entry(offset, durable: 7)) }
        ring.settle(below: 10, atNanoseconds: 99)
        #expect(ring.indices.allSatisfy { ring[$0].durableNanoseconds == 7 })
    }

    @Test func aShardHasRoomForSoMany() {
        let budget = StageTimesBudget()
        var rings = (0..<StageTimesBudget.ringCountMax).compactMap { _ in StageTimesRing(budget) }
        #expect(rings.count == StageTimesBudget.ringCountMax)
        #expect(StageTimesRing(budget) == nil)
        rings.removeLast()
        #expect(StageTimesRing(budget) != nil)
        rings.removeAll()
        #expect(budget.ringCount == 0)
    }
}

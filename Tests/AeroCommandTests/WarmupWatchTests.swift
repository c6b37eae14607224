// When an automatic warm-up ends, on series whose answer is known.

import TestSupport
import Testing

@testable import AeroCommand

@Suite struct WarmupWatchTests {
    /// Intervals until the watch lets the warm-up end, and its cut; nil when it never does.
    static func end(_ medians: [Double], _ rates: [Double]) -> (count: Int, cut: Int)? {
        var watch = WarmupWatch(classCount: 1)
        for (index, (median, rate)) in zip(medians, rates).enumerated()
        where watch.add(medians: [median], rates: [rate]) {
            return watch.cutCount.map { (index + 1, $0) }
        }
        return nil
    }

    static func steady(_ count: Int, _ level: Double, _ seed: UInt64 = 1) -> [Double] {
        var random = SplitMix64(seed: seed)
        return (0..<count).map { _ in level * Double.random(in: 0.97...1.03, using: &random) }
    }

    @Test func aTransientIsWaitedFor() throws {
        let medians = [9e6, 6e6, 4e6, 2.5e6] + Self.steady(30, 1e6)
        let end = try #require(Self.end(medians, Self.steady(34, 1_000, 2)))
        #expect((3...5).contains(end.cut), "\(end)")
        // The cut lies in the first half of what was seen, with five settled intervals behind it.
        #expect(end.count > 2 * end.cut && end.count >= end.cut + 5 && end.count <= 14)
    }

    @Test func aSteadyLoadNeedsFewIntervals() throws {
        let end = try #require(Self.end(Self.steady(30, 1e6), Self.steady(30, 1_000, 2)))
        #expect(end.count <= 14, "\(end)")
    }

    @Test func theRateHasToSettleToo() throws {
        let rates = (0..<12).map { 100.0 * Double($0 + 1) } + Self.steady(40, 1_200)
        let end = try #require(Self.end(Self.steady(52, 1e6), rates))
        #expect(end.cut >= 8 && end.count > 16, "\(end)")
    }

    @Test func whatNeverSettlesNeverEnds() {
        let climbing = (0..<60).map { 1e6 * (1 + 0.2 * Double($0)) }
        #expect(Self.end(climbing, Self.steady(60, 1_000)) == nil)
    }
}

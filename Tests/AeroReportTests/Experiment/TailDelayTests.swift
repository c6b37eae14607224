// Holds that are to make a p99 grow by a known share, tried on drawn latencies.

import AeroReport
import TestSupport
import Testing

struct TailDelayTests {
    /// A skewed distribution with a long tail, in nanoseconds.
    private static func latency(_ random: inout SplitMix64) -> Double {
        let uniform = Double.random(in: 0..<1, using: &random)
        return 100_000 * (1 + uniform + 0.05 / (1.0001 - uniform))
    }

    private static func percentile(_ share: Double, _ sorted: [Double]) -> Double {
        sorted[min(Int(share * Double(sorted.count)), sorted.count - 1)]
    }

    @Test(arguments: [1.05, 1.1, 1.2, 1.5])
    func thePercentileGrowsAsAsked(_ factor: Double) throws {
        let seed = TestSeed.current
        var random = SplitMix64(seed: seed)
        var values = (0..<400_000).map { _ in Self.latency(&random) }
        values.sort()
        let points = (1..<1_000).map { index in
            (
                beyond: 1 - Double(index) / 1_000,
                nanoseconds: Self.percentile(Double(index) / 1_000, values)
            )
        }
        let sized = TailDelay(of: LatencyCurve(points), factor: factor)
        let delay = try #require(sized)
        var held = values.map { value in
            // A moment of a hold is any of them: the wait for its end is uniform.
            Double.random(in: 0..<1, using: &random) < delay.heldShare
                ? value + Double.random(in: 0..<delay.lengthNanoseconds, using: &random) : value
        }
        held.sort()
        let growth = Self.percentile(0.99, held) / Self.percentile(0.99, values)
        #expect(abs(growth - factor) < 0.03 * factor, "seed \(seed): \(growth)")
        let middle = Self.percentile(0.5, held) / Self.percentile(0.5, values)
        #expect(middle < 1.02, "seed \(seed): \(middle)")
    }

    /// Waiting for a batch to be full is uniform, and has no tail: short holds do it there.
    @Test(arguments: [1.1, 1.2], [1, 0.75, 0.5])
    func shorterHoldsMakeAnEvenLatencyLonger(_ factor: Double, part: Double) throws {
        let seed = TestSeed.current
        var random = SplitMix64(seed: seed)
        let points = (0...1_000).map { index in
            (beyond: 1 - Double(index) / 1_000, nanoseconds: Double(index) * 5_000)
        }
        let sized = TailDelay(of: LatencyCurve(points), factor: factor, part: part)
        let delay = try #require(sized)
        #expect(abs(delay.lengthNanoseconds / (part * factor * 4_950_000) - 1) < 0.01)
        var held = (0..<400_000).map { _ in
            let value = Double.random(in: 0..<5_000_000, using: &random)
            return Double.random(in: 0..<1, using: &random) < delay.heldShare
                ? value + Double.random(in: 0..<delay.lengthNanoseconds, using: &random) : value
        }
        held.sort()
        let growth = Self.percentile(0.99, held) / 4_950_000
        #expect(abs(growth - factor) < 0.03 * factor, "seed \(seed): \(growth)")
    }

    @Test func whatNoHoldsCanDoIsRefused() {
        let curve = LatencyCurve([
            (beyond: 1, nanoseconds: 1), (beyond: 0.02, nanoseconds: 2),
            (beyond: 0.0099, nanoseconds: 3), (beyond: 0.0098, nanoseconds: 3_000),
        ])
        #expect(TailDelay(of: curve, factor: 1) == nil)
        #expect(TailDelay(of: curve, factor: 0.5) == nil)
        #expect(TailDelay(of: curve, factor: 1.1) != nil)
        // One message in a hundred takes 3000 as it is: far more would have to be held.
        #expect(TailDelay(of: curve, factor: 1_100) == nil)
    }

    /// The stalled window of one run is none of the usual ones.
    @Test func aStallIsNotUsual() throws {
        var sample = SampleResult()
        sample.windowCount = 5
        let calm = try sample.document()
        sample.stalledWindowCount = 1
        sample.sampleCount = 1_000
        let stalled = try sample.document()
        let usual = try #require(
            try LatencyCurve(usual: "e2e.intended", of: [calm, stalled, calm]))
        let p99 = Double(try #require(calm.classes[0].series["e2e.intended"]).summary.p99)
        #expect(abs(usual.value(ofShareBeyond: 0.01) / p99 - 1) < 0.02)
        #expect(usual.shareBeyond(100_000_000) == 0)
        #expect(try LatencyCurve(usual: "no such", of: [calm]) == nil)
    }

    @Test func aCurveIsReadBothWays() {
        let curve = LatencyCurve([
            (beyond: 0.01, nanoseconds: 300), (beyond: 1, nanoseconds: 100),
            (beyond: 0.5, nanoseconds: 200),
        ])
        #expect(curve.shareBeyond(50) == 1 && curve.shareBeyond(150) == 0.75)
        #expect(curve.shareBeyond(301) == 0)
        #expect(curve.value(ofShareBeyond: 0.75) == 150 && curve.value(ofShareBeyond: 0.5) == 200)
        #expect(curve.value(ofShareBeyond: 0.001) == 300)
    }
}

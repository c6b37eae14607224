// The cut of a warm-up, on series whose cut is known.

import AeroReport
import TestSupport
import Testing

@Suite struct WarmupCutTests {
    /// White's statistic from its definition, without the running sums.
    static func definition(_ series: [Double]) -> Int {
        var best = (error: Double.infinity, count: 0)
        for cut in 0...(series.count - WarmupCut.tailCount) {
            let left = series[cut...]
            let mean = left.reduce(0, +) / Double(left.count)
            let squares = left.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            let error = squares / Double(left.count * left.count)
            if error < best.error * (1 - 1e-12) { best = (error, cut) }
        }
        return best.count
    }

    @Test func aStepIsCutWhereItIs() throws {
        let series = [9.0, 9, 9] + [Double](repeating: 1, count: 12)
        let cut = try #require(WarmupCut(series))
        #expect(cut.count == 3 && cut.isSettled)
    }

    @Test func aSteadySeriesIsNotCut() throws {
        let series = (0..<20).map { $0 % 2 == 0 ? 1.0 : 1.1 }
        let cut = try #require(WarmupCut(series))
        #expect(cut.count <= 1 && cut.isSettled)
    }

    @Test func aTransientThatFillsTheSeriesIsNotSettled() throws {
        let cut = try #require(WarmupCut((0..<20).map { 100 - Double($0) * 5 }))
        #expect(!cut.isSettled)
    }

    @Test func aDecayIsCutBehindMostOfIt() throws {
        var random = SplitMix64(seed: TestSeed.current)
        let series = (0..<60).map { index in
            let half = Double(sign: .plus, exponent: -index / 2, significand: 1)
            return 100 + 900 * half + Double.random(in: -2...2, using: &random)
        }
        let cut = try #require(WarmupCut(series))
        #expect((8...26).contains(cut.count) && cut.isSettled, "seed \(TestSeed.current): \(cut)")
    }

    @Test func tooFewValuesHaveNoCut() {
        #expect(WarmupCut([5, 1, 1, 1, 1, 1, 1, 1, 1]) == nil)
        #expect(WarmupCut([5, 1, 1, 1, 1, 1, 1, 1, 1, 1])?.count == 1)
    }

    @Test func runningSumsGiveWhatTheDefinitionGives() throws {
        var random = SplitMix64(seed: TestSeed.current)
        for _ in 0..<200 {
            let count = Int.random(in: 10...40, using: &random)
            let transient = Int.random(in: 0...count, using: &random)
            let series = (0..<count).map { index in
                Double.random(in: 0...1, using: &random) + (index < transient ? 5 : 0)
            }
            let cut = try #require(WarmupCut(series))
            #expect(cut.count == Self.definition(series), "seed \(TestSeed.current): \(series)")
        }
    }
}

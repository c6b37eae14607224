// Ranks, sign changes and tests by known answers and by what must hold for any data.

import AeroReport
import TestSupport
import Testing

struct SignFlipTests {
    /// Depression scale factors of nine patients before and after a therapy. Source: Hollander and
    /// Wolfe 1973, p. 29, as in R's `wilcox.test`: V = 40, p = 0.01953.
    private static let before = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30]
    private static let after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29]

    @Test func aTextbookExample() {
        let differences = zip(Self.before, Self.after).map { $0 - $1 }
        let ranks = SignedRanks(differences)
        // V = 40 of 45: 40 - 5 in whole ranks, twice that in scores.
        #expect(ranks.sum == 70)
        let probability = SignedRankDistribution(sizesOf: ranks).probability(ofAtLeast: 70)
        #expect(probability == 10.0 / 512)
        let adjusted = MaximumTest.adjustedProbabilities(
            [ranks], group: FlipGroup(pairCount: 9, seed: 7))
        #expect(adjusted == [10.0 / 512])
    }

    /// Source: R, `wilcox.test(d, conf.int = TRUE)` for 1...10 with one sign changed.
    @Test func estimateAndIntervalOfSmallSets() {
        #expect(ShiftEstimate.value(of: [5]) == 5)
        #expect(ShiftEstimate.value(of: [1, 2, 10]) == 3.75)
        let five = ShiftEstimate([1, 2, 3, 4, 5], level: 0.05)
        // 2^-5 = 3.1 % is within 5 %, 2 x 2^-5 is not: the outermost averages.
        #expect(five.value == 3 && five.lower == 1 && five.upper == 5)
        let four = ShiftEstimate([1, 2, 3, 4], level: 0.05)
        #expect(four.value == 2.5 && four.lower == -.infinity && four.upper == .infinity)
        let ten = ShiftEstimate((1...10).map(Double.init), level: 0.025)
        // The critical value for ten pairs at 2.5 % is 8, so the ninth average from each end.
        #expect(ten.lower == 3 && ten.upper == 8)
    }

    @Test func ranksOfTiesAndZeros() {
        #expect(SignedRanks([0, -2, 2, 1, 0]).scores == [0, -5, 5, 2, 0])
        #expect(SignedRanks([0, 0]).spread == 0)
        #expect(SignedRankDistribution(valueCount: 3).probability(ofAtLeast: 12) == 0.125)
        #expect(SignedRankDistribution(valueCount: 3).probability(ofAtLeast: -12) == 1)
        #expect(SignedRankDistribution(valueCount: 3).probability(ofAtLeast: 14) == 0)
    }

    @Test func aGroupIsAGroup() {
        let group = FlipGroup(pairCount: 60, seed: 99, dimension: 10)
        #expect(Set(group.codes).count == 60 && group.memberCount == 1_024)
        #expect(group == FlipGroup(pairCount: 60, seed: 99, dimension: 10))
        #expect(group != FlipGroup(pairCount: 60, seed: 98, dimension: 10))
        var generator = SplitMix64(seed: TestSeed.current)
        for _ in 0..<50 {
            let left = Int.random(in: 0..<1_024, using: &generator)
            let right = Int.random(in: 0..<1_024, using: &generator)
            for pair in 0..<60 {
                #expect(group.sign(member: 0, pair: pair) == 1)
                let product =
                    group.sign(member: left, pair: pair) * group.sign(member: right, pair: pair)
                #expect(group.sign(member: left ^ right, pair: pair) == product)
            }
        }
    }

    @Test func sumsAreWhatTheSignsSay() {
        var generator = SplitMix64(seed: TestSeed.current)
        let values = (0..<30).map { _ in Double.random(in: -1...1, using: &generator) }
        let ranks = SignedRanks(values)
        let group = FlipGroup(pairCount: 40, seed: 3, dimension: 8)
        let sums = group.sums(ranks)
        for member in 0..<group.memberCount {
            let sum = values.indices.reduce(0) {
                $0 + group.sign(member: member, pair: $1) * Int(ranks.scores[$1])
            }
            #expect(Int(sums[member]) == sum, "seed \(TestSeed.current)")
        }
    }

    /// A part of all sign changes is as good as all: the exact p-value is within what 16,384 of
    /// them can miss.
    @Test func aSubgroupIsNearTheWholeGroup() {
        var generator = SplitMix64(seed: TestSeed.current)
        for _ in 0..<10 {
            let values = (0..<40).map { _ in Double.random(in: -0.8...1.2, using: &generator) }
            let ranks = SignedRanks(values)
            let exact = SignedRankDistribution(sizesOf: ranks).probability(ofAtLeast: ranks.sum)
            let group = FlipGroup(pairCount: 40, seed: generator.next())
            let some = MaximumTest.adjustedProbabilities([ranks], group: group)[0]
            let error = (exact / Double(group.memberCount)).squareRoot() * 5
            #expect(abs(some - exact) <= error + 2 / 16_384, "seed \(TestSeed.current)")
        }
    }

    /// Whatever the data, of all sign changes of it no more than the level's share is rejected:
    /// this is the whole claim of the test, checked by trying all of them.
    @Test func exactlyTheLevelIsEverRejected() {
        var generator = SplitMix64(seed: TestSeed.current)
        let group = FlipGroup(pairCount: 10, seed: 5)
        let levels = [0.01, 0.03, 0.06]
        let columns = (0..<2).map { _ in
            (0..<10).map { _ in Double.random(in: -1...3, using: &generator) }
        }
        var rejections = 0
        for member in 0..<group.memberCount {
            var test = SequentialFlipTest(group: group)
            for (look, count) in [6, 8, 10].enumerated() {
                let flipped = columns.map { column in
                    SignedRanks(
                        (0..<count).map {
                            column[$0] * Double(group.sign(member: member, pair: $0))
                        })
                }
                _ = test.look(flipped, level: levels[look])
            }
            if test.isRejected { rejections += 1 }
        }
        let allowed = Int(0.06 * 1_024)
        // Ties cost a few, no more: a test that never rejects would be exact too.
        #expect(rejections <= allowed, "seed \(TestSeed.current)")
        #expect(rejections > allowed * 8 / 10, "seed \(TestSeed.current)")
    }

    @Test func metricsDoNotHideEachOther() {
        let clear = SignedRanks((1...12).map { Double($0) })
        let faint = SignedRanks((1...12).map { $0 % 3 == 0 ? -Double($0) : Double($0) })
        let group = FlipGroup(pairCount: 12, seed: 1)
        let both = MaximumTest.adjustedProbabilities([faint, clear], group: group)
        let alone = MaximumTest.adjustedProbabilities([faint], group: group)
        #expect(both[1] <= 2.0 / 4_096)
        #expect(both[0] == alone[0])
    }

    @Test func theBandHoldsAllQuantiles() {
        // The same shift everywhere: the band has it inside, and is not wider than it must be.
        var generator = SplitMix64(seed: TestSeed.current)
        let group = FlipGroup(pairCount: 20, seed: 2)
        let noise = (0..<20).map { _ in Double.random(in: -0.1...0.1, using: &generator) }
        let differences = (0..<3).map { row in
            noise.map { 0.5 + $0 * Double(row + 1) }
        }
        let curve = QuantileRatioBand.curve(
            differences, percentiles: [50, 90, 99], level: 0.05, group: group)
        let truth = 1.6487212707
        for (row, point) in curve.enumerated() {
            let single = ShiftEstimate(differences[row], level: 0.025)
            #expect((point.lower ?? 9) < truth && truth < (point.upper ?? 0))
            // Three equal rows are one: the simultaneous band is the single interval.
            #expect(
                abs((point.lower ?? 0) - MetricScale.ratio.worsening(difference: single.lower) - 1)
                    < 0.02)
        }
        let few = QuantileRatioBand.curve(
            [[0.1, 0.2]], percentiles: [50], level: 0.05, group: group)
        #expect(few[0].lower == nil && few[0].upper == nil)
    }

    @Test func scales() {
        #expect(MetricScale.ratio.difference(baseline: 1, candidate: 0) == nil)
        #expect(MetricScale.ratio.difference(baseline: .nan, candidate: 1) == nil)
        #expect(MetricScale.difference.difference(baseline: 0, candidate: 2) == 2)
        #expect(MetricScale.inverseRatio.difference(baseline: 2, candidate: 1) ?? 0 > 0)
        for scale in [MetricScale.ratio, .inverseRatio, .difference] {
            let shift = scale.difference(worsening: 0.2)
            #expect(abs(scale.worsening(difference: shift) - 0.2) < 1e-12)
        }
    }
}

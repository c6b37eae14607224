// Trends, on series whose answer is known.

import AeroReport
import TestSupport
import Testing

@Suite struct SeriesTrendTests {
    @Test func aWorkedExample() throws {
        // Ten values without ties: S counted by hand from ranks 1 3 2 5 4 6 8 7 10 9 is 45 - 8.
        let trend = try #require(SeriesTrend([1, 3, 2, 5, 4, 6, 8, 7, 10, 9]))
        #expect(trend.score == 37)
        // Var(S) = 10 * 9 * 25 / 18 = 125.
        #expect(abs(trend.deviations - 36 / 125.0.squareRoot()) < 1e-12)
        #expect(trend.isSignificant && abs(trend.slope - 1) < 0.15 && trend.median == 5.5)
    }

    @Test func tiesTakeFromTheVariance() throws {
        let trend = try #require(SeriesTrend([1, 1, 1, 1, 2, 2, 2, 2]))
        // 16 rising pairs; (8*7*21 - 2 * 4*3*13) / 18 = 48.
        #expect(trend.score == 16)
        #expect(abs(trend.deviations - 15 / (864.0 / 18).squareRoot()) < 1e-12)
    }

    @Test func aConstantSeriesHasNoTrend() throws {
        let trend = try #require(SeriesTrend([Double](repeating: 7, count: 30)))
        #expect(trend.score == 0 && trend.deviations == 0 && trend.slope == 0)
        #expect(!trend.isSignificant && trend.driftShare(stepCount: 30) == 0)
    }

    @Test func oneOutlierMakesNoTrendAndHidesNone() throws {
        var flat = (0..<30).map { Double(($0 * 7) % 5) + 100 }
        flat[29] = 1e9
        #expect(try !#require(SeriesTrend(flat)).isSignificant)
        var rising = (0..<30).map { 100 + Double($0) }
        rising[2] = 1e9
        let trend = try #require(SeriesTrend(rising))
        #expect(trend.isSignificant && abs(trend.driftShare(stepCount: 29) - 0.25) < 0.02)
    }

    /// One series in a hundred without a trend may be called one; 20 % more would be a defect.
    @Test func falseAlarmsAreAsRareAsPromised() throws {
        var random = SplitMix64(seed: 11)
        var alarmCount = 0
        for _ in 0..<2_000 {
            let series = (0..<30).map { _ in Double.random(in: 0...1, using: &random) }
            if try #require(SeriesTrend(series)).isSignificant { alarmCount += 1 }
        }
        #expect((5...40).contains(alarmCount), "\(alarmCount) of 2,000")
    }

    @Test func aLongSeriesIsJoinedAndKeepsItsSlope() throws {
        let trend = try #require(SeriesTrend((0..<10_000).map { 1_000 + Double($0) }))
        #expect(trend.valueCount <= 400 && trend.isSignificant)
        #expect(abs(trend.slope - 1) < 1e-9)
        #expect(SeriesTrend([1, 2, 3]) == nil)
    }
}

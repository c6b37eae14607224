// Percentiles, counts and extremes against a sorted array, and the distribution's text.

import HDRHistogram
import TestSupport
import Testing

struct HistogramPercentilesTests {
    @Test(arguments: [1, 2, 3, 4])
    func answersAsASortedArrayDoes(digits: Int) throws {
        let seed = TestSeed.current
        var random = SplitMix64(seed: seed &+ UInt64(digits))
        for size in [1, 2, 3, 10, 999, 5000] {
            var histogram = try Histogram(
                lowestDiscernibleValue: digits == 2 ? 64 : 1,
                highestTrackableValue: HistogramDataSet.nanosecondsPerHour,
                significantDigits: digits)
            var values: [Int64] = []
            for _ in 0..<size {
                values.append(
                    HistogramDataSet.value(below: histogram.highestTrackableValue, &random))
                histogram.record(values[values.count - 1])
            }
            values.sort()
            let comment: Comment = "\(size) values, \(digits) digits, seed \(seed)"
            #expect(histogram.minimum == histogram.lowestEquivalentValue(values[0]), comment)
            #expect(
                histogram.maximum == histogram.highestEquivalentValue(values[size - 1]), comment)
            #expect(histogram.value(atPercentile: 0) == histogram.minimum, comment)
            // Whole thousandths of a per cent: the rank is exact in integers.
            for thousandths in [1, 10_000, 33_333, 50_000, 90_000, 99_000, 99_900, 99_999, 100_000]
            {
                let rank = max((thousandths * size + 99_999) / 100_000, 1)
                let expected = histogram.highestEquivalentValue(values[rank - 1])
                let actual = histogram.value(atPercentile: Double(thousandths) / 1000)
                #expect(actual == expected, "\(thousandths)/1000 % of \(comment)")
            }
            for value in values.prefix(20) + [0, 1, 1_000_000, .max] {
                let end = histogram.highestEquivalentValue(value)
                let start = histogram.lowestEquivalentValue(value)
                let atOrBelow = values.count { $0 <= end }
                let at = values.count { $0 <= end && $0 >= start }
                #expect(histogram.count(at: value) == at, "at \(value) of \(comment)")
                #expect(
                    histogram.percentile(atOrBelow: value)
                        == 100 * Double(atOrBelow) / Double(size),
                    "at or below \(value) of \(comment)")
            }
        }
    }

    @Test func percentilesOutsideTheScaleAreClamped() throws {
        let histogram = try HistogramDataSet.latency.histogram()
        #expect(histogram.value(atPercentile: -5) == histogram.highestEquivalentValue(0))
        #expect(histogram.value(atPercentile: 1000) == histogram.maximum)
        #expect(histogram.value(atPercentile: .infinity) == histogram.maximum)
        #expect(histogram.percentile(atOrBelow: -1) == 0)
        #expect(histogram.count(at: -1) == 0)
    }

    @Test func totalsBeyondTheExactRangeOfDoublesAreNoProblem() throws {
        var histogram = try Histogram(highestTrackableValue: 1000, significantDigits: 1)
        histogram.record(10, count: .max - 1)
        histogram.record(900)
        #expect(histogram.value(atPercentile: 50) == 10)
        #expect(histogram.value(atPercentile: 1000) == histogram.maximum)
    }

    @Test(arguments: HistogramDataSet.allCases)
    func theDistributionIsPrintedAsTheReferencePrintsIt(dataSet: HistogramDataSet) throws {
        let expected = try FixtureFile.text("java-\(dataSet.rawValue).hgrm")
        #expect(try dataSet.histogram().percentileDistribution(valueScale: 1000) == expected)
    }
}

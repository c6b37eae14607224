// Configuration, equality and reset.

import HDRHistogram
import TestSupport
import Testing

struct HistogramTests {
    @Test func refusesImpossibleConfigurations() {
        #expect(throws: HistogramError.invalidLowestDiscernibleValue(0)) {
            try Histogram(
                lowestDiscernibleValue: 0, highestTrackableValue: 10, significantDigits: 3)
        }
        #expect(throws: HistogramError.invalidLowestDiscernibleValue(.max / 2 + 1)) {
            try Histogram(
                lowestDiscernibleValue: .max / 2 + 1, highestTrackableValue: .max,
                significantDigits: 3)
        }
        #expect(
            throws: HistogramError.invalidHighestTrackableValue(19, lowestDiscernibleValue: 10)
        ) {
            try Histogram(
                lowestDiscernibleValue: 10, highestTrackableValue: 19, significantDigits: 3)
        }
        for digits in [-1, 0, 6] {
            #expect(throws: HistogramError.invalidSignificantDigits(digits)) {
                try Histogram(highestTrackableValue: 1000, significantDigits: digits)
            }
        }
        #expect(
            throws: HistogramError.unrepresentablePrecision(
                lowestDiscernibleValue: 1 << 52, significantDigits: 3)
        ) {
            try Histogram(
                lowestDiscernibleValue: 1 << 52, highestTrackableValue: .max, significantDigits: 3)
        }
    }

    @Test func anEmptyHistogramAnswersZero() throws {
        let histogram = try HistogramDataSet.latencyHistogram()
        #expect(histogram.isEmpty)
        #expect(histogram.totalCount == 0)
        #expect(histogram.minimum == 0)
        #expect(histogram.maximum == 0)
        #expect(histogram.mean == 0)
        #expect(histogram.standardDeviation == 0)
        #expect(histogram.value(atPercentile: 99) == 0)
        #expect(histogram.percentile(atOrBelow: 5) == 100)
    }

    @Test(arguments: [1, 2, 3, 4, 5])
    func equivalentValuesKeepTheConfiguredDigits(digits: Int) throws {
        let seed = TestSeed.current
        var random = SplitMix64(seed: seed)
        let histogram = try Histogram(
            highestTrackableValue: .max, significantDigits: digits)
        let precision = (0..<digits).reduce(Int64(1)) { product, _ in product * 10 }
        for _ in 0..<1000 {
            let value = HistogramDataSet.value(below: .max, &random)
            let lowest = histogram.lowestEquivalentValue(value)
            let highest = histogram.highestEquivalentValue(value)
            #expect(lowest <= value && value <= highest, "\(value), seed \(seed)")
            #expect(highest - lowest <= value / precision, "\(value), seed \(seed)")
            #expect(histogram.lowestEquivalentValue(highest) == lowest, "\(value), seed \(seed)")
        }
        #expect(histogram.highestEquivalentValue(.max) == .max)
    }

    @Test func equalityConsidersCountsAndPrecisionAndLosses() throws {
        let filled = try HistogramDataSet.latency.histogram()
        var other = filled
        #expect(other == filled)
        other.record(17)
        #expect(other != filled)
        other = filled
        other.record(-1)
        #expect(other != filled)

        let coarse = try Histogram(highestTrackableValue: 1_000_000, significantDigits: 2)
        let fine = try Histogram(highestTrackableValue: 1_000_000, significantDigits: 3)
        let wide = try Histogram(highestTrackableValue: 1_000_000_000, significantDigits: 3)
        #expect(coarse != fine)
        #expect(wide == fine)
        var wideRecorded = wide
        wideRecorded.record(999_999)
        var fineRecorded = fine
        fineRecorded.record(999_999)
        #expect(wideRecorded == fineRecorded)
        wideRecorded.record(1_000_000_000)
        #expect(wideRecorded != fineRecorded)
    }

    @Test func copiesAreIndependent() throws {
        var histogram = try HistogramDataSet.latencyHistogram()
        histogram.record(5)
        let copy = histogram
        histogram.record(6)
        #expect(copy.totalCount == 1)
        #expect(histogram.totalCount == 2)
    }

    @Test func resetForgetsEverything() throws {
        var histogram = try HistogramDataSet.latency.histogram()
        histogram.record(-1)
        histogram.reset()
        #expect(histogram == (try HistogramDataSet.latencyHistogram()))
        histogram.record(1234)
        #expect(histogram.minimum == 1234)
        #expect(histogram.maximum == 1234)
        #expect(histogram.count(at: 1234) == 1)
    }

    @Test func describesItselfInALine() throws {
        var histogram = try HistogramDataSet.latencyHistogram()
        histogram.record(7, count: 3)
        histogram.record(-1)
        #expect(
            histogram.description
                == "Histogram(1...3600000000000, 3 digits, count 3, out of range 1, "
                + "minimum 7, p50.0 7, p99.0 7, p99.9 7, maximum 7)")
    }
}

// Recording, out-of-range values and correction for coordinated omission.

import HDRHistogram
import TestSupport
import Testing

struct HistogramRecordingTests {
    @Test func countsOutOfRangeValues() throws {
        var histogram = try Histogram(highestTrackableValue: 1000, significantDigits: 1)
        histogram.record(-1)
        histogram.record(.min)
        histogram.record(1001)
        histogram.record(.max, count: 3)
        #expect(histogram.isEmpty)
        #expect(histogram.outOfRangeCount == 6)
        histogram.record(1000)
        histogram.record(0)
        #expect(histogram.totalCount == 2)
        #expect(histogram.outOfRangeCount == 6)
        histogram.record(-1, count: .max)
        #expect(histogram.outOfRangeCount == .max)
    }

    @Test func recordsWithCounts() throws {
        let seed = TestSeed.current
        var random = SplitMix64(seed: seed)
        var oneByOne = try HistogramDataSet.latencyHistogram()
        var atOnce = oneByOne
        for _ in 0..<200 {
            let value = HistogramDataSet.value(below: .max, &random)
            let count = Int64(random.next() % 10)
            atOnce.record(value, count: count)
            for _ in 0..<count { oneByOne.record(value) }
        }
        #expect(atOnce == oneByOne, "seed \(seed)")
    }

    @Test func theRangeReachesItsLastValue() throws {
        var histogram = try Histogram(highestTrackableValue: .max, significantDigits: 5)
        histogram.record(.max)
        #expect(histogram.maximum == .max)
        #expect(histogram.count(at: .max) == 1)
        #expect(histogram.value(atPercentile: 100) == .max)
    }

    @Test func aCorrectedValueFillsInWhatWasMissed() throws {
        var histogram = try HistogramDataSet.latencyHistogram()
        histogram.record(1050, expectedInterval: 100)
        for value in [1050, 950, 850, 750, 650, 550, 450, 350, 250, 150] as [Int64] {
            #expect(histogram.count(at: value) == 1)
        }
        // The remainder below the interval was no missed value.
        #expect(histogram.count(at: 50) == 0)
        #expect(histogram.totalCount == 10)
        histogram.record(99, expectedInterval: 100)
        histogram.record(100, expectedInterval: 0)
        #expect(histogram.totalCount == 12)
    }

    @Test func correctionByCounterEqualsCorrectionByValue() throws {
        let seed = TestSeed.current
        var random = SplitMix64(seed: seed)
        for _ in 0..<200 {
            var histogram = try Histogram(
                lowestDiscernibleValue: 1 + Int64(random.next() % 20),
                highestTrackableValue: 50_000, significantDigits: 1 + Int(random.next() % 3))
            var oracle = histogram
            let value = HistogramDataSet.value(below: 100_000, &random)
            let interval = 1 + Int64(random.next() % 2000)
            histogram.record(value, expectedInterval: interval)
            oracle.record(value)
            var missing = value - interval
            while missing >= interval {
                oracle.record(missing)
                missing -= interval
            }
            #expect(histogram == oracle, "\(value) every \(interval), seed \(seed)")
        }
    }

    @Test func aHugeValueOverATinyIntervalIsQuick() throws {
        var histogram = try HistogramDataSet.latencyHistogram()
        let highest = histogram.highestTrackableValue
        histogram.record(highest, expectedInterval: 1)
        #expect(histogram.totalCount == highest)
        #expect(histogram.outOfRangeCount == 0)
        histogram.reset()
        histogram.record(.max, expectedInterval: 1)
        #expect(histogram.totalCount == highest)
        #expect(histogram.outOfRangeCount == .max - highest)
    }
}

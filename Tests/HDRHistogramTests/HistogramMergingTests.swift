// Adding and subtracting.

import HDRHistogram
import TestSupport
import Testing

struct HistogramMergingTests {
    private func random(
        _ random: inout SplitMix64, like empty: Histogram, count: Int = 300
    ) -> Histogram {
        var histogram = empty
        for _ in 0..<count {
            // A quarter out of range, to see that those are merged too.
            histogram.record(
                HistogramDataSet.value(below: empty.highestTrackableValue / 3 * 4, &random))
        }
        return histogram
    }

    @Test func additionCommutesAndAssociates() throws {
        let seed = TestSeed.current
        var generator = SplitMix64(seed: seed)
        let empty = try HistogramDataSet.latencyHistogram()
        for _ in 0..<20 {
            let a = random(&generator, like: empty)
            let b = random(&generator, like: empty)
            let c = random(&generator, like: empty)
            var ab = a
            try ab.add(b)
            var ba = b
            try ba.add(a)
            #expect(ab == ba, "seed \(seed)")
            var bc = b
            try bc.add(c)
            try ab.add(c)
            var aBC = a
            try aBC.add(bc)
            #expect(ab == aBC, "seed \(seed)")
            #expect(ab.minimum == min(a.minimum, b.minimum, c.minimum), "seed \(seed)")
            #expect(ab.maximum == max(a.maximum, b.maximum, c.maximum), "seed \(seed)")
        }
    }

    @Test func aSumEqualsRecordingEverythingInOne() throws {
        let seed = TestSeed.current
        var generator = SplitMix64(seed: seed)
        var parts = Array(repeating: try HistogramDataSet.latencyHistogram(), count: 4)
        var whole = parts[0]
        for index in 0..<2000 {
            let value = HistogramDataSet.value(below: .max, &generator)
            parts[index % 4].record(value)
            whole.record(value)
        }
        var sum = parts[0]
        for part in parts.dropFirst() { try sum.add(part) }
        #expect(sum == whole, "seed \(seed)")
        for percentile in HistogramDataSet.percentiles {
            #expect(
                sum.value(atPercentile: percentile) == whole.value(atPercentile: percentile),
                "p\(percentile), seed \(seed)")
        }
    }

    @Test func subtractionUndoesAddition() throws {
        let seed = TestSeed.current
        var generator = SplitMix64(seed: seed)
        let latency = try HistogramDataSet.latencyHistogram()
        let coarse = try Histogram(
            lowestDiscernibleValue: 1000, highestTrackableValue: latency.highestTrackableValue,
            significantDigits: 2)
        for empty in [latency, coarse] {
            let original = random(&generator, like: empty)
            let other = random(&generator, like: latency)
            var histogram = original
            try histogram.add(other)
            try histogram.subtract(other)
            #expect(histogram == original, "seed \(seed)")
            #expect(histogram.minimum == original.minimum, "seed \(seed)")
            #expect(histogram.maximum == original.maximum, "seed \(seed)")
            try histogram.subtract(original)
            #expect(histogram == empty, "seed \(seed)")
        }
    }

    @Test func aSumOfDifferentConfigurationsIsTheReferences() throws {
        var sum = try HistogramDataSet.coarseUnit.histogram()
        try sum.add(HistogramDataSet.latency.histogram())
        let fixture = try DescribedHistogram(fixture: "java-sum.txt")
        try fixture.expectEqual(to: sum, "the sum")
        #expect(sum == (try Histogram(base64: fixture.field("v2"))))
    }

    @Test func aSumThatDoesNotFitChangesNothing() throws {
        var narrow = try Histogram(highestTrackableValue: 1000, significantDigits: 1)
        narrow.record(7)
        let before = narrow
        var wide = try Histogram(highestTrackableValue: 1_000_000, significantDigits: 1)
        wide.record(5)
        wide.record(5000)
        let error = HistogramError.valuesOutOfRange(
            maximum: wide.maximum, highestRecordableValue: 1023)
        #expect(throws: error) { try narrow.add(wide) }
        #expect(throws: error) { try narrow.subtract(wide) }
        #expect(narrow == before)
    }

    @Test func aSumThatOverflowsChangesNothing() throws {
        var left = try Histogram(highestTrackableValue: 1000, significantDigits: 1)
        left.record(7, count: .max)
        var right = left
        right.reset()
        right.record(8)
        let before = left
        #expect(throws: HistogramError.countOverflow) { try left.add(right) }
        #expect(left == before)
    }

    @Test func aDifferenceBelowZeroChangesNothing() throws {
        var left = try Histogram(highestTrackableValue: 1000, significantDigits: 1)
        left.record(1, count: 5)
        left.record(100, count: 2)
        let before = left
        var right = left
        right.record(100)
        #expect(throws: HistogramError.countUnderflow(value: 100, count: 2, subtracted: 3)) {
            try left.subtract(right)
        }
        right = left
        right.record(-1)
        #expect(throws: HistogramError.countUnderflow(value: -1, count: 0, subtracted: 1)) {
            try left.subtract(right)
        }
        #expect(left == before)
    }
}

// The walks over a histogram, step by step as the reference takes them.

import HDRHistogram
import TestSupport
import Testing

struct HistogramStepsTests {
    /// The small histogram whose steps the Java generator wrote down.
    private func small() throws -> Histogram {
        try HistogramDataSet.filled(
            Histogram(
                lowestDiscernibleValue: 4, highestTrackableValue: 100_000, significantDigits: 1),
            seed: 7, count: 60)
    }

    private func steps(_ name: String, of histogram: Histogram) throws -> HistogramSteps {
        switch name {
        case "recorded": histogram.recordedValues
        case "all": histogram.allValues
        case "linear": histogram.linear(step: 2500)
        case "logarithmic": histogram.logarithmic(first: 16, base: 1.5)
        default: histogram.percentiles(ticksPerHalfDistance: 3)
        }
    }

    @Test(arguments: ["recorded", "all", "linear", "logarithmic", "percentiles"])
    func stepsAreTheReferences(name: String) throws {
        let expected = try FixtureFile.text("java-steps.txt").split(separator: "\n")
            .filter { $0.hasPrefix(name + " ") }
        let actual = try steps(name, of: small()).map { step in
            let integers = [
                step.valueIteratedTo, step.valueIteratedFrom, step.countAtValue, step.countAdded,
                step.totalCount,
            ]
            return (integers, [step.percentile, step.percentileLevel])
        }
        #expect(!expected.isEmpty)
        #expect(actual.count == expected.count)
        for ((integers, percentages), line) in zip(actual, expected) {
            let words = line.split(separator: " ").dropFirst()
            #expect(integers == words.prefix(5).compactMap { Int64($0) }, "\(line)")
            #expect(percentages == words.suffix(2).compactMap { Double($0) }, "\(line)")
        }
    }

    @Test(arguments: HistogramDataSet.allCases)
    func everyWalkCountsEverythingOnce(dataSet: HistogramDataSet) throws {
        let histogram = try dataSet.histogram()
        let step = max(histogram.maximum / 100, 1)
        let walks = [
            histogram.recordedValues, histogram.linear(step: step),
            histogram.logarithmic(first: 1, base: 2),
            histogram.percentiles(ticksPerHalfDistance: 5),
        ]
        for walk in walks {
            #expect(walk.reduce(0) { $0 + $1.countAdded } == histogram.totalCount)
        }
        #expect(histogram.recordedValues.allSatisfy { $0.countAtValue > 0 })
        #expect(
            histogram.percentiles(ticksPerHalfDistance: 5).reversed().first?.percentileLevel
                == (histogram.isEmpty ? nil : 100))
    }

    @Test func stepsAtTheEndOfTheIntegersEnd() throws {
        var histogram = try Histogram(highestTrackableValue: .max, significantDigits: 1)
        histogram.record(.max)
        #expect(Array(histogram.linear(step: .max / 2)).count <= 4)
        #expect(Array(histogram.logarithmic(first: 1, base: 10)).count <= 21)
        #expect(Array(histogram.recordedValues).map(\.valueIteratedTo) == [.max])
    }
}

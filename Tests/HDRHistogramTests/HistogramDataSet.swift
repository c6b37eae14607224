// The data sets that Swift, Java and Python each make for themselves and then compare.

import HDRHistogram
import TestSupport

/// Named histograms; keep equal to HistogramFixtures.java and histogram_fixtures.py.
enum HistogramDataSet: String, CaseIterable {
    case empty
    case zero
    case latency
    case coarseUnit = "coarse-unit"
    case fiveDigits = "five-digits"
    case oneDigit = "one-digit"
    case largeCounts = "large-counts"
    case corrected

    static let nanosecondsPerHour: Int64 = 3_600_000_000_000

    static let percentiles: [Double] = [
        0, 1, 5, 10, 25, 50, 75, 90, 95, 99, 99.9, 99.99, 99.999, 100,
    ]

    func histogram() throws -> Histogram {
        var random = SplitMix64(seed: 0)
        var histogram = try Self.latencyHistogram()
        switch self {
        case .empty: break
        case .zero: histogram.record(0)
        case .latency: histogram = try Self.filled(histogram, seed: 1, count: 10_000)
        case .coarseUnit:
            histogram = try Self.filled(
                Histogram(
                    lowestDiscernibleValue: 1000,
                    highestTrackableValue: Self.nanosecondsPerHour, significantDigits: 2),
                seed: 2, count: 10_000)
        case .fiveDigits:
            histogram = try Self.filled(
                Histogram(highestTrackableValue: 1_000_000, significantDigits: 5),
                seed: 3, count: 2000)
        case .oneDigit:
            histogram = try Self.filled(
                Histogram(highestTrackableValue: .max, significantDigits: 1),
                seed: 4, count: 10_000)
        case .largeCounts:
            histogram = try Histogram(highestTrackableValue: 1_000_000_000, significantDigits: 3)
            random = SplitMix64(seed: 5)
            for _ in 0..<200 {
                let value = Self.value(below: 1_000_000_000, &random)
                let count = random.next() >> 24
                histogram.record(value, count: Int64(count >> (random.next() & 31)))
            }
        case .corrected:
            random = SplitMix64(seed: 6)
            for _ in 0..<500 {
                let value = Self.value(below: 1_000_000_000, &random)
                histogram.record(value, expectedInterval: 1_000_000)
            }
        }
        return histogram
    }

    /// 1 ns to 1 h with 3 digits, as AeroMQ measures.
    static func latencyHistogram() throws -> Histogram {
        try Histogram(highestTrackableValue: nanosecondsPerHour, significantDigits: 3)
    }

    static func filled(_ empty: Histogram, seed: UInt64, count: Int) throws -> Histogram {
        var histogram = empty
        var random = SplitMix64(seed: seed)
        for _ in 0..<count {
            histogram.record(value(below: histogram.highestTrackableValue, &random))
        }
        return histogram
    }

    /// A value of any magnitude: uniform bits, shifted by a uniform distance.
    static func value(below end: Int64, _ random: inout SplitMix64) -> Int64 {
        let shift = random.next() & 63
        return Int64((random.next() >> 1) >> shift) % end
    }

    /// The text that the generators under `scripts/fixtures` write for a data set.
    func description(of histogram: Histogram) -> String {
        var lines = [
            "lowest \(histogram.lowestDiscernibleValue)",
            "highest \(histogram.highestTrackableValue)",
            "digits \(histogram.significantDigits)",
            "total \(histogram.totalCount)",
            "minimum \(histogram.minimum)",
            "maximum \(histogram.maximum)",
            "mean \(histogram.mean)",
            "deviation \(histogram.standardDeviation)",
        ]
        for percentile in Self.percentiles {
            lines.append("percentile \(percentile) \(histogram.value(atPercentile: percentile))")
        }
        return lines.map { $0 + "\n" }.joined()
    }

    /// The log that all three write: three intervals for each of three tags.
    static func intervalLog() throws -> String {
        var writer = IntervalLogWriter()
        writer.writeComment("[Logged by a test]")
        writer.writeFormatVersion()
        writer.writeStartTime(epochNanoseconds: 1_441_812_279_474_000_000)
        writer.writeBaseTime(epochNanoseconds: 1_441_812_279_000_000_000)
        writer.writeLegend()
        for interval in 0..<3 {
            for tag in [nil, "A", "e2e.intended"] {
                try writer.writeInterval(
                    filled(latencyHistogram(), seed: UInt64(100 + interval), count: 40 + interval),
                    startNanoseconds: 127_000_000 + 1_000_000_000 * Int64(interval),
                    lengthNanoseconds: 1_000_000_000, tag: tag)
            }
        }
        return writer.takeText()
    }
}

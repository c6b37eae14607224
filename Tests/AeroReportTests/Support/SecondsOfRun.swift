// Runs whose intervals are made by hand, a second each.

import AeroReport
import HDRHistogram

/// One second of a class: what was sent, acknowledged, failed, received, and its p99 in us.
struct SecondOfRun {
    var sent: Int64 = 1_000
    var acked: Int64 = 1_000
    var failed: Int64 = 0
    var received: Int64 = 1_000
    var p99: Int64? = 1_000
}

extension SampleResult {
    private static let second: Int64 = 1_000_000_000

    /// A run of some classes whose first second is the warm-up.
    static func document(_ classes: [[SecondOfRun]]) throws -> ResultDocument {
        var sample = SampleResult()
        sample.classNames = ["main", "bulk", "other"].prefix(classes.count).map { $0 }
        var document = try sample.document()
        document.window.warmupNanoseconds = second
        for (index, seconds) in classes.enumerated() {
            document.classes[index].intervals = seconds.enumerated().map { index, each in
                IntervalRecord(
                    index: index, startNanoseconds: Int64(index) * second,
                    durationNanoseconds: second, isWarmup: index == 0,
                    counts: MessageCounts(
                        sent: each.sent, acked: each.acked, failed: each.failed,
                        received: each.received))
            }
            document.classes[index].series = ["e2e.intended": try series(seconds)]
        }
        return document
    }

    private static func series(_ seconds: [SecondOfRun]) throws -> SeriesRecord {
        let samples = try seconds.enumerated().map { index, each in
            var histogram = try emptyHistogram()
            if let p99 = each.p99 { histogram.record(p99 * 1_000, count: 100) }
            return IntervalSamples(
                index: index, startNanoseconds: Int64(index) * second, isWarmup: index == 0,
                histogram: histogram)
        }
        return try SeriesRecord(summingInto: try emptyHistogram(), intervals: samples)
    }

    private static func emptyHistogram() throws -> Histogram {
        try Histogram(highestTrackableValue: 3_600_000_000_000, significantDigits: 3)
    }
}

extension IncidentSpan {
    /// An incident with times in seconds.
    init(
        _ kind: IncidentKind, _ start: Double, _ end: Double?, text: String? = nil,
        className: String? = nil
    ) {
        self.init(
            kind, text: text, className: className, startNanoseconds: Int64(start * 1e9),
            endNanoseconds: end.map { Int64($0 * 1e9) })
    }
}

// Results as reports need them: with intervals, stages, and whatever else is to be seen.

import HDRHistogram

@testable import AeroReport

enum ReportSamples {
    /// Six seconds, the first of them warm-up, the last but one not to be believed, and the drain.
    static func document(
        _ sample: SampleResult = SampleResult(), rate: Double? = nil
    ) throws -> ResultDocument {
        var sample = sample
        if let rate { sample.rate = rate }
        var document = try sample.document()
        for index in document.classes.indices { try addIntervals(&document.classes[index]) }
        return document
    }

    /// The same without a single sample or message.
    static func empty() throws -> ResultDocument {
        var document = try document()
        let nothing = try Histogram(highestTrackableValue: 3_600_000_000_000, significantDigits: 3)
        for index in document.classes.indices {
            var entry = document.classes[index]
            entry.counts = MessageCounts()
            entry.achieved = AchievedLoad(MessageCounts(), measuredNanoseconds: 0)
            entry.intervals = []
            for name in entry.series.keys {
                entry.series[name] = try SeriesRecord(summingInto: nothing, intervals: [])
            }
            document.classes[index] = entry
        }
        document.window.measuredNanoseconds = 0
        document.incidents = []
        return document
    }

    /// A report of results, each as a file of its own.
    static func page(_ documents: [ResultDocument]) throws -> String {
        var sources: [ReportSource] = []
        for (index, document) in documents.enumerated() {
            sources.append(
                try ReportSource(name: "run-\(index).json", decoding: document.encoded()))
        }
        return try HTMLReport(sources).text()
    }

    private static func addIntervals(_ entry: inout ClassRecord) throws {
        let second: Int64 = 1_000_000_000
        var intervals = (0..<6).map { index in
            IntervalRecord(
                index: index, startNanoseconds: Int64(index) * second,
                durationNanoseconds: second, isWarmup: index == 0,
                counts: MessageCounts(
                    sent: 100_000, acked: 99_990, failed: index == 3 ? 10 : 0, received: 100_000),
                doubts: index == 4 ? ["lag-over-budget"] : [])
        }
        intervals.append(
            IntervalRecord(
                index: 6, startNanoseconds: 6 * second, durationNanoseconds: second,
                isWarmup: false, counts: MessageCounts(), doubts: ["drain"]))
        entry.intervals = intervals
        let empty = try Histogram(highestTrackableValue: 3_600_000_000_000, significantDigits: 3)
        for (name, series) in entry.series {
            let whole = try Histogram(base64: series.histogram)
            let samples = intervals.map { interval in
                IntervalSamples(
                    index: interval.index, startNanoseconds: interval.startNanoseconds,
                    isWarmup: interval.isWarmup,
                    // The third second is silent: a gap, not a zero.
                    histogram: interval.index == 2 ? empty : whole)
            }
            entry.series[name] = try SeriesRecord(summingInto: empty, intervals: samples)
        }
    }
}

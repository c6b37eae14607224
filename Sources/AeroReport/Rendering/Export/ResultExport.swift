// Results in the formats of other tools.

import HDRHistogram

/// Writes a result in a format that somebody else's tools read.
package enum ResultExport: String, CaseIterable, Sendable {
    /// An interval log of HdrHistogram, version 1.3, with V2 histograms: one tag for each class and
    /// series. Warm-up intervals have tags of their own, so that adding a tag up gives the window.
    case hlog
    /// One row for each class, series and interval; times in nanoseconds (RFC 4180).
    case csv
    /// The result JSON of the OpenMessaging Benchmark.
    case omb
    /// The text format of Prometheus, version 0.0.4; times in seconds.
    case prometheus

    /// Whether a file of this format holds several results.
    package var holdsSeveral: Bool { self == .csv || self == .prometheus }

    /// The whole file.
    ///
    /// - Parameter documents: At least one, and exactly one where `holdsSeveral` is false.
    /// - Throws: `.invalidValue` when a histogram does not decode.
    package func text(_ documents: [ResultDocument]) throws(ResultFileError) -> String {
        precondition(!documents.isEmpty, "there is nothing to export")
        precondition(holdsSeveral || documents.count == 1, "this format holds one result")
        switch self {
        case .hlog: return try IntervalLogExport(documents[0]).text()
        case .csv: return try CSVExport(documents).text()
        case .omb: return try OpenMessagingExport(documents[0]).text()
        case .prometheus: return PrometheusExport(documents).text
        }
    }
}

/// One interval of one series, with its histogram read back.
struct ExportedInterval {
    /// Which part of a run it belongs to.
    enum Phase: String {
        case warmup, window, drain
    }

    let series: SeriesInterval
    /// The class's own record of the same interval; nil when it has none.
    let counts: IntervalRecord?
    let histogram: Histogram
    let phase: Phase

    /// All intervals of a series, in order.
    ///
    /// - Throws: `.invalidValue` when a histogram does not decode.
    static func intervals(
        of name: String, in entry: ClassRecord
    ) throws(ResultFileError) -> [ExportedInterval] {
        guard let series = entry.series[name] else { return [] }
        var records: [Int: IntervalRecord] = [:]
        for record in entry.intervals { records[record.index] = record }
        var intervals: [ExportedInterval] = []
        for interval in series.intervals {
            let counts = records[interval.index]
            let histogram: Histogram
            do throws(HistogramError) {
                histogram = try Histogram(base64: interval.histogram)
            } catch {
                let path = CodingPath.appending(name, to: "classes.\(entry.name).series")
                throw .invalidValue(
                    path: "\(path).intervals[\(interval.index)].histogram", detail: "\(error)")
            }
            let isDrain = counts?.doubts.contains("drain") ?? false
            intervals.append(
                ExportedInterval(
                    series: interval, counts: counts, histogram: histogram,
                    phase: interval.isWarmup ? .warmup : isDrain ? .drain : .window))
        }
        return intervals
    }
}

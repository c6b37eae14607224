// Results as rows of numbers.

import HDRHistogram

/// Writes comma-separated values: lines end in LF, fields are quoted where they have to be.
struct CSVExport {
    private let documents: [ResultDocument]

    /// Columns in their order; latencies and times are in nanoseconds.
    static let columns = [
        "run", "scenario", "driver", "class", "series", "interval", "phase", "start_ns",
        "duration_ns", "sent", "acked", "failed", "received", "count", "min_ns", "mean_ns",
        "p50_ns", "p90_ns", "p99_ns", "p99.9_ns", "p99.99_ns", "max_ns", "doubts",
    ]

    init(_ documents: [ResultDocument]) { self.documents = documents }

    func text() throws(ResultFileError) -> String {
        var text = Self.columns.joined(separator: ",") + "\n"
        for (index, document) in documents.enumerated() {
            for entry in document.classes {
                for name in entry.series.keys.sorted() {
                    for interval in try ExportedInterval.intervals(of: name, in: entry) {
                        let names = [
                            "\(index + 1)", document.scenario.name, document.driver.name,
                            entry.name, name,
                        ]
                        let fields = names.map(Self.field) + Self.numbers(interval)
                        text += fields.joined(separator: ",") + "\n"
                    }
                }
            }
        }
        return text
    }

    /// An interval without samples has no latencies: those fields are empty.
    private static func numbers(_ interval: ExportedInterval) -> [String] {
        let counts = interval.counts?.counts
        let summary = LatencySummary(interval.histogram)
        let latencies = [
            summary.min, summary.mean, summary.p50, summary.p90, summary.p99, summary.p999,
            summary.p9999, summary.max,
        ]
        func text(_ number: Int64?) -> String { number.map { "\($0)" } ?? "" }
        var fields = ["\(interval.series.index)", interval.phase.rawValue]
        fields += [
            text(interval.series.startNanoseconds), text(interval.counts?.durationNanoseconds),
            text(counts?.sent), text(counts?.acked), text(counts?.failed), text(counts?.received),
            text(summary.count),
        ]
        fields += latencies.map { summary.count > 0 ? text($0) : "" }
        let doubts = (interval.counts?.doubts ?? []).filter { $0 != "drain" }
        return fields + [field(doubts.joined(separator: ";"))]
    }

    /// A field of text. Source: RFC 4180, section 2.
    static func field(_ text: String) -> String {
        let isSpecial = text.unicodeScalars.contains { scalar in
            scalar == "," || scalar == "\"" || scalar == "\n" || scalar == "\r"
        }
        guard isSpecial else { return text }
        let parts = text.split(separator: "\"", omittingEmptySubsequences: false)
        return "\"" + parts.joined(separator: "\"\"") + "\""
    }
}

// Whether there are samples enough behind each percentile that is shown.

import AeroReport

/// Names the percentiles of a class that rest on fewer than ten samples above them.
struct SampleCheck {
    private let entry: ClassRecord

    /// What the terminal shows and people quote.
    static let shown = ["p50", "p90", "p99", "p999"]

    /// - Parameter entry: The class.
    init(_ entry: ClassRecord) { self.entry = entry }

    /// One warning for the class; nil when every percentile has its samples.
    var finding: RunFinding? {
        var fewest: (name: String, count: Int64, percentiles: [String])?
        for (name, series) in entry.series.sorted(by: { $0.key < $1.key }) {
            let count = series.summary.count
            let percentiles = Self.shown.filter(series.summary.unsupportedPercentiles.contains)
            guard count > 0, !percentiles.isEmpty, count < fewest?.count ?? .max else { continue }
            fewest = (name, count, percentiles)
        }
        guard let fewest else { return nil }
        let names = fewest.percentiles.map { $0 == "p999" ? "p99.9" : $0 }
        return RunFinding(
            .warning, "few-samples",
            "\(names.joined(separator: ", ")) of class \(entry.name) rest on fewer than "
                + "\(LatencySummary.supportMin) samples above them (\(fewest.name) has "
                + "\(UnitText.grouped(fewest.count))): measure for longer",
            value: Double(fewest.count), limit: Double(LatencySummary.supportMin))
    }
}

// One run as a report sees it: its name, and its histograms read once.

import HDRHistogram

/// A run of a report.
struct ReportRun {
    let document: ResultDocument
    /// Tells it from the other runs of the report.
    let label: String
    /// The fragment of its section's address.
    let anchor: String
    /// The file that it came from.
    let source: String
    /// One entry for each class, in order.
    let classes: [ReportClass]

    /// - Throws: `.invalidValue` when a histogram does not decode.
    init(
        _ document: ResultDocument, label: String, number: Int, source: String
    ) throws(ResultFileError) {
        self.document = document
        self.label = label
        self.source = source
        anchor = "run-\(number)"
        var classes: [ReportClass] = []
        for entry in document.classes { classes.append(try ReportClass(entry)) }
        self.classes = classes
    }

    /// What the system is called: `aeromq 0.1.0`.
    var system: String {
        document.driver.name + (document.driver.version.map { " \($0)" } ?? "")
    }

    /// Whether the run may be used.
    var isValid: Bool { document.doubts.isEmpty }
}

/// One class of a run, with the histograms that charts are drawn from.
struct ReportClass {
    let record: ClassRecord
    /// The series that headlines and maps are about: end to end from the intended time if there
    /// are samples of it, or else the first other one that has any.
    let mainSeries: String?
    /// The whole window's profile by series.
    let profiles: [String: LatencyProfile]

    // BOUND: as many columns as a map is drawn with; longer runs are added up into these.
    private static let columnCountMax = 120

    init(_ record: ClassRecord) throws(ResultFileError) {
        self.record = record
        let candidates = ["e2e.intended", "ack.intended", "e2e.actual", "ack.actual"]
        mainSeries = candidates.first { (record.series[$0]?.summary.count ?? 0) > 0 }
        var profiles: [String: LatencyProfile] = [:]
        for (name, series) in record.series where series.summary.count > 0 {
            let path = CodingPath.appending(name, to: "classes.\(record.name).series")
            let profile = LatencyProfile(
                try Self.histogram(series.histogram, path: "\(path).histogram"))
            // A file may claim samples that its histogram does not have.
            if profile.count > 0 { profiles[name] = profile }
        }
        self.profiles = profiles
    }

    /// The summary of the main series; nil when nothing was measured.
    var summary: LatencySummary? { mainSeries.flatMap { record.series[$0]?.summary } }

    /// The intervals of the main series, several of a long run taken together.
    ///
    /// Percentiles of several intervals come from the sum of their histograms. The drain is left
    /// out: it has no time of its own on the axis.
    func columns() throws(ResultFileError) -> [HeatColumn] {
        guard let name = mainSeries, let series = record.series[name] else { return [] }
        let shown = timed
        let stride = max(1, (shown.count + Self.columnCountMax - 1) / Self.columnCountMax)
        var byIndex: [Int: SeriesInterval] = [:]
        for interval in series.intervals { byIndex[interval.index] = interval }
        let path = CodingPath.appending(name, to: "classes.\(record.name).series")
        var columns: [HeatColumn] = []
        for first in Swift.stride(from: 0, to: shown.count, by: stride) {
            let group = shown[first..<min(first + stride, shown.count)]
            var sum: Histogram?
            for interval in group {
                guard let samples = byIndex[interval.index], samples.count > 0 else { continue }
                let place = "\(path).intervals[\(interval.index)].histogram"
                let histogram = try Self.histogram(samples.histogram, path: place)
                do throws(HistogramError) {
                    if sum == nil { sum = histogram } else { try sum?.add(histogram) }
                } catch {
                    throw .invalidValue(path: place, detail: "\(error)")
                }
            }
            columns.append(
                HeatColumn(
                    from: group.first?.startSeconds ?? 0, to: group.last?.endSeconds ?? 0,
                    profile: sum.map { LatencyProfile($0) }))
        }
        return columns
    }

    /// Intervals that lie on the time axis: those of warm-up and window, with a length.
    var timed: [IntervalRecord] {
        record.intervals.filter { $0.durationNanoseconds > 0 && !$0.doubts.contains("drain") }
    }

    private static func histogram(
        _ base64: String, path: String
    ) throws(ResultFileError) -> Histogram {
        do throws(HistogramError) { return try Histogram(base64: base64) } catch {
            throw .invalidValue(path: path, detail: "\(error)")
        }
    }
}

extension IntervalRecord {
    /// The start in seconds, counted from the start of the warm-up.
    var startSeconds: Double { Double(startNanoseconds) / 1e9 }
    /// The end, counted likewise.
    var endSeconds: Double { startSeconds + Double(durationNanoseconds) / 1e9 }
}

/// Short names of the runs of a report.
enum ReportLabels {
    /// One label for each document: what identifies it among the others, with its commit and its
    /// number where that is not enough.
    static func labels(_ documents: [ResultDocument]) -> [String] {
        let groups = RunGroup.groups(of: documents)
        let labels = RunLabels(groups)
        var commits: [String: Set<String>] = [:]
        for document in documents {
            commits[document.scenario.name, default: []].insert(document.tool.commit)
        }
        let withCommits = documents.map { document in
            let name = short(labels.label(of: RunIdentity(document)), document)
            let isAmbiguous = commits[document.scenario.name, default: []].count > 1
            return isAmbiguous ? "\(name) @ \(document.tool.commit)" : name
        }
        var counts: [String: Int] = [:]
        for name in withCommits { counts[name, default: 0] += 1 }
        var seen: [String: Int] = [:]
        return withCommits.map { name in
            guard counts[name, default: 0] > 1 else { return name }
            seen[name, default: 0] += 1
            return "\(name), run \(seen[name, default: 0])"
        }
    }

    /// The label without what says nothing: quotes, and the path to the only class.
    private static func short(_ label: String, _ document: ResultDocument) -> String {
        var text = label.filter { $0 != "\"" }
        if document.classes.count == 1, let name = document.classes.first?.name {
            let parts = text.split(separator: "classes.\(name).", omittingEmptySubsequences: false)
            text = parts.joined()
        }
        return text
    }
}

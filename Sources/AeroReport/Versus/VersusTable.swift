// Brokers beside each other as a table, for terminals, Markdown and HTML.

/// Renders a comparison of brokers.
package struct VersusTable {
    /// One line of the table.
    struct Row: Equatable {
        let cells: [String]
        /// Whether it promises something else than the first group, or did not say.
        let isUnequal: Bool
    }

    private let comparison: VersusComparison
    private let style: TerminalStyle

    /// What its numbers are, by metric and title, between the counts of runs and the end.
    private static let columns = [
        ("throughput.received", "received/s"), (VersusComparison.limitShare, "of relay"),
        ("ack.intended.p50", "ack p50"), ("ack.intended.p99", "ack p99"),
        ("ack.actual.p99", "ack p99 actual"), ("e2e.intended.p50", "e2e p50"),
        ("e2e.intended.p99", "e2e p99"), ("e2e.intended.p99.9", "e2e p99.9"),
        ("e2e.actual.p99", "e2e p99 actual"), ("broker.processorShare", "cores"),
        ("broker.residentBytesPeak", "memory"),
    ]
    private static let throughput = columns[0].0
    private static let tail = "e2e.intended.p99"

    /// The metrics that the runs of a comparison have to keep.
    package static let metrics = columns.map(\.0)
    /// The titles of its columns; the first two are labels.
    static let header =
        ["broker", "promise", "runs"] + columns.map(\.1) + ["x most", "p99 x least"]

    /// - Parameters:
    ///   - comparison: What is shown.
    ///   - style: How.
    package init(_ comparison: VersusComparison, style: TerminalStyle = .plain) {
        self.comparison = comparison
        self.style = style
    }

    /// One row for each driver, then what it promised, and what cannot be used; ends with a line
    /// break.
    package var text: String {
        var table = TextTable(header: Self.header, rows: rows.map(\.cells))
        table.labelCount = 2
        var lines = [style.paint(title, .heading), ""] + table.lines(style: style) + [""]
        lines += remarks
        lines += doubts.map { style.paint($0, .bad) }
        lines += comparison.document.closing
        return lines.joined(separator: "\n") + "\n"
    }

    /// The same for a pull request or a document.
    package var markdown: String {
        var table = TextTable(header: Self.header, rows: rows.map(\.cells))
        table.labelCount = 2
        var lines = ["### \(MarkdownText.escapedCell(title))", ""] + table.markdownLines() + [""]
        lines += (remarks + doubts + comparison.document.closing).map {
            "- " + MarkdownText.escapedCell($0)
        }
        let words = comparison.document.tool.commandLine.map(ShellText.quoted)
        lines += ["", "```sh", words.joined(separator: " "), "```"]
        return lines.joined(separator: "\n") + "\n"
    }

    /// What it is, in a few words.
    var title: String {
        let document = comparison.document
        return "\(document.scenario.name) on brokers beside each other, "
            + "\(document.environment.processor.model), "
            + "\(document.environment.processor.usableCores.count) cores"
    }

    /// Brokers by their promises, then the relay.
    var rows: [Row] {
        var rows: [Row] = []
        for (index, group) in comparison.groups.enumerated() {
            let isUnequal = index > 0 || group.level.isEmpty
            rows += group.entries.map { row($0, group, isUnequal: isUnequal) }
        }
        return rows + comparison.yardsticks.map { row($0, nil, isUnequal: false) }
    }

    private func row(
        _ entry: VersusComparison.Entry, _ group: VersusComparison.Group?, isUnequal: Bool
    ) -> Row {
        let usable = entry.cell.runs.count(where: \.isUsable)
        let count = entry.cell.runs.count
        let level = group.map { $0.level.isEmpty ? "unknown" : $0.level } ?? "(limit)"
        let relative = [
            Self.ratio(entry.median(Self.throughput), group?.most(Self.throughput)),
            Self.ratio(entry.median(Self.tail), group?.least(Self.tail)),
        ]
        return Row(
            cells: [
                entry.driver, isUnequal ? "≠ \(level)" : level,
                usable == count ? "\(usable)" : "\(usable) of \(count)",
            ] + Self.columns.map { Self.cell(entry, $0.0) } + relative,
            isUnequal: isUnequal)
    }

    private static func cell(_ entry: VersusComparison.Entry, _ metric: String) -> String {
        guard let (median, spread) = entry.cell.summary(of: metric) else { return "-" }
        switch metric {
        case throughput:
            let half = spread.map { " ±\(UnitText.fixed($0.magnitude * 100, decimals: 0))%" }
            return UnitText.rate(median) + (half ?? "")
        case "broker.processorShare": return UnitText.fixed(median, decimals: 2)
        default: return Metric(metric)?.unit.text(median) ?? "\(median)"
        }
    }

    private static func ratio(_ value: Double?, _ best: Double?) -> String {
        guard let value, let best, best > 0 else { return "-" }
        return UnitText.fixed(value / best, decimals: 2)
    }

    /// What each broker promised and did differently, and what may not be compared.
    var remarks: [String] {
        var remarks: [String] = []
        if comparison.groups.count(where: { !$0.level.isEmpty }) > 1 {
            remarks.append(
                "≠ promises something else than the first rows: beside them, not ranked with them")
        }
        for entry in comparison.groups.flatMap(\.entries) {
            let version = entry.version.map { " \($0)" } ?? ""
            var told: [PromiseRecord] = []
            for promise in entry.promises where !told.contains(promise) {
                told.append(promise)
                remarks.append(
                    "\(entry.driver)\(version): \(promise.level): \(promise.acknowledgement)")
                remarks += promise.differences.map { "\(entry.driver) differs: \($0)" }
            }
        }
        return remarks
    }

    /// Why runs cannot be used, each cause once for a driver.
    var doubts: [String] {
        (comparison.groups.flatMap(\.entries) + comparison.yardsticks).flatMap { entry in
            var causes: [String] = []
            let all = entry.cell.runs.compactMap(\.doubt)
            for cause in all where !causes.contains(cause) { causes.append(cause) }
            return causes.map { cause in
                let count = all.count { $0 == cause }
                return "\(entry.driver), \(count == 1 ? "1 run" : "\(count) runs"): \(cause)"
            }
        }
    }
}

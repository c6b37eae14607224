// A matrix as a table, for terminals and Markdown.

/// Renders a matrix document.
package struct MatrixTable {
    private let document: MatrixDocument
    private let style: TerminalStyle

    /// - Parameters:
    ///   - document: What is shown.
    ///   - style: How.
    package init(_ document: MatrixDocument, style: TerminalStyle = .plain) {
        self.document = document
        self.style = style
    }

    /// One row for each cell, what cannot be used, notes; ends with a line break.
    package var text: String {
        var lines = [style.paint(title, .heading)]
        if !document.description.isEmpty { lines.append(document.description) }
        lines += [""] + table.lines(style: style) + [""]
        lines += doubts.map { style.paint($0, .bad) }
        lines += document.closing
        return lines.joined(separator: "\n") + "\n"
    }

    /// The same for a pull request.
    package var markdown: String {
        var lines = ["### \(MarkdownText.escapedCell(title))", ""]
        if !document.description.isEmpty {
            lines += [MarkdownText.escapedCell(document.description), ""]
        }
        lines += table.markdownLines() + [""]
        lines += (doubts + document.closing).map { "- " + MarkdownText.escapedCell($0) }
        return lines.joined(separator: "\n") + "\n"
    }

    private var title: String { "matrix \(document.name), scenario \(document.scenario.name)" }

    private var table: TextTable {
        var table = TextTable(
            header: keyTitles + ["runs"] + document.columns.map { $0 })
        table.labelCount = keyTitles.count
        for cell in document.cells {
            let usable = cell.runs.count(where: \.isUsable)
            let runs = usable == cell.runs.count ? "\(usable)" : "\(usable) of \(cell.runs.count)"
            table.rows.append(cell.values + [runs] + document.columns.map { text(cell, $0) })
        }
        return table
    }

    /// The median, with the spread where there is one.
    private func text(_ cell: MatrixCell, _ column: String) -> String {
        guard let (median, spread) = cell.summary(of: column) else { return "-" }
        let value = Self.unit(of: column)?.text(median) ?? "\(median)"
        guard let spread else { return value }
        return value + " ±" + UnitText.fixed(spread.magnitude * 100, decimals: 0) + "%"
    }

    private static func unit(of column: String) -> MetricUnit? {
        do throws(ObjectiveError) {
            return try MetricReading(parsing: column).metric.unit
        } catch {
            return nil  // A later release may know more metrics.
        }
    }

    /// The last part of each key, or the whole of it where that would say the same twice.
    private var keyTitles: [String] {
        let short = document.varied.map { key in
            key.key.split(separator: ".").last.map(String.init) ?? key.key
        }
        return zip(document.varied, short).map { key, title in
            short.count(where: { $0 == title }) > 1 ? key.key : title
        }
    }

    /// Every run that cannot be used, with its reason.
    private var doubts: [String] {
        document.cells.flatMap { cell in
            cell.runs.compactMap { run in
                run.doubt.map { doubt in
                    let cell = zip(document.varied, cell.values).map { "\($0.key)=\($1)" }
                    return "run \(run.position + 1), \(cell.joined(separator: " ")): \(doubt)"
                }
            }
        }
    }
}

extension MatrixDocument {
    /// How it was run, and what a reader has to know.
    var closing: [String] {
        let planned = cells.count * repeatCount
        let runs =
            "\(order.count) of \(planned) runs, in an order drawn from seed \(orderSeed)"
        let cut = endedBy == .completed ? [] : ["cut short: some cells lack runs"]
        return [runs] + cut + notes.map { "note: " + $0 }
    }
}

// One scenario with varied values as a table.

/// The section of a matrix: one row for each combination, its numbers with a bar to compare by.
struct MatrixSection {
    private let document: MatrixDocument

    init(_ document: MatrixDocument) { self.document = document }

    var markup: Markup {
        let runs = document.cells.flatMap(\.runs)
        let doubts = document.cells.flatMap { cell in
            cell.runs.compactMap { run in
                run.doubt.map { "\(cell.values.joined(separator: ", ")): \($0)" }
            }
        }
        let verdict =
            doubts.isEmpty
            ? Badge.markup("all \(runs.count) runs valid", .good)
            : Badge.markup("\(doubts.count) of \(runs.count) runs cannot be used", .bad)
        let lines = (doubts.map { ("not used", $0) } + document.notes.map { ("note", $0) }).map {
            word, text -> Markup in "<li>\(Badge.markup(word, .doubtful)) \(text)</li>\n"
        }
        let about = document.description.isEmpty ? "" : document.description + ". "
        let keys = document.varied.map(\.key).joined(separator: ", ")
        return """
            <section>
            <h2>\(document.name): matrix of \(keys)</h2>
            <p>\(verdict) \(about)Each number is the median of up to \(document.repeatCount) runs \
            that can be used, in random order on \(document.environment.processor.model); below it \
            stand the least and the largest. Bars compare within a column.</p>
            \(table)
            <ul class="verdict">
            \(lines)</ul>
            <pre tabindex="0"><code>\(command)</code></pre>
            </section>

            """
    }

    private var command: String {
        document.tool.commandLine.map(ShellText.quoted).joined(separator: " ")
    }

    private var table: Markup {
        let keys = document.varied.map { key in
            key.key.split(separator: ".").last.map(String.init) ?? key.key
        }
        var table = ReportTable(
            header: keys + document.columns + ["runs"], labelCount: max(1, keys.count),
            caption: "Matrix \(document.name)")
        let values = document.columns.map { column in
            document.cells.map { cell in
                cell.runs.filter(\.isUsable).compactMap { $0.metrics[column] }
                    .filter(\.isFinite).sorted()
            }
        }
        let largest = values.map { $0.compactMap(\.last).max() ?? 0 }
        for (index, cell) in document.cells.enumerated() {
            var row = cell.values.map { "\($0)" as Markup }
            for (column, name) in document.columns.enumerated() {
                row.append(number(values[column][index], name, largest[column]))
            }
            let usable = cell.runs.count(where: \.isUsable)
            row.append("\(usable) of \(cell.runs.count)")
            table.rows.append(row)
        }
        return table.markup
    }

    /// The median with its range and a bar.
    private func number(_ sorted: [Double], _ name: String, _ largest: Double) -> Markup {
        guard let least = sorted.first, let most = sorted.last else { return "no samples" }
        let half = sorted.count / 2
        let median =
            sorted.count.isMultiple(of: 2) ? (sorted[half - 1] + sorted[half]) / 2 : sorted[half]
        let range: Markup =
            sorted.count > 1
            ? "<small>\(Self.text(least, name)) to \(Self.text(most, name))</small>" : .empty
        let share = largest > 0 ? min(max(median / largest, 0), 1) : 0
        let width = UnitText.fixed(share * 100, decimals: 1)
        return """
            \(Self.text(median, name))\(range)<i class="measure" style="width:\(width)%"></i>
            """
    }

    /// The number in the unit of its metric.
    private static func text(_ value: Double, _ name: String) -> String {
        do throws(ObjectiveError) {
            return try MetricReading(parsing: name).metric.unit.text(value)
        } catch {
            // A later release may have metrics that this one does not know the unit of.
            return TickText.number(value)
        }
    }
}

// Brokers beside each other as a section of a report.

/// The section of a comparison: the table, what each broker promised, and how to repeat it.
struct VersusSection {
    private let comparison: VersusComparison
    private let table: VersusTable

    init(_ comparison: VersusComparison) {
        self.comparison = comparison
        table = VersusTable(comparison)
    }

    var markup: Markup {
        let document = comparison.document
        let doubts = table.doubts
        let runs = document.cells.flatMap(\.runs)
        let verdict =
            doubts.isEmpty
            ? Badge.markup("all \(runs.count) runs valid", .good)
            : Badge.markup("some of \(runs.count) runs cannot be used", .bad)
        let lines =
            table.remarks.map { Self.line("promise", .good, $0) }
            + doubts.map { Self.line("not used", .bad, $0) }
            + document.closing.map { Self.line("note", .doubtful, $0) }
        let words = document.tool.commandLine.map(ShellText.quoted).joined(separator: " ")
        return """
            <section>
            <h2>\(table.title)</h2>
            <p>\(verdict) Medians of up to \(document.repeatCount) runs in random order, on \
            servers that each run had for itself or at the endpoints that were named. The last \
            two columns compare rows of equal promises alone.</p>
            \(tableMarkup)
            <ul class="verdict">
            \(lines)</ul>
            <pre tabindex="0"><code>\(words)</code></pre>
            </section>

            """
    }

    private static func line(_ word: String, _ meaning: Badge.Meaning, _ text: String) -> Markup {
        "<li>\(Badge.markup(word, meaning)) \(text)</li>\n"
    }

    private var tableMarkup: Markup {
        var result = ReportTable(
            header: VersusTable.header, labelCount: 2,
            caption: "Brokers on \(comparison.document.scenario.name)")
        for row in table.rows {
            var cells = row.cells.map { "\($0)" as Markup }
            if row.isUnequal { cells[1] = Badge.markup(row.cells[1], .doubtful) }
            result.rows.append(cells)
        }
        return result.markup
    }
}

// Tables of a report.

/// A table whose first columns are labels and whose others are numbers.
struct ReportTable {
    let header: [String]
    /// Rows, each as long as the header.
    var rows: [[Markup]] = []
    /// Columns on the left that are labels.
    var labelCount = 1
    /// What the table shows, for those who do not see where it stands.
    let caption: String

    /// The table in a frame of its own that scrolls where the screen is narrow.
    var markup: Markup {
        let titles = header.enumerated().map { index, title -> Markup in
            let kind = index < labelCount ? "t" : "n"
            return "<th scope=\"col\" class=\"\(kind)\">\(title)</th>"
        }
        let lines = rows.map { row -> Markup in
            let cells = row.enumerated().map { index, cell -> Markup in
                if index == 0 { return "<th scope=\"row\">\(cell)</th>" }
                let kind = index < labelCount ? "t" : "n"
                return "<td class=\"\(kind)\">\(cell)</td>"
            }
            return "<tr>\(cells)</tr>\n"
        }
        return """
            <div class="scroll" tabindex="0" role="region" aria-label="\(caption)">
            <table><thead><tr>\(titles)</tr></thead>
            <tbody>
            \(lines)</tbody></table></div>

            """
    }

    /// Adds a row of plain texts.
    mutating func add(_ texts: [String]) { rows.append(texts.map { "\($0)" }) }
}

/// Names and what they are, side by side.
enum FactList {
    static func markup(_ facts: [(String, String?)]) -> Markup {
        let entries = facts.compactMap { name, text -> Markup? in
            text.map { "<div><dt>\(name)</dt><dd>\($0)</dd></div>\n" }
        }
        return entries.isEmpty ? .empty : "<dl class=\"facts\">\n\(entries)</dl>\n"
    }
}

/// Words that say how something came out, with a sign beside the colour.
enum Badge {
    enum Meaning: String {
        case good, bad, doubtful
    }

    static func markup(_ text: String, _ meaning: Meaning) -> Markup {
        let sign = meaning == .good ? "✓" : meaning == .bad ? "✕" : "!"
        return """
            <span class="badge \(meaning.rawValue)"><b aria-hidden="true">\(sign)</b> \(text)</span>
            """
    }
}

// Tables of text for terminals and Markdown.

/// A table whose first columns are labels and whose others are numbers.
struct TextTable {
    /// Column titles; the number of columns of every row.
    var header: [String]
    /// Rows, each as long as the header.
    var rows: [[String]] = []
    /// Columns on the left that are aligned to the left; the others are aligned to the right.
    var labelCount = 1

    /// Lines of aligned text, two blanks between columns, no blanks at line ends.
    func lines(indent: String = "", style: TerminalStyle = .plain) -> [String] {
        var widths = header.map(\.count)
        for row in rows {
            for (column, cell) in row.enumerated() {
                widths[column] = max(widths[column], cell.count)
            }
        }
        func line(_ cells: [String]) -> String {
            var text = indent
            for (column, cell) in cells.enumerated() {
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                text += column == 0 ? "" : "  "
                text += column < labelCount ? cell + padding : padding + cell
            }
            while text.last == " " { text.removeLast() }
            return text
        }
        return [style.paint(line(header), .faint)] + rows.map(line)
    }

    /// The same as a GitHub-flavoured Markdown table.
    func markdownLines() -> [String] {
        func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
        let rule = header.indices.map { $0 < labelCount ? "---" : "---:" }
        return [line(header), line(rule)]
            + rows.map { row in line(row.map(MarkdownText.escapedCell)) }
    }
}

/// Text made safe for Markdown.
enum MarkdownText {
    /// A table cell: no pipe ends it early, no line break ends its row, no tag becomes HTML.
    static func escapedCell(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "|": escaped += "\\|"
            case "<": escaped += "&lt;"
            case "\n", "\r": escaped += " "
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}

/// Sentences on a terminal.
enum TextWrap {
    /// Breaks a text at blanks into lines of at most `width` characters; a longer word stays whole.
    static func lines(_ text: String, width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = ""
            }
            line += line.isEmpty ? String(word) : " \(word)"
        }
        return lines + (line.isEmpty && !lines.isEmpty ? [] : [line])
    }
}

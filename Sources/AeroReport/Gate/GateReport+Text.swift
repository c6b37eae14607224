// A gate's report for a terminal and for a pull request.

extension GateReport {
    static let header = ["check", "verdict", "baseline", "candidate", "limit"]

    /// The report for a terminal: failures with their reasons first, then every check.
    package func text(style: TerminalStyle = .plain) -> String {
        var lines: [String] = []
        for check in checks where check.verdict != .pass {
            let place = check.scenario.isEmpty ? "" : "\(check.scenario): "
            let text = "\(check.verdict.mark) \(place)\(check.explanation)"
            lines.append(style.paint(text, check.verdict.meaning))
        }
        if !lines.isEmpty { lines.append("") }
        for (scenario, rows) in sections {
            lines.append(style.paint(scenario.isEmpty ? "all scenarios" : scenario, .heading))
            let table = TextTable(header: Self.header, rows: rows, labelCount: 2)
            lines += table.lines(indent: "  ", style: style)
            lines.append("")
        }
        lines += notes.map { style.paint($0, .faint) }
        let verdict = "\(verdictText) (\(counts); exit code \(exitCode.rawValue))"
        let meaning: TerminalStyle.Meaning = hasDoubts ? .doubtful : .good
        lines.append(style.paint(verdict, exitCode == .pass ? meaning : .bad))
        return lines.joined(separator: "\n") + "\n"
    }

    /// The report for a job summary or a pull-request comment.
    ///
    /// - Parameter byteLimit: Longest text; whole tables are left out from the end, and said to be.
    package func markdown(byteLimit: Int = 60_000) -> String {
        var head = ["## Benchmark gate: \(verdictText)", "", "\(counts)."]
        let remarkable = checks.filter { $0.verdict != .pass }
        // Reasons and notes have half of the room, tables the rest.
        let reasons = remarkable.map { check in
            let place = check.scenario.isEmpty ? "" : "\(check.scenario): "
            let reason = MarkdownText.escapedCell("\(place)\(check.explanation)")
            return "- **\(check.verdict.rawValue)** \(reason)"
        }
        head += Self.fitting(reasons, into: byteLimit * 3 / 8)
        var tail = [""]
        tail += Self.fitting(
            notes.map { "> \(MarkdownText.escapedCell($0))" }, into: byteLimit / 8)
        var body: [String] = []
        var used = (head + tail).reduce(0) { $0 + $1.utf8.count + 1 }
        for (scenario, rows) in sections {
            let title = MarkdownText.escapedCell(scenario.isEmpty ? "all scenarios" : scenario)
            let table = TextTable(header: Self.header, rows: rows, labelCount: 2).markdownLines()
            let section =
                ["", "<details><summary>\(title)</summary>", ""] + table + ["", "</details>"]
            let size = section.reduce(0) { $0 + $1.utf8.count + 1 }
            if used + size > byteLimit {
                body += ["", "Further tables are left out here; the JSON report has them."]
                break
            }
            used += size
            body += section
        }
        return (head + body + tail).joined(separator: "\n") + "\n"
    }

    /// As many lines as fit, and a last one that says how many do not.
    private static func fitting(_ lines: [String], into byteLimit: Int) -> [String] {
        var used = 0
        for (index, line) in lines.enumerated() {
            used += line.utf8.count + 1
            if used > byteLimit {
                return Array(lines[..<index]) + [
                    "", "\(lines.count - index) more are left out here.",
                ]
            }
        }
        return lines
    }

    /// The verdict in words; a pass in spite of something that the data cannot tell is named so.
    var verdictText: String {
        hasDoubts ? "PASS with doubts" : exitCode.text
    }

    /// Whether it passes although the data cannot tell something.
    var hasDoubts: Bool {
        exitCode == .pass && checks.contains { $0.verdict == .inconclusive }
    }

    /// How many checks had which verdict.
    var counts: String {
        let verdicts: [GateVerdict] = [.pass, .fail, .inconclusive, .invalid]
        let parts = verdicts.compactMap { verdict -> String? in
            let count = checks.filter { $0.verdict == verdict }.count
            return count == 0 ? nil : "\(count) \(verdict.rawValue)"
        }
        return parts.joined(separator: ", ")
    }

    /// Rows by scenario, in the order of first appearance.
    var sections: [(scenario: String, rows: [[String]])] {
        var sections: [(scenario: String, rows: [[String]])] = []
        for check in checks {
            let row = [check.title, check.verdict.rawValue] + check.cells
            if let index = sections.firstIndex(where: { $0.scenario == check.scenario }) {
                sections[index].rows.append(row)
            } else {
                sections.append((check.scenario, [row]))
            }
        }
        return sections
    }
}

extension GateCheck {
    /// Baseline, candidate and limit as people read them; a dash for what there is not.
    fileprivate var cells: [String] {
        let unit = unit ?? .count
        let isShare = kind == .relative && unit != .count
        let allowed = limit.map { isShare ? UnitText.percent($0) : unit.text($0) }
        return [baseline.map(unit.text) ?? "-", candidate.map(unit.text) ?? "-", allowed ?? "-"]
    }
}

extension GateVerdict {
    /// One character in front of a sentence.
    fileprivate var mark: String {
        switch self {
        case .pass: return "+"
        case .fail: return "!"
        case .inconclusive: return "?"
        case .invalid: return "x"
        }
    }

    fileprivate var meaning: TerminalStyle.Meaning {
        switch self {
        case .pass: return .good
        case .fail, .invalid: return .bad
        case .inconclusive: return .doubtful
        }
    }
}

// A comparison as text, Markdown and JSON.

extension Comparison {
    private static let header = ["metric", "baseline", "candidate", "change", "relative"]

    /// The comparison as JSON (`aerobench.compare/1`), deterministic.
    ///
    /// - Throws: `.notEncodable` when a number is not finite.
    package func encoded() throws(ResultFileError) -> [UInt8] {
        try DocumentEncoding.encode(self)
    }

    /// The comparison for a terminal.
    package func text(style: TerminalStyle = .plain) -> String {
        var lines: [String] = []
        for scenario in scenarios {
            lines.append(style.paint(Self.title(scenario), .heading))
            for (sentence, isBad) in Self.remarks(scenario) {
                lines.append("  " + (isBad ? style.paint("! \(sentence)", .bad) : sentence))
            }
            for (name, rows) in Self.sections(scenario) {
                lines.append("  \(name)")
                let table = TextTable(header: Self.header, rows: rows)
                lines += table.lines(indent: "    ", style: style)
            }
            lines.append("")
        }
        lines += missing.map { style.paint("! \($0)", .bad) }
        lines.append(style.paint(note, .faint))
        return lines.joined(separator: "\n") + "\n"
    }

    /// The comparison for a pull request or a document.
    package var markdown: String {
        var lines: [String] = []
        for scenario in scenarios {
            lines += ["### \(MarkdownText.escapedCell(Self.title(scenario)))", ""]
            for (sentence, isBad) in Self.remarks(scenario) {
                let text = MarkdownText.escapedCell(sentence)
                lines.append(isBad ? "- **\(text)**" : "- \(text)")
            }
            for (name, rows) in Self.sections(scenario) {
                lines += ["", "**\(MarkdownText.escapedCell(name))**", ""]
                lines += TextTable(header: Self.header, rows: rows).markdownLines()
            }
            lines.append("")
        }
        for sentence in missing { lines += ["- **\(MarkdownText.escapedCell(sentence))**"] }
        lines += ["> \(note)"]
        return lines.joined(separator: "\n") + "\n"
    }

    private var missing: [String] {
        onlyInBaseline.map { "\($0): missing in the candidate" }
            + onlyInCandidate.map { "\($0): missing in the baseline" }
    }

    private static func title(_ scenario: ScenarioComparison) -> String {
        "\(scenario.scenario): \(runs(scenario.baselineRunCount)) against "
            + runs(scenario.candidateRunCount)
    }

    private static func runs(_ count: Int) -> String { count == 1 ? "1 run" : "\(count) runs" }

    /// What to know before the numbers; true marks what makes them incomparable or unusable.
    private static func remarks(_ scenario: ScenarioComparison) -> [(String, Bool)] {
        let isSpotless = !scenario.totals.contains { $0.isLedger && !$0.isLedgerCountOfZero }
        let ledger = isSpotless ? [("ledger: no fault on either side", false)] : []
        return ledger + scenario.differences.map { ($0.text, $0.isBlocking) }
            + scenario.baselineDoubts.map { ("baseline invalid: \($0)", true) }
            + scenario.candidateDoubts.map { ("candidate invalid: \($0)", true) }
    }

    /// Titled tables: per class rates and latencies, then totals.
    private static func sections(_ scenario: ScenarioComparison) -> [(String, [[String]])] {
        func rows(_ numbers: [NumberComparison]) -> [[String]] {
            numbers.map { number in
                // BOUND: 20 samples beyond a percentile is the least that makes it a measurement.
                let isThin = number.samplesBeyond.map { $0 < 20 } ?? false
                let isExtreme = number.metric.hasSuffix(".max")
                let mark = isThin && !isExtreme ? " (few samples)" : ""
                return [number.metric + mark] + number.cells
            }
        }
        var sections = scenario.classes.map { entry in
            ("class \(entry.name)", rows(entry.rates + entry.latencies))
        }
        let totals = scenario.totals.filter { !$0.isLedgerCountOfZero }
        if !totals.isEmpty { sections.append(("run", rows(totals))) }
        return sections
    }
}

extension NumberComparison {
    fileprivate var isLedger: Bool { metric.hasPrefix("ledger.") }

    /// A kind of fault that neither side has: one sentence says so for all kinds together.
    fileprivate var isLedgerCountOfZero: Bool { isLedger && baseline == 0 && candidate == 0 }
}

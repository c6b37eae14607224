// A capacity search as a table, for terminals and Markdown.

/// Renders a capacity document.
package struct CapacityTable {
    private let document: CapacityDocument
    private let style: TerminalStyle

    /// - Parameters:
    ///   - document: What is shown.
    ///   - style: How.
    package init(_ document: CapacityDocument, style: TerminalStyle = .plain) {
        self.document = document
        self.style = style
    }

    /// The answer, every probe in the order of rates, notes; ends with a line break.
    package var text: String {
        var lines = [style.paint(title, .heading), answerLine, ""]
        lines += table.lines(style: style)
        lines += [""] + reasons.map { "  " + $0 }
        lines += document.notes.map { "note: " + $0 }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The same for a pull request.
    package var markdown: String {
        var lines = ["### \(MarkdownText.escapedCell(title))", "", answerLine, ""]
        lines += table.markdownLines()
        lines += [""] + reasons.map { "- " + MarkdownText.escapedCell($0) }
        lines += document.notes.map { "- " + MarkdownText.escapedCell($0) }
        return lines.joined(separator: "\n") + "\n"
    }

    /// One probe in one line, for progress.
    package static func line(_ probe: CapacityProbe) -> String {
        let outcome = probe.reason.map { " (\($0))" } ?? ""
        return "probe \(probe.index + 1), \(probe.phase.rawValue): "
            + "\(UnitText.messageRate(probe.offeredPerSecond)) \(words(probe.verdict))\(outcome)"
    }

    private var title: String {
        "capacity of \(document.scenario.name) on \(document.driver.name), "
            + "\(document.objectives.joined(separator: ", "))"
    }

    private var answerLine: String {
        let meaning: TerminalStyle.Meaning =
            switch document.answer.kind {
            case .found, .aboveRange: .good
            case .belowRange: .bad
            case .limitedByGenerator, .unsettled, .cut: .doubtful
            }
        return style.paint("\(document.answer.kind.rawValue): \(document.answer.text)", meaning)
    }

    /// Probes by ascending rate: the rate-latency curve, with what says nothing about the target.
    private var table: TextTable {
        let probes = document.probes.sorted {
            ($0.offeredPerSecond, $0.index) < ($1.offeredPerSecond, $1.index)
        }
        let series = Set(probes.flatMap(\.series.keys)).filter { $0.hasSuffix("e2e.intended") }
            .sorted()
        let names = series.flatMap { name in
            ["p50", "p99", "p99.9"].map { name.count > "e2e.intended".count ? "\(name) \($0)" : $0 }
        }
        var table = TextTable(
            header: ["probe", "phase", "verdict", "offered/s", "received/s"] + names
                + ["backlog/s"])
        table.labelCount = 3
        for probe in probes {
            var row = [
                "\(probe.index + 1)", probe.phase.rawValue, Self.words(probe.verdict),
                UnitText.rate(probe.offeredPerSecond), UnitText.rate(probe.receivedPerSecond),
            ]
            for name in series {
                let summary = probe.series[name]
                for value in [summary?.p50, summary?.p99, summary?.p999] {
                    row.append(value.map { UnitText.latency($0) } ?? "-")
                }
            }
            row.append(UnitText.rate(probe.backlogSlopePerSecond))
            table.rows.append(row)
        }
        return table
    }

    private var reasons: [String] {
        document.probes.compactMap { probe in
            probe.reason.map { "probe \(probe.index + 1): \($0)" }
        }
    }

    private static func words(_ verdict: CapacityVerdict) -> String {
        switch verdict {
        case .met: "met"
        case .notMet: "not met"
        case .generatorLimited: "generator too slow"
        case .invalid: "invalid"
        }
    }
}

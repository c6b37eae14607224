// A history for a terminal.

extension HistoryReview {
    // BOUND: what a screen shows; the page has every entry.
    private static let entryCountMax = 15

    /// The courses of all metrics with their budgets, the newest entries, and the verdict.
    package func text(style: TerminalStyle = .plain) -> String {
        var lines = [style.paint(title, .heading)]
        let reasons = courses.filter { $0.verdict == .fail }.map { "! \($0.reason)" }
        if !reasons.isEmpty { lines += [""] + reasons.map { style.paint($0, .bad) } }
        for scenario in scenarios {
            lines += ["", style.paint(scenario, .heading)]
            lines += table(scenario).lines(indent: "  ", style: style)
        }
        if !entries.isEmpty {
            lines += ["", style.paint("newest entries", .heading)]
            lines += entryTable.lines(indent: "  ", style: style)
        }
        lines += [""] + notes.map { style.paint($0, .faint) }
        lines.append(style.paint(verdictText, verdict == .pass ? .good : .bad))
        return lines.joined(separator: "\n") + "\n"
    }

    /// What the history is about.
    var title: String {
        guard let anchor, let first = entries.first, let last = entries.last else {
            return "history without entries"
        }
        let count = entries.count == 1 ? "1 entry" : "\(entries.count) entries"
        return "history against anchor \(anchor): \(count), "
            + "\(first.measuredAt.prefix(10)) to \(last.measuredAt.prefix(10))"
    }

    /// The verdict in words.
    var verdictText: String {
        switch verdict {
        case .fail: return "FAIL: small losses add up to more than their budget"
        case .pass: return "PASS: no budget is used up"
        case .inconclusive, .invalid:
            return "INCONCLUSIVE: a level is read from \(Self.levelEntryCount) entries"
        }
    }

    /// Scenarios in the order of their courses.
    var scenarios: [String] {
        var names: [String] = []
        for course in courses where !names.contains(course.metric.scenario) {
            names.append(course.metric.scenario)
        }
        return names
    }

    /// What a reader ought to know besides, one sentence each.
    var notes: [String] {
        var notes: [String] = []
        if earlierCount > 0 {
            notes.append("\(earlierCount) earlier entries are against other anchors.")
        }
        let open = courses.filter { $0.verdict == .inconclusive }.count
        if open > 0 {
            notes.append(
                "\(open) of \(courses.count) metrics cannot be judged: fewer than "
                    + "\(Self.levelEntryCount) entries since their last change, or not in the "
                    + "newest one.")
        }
        return notes
    }

    private func table(_ scenario: String) -> TextTable {
        var table = TextTable(
            header: ["metric", "course", "verdict", "of late", "budget", "used", "last change"],
            labelCount: 2)
        for course in courses where course.metric.scenario == scenario {
            table.rows.append(
                [course.metric.title, course.sparkline, course.verdict.rawValue] + cells(course))
        }
        return table
    }

    /// Level, budget, used share and last change of a course; a dash for what there is not.
    func cells(_ course: HistoryCourse) -> [String] {
        let change = course.changes.last.map { change in
            let commit = entries[course.places[change.index]].commit
            return "\(course.text(course.step(at: change))) at \(commit)"
        }
        return [
            course.levelText, course.budget.map(course.text) ?? "-",
            course.usedShare.map { UnitText.fixed(max(0, $0) * 100, decimals: 0) + " %" } ?? "-",
            change ?? "-",
        ]
    }

    private var entryTable: TextTable {
        var table = TextTable(
            header: ["measured", "commit", "pairs", "environment"], labelCount: 4)
        let marks = environmentMarks
        for (place, entry) in entries.enumerated().suffix(Self.entryCountMax) {
            let pairs = entry.metrics.map(\.pairCount).max() ?? 0
            table.rows.append([
                String(entry.measuredAt.prefix(16)), entry.commit, "\(pairs)", marks[place],
            ])
        }
        return table
    }

    /// For each entry its environment where it is another one than before, else nothing.
    var environmentMarks: [String] {
        entries.indices.map { place in
            let isKnown = place > 0 && entries[place].environment == entries[place - 1].environment
            return isKnown ? "" : entries[place].environment.text
        }
    }
}

extension HistoryCourse {
    /// A shift as the change that people expect.
    func text(_ shift: Double) -> String {
        metric.text(worsening: metric.scale.worsening(difference: shift))
    }

    /// `+4.2 % (+3.1 % to +5.0 %)`.
    var levelText: String {
        guard level.lower.isFinite, level.upper.isFinite else { return text(level.value) }
        let ends = [text(level.lower), text(level.upper)]
        // A fall of a rate reads from the smaller number to the larger one, like everything else.
        let ordered = metric.scale == .inverseRatio ? ends.reversed() : ends
        return "\(text(level.value)) (\(ordered[0]) to \(ordered[1]))"
    }

    /// How far a change moved the level: between the stretches on its two sides.
    func step(at change: ChangePoint) -> Double {
        let levels = stretches
        guard let index = levels.firstIndex(where: { $0.range.lowerBound == change.index }),
            index > 0
        else { return 0 }
        return levels[index].level - levels[index - 1].level
    }

    /// The stretches between changes, with the Hodges-Lehmann estimate of each.
    var stretches: [(range: Range<Int>, level: Double)] {
        let ends = [0] + changes.map(\.index) + [values.count]
        return zip(ends, ends.dropFirst()).map { from, to in
            (from..<to, ShiftEstimate.value(of: values[from..<to].map(\.shift)))
        }
    }

    /// Why it fails, for people.
    var reason: String {
        "\(metric.scenario): \(metric.title) is at \(levelText) against the anchor, "
            + "beyond its budget of \(budget.map(text) ?? "-")"
    }

    // BOUND: as many as fit a line beside the numbers.
    private static let sparkCountMax = 30

    /// One character for each of the newest entries, the higher the worse, a bar at each change.
    var sparkline: String {
        let blocks = Array("▁▂▃▄▅▆▇█")
        let first = max(0, values.count - Self.sparkCountMax)
        let shown = values[first...].map(\.shift)
        let least = shown.min() ?? 0
        let width = (shown.max() ?? 0) - least
        var text = ""
        for (offset, shift) in shown.enumerated() {
            if offset > 0, changes.contains(where: { $0.index == first + offset }) { text += "|" }
            let share = width > 0 ? (shift - least) / width : 0
            text.append(blocks[min(7, Int(share * 8))])
        }
        return text
    }
}

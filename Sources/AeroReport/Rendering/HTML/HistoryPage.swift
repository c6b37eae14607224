// A history as a page.

extension HistoryReview {
    /// The history as one HTML file that needs nothing else: how much of each budget is used, the
    /// course of each metric, and every entry. Equal histories give equal bytes.
    package func html() -> String {
        let page = ReportPage(
            title: "Benchmark history",
            eyebrow: title,
            lead: """
                <p class="lead">\(Badge.markup(verdictText, badge))</p>
                <ul class="verdict">
                \(reasons)</ul>

                """,
            sections: scenarios.map(section) + [entrySection],
            footer: "Made by aerobench history; every change is against the anchor.")
        return page.text
    }

    private var badge: Badge.Meaning {
        switch verdict {
        case .pass: return .good
        case .fail: return .bad
        case .inconclusive, .invalid: return .doubtful
        }
    }

    private var reasons: [Markup] {
        let failures = courses.filter { $0.verdict == .fail }
        return failures.map { "<li>\($0.verdict.badge) \($0.reason)</li>\n" }
            + notes.map { "<li>\(Badge.markup("note", .doubtful)) \($0)</li>\n" }
    }

    private func section(_ scenario: String) -> Markup {
        let own = courses.filter { $0.metric.scenario == scenario }
        var table = ReportTable(
            header: ["metric", "verdict", "of late", "budget", "used", "last change"],
            labelCount: 2, caption: "Metrics of \(scenario)")
        for course in own {
            table.rows.append(
                ["\(course.metric.title)", course.verdict.badge] + cells(course).map { "\($0)" })
        }
        let charts = own.map { HistoryChart(course: $0, report: self).markup }
        return """
            <section>
            <h2>\(scenario)</h2>
            \(table.markup)<div class="charts">
            \(charts)</div>
            </section>

            """
    }

    private var entrySection: Markup {
        guard !entries.isEmpty else { return .empty }
        var table = ReportTable(
            header: ["measured", "commit", "pairs", "environment"], labelCount: 4,
            caption: "Entries")
        let marks = environmentMarks
        for (place, entry) in entries.enumerated().reversed() {
            let pairs = entry.metrics.map(\.pairCount).max() ?? 0
            table.add([String(entry.measuredAt.prefix(19)), entry.commit, "\(pairs)", marks[place]])
        }
        return "<section>\n<h2>Entries</h2>\n\(table.markup)</section>\n"
    }
}

/// The course of one metric: each entry with its interval, the levels between changes, the budget.
struct HistoryChart {
    let course: HistoryCourse
    let report: HistoryReview

    var markup: Markup {
        let title = course.metric.title
        let count = report.entries.count
        let changes = course.values.flatMap { value in
            [value.shift, value.lower, value.upper].compactMap { $0 }
        }
        let all = changes + (course.budget.map { [$0] } ?? [])
        var frame = ChartFrame(
            title: "\(title). \(sentence)",
            x: ChartAxis(
                name: "entry",
                scale: .spanning(
                    0, Double(count + 1), tickCountMax: min(8, count + 2),
                    label: { TickText.number($0) })),
            y: ChartAxis(
                name: "change",
                scale: ChangeScale.around(
                    all.map(shown), isShare: course.metric.scale != .difference)))
        frame.names = ["change", "interval", "environment"]
        let marks = report.environmentMarks
        frame.tips = zip(course.places, course.values).map { place, value in
            let entry = report.entries[place]
            return ChartTip(
                x: Double(place + 1), place: "\(entry.commit), \(entry.measuredAt.prefix(10))",
                values: [course.text(value.shift), interval(value), marks[place]])
        }
        let legend = ChartLegend.markup([
            ("entry with its interval", .dot, 0), ("level", .line, 2), ("budget", .line, 1),
        ])
        return Figure.markup(title, sentence: sentence, body: legend + frame.svg(plot(frame)))
    }

    private var sentence: String {
        let level = "Of late \(course.levelText) against the anchor"
        guard let budget = course.budget else { return level + "; there is no budget." }
        return level + ", with a budget of \(course.text(budget))."
    }

    private func interval(_ value: HistoryMetric) -> String {
        guard let lower = value.lower, let upper = value.upper else { return "" }
        return "\(course.text(lower)) to \(course.text(upper))"
    }

    private func shown(_ shift: Double) -> Double {
        course.metric.shown(worsening: course.metric.scale.worsening(difference: shift))
    }

    private func plot(_ frame: ChartFrame) -> Markup {
        func x(_ place: Double) -> String {
            ChartPlace.text(ChartPlace.x(frame.x.scale.position(place)))
        }
        func y(_ shift: Double) -> String {
            ChartPlace.text(ChartPlace.y(frame.y.scale.position(shown(shift))))
        }
        let across = "H\(ChartPlace.text(ChartPlace.right))"
        let left = ChartPlace.text(ChartPlace.left)
        var whiskers = ""
        var dots = ""
        for (place, value) in zip(course.places, course.values) {
            let x = x(Double(place + 1))
            dots += "M\(x) \(y(value.shift))h0"
            if let lower = value.lower, let upper = value.upper {
                whiskers += "M\(x) \(y(lower))V\(y(upper))"
            }
        }
        let levels = course.stretches.map { stretch in
            let ends = (
                course.places[stretch.range.lowerBound], course.places[stretch.range.upperBound - 1]
            )
            return "M\(x(Double(ends.0) + 0.6)) \(y(stretch.level))H\(x(Double(ends.1) + 1.4))"
        }.joined()
        let budget: Markup =
            course.budget.map {
                "<path class=\"l s1\" d=\"M\(left) \(y($0))\(across)\"/>"
            } ?? .empty
        return """
            <path class="base" d="M\(left) \(y(0))\(across)"/>\
            <path class="whisker" d="\(whiskers)"/>\
            \(budget)<path class="l s2" d="\(levels)"/><path class="dot s0" d="\(dots)"/>
            """
    }
}

// A gate's report as a page.

extension GateReport {
    /// The report as one HTML file that needs nothing else: verdict, reasons, every check, every
    /// pair, and the ratio at every quantile. Equal reports give equal bytes.
    package func html() -> String {
        let scenarios = sections.map(\.scenario).filter { !$0.isEmpty }
        let names =
            scenarios.count > 3
            ? "\(scenarios.count) scenarios"
            : scenarios.joined(separator: ", ")
        let page = ReportPage(
            title: "Benchmark gate: \(verdictText)",
            eyebrow: "Verdict of aerobench" + (names.isEmpty ? "" : " · \(names)"),
            lead: lead, sections: scenarioSections + [planSection, noteSection],
            footer: "Made by aerobench gate; the JSON report has every number.")
        return page.text
    }

    private var lead: Markup {
        let reasons = checks.filter { $0.verdict != .pass }.map { check -> Markup in
            let place = check.scenario.isEmpty ? "" : "\(check.scenario): "
            return "<li>\(check.verdict.badge) \(place)\(check.explanation)</li>\n"
        }
        let meaning: Badge.Meaning = hasDoubts ? .doubtful : .good
        return """
            <p class="lead">\(Badge.markup(verdictText, exitCode == .pass ? meaning : .bad)) \
            \(counts); exit code \(exitCode.rawValue).</p>
            <ul class="verdict">
            \(reasons)</ul>

            """
    }

    /// One section for each scenario: what was checked, its pairs, its ratio curves.
    private var scenarioSections: [Markup] {
        sections.map { scenario, rows in
            let name = scenario.isEmpty ? "All scenarios" : scenario
            var table = ReportTable(
                header: Self.header, labelCount: 2, caption: "Checks of \(name)")
            for (row, check) in zip(rows, checks.filter { $0.scenario == scenario }) {
                table.rows.append(
                    row.enumerated().map { index, text in
                        index == 1 ? check.verdict.badge : "\(text)"
                    })
            }
            var charts: [Markup] = []
            for experiment in experiments ?? [] {
                charts += experiment.metrics.indices.filter {
                    experiment.metrics[$0].metric.scenario == scenario
                }.map { PairChart(experiment, metric: $0).markup }
            }
            charts += (curves ?? []).filter { $0.scenario == scenario }.map {
                RatioChart(curve: $0, isSequential: experiment != nil).markup
            }
            let figures: Markup =
                charts.isEmpty ? .empty : "<div class=\"charts\">\n\(charts)</div>\n"
            return "<section>\n<h2>\(name)</h2>\n\(table.markup)\(figures)</section>\n"
        }
    }

    private var planSection: Markup {
        let plans = (experiments ?? []).map { experiment -> Markup in
            let looks = experiment.looks.map { "\($0)" }.joined(separator: ", ")
            let fresh = experiment.confirmationLooks.map { "\($0)" }.joined(separator: ", ")
            return FactList.markup([
                ("Came to", "\(experiment.verdict.rawValue): \(experiment.reason)"),
                ("Pairs", "\(experiment.pairs.count)"),
                ("Confirming pairs", fresh.isEmpty ? nil : "\(experiment.confirmationPairs.count)"),
                ("Looked after", "\(looks) pairs"),
                ("Left out", "\(experiment.unusablePairCount) pairs without usable values"),
                ("Seed", "\(experiment.plan.seed)"),
            ])
        }
        return plans.isEmpty ? .empty : "<section>\n<h2>The test</h2>\n\(plans)</section>\n"
    }

    private var noteSection: Markup {
        guard !notes.isEmpty else { return .empty }
        let lines = notes.map { note -> Markup in "<li>\(note)</li>\n" }
        return "<section>\n<h2>Notes</h2>\n<ul>\n\(lines)</ul></section>\n"
    }
}

extension GateVerdict {
    /// The verdict as a badge.
    var badge: Markup {
        switch self {
        case .pass: return Badge.markup(rawValue, .good)
        case .fail, .invalid: return Badge.markup(rawValue, .bad)
        case .inconclusive: return Badge.markup(rawValue, .doubtful)
        }
    }
}

// Where the time of a message goes, stage by stage.

/// The series named `stage.…` of a class as one stacked bar.
struct StageChart {
    private let stages: [(name: String, summary: LatencySummary)]
    private let whole: LatencySummary?

    init(_ record: ClassRecord) {
        stages = record.series.filter {
            $0.key.hasPrefix(StageBudget.prefix) && $0.value.summary.count > 0
        }
        .map { (String($0.key.dropFirst(StageBudget.prefix.count)), $0.value.summary) }
        .sorted { Self.place($0.name) < Self.place($1.name) }
        whole = record.series["e2e.intended"]?.summary
    }

    /// The order in which a message passes the stages that are known; others come last, by name.
    private static func place(_ name: String) -> (Int, String) {
        let known = StageBudget.seriesNames
        return (known.firstIndex(of: StageBudget.prefix + name) ?? known.count, name)
    }

    /// Bar and table; nothing when stages were not measured.
    var markup: Markup {
        guard !stages.isEmpty else { return .empty }
        let sum = stages.reduce(0.0) { $0 + Double($1.summary.mean) }
        guard sum > 0 else { return .empty }
        var sentence =
            "What a message spends where, on average: means add up, percentiles do not. "
            + "All stages together take \(UnitText.latency(Int64(clamping: sum)))"
        if let whole, whole.count > 0 {
            sentence += "; the mean of e2e.intended is \(UnitText.latency(whole.mean))"
        }
        return Figure.markup(
            "Stage budget", sentence: sentence + ".", body: "\(bar(sum))\(table(sum))")
    }

    private func bar(_ sum: Double) -> Markup {
        var left = 0.0
        var parts: [Markup] = []
        for (index, stage) in stages.enumerated() {
            let width = Double(stage.summary.mean) / sum * ChartPlace.width
            parts.append(
                """
                <rect class="f\(index % ChartSeries.styleCount)" \
                x="\(ChartPlace.text(left))" y="0" \
                width="\(ChartPlace.text(width))" height="36"><title>\(stage.name)</title></rect>
                """)
            left += width
        }
        return """
            <svg viewBox="0 0 640 36" class="bar" role="img" \
            aria-label="Stage budget, see the table">\(parts)</svg>
            """
    }

    private func table(_ sum: Double) -> Markup {
        var table = ReportTable(
            header: ["stage", "mean", "share", "p50", "p99", "max"], caption: "Stage budget")
        for (index, stage) in stages.enumerated() {
            let summary = stage.summary
            let name: Markup = """
                <span class="key f\(index % ChartSeries.styleCount)" aria-hidden="true"></span>\
                \(stage.name)
                """
            let numbers = [
                UnitText.latency(summary.mean), UnitText.percent(Double(summary.mean) / sum),
                UnitText.latency(summary.p50), UnitText.latency(summary.p99),
                UnitText.latency(summary.max),
            ]
            table.rows.append([name] + numbers.map { "\($0)" })
        }
        return table.markup
    }
}

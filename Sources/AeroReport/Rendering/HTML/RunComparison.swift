// Several runs of one scenario beside each other.

import HDRHistogram

/// The section of one scenario with more than one run: a table, curves over each other, and latency
/// by rate where the runs differ in it.
struct RunComparison {
    let scenario: String
    let runs: [ReportRun]

    // BOUND: eight styles are what an eye tells apart; what is not drawn is in the table.
    private static let curveCountMax = ChartSeries.styleCount

    /// - Throws: `.invalidValue` when a histogram does not decode.
    func markup() throws(ResultFileError) -> Markup {
        var charts: [Markup] = []
        for name in classNames {
            let title = classNames.count > 1 ? ", class \(name)" : ""
            charts.append(percentiles(name, title))
            charts += rateLatency(name, title)
        }
        return """
            <section>
            <h2>\(scenario): \(runs.count) runs beside each other</h2>
            <p>Percentages are against the first run. One run of each side proves little: on \
            ordinary machines two runs of the same code differ by a few per cent at the median \
            and far more in the tail.</p>
            \(promises)\(Markup(classNames.map(table)))
            <div class="charts">
            \(charts)</div>
            </section>

            """
    }

    /// A warning where the runs promised different things; nothing where they did not.
    private var promises: Markup {
        let levels = runs.map { run in
            (run.label, run.document.classes.compactMap(\.promise).level)
        }.filter { !$0.1.isEmpty }
        guard Set(levels.map(\.1)).count > 1 else { return .empty }
        let text = levels.map { "\($0.0): \($0.1)" }.joined(separator: "; ")
        return "<p>\(Badge.markup("not at equal promises", .doubtful)) \(text)</p>\n"
    }

    private var classNames: [String] {
        var names: [String] = []
        for run in runs {
            for entry in run.classes where !names.contains(entry.record.name) {
                names.append(entry.record.name)
            }
        }
        return names
    }

    private func entries(_ name: String) -> [(run: ReportRun, entry: ReportClass)] {
        runs.compactMap { run in
            run.classes.first { $0.record.name == name }.map { (run, $0) }
        }
    }

    private func table(_ name: String) -> Markup {
        let entries = entries(name)
        guard let first = entries.first else { return .empty }
        var table = ReportTable(
            header: ["run", "received/s", "p50", "p90", "p99", "p99.9", "max"],
            caption: "Runs of \(scenario), class \(name)")
        for (run, entry) in entries {
            let isFirst = run.anchor == first.run.anchor
            var row: [Markup] = ["<a href=\"#\(run.anchor)\">\(run.label)</a>"]
            let received = entry.record.achieved.receivedPerSecond
            row.append(
                cell(
                    UnitText.rate(received), received,
                    isFirst ? nil : first.entry.record.achieved.receivedPerSecond))
            let values = entry.summary.map(Self.compared) ?? []
            let base = first.entry.summary.map(Self.compared) ?? []
            for index in 0..<5 {
                guard index < values.count else {
                    row.append("no samples")
                    continue
                }
                let other = isFirst || index >= base.count ? nil : Double(base[index])
                row.append(cell(UnitText.latency(values[index]), Double(values[index]), other))
            }
            table.rows.append(row)
        }
        let title: Markup = classNames.count > 1 ? "<h3>Class \(name)</h3>\n" : .empty
        return title + table.markup
    }

    private static func compared(_ summary: LatencySummary) -> [Int64] {
        [summary.p50, summary.p90, summary.p99, summary.p999, summary.max]
    }

    private func cell(_ text: String, _ value: Double, _ base: Double?) -> Markup {
        guard let base, base > 0 else { return "\(text)" }
        return "\(text)<small>\(UnitText.change(value / base - 1))</small>"
    }

    private func percentiles(_ name: String, _ title: String) -> Markup {
        let entries = entries(name)
        // One series for all curves, so that like is laid over like.
        let common = ["e2e.intended", "ack.intended", "e2e.actual", "ack.actual"].first { series in
            entries.contains { $0.entry.profiles[series] != nil }
        }
        guard let common else {
            return Figure.markup(
                "Percentiles\(title)", sentence: "How the latencies are spread.",
                body: Figure.noSamples)
        }
        let curves = entries.compactMap { run, entry in
            entry.profiles[common].map { (name: run.label, profile: $0) }
        }
        let shown = curves.prefix(Self.curveCountMax).enumerated().map { index, curve in
            (name: curve.name, style: index, profile: curve.profile)
        }
        let rest =
            curves.count > shown.count
            ? " The first \(shown.count) of \(curves.count) runs are drawn." : ""
        return PercentileChart(
            title: "Percentiles of \(common)\(title)",
            sentence: "The lower a curve, the faster; where two part, one has the longer tail."
                + rest, curves: shown
        ).chart.markup
    }

    /// Latency against the offered rate, one figure for each system that was run at several rates.
    private func rateLatency(_ name: String, _ title: String) -> [Markup] {
        var points: [String: [RatePoint]] = [:]
        var systems: [String] = []
        for (run, entry) in entries(name) {
            guard let rate = entry.record.offered.messagesPerSecond else { continue }
            if points[run.system] == nil { systems.append(run.system) }
            points[run.system, default: []].append(RatePoint(rate: rate, summary: entry.summary))
        }
        return systems.compactMap { system in
            let own = points[system, default: []]
            guard Set(own.map(\.rate)).count > 1 else { return nil }
            return RateLatencyChart(
                title: "Latency by rate, \(system)\(title)",
                sentence: "Each dot is a run at a rate that was offered. Where the curves turn up, "
                    + "messages begin to queue.", points: own
            ).markup
        }
    }
}

/// What was measured at one rate.
struct RatePoint {
    let rate: Double
    let summary: LatencySummary?
}

/// Latency against rate.
struct RateLatencyChart {
    let title: String
    let sentence: String
    let points: [RatePoint]

    var markup: Markup {
        let sorted = points.sorted { $0.rate < $1.rate }
        let statistics: [(String, (LatencySummary) -> Int64)] = [
            ("p50", \.p50), ("p99", \.p99), ("p99.9", \.p999), ("max", \.max),
        ]
        let series = statistics.enumerated().map { index, statistic in
            ChartSeries(
                name: statistic.0,
                values: sorted.map { point in
                    guard let summary = point.summary, summary.count > 0 else { return nil }
                    return Double(statistic.1(summary))
                }, style: index, isMarked: true)
        }
        let values = series.flatMap { $0.values.compactMap { $0 } }
        return LineChart(
            title: title, sentence: sentence,
            x: ChartAxis(
                name: "messages per second",
                scale: .fromZero(to: sorted.last?.rate ?? 0, label: TickText.rate)),
            y: ChartAxis(
                name: "latency, log scale", scale: .logarithmic(values, label: TickText.latency)),
            places: sorted.map(\.rate), series: series,
            placeText: { UnitText.messageRate($0) },
            valueText: { UnitText.latency(Int64(clamping: $0)) }
        ).markup
    }
}

// What stands at the top: what was measured, and how it came out.

/// The headline of one run, and the table of several.
struct RunOverview {
    let runs: [ReportRun]

    /// For one run the figures that people ask for first, for several a table.
    var markup: Markup {
        if runs.count == 1 { return Markup([sentence(runs[0]), tiles(runs[0])]) }
        let valid = runs.count(where: \.isValid)
        let verdict =
            valid == runs.count
            ? Badge.markup("all valid", .good)
            : Badge.markup("\(runs.count - valid) of \(runs.count) cannot be believed", .bad)
        return """
            <p class="lead">\(verdict) \(runs.count) results\(span).</p>
            \(table)
            """
    }

    /// When they were made, if that can be told.
    private var span: String {
        let days = Set(runs.map { String($0.document.createdAt.prefix(10)) }).sorted()
        guard let first = days.first, let last = days.last else { return "" }
        return first == last ? " of \(first)" : " from \(first) to \(last)"
    }

    private func sentence(_ run: ReportRun) -> Markup {
        let document = run.document
        let place =
            document.driver.isEmbedded
            ? "started for the run" : "at \(document.driver.endpoint ?? "an unknown place")"
        let window = document.window
        let cores = document.environment.processor.usableCores.count
        let text =
            "\(run.system), \(place), measured for \(UnitText.latency(window.measuredNanoseconds)) "
            + "after \(UnitText.latency(window.warmupNanoseconds)) of warm-up on "
            + "\(document.environment.processor.model), \(cores) \(cores == 1 ? "core" : "cores"), "
            + "Linux \(document.environment.system.kernel)."
        let verdict =
            run.isValid ? Badge.markup("valid run", .good) : Badge.markup("INVALID run", .bad)
        return "<p class=\"lead\">\(verdict) \(text)</p>\n"
    }

    /// Rates and percentiles as large numbers; of several classes the first, which it says.
    private func tiles(_ run: ReportRun) -> Markup {
        guard let entry = run.classes.first else { return Figure.noSamples }
        let achieved = entry.record.achieved
        var tiles: [(String, String, String)] = [
            (
                "received", UnitText.messageRate(achieved.receivedPerSecond),
                UnitText.byteRate(achieved.receivedBytesPerSecond)
            )
        ]
        if let summary = entry.summary, let series = entry.mainSeries {
            tiles += [
                ("median latency", UnitText.latency(summary.p50), series),
                ("99th percentile", UnitText.latency(summary.p99), series),
                ("99.9th percentile", UnitText.latency(summary.p999), series),
            ]
        } else {
            tiles.append(("latency", "no samples", ""))
        }
        let totals = run.document.ledger.totals
        let faults = Metric.LedgerField.faults.filter { $0 != .ackedThenLost }
            .reduce(0) { $0 + totals[$1] }
        tiles.append(
            run.document.ledger.classes.isEmpty
                ? ("faults", "not checked", "no consumer")
                : (
                    "lost or damaged", UnitText.grouped(faults),
                    "of \(UnitText.grouped(totals.expected)) messages"
                ))
        let marks = tiles.map { name, value, note -> Markup in
            "<div><dt>\(name)</dt><dd>\(value)<small>\(note)</small></dd></div>\n"
        }
        let owner: Markup =
            run.classes.count > 1 ? "<p>Class \(entry.record.name):</p>\n" : .empty
        return "\(owner)<dl class=\"tiles\">\n\(marks)</dl>\n"
    }

    private var table: Markup {
        var table = ReportTable(
            header: [
                "run", "class", "verdict", "received/s", "p50", "p99", "p99.9", "max", "faults",
                "about",
            ], labelCount: 3, caption: "All runs")
        for run in runs {
            for entry in run.classes {
                let summary = entry.summary
                let totals = run.document.ledger.totals
                let faults = Metric.LedgerField.faults.filter { $0 != .ackedThenLost }
                    .reduce(0) { $0 + totals[$1] }
                let latencies = summary.map { [$0.p50, $0.p99, $0.p999, $0.max] } ?? []
                let cells = (0..<4).map { index in
                    index < latencies.count ? UnitText.latency(latencies[index]) : "-"
                }
                let texts =
                    [UnitText.rate(entry.record.achieved.receivedPerSecond)] + cells
                    + [UnitText.grouped(faults), entry.mainSeries ?? "no samples"]
                table.rows.append(
                    [
                        "<a href=\"#\(run.anchor)\">\(run.label)</a>", "\(entry.record.name)",
                        run.isValid ? Badge.markup("valid", .good) : Badge.markup("invalid", .bad),
                    ] + texts.map { "\($0)" })
            }
        }
        return table.markup
    }
}

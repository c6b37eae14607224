// The search for the largest sustainable rate as a curve and a table.

/// The section of a capacity search. Its probes are short, so it stands apart from measured runs.
struct CapacitySection {
    private let document: CapacityDocument

    init(_ document: CapacityDocument) { self.document = document }

    var markup: Markup {
        let answer = document.answer
        let meaning: Badge.Meaning =
            answer.kind == .found ? .good : answer.kind == .belowRange ? .bad : .doubtful
        let notes = document.notes.map {
            "<li>\(Badge.markup("note", .doubtful)) \($0)</li>\n" as Markup
        }
        let driver = document.driver
        let settings = document.settings
        return """
            <section>
            <h2>\(document.scenario.name): capacity of \(driver.name)</h2>
            <p class="lead">\(Badge.markup(answer.kind.rawValue, meaning)) \(answer.text)</p>
            <p>What had to hold: \(document.objectives.joined(separator: "; ")). \
            Each rate was held for \(UnitText.latency(settings.holdNanoseconds)) after \
            \(UnitText.latency(settings.warmupNanoseconds)) of warm-up on \
            \(document.environment.processor.model). Probes are short: do not compare them with \
            measured runs.</p>
            <ul class="verdict">
            \(notes)</ul>
            <div class="charts">
            \(charts)</div>
            \(table)
            <pre tabindex="0"><code>\(command)</code></pre>
            </section>

            """
    }

    private var command: String {
        document.tool.commandLine.map(ShellText.quoted).joined(separator: " ")
    }

    /// Series to draw: those end to end from the intended time, or all when there is none.
    private var seriesNames: [String] {
        let names = Set(document.curve.flatMap(\.series.keys)).sorted()
        let main = names.filter { $0.hasSuffix("e2e.intended") }
        return main.isEmpty ? names.filter { $0.hasSuffix("ack.intended") } : main
    }

    private var charts: [Markup] {
        seriesNames.map { name in
            RateLatencyChart(
                title: "Latency by rate, \(name)",
                sentence: "Each dot is a probe that can be believed, whether it was met or not.",
                points: document.curve.map {
                    RatePoint(rate: $0.offeredPerSecond, summary: $0.series[name])
                }
            ).markup
        }
    }

    private var table: Markup {
        let name = seriesNames.first
        var table = ReportTable(
            header: [
                "probe", "phase", "verdict", "offered/s", "sent/s", "received/s", "p50", "p99",
                "backlog/s", "why",
            ], labelCount: 3, caption: "Probes of the search")
        for probe in document.probes {
            let summary = name.flatMap { probe.series[$0] }
            func latency(_ value: (LatencySummary) -> Int64) -> Markup {
                guard let summary, summary.count > 0 else { return "no samples" }
                return "\(UnitText.latency(value(summary)))"
            }
            table.rows.append([
                "\(probe.index + 1)", "\(probe.phase.rawValue)", Self.badge(probe.verdict),
                "\(UnitText.rate(probe.offeredPerSecond))", "\(UnitText.rate(probe.sentPerSecond))",
                "\(UnitText.rate(probe.receivedPerSecond))", latency(\.p50), latency(\.p99),
                "\(UnitText.rate(probe.backlogSlopePerSecond))", "\(probe.reason ?? "")",
            ])
        }
        return table.markup
    }

    private static func badge(_ verdict: CapacityVerdict) -> Markup {
        switch verdict {
        case .met: Badge.markup("met", .good)
        case .notMet: Badge.markup("not met", .bad)
        case .generatorLimited, .invalid: Badge.markup(verdict.rawValue, .doubtful)
        }
    }
}

// Everything about one run of a report.

/// The section of one run: verdict, tables, charts, and what is needed to repeat it.
struct RunSection {
    let run: ReportRun
    private var document: ResultDocument { run.document }

    /// - Throws: `.invalidValue` when a histogram does not decode.
    func markup() throws(ResultFileError) -> Markup {
        var classes: [Markup] = []
        for entry in run.classes {
            let charts = try RunCharts(run, entry).markup
            let title: Markup =
                run.classes.count > 1 ? "<h3>Class \(entry.record.name)</h3>\n" : .empty
            classes.append(
                """
                \(title)\(latencyTable(entry.record))
                <div class="charts">
                \(charts)\(StageChart(entry.record).markup)</div>

                """)
        }
        return """
            \(verdict)
            \(rateTable)
            \(IncidentSection(incidents: document.incidents ?? []).markup)\(classes)
            <h3>Ledger</h3>
            \(RunFactTables(document).ledger)
            <h3>Resources</h3>
            \(RunFactTables(document).resources)
            <h3>Environment</h3>
            \(RunFactTables(document).environment)
            <h3>Repeat it</h3>
            \(command)
            """
    }

    /// The verdict with its reasons, warnings, objectives and limitations.
    private var verdict: Markup {
        let doubts = document.doubts
        var lines = doubts.map { Self.line("invalid", .bad, $0) }
        if doubts.isEmpty {
            lines.append(
                Self.line(
                    "valid", .good, "every check of the run itself passed: the numbers stand."))
        }
        lines += document.validity.warnings.map { Self.line("warning", .doubtful, $0.message) }
        let doubtful = document.classes.first?.intervals.filter {
            !$0.doubts.isEmpty && !$0.doubts.contains("drain") && !$0.isWarmup
        }
        if let doubtful, let first = doubtful.first {
            let codes = Set(doubtful.flatMap(\.doubts)).sorted().joined(separator: ", ")
            lines.append(
                Self.line(
                    "warning", .doubtful,
                    "\(doubtful.count) intervals cannot be believed (\(codes)), the first "
                        + "at \(UnitText.latency(first.startNanoseconds))"))
        }
        lines += PromiseText(document).lines.map { line in
            Self.line(line.name, line.isDifference ? .doubtful : .good, line.text)
        }
        lines += objectives
        lines += document.driver.limitations.map { Self.line("note", .doubtful, $0) }
        return "<ul class=\"verdict\">\n\(lines)</ul>\n"
    }

    private var objectives: [Markup] {
        let checks: [GateCheck]
        do throws(ResultFileError) {
            checks = try GateReport(baseline: [], candidate: [document]).checks
        } catch {
            return [Self.line("objectives", .doubtful, "cannot be judged: \(error)")]
        }
        return checks.filter { $0.kind == .objective }.map { check in
            let isMet = check.verdict == .pass
            return Self.line(
                isMet ? "objective met" : "objective missed", isMet ? .good : .bad,
                check.explanation)
        }
    }

    private static func line(_ word: String, _ meaning: Badge.Meaning, _ text: String) -> Markup {
        "<li>\(Badge.markup(word, meaning)) \(text)</li>\n"
    }

    private var rateTable: Markup {
        var table = ReportTable(
            header: [
                "class", "size", "load", "offered/s", "sent/s", "share", "acked/s", "received/s",
                "payload",
            ], labelCount: 3, caption: "Rates of \(run.label)")
        for entry in document.classes {
            let offered = entry.offered
            let achieved = entry.achieved
            let share = offered.messagesPerSecond.flatMap { rate in
                rate > 0 ? UnitText.percent(achieved.sentPerSecond / rate) : nil
            }
            let load = offered.schedule.rawValue
            table.add([
                entry.name, UnitText.bytes(entry.messageByteCount),
                offered.inFlight.map { "\(load), \($0) in flight" } ?? load,
                offered.messagesPerSecond.map(UnitText.rate) ?? "-",
                UnitText.rate(achieved.sentPerSecond), share ?? "-",
                UnitText.rate(achieved.ackedPerSecond), UnitText.rate(achieved.receivedPerSecond),
                UnitText.byteRate(achieved.receivedBytesPerSecond),
            ])
        }
        return table.markup
    }

    private func latencyTable(_ entry: ClassRecord) -> Markup {
        var table = ReportTable(
            header: [
                "series", "p50", "p90", "p99", "p99.9", "p99.99", "max", "samples",
            ], caption: "Latencies of \(run.label), class \(entry.name)")
        let known = Metric.seriesNames.filter { entry.series[$0] != nil }
        let others = entry.series.keys.filter { !known.contains($0) }.sorted()
        for name in known + others {
            guard let summary = entry.series[name]?.summary else { continue }
            let excess = summary.outOfRange
            let samples =
                UnitText.grouped(summary.count) + (excess > 0 ? " + \(excess) out of range" : "")
            table.add(
                [name]
                    + summary.shown.map { summary.count > 0 ? UnitText.latency($0) : "-" }
                    + [summary.count > 0 ? samples : "no samples"])
        }
        return table.rows.isEmpty ? Figure.noSamples : table.markup
    }

    private var command: Markup {
        let words = document.tool.commandLine.map(ShellText.quoted).joined(separator: " ")
        let parameters = ParameterText.lines(document.scenario.parameters)
        return """
            <pre tabindex="0"><code>\(words)</code></pre>
            \(FactList.markup([
                ("Result file", run.source), ("Result", document.id),
                ("Made", document.createdAt), ("Seed", String(document.scenario.seed)),
            ]))<details><summary>The scenario as it was resolved</summary>
            <pre tabindex="0"><code>\(parameters)</code></pre>
            </details>

            """
    }
}

extension LatencySummary {
    /// The percentiles that tables show, and the maximum.
    var shown: [Int64] { [p50, p90, p99, p999, p9999, max] }
}

/// Words of a command line as a shell takes them.
enum ShellText {
    /// The word as it is, or in single quotes when a shell would read it differently.
    static func quoted(_ word: String) -> String {
        let isPlain =
            !word.isEmpty
            && word.unicodeScalars.allSatisfy { scalar in
                switch scalar {
                case "a"..."z", "A"..."Z", "0"..."9", "_", "-", ".", "/", ":", "=", "+", ",", "@",
                    "%":
                    true
                default: false
                }
            }
        if isPlain { return word }
        let parts = word.split(separator: "'", omittingEmptySubsequences: false)
        return "'" + parts.joined(separator: "'\\''") + "'"
    }
}

/// Parameters of a scenario, one a line.
enum ParameterText {
    /// `classes[0].load.rate: 100000`, sorted by path.
    static func lines(_ parameters: JSONValue) -> String {
        ParameterTree.leaves(parameters).sorted { $0.key < $1.key }
            .map { "\($0.key): \($0.value)" }.joined(separator: "\n")
    }
}

// The stages of a run's messages as tables for the terminal.

/// Renders what a run that measures stages found out.
struct StageTables {
    let document: ResultDocument

    /// Where the time goes, class by class; nil when nothing of it was measured.
    var budget: TextTable? {
        var table = TextTable(
            header: ["class", "stage budget", "mean", "share", "p50", "p99", "max"])
        table.labelCount = 2
        for entry in document.classes {
            guard let budget = StageBudget(entry) else { continue }
            for stage in budget.stages {
                table.rows.append(
                    row(
                        entry.name, stage.label, stage.summary, mean: stage.summary.mean,
                        share: budget.share(of: stage)))
            }
            table.rows.append([
                entry.name, "sum", UnitText.latency(budget.meanSum), UnitText.percent(1), "", "",
                "",
            ])
            let share =
                budget.meanSum > 0 ? Double(budget.whole.mean) / Double(budget.meanSum) : 1
            table.rows.append(
                row(
                    entry.name, "e2e.intended", budget.whole, mean: budget.whole.mean,
                    share: share))
        }
        return table.rows.isEmpty ? nil : table
    }

    private func row(
        _ name: String, _ label: String, _ summary: LatencySummary, mean: Int64, share: Double
    ) -> [String] {
        guard summary.count > 0 else { return [name, label, "-", "-", "-", "-", "-"] }
        return [
            name, label, UnitText.latency(mean), UnitText.percent(share),
            UnitText.latency(summary.p50), UnitText.latency(summary.p99),
            UnitText.latency(summary.max),
        ]
    }

    /// The slowest messages with all their stages; nil when none were kept.
    var slowest: TextTable? {
        guard let slowest = document.slowest, !slowest.isEmpty else { return nil }
        let labels = StageBudget.seriesNames.map { String($0.dropFirst(StageBudget.prefix.count)) }
        var table = TextTable(
            header: ["slowest", "partition", "group", "offset", "producer", "at", "interval"]
                + ["total"] + labels + ["incidents"])
        table.labelCount = 3
        for message in slowest {
            let lengths = StageBudget.seriesNames.map { name in
                message.stages[name].map(UnitText.latency) ?? "-"
            }
            table.rows.append(
                [
                    message.className, "\(message.topic)/\(message.partition)", message.group,
                    "\(message.offset)", "\(message.producer) #\(message.sequence)",
                    UnitText.latency(message.intendedNanoseconds), "\(message.interval)",
                    UnitText.latency(message.totalNanoseconds),
                ] + lengths
                    + [message.incidents.isEmpty ? "-" : message.incidents.joined(separator: "; ")])
        }
        return table
    }
}

// The incidents of a run, for terminals.

/// Renders how a target came back.
package struct IncidentTable {
    private let incidents: [IncidentRecord]

    /// - Parameter document: A run, with or without incidents.
    package init(_ document: ResultDocument) { incidents = document.incidents ?? [] }

    /// Some lines for each incident; empty without any.
    package var text: String { incidents.map(Self.text).joined() }

    private static func text(_ incident: IncidentRecord) -> String {
        let start = UnitText.latency(incident.startNanoseconds)
        let length = UnitText.latency(incident.endNanoseconds - incident.startNanoseconds)
        var lines = ["", "incident: \(incident.kind.rawValue) at \(start) for \(length)"]
        if let recovery = incident.recovery {
            func time(_ value: Int64?) -> String { value.map { UnitText.latency($0) } ?? "never" }
            lines += [
                "  unavailable for \(UnitText.latency(recovery.unavailableNanoseconds)), "
                    + "first success after \(time(recovery.firstSuccessNanoseconds)), "
                    + "\(UnitText.grouped(recovery.failed)) messages failed",
                "  backlog at most \(UnitText.grouped(recovery.backlogPeak)), before "
                    + "\(UnitText.grouped(recovery.backlogBefore)), drained after "
                    + time(recovery.drainedNanoseconds) + ", time to drain "
                    + time(recovery.timeToDrainNanoseconds),
                "  p99 back after \(time(recovery.p99BackNanoseconds))",
            ]
        } else {
            lines.append("  the run ended before it was over")
        }
        var table = TextTable(header: PhaseRow.header)
        for phase in incident.phases { table.rows.append(PhaseRow.cells(phase)) }
        lines += table.lines(indent: "  ")
        return lines.joined(separator: "\n") + "\n"
    }
}

/// A phase as a row of a table, on terminals and in reports.
enum PhaseRow {
    static let header = [
        "phase", "length", "sent/s", "acked/s", "received/s", "p50", "p99", "p99.9", "max",
        "samples",
    ]

    /// The latencies are end to end from the intended send, or to the acknowledgement where nobody
    /// receives.
    static func cells(_ phase: PhaseRecord) -> [String] {
        let latency =
            phase.series["e2e.intended"].flatMap { $0.count > 0 ? $0 : nil }
            ?? phase.series["ack.intended"].flatMap { $0.count > 0 ? $0 : nil }
        let rates = [\MessageCounts.sent, \.acked, \.received].map { count in
            phase.rate(of: count).map(UnitText.rate) ?? "-"
        }
        let values = [latency?.p50, latency?.p99, latency?.p999, latency?.max].map { value in
            value.map { UnitText.latency($0) } ?? "-"
        }
        return [phase.name, UnitText.latency(phase.endNanoseconds - phase.startNanoseconds)]
            + rates + values + [latency.map { UnitText.grouped($0.count) } ?? "-"]
    }
}

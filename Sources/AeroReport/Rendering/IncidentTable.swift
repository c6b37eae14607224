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
                    + time(recovery.drainedNanoseconds),
                "  p99 back after \(time(recovery.p99BackNanoseconds))",
            ]
        } else {
            lines.append("  the run ended before it was over")
        }
        var table = TextTable(header: ["phase", "sent", "received", "p50", "p99", "max"])
        for phase in incident.phases {
            let latency = phase.series["e2e.intended"]
            table.rows.append(
                [
                    phase.name, UnitText.grouped(phase.counts.sent),
                    UnitText.grouped(phase.counts.received),
                ]
                    + [latency?.p50, latency?.p99, latency?.max].map { value in
                        value.map { UnitText.latency($0) } ?? "-"
                    })
        }
        lines += table.lines(indent: "  ")
        return lines.joined(separator: "\n") + "\n"
    }
}

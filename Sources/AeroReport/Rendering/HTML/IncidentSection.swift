// The incidents of one run: how it came back, and each phase with its own latencies.

/// What stands in a report about what was done to a run on purpose.
struct IncidentSection {
    let incidents: [IncidentRecord]

    /// Nothing without incidents.
    var markup: Markup {
        guard !incidents.isEmpty else { return .empty }
        return "<h3>Incidents</h3>\n\(recovery.markup)\(incidents.map(Self.phases))"
    }

    private var recovery: ReportTable {
        var table = ReportTable(
            header: [
                "incident", "at", "for", "unavailable", "first success", "failed", "backlog before",
                "backlog peak", "drained after", "time to drain", "p99 back after",
            ], caption: "How the run came back; times count from the start of each incident")
        for incident in incidents {
            let start = incident.startNanoseconds
            let recovery = incident.recovery
            func time(_ value: Int64?) -> String {
                guard recovery != nil else { return "-" }
                return value.map { UnitText.latency($0) } ?? "never"
            }
            func count(_ value: Int64?) -> String { value.map(UnitText.grouped) ?? "-" }
            table.add([
                incident.kind.rawValue, UnitText.latency(start),
                UnitText.latency(incident.endNanoseconds - start),
                time(recovery?.unavailableNanoseconds), time(recovery?.firstSuccessNanoseconds),
                count(recovery?.failed), count(recovery?.backlogBefore),
                count(recovery?.backlogPeak), time(recovery?.drainedNanoseconds),
                time(recovery?.timeToDrainNanoseconds), time(recovery?.p99BackNanoseconds),
            ])
        }
        return table
    }

    private static func phases(_ incident: IncidentRecord) -> Markup {
        guard !incident.phases.isEmpty else { return .empty }
        let name = "\(incident.kind.rawValue) at \(UnitText.latency(incident.startNanoseconds))"
        var table = ReportTable(header: PhaseRow.header, caption: "Phases around \(name)")
        for phase in incident.phases { table.add(PhaseRow.cells(phase)) }
        return "<p>The run around \(name), each phase by what happened in it:</p>\n\(table.markup)"
    }
}

// `--incident`: what is to be done to the target, and when.

import AeroLoad
import AeroReport

/// One incident that was asked for.
struct PlannedIncident: Sendable, Equatable {
    let kind: IncidentKind
    /// From the start of the measured window.
    let atNanoseconds: Int64
    /// How long it lasts; a broker that is started again takes its own time on top.
    let lengthNanoseconds: Int64
}

/// Reads and checks incidents.
enum IncidentScript {
    // BOUND: a script is written by hand.
    private static let countMax = 100
    private static let lengthMax = 3_600_000_000_000

    /// The incidents of a command line, by time.
    ///
    /// - Parameters:
    ///   - arguments: Of a command with `option`.
    ///   - scenario: What is run.
    ///   - kind: Against what.
    ///   - isEmbedded: Whether the run starts its target.
    static func incidents(
        _ arguments: ParsedArguments, _ scenario: Scenario, _ kind: TargetKind, isEmbedded: Bool
    ) throws(CommandError) -> [PlannedIncident] {
        var incidents: [PlannedIncident] = []
        for text in arguments.texts("--incident") { incidents.append(try incident(text)) }
        guard !incidents.isEmpty else { return [] }
        guard kind == .aeromq, isEmbedded else {
            throw .usage("--incident: only a broker that the run starts itself can be disturbed")
        }
        guard !scenario.isWarmupAutomatic else {
            throw .usage(
                "--incident: its time counts from a window whose start `warmup: auto` leaves open; "
                    + "give the warm-up a length")
        }
        guard incidents.count <= countMax else {
            throw .usage("--incident: more than \(countMax)")
        }
        incidents.sort { $0.atNanoseconds < $1.atNanoseconds }
        try check(incidents, scenario)
        return incidents
    }

    private static func check(
        _ incidents: [PlannedIncident], _ scenario: Scenario
    ) throws(CommandError) {
        var end: Int64 = 0
        for incident in incidents {
            guard incident.atNanoseconds >= end else {
                throw .usage("--incident: one begins before the one in front of it is over")
            }
            end = incident.atNanoseconds + incident.lengthNanoseconds
        }
        guard end < scenario.durationNanoseconds else {
            throw .usage(
                "--incident: the last one is over after \(UnitText.latency(end)), and "
                    + "\(UnitText.latency(scenario.durationNanoseconds)) are measured")
        }
        let isKilling = incidents.contains { $0.kind == .kill }
        guard isKilling, let lost = scenario.classes.first(where: { !$0.storage.needsDisk }) else {
            return
        }
        throw .usage(
            "--incident: the topics of class \(lost.name) are volatile and do not survive a kill; "
                + "set classes.\(lost.name).durability")
    }

    /// Reads `KIND@AT:LENGTH`.
    static func incident(_ text: String) throws(CommandError) -> PlannedIncident {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        let times = parts.last?.split(separator: ":", omittingEmptySubsequences: false) ?? []
        guard parts.count == 2, times.count == 2,
            let at = QuantityText.parse(String(times[0]), QuantityText.timeUnits),
            let length = QuantityText.parse(String(times[1]), QuantityText.timeUnits),
            (0...lengthMax).contains(at), (1...lengthMax).contains(length)
        else {
            throw .usage(
                "--incident: \"\(text)\" is not KIND@AT:LENGTH, as in pause@5s:500ms")
        }
        let known = IncidentKind.allCases.map(\.rawValue)
        guard let kind = IncidentKind(rawValue: String(parts[0])) else {
            throw .usage(
                "--incident: \"\(parts[0])\" is not one of \(known.joined(separator: ", "))"
                    + Spelling.hint(for: String(parts[0]), among: known))
        }
        return PlannedIncident(
            kind: kind, atNanoseconds: Int64(at), lengthNanoseconds: Int64(length))
    }

    /// The option of a command that disturbs its target.
    static let option = OptionSpecification(
        "--incident", "KIND@AT:LENGTH", isRepeatable: true,
        "pause (SIGSTOP) or kill (SIGKILL, then start again) the broker: pause@5s:500ms")
}

// `--incident`: what is to be done to a run, and when.

import AeroLoad
import AeroReport

/// Incidents as the command line has them.
enum IncidentScript {
    /// The change of the scenario that `--incident` stands for; nothing without any.
    ///
    /// - Parameter arguments: Of a command with `option`.
    static func overrides(_ arguments: ParsedArguments) -> [String] {
        let texts = arguments.texts("--incident")
        guard !texts.isEmpty else { return [] }
        // YAML's single quotes take everything but themselves as it is.
        let quoted = texts.map { text in
            "'"
                + text.split(separator: "'", omittingEmptySubsequences: false)
                .joined(separator: "''") + "'"
        }
        return ["incidents=[\(quoted.joined(separator: ", "))]"]
    }

    /// The option of a command whose runs are disturbed.
    static let option = OptionSpecification(
        "--incident", "KIND@AT:LENGTH", isRepeatable: true,
        "disturb the run, as in pause@5s:500ms; the kinds are "
            + PlannedIncident.Name.allCases.map(\.rawValue).joined(separator: ", ")
            + "; the same as the scenario's incidents, see there for their options")
}

extension RunTarget {
    /// Refuses incidents that the target gives no hold on.
    func checkIncidents(of scenario: Scenario) throws(CommandError) {
        guard let first = scenario.incidents.first else { return }
        let kind = try TargetKind(scenario)
        guard kind == .aeromq else {
            throw .usage(
                "incidents: \(first.text) is for AeroMQ; \(kind.rawValue) cannot play it")
        }
        guard let ours = scenario.incidents.first(where: \.isDoneToProcess), !isEmbedded else {
            return
        }
        throw .usage(
            "incidents: \(ours.text) is done to the broker's process, and only one that the run "
                + "starts itself can be disturbed; leave --endpoint out")
    }
}

extension IncidentKind {
    /// The kind in the result's words.
    init(_ name: PlannedIncident.Name) {
        self =
            switch name {
            case .pause: .pause
            case .kill: .kill
            case .disconnect: .disconnect
            case .slowConsumer: .slowConsumer
            case .backlog: .backlog
            case .diskDelay: .diskDelay
            }
    }
}

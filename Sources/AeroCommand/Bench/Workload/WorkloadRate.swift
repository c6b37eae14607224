// The rate of a workload that asks for the largest one.

import AeroLoad
import AeroReport

/// Searches for a workload's rate before its measured run.
enum WorkloadRate {
    /// What holds at the rate, beside a backlog that does not grow. The workload's own tool knows
    /// no bound on latency; without any, a queue of any length would be called sustained.
    ///
    /// - Parameter isConsumed: Whether anybody receives the messages.
    static func objective(isConsumed: Bool) -> String {
        "\(isConsumed ? "e2e" : "ack").intended.p99 < 1s"
    }

    /// Searches, and gives the rate as a change of the scenario.
    ///
    /// - Parameters:
    ///   - source: The workload.
    ///   - overrides: Of the command line.
    ///   - execution: Makes the probes.
    ///   - path: Where the search is kept.
    ///   - isQuiet: Whether nothing is said meanwhile.
    /// - Returns: The change, and a note that says what was found.
    /// - Throws: `.ended` when no rate was found.
    static func search(
        _ source: RunSource, overrides: [String], _ execution: RunExecution, path: String,
        isQuiet: Bool
    ) throws(CommandError) -> (override: String, note: String) {
        let scenario = try source.text.scenario(overrides)
        let isConsumed = scenario.classes.contains { $0.groupCount > 0 && $0.consumersPerGroup > 0 }
        let options = try CapacityOptions(
            source.text, overrides: overrides, objective: objective(isConsumed: isConsumed),
            isQuiet: isQuiet)
        var search = CapacityExecution(options, execution)
        let document = try search.run { document throws(CommandError) in
            try CapacityCommand.write(document, to: path)
        }
        let answer = document.answer
        guard let rate = answer.lowerPerSecond, answer.kind != .cut else {
            throw .ended("producerRate 0: \(answer.text)", CapacityCommand.exitCode(document))
        }
        return (
            "classes.main.load.rate=\(ScaledScenario.text(rate))",
            "producerRate 0: the search found \(answer.kind.rawValue), \(answer.text); "
                + "it is in \(path)"
        )
    }

    /// `x.json` for the run, `x-capacity.json` for the search.
    static func path(besides path: String) -> String {
        guard path.hasSuffix(".json") else { return path + "-capacity" }
        return String(path.dropLast(".json".count)) + "-capacity.json"
    }
}

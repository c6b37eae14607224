// One line of a history: how one commit compares with the anchor.

/// What one commit measured against the anchor, a release that stays the same.
///
/// Both were measured side by side, so that what is kept, a ratio, does not change when the machine
/// does. Numbers of the machine itself are kept for people alone.
package struct HistoryEntry: Codable, Equatable, Sendable {
    /// The schema's name, without its version.
    package static let schemaName = "aerobench.history"
    /// The newest version that this release reads, and the one it writes.
    package static let currentVersion = 1

    /// The schema and its version.
    package var schema = "\(schemaName)/\(currentVersion)"
    /// The commit that was measured.
    package var commit: String
    /// When its first run began: ISO 8601, UTC.
    package var measuredAt: String
    /// The commit that it was measured against.
    package var anchor: String
    /// Where both ran.
    package var environment: HistoryEnvironment
    /// The names of its runs, none of which may come twice in a history.
    package var runs: [String]
    /// What was compared.
    package var metrics: [HistoryMetric]
}

/// The circumstances that tell one machine from another.
package struct HistoryEnvironment: Codable, Equatable, Sendable {
    /// Model and instruction set.
    package var processor: String
    /// Cores that the runs could use.
    package var coreCount: Int
    /// Release of the kernel.
    package var kernel: String
    /// The system under load.
    package var driver: String

    init(_ document: ResultDocument) {
        let processor = document.environment.processor
        self.processor = "\(processor.model), \(processor.architecture)"
        coreCount = processor.usableCores.count
        kernel = document.environment.system.kernel
        driver = document.driver.name
    }

    /// One line for people.
    package var text: String { "\(processor), \(coreCount) cores, kernel \(kernel), \(driver)" }
}

/// One metric of one scenario against the anchor's.
package struct HistoryMetric: Codable, Equatable, Sendable {
    /// The metric, with the limits in force when it was measured.
    package var metric: GateMetric
    /// Pairs of runs behind it.
    package var pairCount: Int
    /// The anchor's median over pairs, in the metric's unit.
    package var anchor: Double
    /// The commit's.
    package var candidate: Double
    /// The Hodges-Lehmann estimate of the difference on the metric's scale, positive when worse:
    /// the logarithm of a ratio, or a number in the metric's unit.
    package var shift: Double
    /// A shift below this is refuted at 5 %; absent when the pairs are too few.
    package var lower: Double?
    /// A shift above this is refuted at 5 %; absent when the pairs are too few.
    package var upper: Double?
}

/// Why something cannot be added to a history, or a history cannot be read.
package enum HistoryError: Error, Equatable, Sendable {
    /// A line, counted from 1, is no entry.
    case line(Int, ResultFileError)
    /// The runs cannot be used.
    case runs(ResultFileError)
    /// The runs can be read, and say nothing about anchor and commit.
    case unusable(reason: String)
    /// The history has this run already.
    case repeated(run: String)
    /// The history is about another anchor.
    case otherAnchor(found: String, expected: String)
}

extension HistoryError: CustomStringConvertible {
    /// One sentence for a human, without a full stop, fit for "FILE: …".
    package var description: String {
        switch self {
        case .line(let number, let error): return "line \(number): \(error)"
        case .runs(let error): return "the runs cannot be used: \(error)"
        case .unusable(let reason): return "nothing is added: \(reason)"
        case .repeated(let run): return "nothing is added: run \(run) is in the history already"
        case .otherAnchor(let found, let expected):
            return "nothing is added: these runs are against anchor \(found), the newest entry is "
                + "against \(expected); --new-anchor begins anew"
        }
    }
}

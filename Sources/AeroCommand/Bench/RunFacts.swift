// Everything about one finished run that its result is made from.

import AeroIO
import AeroLoad
import AeroReport

/// One run, before it becomes a document.
struct RunFacts {
    let scenario: Scenario
    let target: TargetKind
    /// Where the target listened; nil inside the process.
    let endpoint: SocketAddress?
    /// What the target's server says that it is; nil when that is not known.
    let targetVersion: String?
    /// Whether the run started and stopped the target itself, or needed none.
    let isEmbedded: Bool
    /// Its process, when the run started it or was told.
    let brokerIdentifier: Int32?
    /// How its process ended before it was asked to, or nil.
    let brokerDeath: ExitStatus?
    let outcome: LoadOutcome
    /// What was seen beside the load; nil when nobody looked.
    let health: HealthRecord?
    /// What was done to the run on purpose.
    let played: [PlayedIncident]
    let startedAt: String
    let resources: ResourceSampler
    let environment: EnvironmentRecord
    let tool: ToolRecord
    /// Intervals that an automatic warm-up took to settle; nil when it did not, or was fixed.
    let settledIntervalCount: Int?
    /// Whether the target's directory is on a file system that is no disk.
    let isDirectoryInMemory: Bool

    /// Whether the scenario compresses batches and a yardstick sends them as they are; what another
    /// broker does is part of its promise.
    var leavesCompressionOut: Bool { !target.isBroker && scenario.isCompressing }

    /// Length of an interval as the result has it: in a long run several of the scenario's.
    var intervalNanoseconds: Int64 {
        scenario.intervalNanoseconds * Int64(outcome.record.kept.mergeCount)
    }

    /// Length of the measured window: 0 when the run ended before it began.
    var measuredNanoseconds: Int64 {
        max(0, outcome.measuredEndNanoseconds - outcome.window.measureStartNanoseconds)
    }

    /// Length of the warm-up as it was.
    var warmupNanoseconds: Int64 {
        outcome.window.measureStartNanoseconds - outcome.window.startNanoseconds
    }

    /// Whether the run was given up while its target was down by the script's own doing.
    var isTargetLeftDown: Bool {
        guard outcome.ending == .interrupted, let last = played.last else { return false }
        return last.incident.kind == .kill && last.end == nil
    }

    /// How the run ended, for the result.
    var ending: WindowEnd {
        if brokerDeath != nil { return .failed }
        switch outcome.ending {
        case .completed: return .completed
        case .interrupted: return .interrupted
        case .failed: return .failed
        }
    }
}

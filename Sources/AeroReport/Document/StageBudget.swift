// Where the time of a class's messages goes.

/// The stages of one class and the whole that they sum to.
///
/// Means add up, percentiles do not: the slowest messages of one stage are not those of another.
package struct StageBudget: Equatable, Sendable {
    /// One stage.
    package struct Stage: Equatable, Sendable {
        /// The name without `stage.`.
        package let label: String
        /// Its series.
        package let summary: LatencySummary
    }

    /// The stages in the order in which a message passes them.
    package let stages: [Stage]
    /// End to end from the intended send.
    package let whole: LatencySummary

    /// What the names of the series begin with.
    package static let prefix = "stage."

    /// The series of all stages, in the order in which a message passes them.
    package static let seriesNames = [
        "clientQueue", "networkIn", "append", "durable", "dispatch", "networkOut", "handler",
    ].map { prefix + $0 }

    /// Nil for a class without the series of all stages and the whole.
    package init?(_ record: ClassRecord) {
        guard let whole = record.series["e2e.intended"]?.summary else { return nil }
        var stages: [Stage] = []
        for name in Self.seriesNames {
            guard let summary = record.series[name]?.summary else { return nil }
            stages.append(
                Stage(label: String(name.dropFirst(Self.prefix.count)), summary: summary))
        }
        self.stages = stages
        self.whole = whole
    }

    /// The sum of the stages' means, in nanoseconds.
    package var meanSum: Int64 { stages.reduce(0) { $0 + $1.summary.mean } }

    /// The part of the sum of all stages that is one stage's; 0 when nothing was measured.
    package func share(of stage: Stage) -> Double {
        meanSum > 0 ? Double(stage.summary.mean) / Double(meanSum) : 0
    }
}

// What was done to a run on purpose, and how it came back.

/// Something that was done to the target, its connections or its consumers on purpose.
///
/// Times count from the start of the warm-up, as those of intervals do. What is derived is as fine
/// as the run's intervals.
package struct IncidentRecord: Codable, Equatable, Sendable {
    /// What was done.
    package var kind: IncidentKind
    /// When it was done.
    package var startNanoseconds: Int64
    /// When it was over: the process went on, or was ready again; consumers took messages again.
    package var endNanoseconds: Int64
    /// How the target came back; absent when the run ended before the incident was over.
    package var recovery: RecoveryRecord?
    /// The run around the incident, each part with its own latencies: `before`, `during`,
    /// `recovering` and `after`, of a backlog `before`, `build`, `drain` and `after`; as far as
    /// there was any.
    package var phases: [PhaseRecord]

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        kind: IncidentKind, startNanoseconds: Int64, endNanoseconds: Int64,
        recovery: RecoveryRecord? = nil, phases: [PhaseRecord] = []
    ) {
        self.kind = kind
        self.startNanoseconds = startNanoseconds
        self.endNanoseconds = endNanoseconds
        self.recovery = recovery
        self.phases = phases
    }
}

/// What can be done to a run.
package enum IncidentKind: String, Codable, Equatable, Sendable, CaseIterable {
    /// Its process is stopped by SIGSTOP, and goes on.
    case pause
    /// Its process is killed by SIGKILL, and started again on the same directory and port.
    case kill
    /// Connections are cut, and again whenever they are back.
    case disconnect
    /// Consumers need longer for each message.
    case slowConsumer = "slow-consumer"
    /// Consumers take nothing: a backlog is built, then drained.
    case backlog
    /// Each write and sync of its disk takes longer.
    case diskDelay = "disk-delay"

    /// Whether consumers play it: what is acknowledged then says nothing of it.
    var isOfConsumers: Bool { self == .slowConsumer || self == .backlog }
}

/// How a target came back. Durations count from the start of the incident.
package struct RecoveryRecord: Codable, Equatable, Sendable {
    /// How long nothing succeeded.
    package var unavailableNanoseconds: Int64
    /// When something succeeded again; absent when nothing did.
    package var firstSuccessNanoseconds: Int64?
    /// Messages that were refused or lost their connection from the start of the incident on.
    package var failed: Int64
    /// The largest backlog before the incident.
    package var backlogBefore: Int64
    /// The largest backlog after its start.
    package var backlogPeak: Int64
    /// When the backlog was no larger than before; absent when it stayed larger.
    package var drainedNanoseconds: Int64?
    /// The same, counted from the end of the incident: the time to drain.
    package var timeToDrainNanoseconds: Int64?
    /// What the 99th percentile end to end was to come back below: twice the largest of an interval
    /// before the incident. Absent without a measured interval before it.
    package var p99LimitNanoseconds: Int64?
    /// When it was below that for three intervals in a row; absent when it was not.
    package var p99BackNanoseconds: Int64?

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        unavailableNanoseconds: Int64, firstSuccessNanoseconds: Int64?, failed: Int64,
        backlogBefore: Int64, backlogPeak: Int64, drainedNanoseconds: Int64?,
        timeToDrainNanoseconds: Int64?, p99LimitNanoseconds: Int64?, p99BackNanoseconds: Int64?
    ) {
        self.unavailableNanoseconds = unavailableNanoseconds
        self.firstSuccessNanoseconds = firstSuccessNanoseconds
        self.failed = failed
        self.backlogBefore = backlogBefore
        self.backlogPeak = backlogPeak
        self.drainedNanoseconds = drainedNanoseconds
        self.timeToDrainNanoseconds = timeToDrainNanoseconds
        self.p99LimitNanoseconds = p99LimitNanoseconds
        self.p99BackNanoseconds = p99BackNanoseconds
    }
}

/// A part of a run with latencies of its own.
package struct PhaseRecord: Codable, Equatable, Sendable {
    /// What the part is called.
    package var name: String
    /// Its start, counted from the start of the warm-up.
    package var startNanoseconds: Int64
    /// Its end.
    package var endNanoseconds: Int64
    /// What happened in it, all classes together.
    package var counts: MessageCounts
    /// Latencies of what arrived in it by series, all classes together.
    package var series: [String: LatencySummary]
    /// The histograms behind them, in HdrHistogram's compressed V2 encoding in base64.
    package var histograms: [String: String]?

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        name: String, startNanoseconds: Int64, endNanoseconds: Int64, counts: MessageCounts,
        series: [String: LatencySummary], histograms: [String: String]? = nil
    ) {
        self.name = name
        self.startNanoseconds = startNanoseconds
        self.endNanoseconds = endNanoseconds
        self.counts = counts
        self.series = series
        self.histograms = histograms
    }
}

extension PhaseRecord {
    /// Messages a second over the phase, by what is counted; nil for a phase without a length.
    package func rate(of count: KeyPath<MessageCounts, Int64>) -> Double? {
        let nanoseconds = endNanoseconds - startNanoseconds
        guard nanoseconds > 0 else { return nil }
        return Double(counts[keyPath: count]) * 1e9 / Double(nanoseconds)
    }
}

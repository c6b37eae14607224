// Recovery figures of an incident, from the run's own intervals.

extension IncidentRecord {
    /// Intervals in a row for which the 99th percentile has to stay below its limit.
    private static let calmIntervalCount = 3

    /// The record of an incident of a run.
    ///
    /// - Parameters:
    ///   - kind: What was done.
    ///   - startNanoseconds: When, counted from the start of the warm-up.
    ///   - endNanoseconds: When it was over; nil when the run ended before.
    ///   - document: The run.
    /// - Throws: `.invalidValue` when a histogram does not decode.
    package init(
        _ kind: IncidentKind, startNanoseconds: Int64, endNanoseconds: Int64?,
        in document: ResultDocument
    ) throws(ResultFileError) {
        let timeline = IncidentTimeline(document)
        let runEnd = timeline.ticks.last?.end ?? startNanoseconds
        let end = endNanoseconds ?? max(runEnd, startNanoseconds)
        let recovery = Self.recovery(timeline.ticks, kind, from: startNanoseconds, to: end)
        // A backlog is over when it is drained, else the last of both has to be back; what is not
        // back by then never is.
        let back =
            [recovery.drainedNanoseconds] + (kind == .backlog ? [] : [recovery.p99BackNanoseconds])
        let recovered =
            back.contains(nil) ? runEnd : startNanoseconds + (back.compactMap { $0 }.max() ?? 0)
        let names =
            kind == .backlog
            ? ["before", "build", "drain", "after"] : ["before", "during", "recovering", "after"]
        let warmupEnd = document.window.warmupNanoseconds
        var phases: [PhaseRecord] = []
        let edges = [warmupEnd, startNanoseconds, end, max(recovered, end), Int64.max]
        for (name, (from, to)) in zip(names, zip(edges, edges.dropFirst())) {
            if let phase = try timeline.phase(name, from: from, to: to) { phases.append(phase) }
        }
        self.init(
            kind: kind, startNanoseconds: startNanoseconds, endNanoseconds: end,
            recovery: endNanoseconds == nil ? nil : recovery, phases: phases)
    }

    private static func recovery(
        _ ticks: [IncidentTimeline.Tick], _ kind: IncidentKind, from start: Int64, to end: Int64
    ) -> RecoveryRecord {
        let before = ticks.filter { !$0.isWarmup && $0.end <= start }
        let since = ticks.filter { $0.end > start }
        // What happens at the start of the window has only the warm-up in front of it.
        let undisturbed = before.isEmpty ? ticks.filter { $0.end <= start } : before
        let backlogBefore = undisturbed.map(\.backlog).max() ?? 0
        let drained = since.first { $0.end >= end && $0.backlog <= backlogBefore }
        let limit = before.compactMap(\.p99).max().map { $0 * 2 }
        let silence = silence(
            since, to: end, isAcknowledged: !kind.isOfConsumers && isAcknowledged(ticks))
        return RecoveryRecord(
            unavailableNanoseconds: silence.length,
            firstSuccessNanoseconds: silence.next.map { max($0.start - start, 0) },
            failed: since.reduce(0) { $0 + $1.counts.failed }, backlogBefore: backlogBefore,
            backlogPeak: since.map(\.backlog).max() ?? 0,
            drainedNanoseconds: drained.map { max($0.end - start, 0) },
            timeToDrainNanoseconds: drained.map { max($0.end - end, 0) },
            p99LimitNanoseconds: limit,
            p99BackNanoseconds: limit.flatMap { calm(since, to: end, below: $0) }
                .map { max($0.start - start, 0) })
    }

    private static func isAcknowledged(_ ticks: [IncidentTimeline.Tick]) -> Bool {
        ticks.contains { $0.counts.acked > 0 }
    }

    /// The first stretch of intervals in which nothing succeeded, and what came after it.
    private static func silence(
        _ ticks: [IncidentTimeline.Tick], to end: Int64, isAcknowledged: Bool
    ) -> (length: Int64, next: IncidentTimeline.Tick?) {
        func isSilent(_ tick: IncidentTimeline.Tick) -> Bool {
            (isAcknowledged ? tick.counts.acked : tick.counts.received) == 0
        }
        guard let first = ticks.firstIndex(where: { isSilent($0) && $0.start < end }) else {
            return (0, ticks.first)
        }
        let next = ticks[first...].firstIndex { !isSilent($0) }
        let last = ticks[(next ?? ticks.count) - 1]
        return (last.end - ticks[first].start, next.map { ticks[$0] })
    }

    /// The first of enough intervals in a row whose 99th percentile is below a limit. One without
    /// samples says nothing, and so is not calm.
    private static func calm(
        _ ticks: [IncidentTimeline.Tick], to end: Int64, below limit: Int64
    ) -> IncidentTimeline.Tick? {
        var first: IncidentTimeline.Tick?
        var count = 0
        for tick in ticks where tick.start >= end {
            guard let p99 = tick.p99, p99 <= limit else {
                count = 0
                continue
            }
            if count == 0 { first = tick }
            count += 1
            if count == calmIntervalCount { return first }
        }
        return nil
    }
}

extension ValidityRecord {
    /// The verdict on a run with incidents: what their own doing is, is no reason for doubt.
    ///
    /// Messages that a target takes late because it was stopped are the finding of such a run, and
    /// latencies from the intended time have it all. A broker that was stopped has hiccups, and one
    /// that was started again has counted only since then.
    package func excusingIncidents() -> ValidityRecord {
        let excused: Set<String> = [
            "lag-over-budget", "rate-not-reached", "broker-hiccups", "counts-differ",
        ]
        let remaining = reasons.filter { !excused.contains($0.code) }
        return ValidityRecord(
            isValid: remaining.isEmpty, reasons: remaining,
            warnings: warnings + reasons.filter { excused.contains($0.code) },
            intervals: intervals)
    }
}

extension BrokerRecord {
    /// Leaves out what was derived from two readings of counters.
    package mutating func dropDifferences() {
        activity = nil
        allocationsPerMessage = nil
        allocatedBytesPerMessage = nil
        jemalloc?.requestsPerMessage = nil
        jemalloc?.requestedBytesPerMessage = nil
        poolHitRate = nil
    }
}

// One incident among the intervals of its run: what it met, and how the run came back.

/// The course of a run around one incident, up to the next one.
///
/// An interval is *before* the incident when it ends by its start, and *during* it when it overlaps
/// it; the interval in which an incident begins is during it, however short that is.
struct IncidentCourse {
    typealias Tick = IncidentTimeline.Tick

    /// When the incident was over, or the run.
    let endNanoseconds: Int64
    private let span: IncidentSpan
    private let timeline: IncidentTimeline
    /// Times that belong to earlier incidents.
    private let disturbed: [Range<Int64>]
    /// Positions of intervals: the first during the incident, the first after it, and the first
    /// that is the next incident's.
    private let (began, ended, limit): (Int, Int, Int)

    /// Intervals in a row for which the 99th percentile has to stay below its limit.
    private static let calmIntervalCount = 3

    /// - Parameters:
    ///   - disturbed: Times that belong to earlier incidents, in their order.
    ///   - next: When the next incident begins; nil for none.
    init(
        _ span: IncidentSpan, _ timeline: IncidentTimeline, after disturbed: [Range<Int64>],
        until next: Int64?
    ) {
        self.span = span
        self.timeline = timeline
        self.disturbed = disturbed
        let ticks = timeline.ticks
        let start = span.startNanoseconds
        let end = span.endNanoseconds ?? max(ticks.last?.end ?? start, start)
        endNanoseconds = end
        began = timeline.position(of: start)
        let following = min(began + 1, ticks.count)
        ended = ticks[following...].firstIndex { $0.start >= end - $0.slack } ?? ticks.count
        limit = max(next.map(timeline.position(of:)) ?? ticks.count, ended)
    }

    private var ticks: [Tick] { timeline.ticks }
    /// From the start of the incident up to the next one.
    private var since: ArraySlice<Tick> { ticks[began..<limit] }

    /// The intervals that figures are held against: measured ones in front that belong to no other
    /// incident. Empty when there are none.
    private var undisturbed: [Tick] {
        ticks[..<began].filter { tick in
            !tick.isWarmup && !disturbed.contains { $0.contains(tick.start) }
        }
    }

    /// The largest backlog before the incident. What happens at the start of the window has only
    /// the warm-up in front of it.
    private var backlogBefore: Int64 {
        let measured = undisturbed
        let held = measured.isEmpty ? ticks[..<began].filter(\.isWarmup) : measured
        return held.map(\.backlog).max() ?? 0
    }

    /// The interval at whose end the backlog was no larger than before.
    private var drained: Int? {
        let before = backlogBefore
        return ticks[max(ended - 1, began)..<limit].firstIndex { $0.backlog <= before }
    }

    private var p99Limit: Int64? { undisturbed.compactMap(\.p99).max().map { $0 * 2 } }

    /// The first of enough intervals in a row whose 99th percentile is below its limit. One without
    /// samples says nothing, and so is not calm.
    private var calm: Int? {
        guard let p99Limit else { return nil }
        var count = 0
        for position in ended..<limit {
            let isCalm = ticks[position].p99.map { $0 <= p99Limit } ?? false
            count = isCalm ? count + 1 : 0
            if count == Self.calmIntervalCount { return position + 1 - count }
        }
        return nil
    }

    /// The first interval after recovery. A backlog is over when it is drained, else the last of
    /// both has to be back, as far as there is a limit; what is not back by the next incident
    /// never is.
    private var recovered: Int {
        var back = [drained.map { $0 + 1 }]
        if span.kind != .backlog, p99Limit != nil { back.append(calm) }
        return back.contains(nil) ? limit : back.compactMap { $0 }.max() ?? limit
    }

    /// Times from the start of the incident to its recovery, by the intervals they begin with.
    var disturbedTimes: Range<Int64> {
        let recovered = recovered
        guard began < ticks.count else { return Int64.max..<Int64.max }
        return ticks[began].start..<(recovered < ticks.count ? ticks[recovered].start : .max)
    }

    /// How the run came back.
    var recovery: RecoveryRecord {
        let start = span.startNanoseconds
        let silence = silence
        let drained = drained.map { ticks[$0].end }
        return RecoveryRecord(
            unavailableNanoseconds: silence.length,
            firstSuccessNanoseconds: silence.next.map { max($0.start - start, 0) },
            failed: since.reduce(0) { $0 + $1.counts.failed }, backlogBefore: backlogBefore,
            backlogPeak: since.map(\.backlog).max() ?? 0,
            drainedNanoseconds: drained.map { max($0 - start, 0) },
            timeToDrainNanoseconds: drained.map { max($0 - endNanoseconds, 0) },
            p99LimitNanoseconds: p99Limit,
            p99BackNanoseconds: calm.map { max(ticks[$0].start - start, 0) })
    }

    /// The first stretch of intervals in which nothing succeeded, and what came after it.
    private var silence: (length: Int64, next: Tick?) {
        let isAcknowledged = !span.kind.isOfConsumers && ticks.contains { $0.counts.acked > 0 }
        func isSilent(_ tick: Tick) -> Bool {
            (isAcknowledged ? tick.counts.acked : tick.counts.received) == 0
        }
        guard let first = ticks[began..<ended].firstIndex(where: isSilent) else {
            return (0, since.first)
        }
        let next = ticks[first..<limit].firstIndex { !isSilent($0) }
        let last = ticks[(next ?? limit) - 1]
        return (last.end - ticks[first].start, next.map { ticks[$0] })
    }

    /// The run around the incident, from the one before to the one behind.
    ///
    /// - Throws: `.invalidValue` when a histogram does not decode.
    func phases() throws(ResultFileError) -> [PhaseRecord] {
        let quiet = disturbed.last?.upperBound ?? .min
        let first = ticks[..<began].firstIndex { !$0.isWarmup && $0.start >= quiet } ?? began
        let recovered = recovered
        let edges = [first, began, ended, recovered, max(recovered, limit)]
        let names =
            span.kind == .backlog
            ? ["before", "build", "drain", "after"] : ["before", "during", "recovering", "after"]
        var phases: [PhaseRecord] = []
        for (name, (from, to)) in zip(names, zip(edges, edges.dropFirst())) {
            if let phase = try timeline.phase(name, from..<to) { phases.append(phase) }
        }
        return phases
    }
}

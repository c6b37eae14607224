// The intervals of a run, all classes together, as recovery is derived from them.

import HDRHistogram

/// What happened in each interval of a run.
struct IncidentTimeline {
    /// One interval over all classes.
    struct Tick: Equatable {
        var start: Int64
        var end: Int64
        var isWarmup: Bool
        var counts: MessageCounts
        /// Messages under way at its end, one for each group that lacks one.
        var backlog: Int64 = 0
        /// The largest 99th percentile end to end of any class; nil without samples.
        var p99: Int64?
    }

    /// In the order of time, the drain last.
    private(set) var ticks: [Tick] = []
    private let document: ResultDocument

    init(_ document: ResultDocument) {
        self.document = document
        var byIndex: [Int: Tick] = [:]
        for entry in document.classes {
            let groups = Int64(document.ledger.classes.count { $0.className == entry.name })
            var backlog: Int64 = 0
            let samples = Dictionary(
                (entry.series["e2e.intended"]?.intervals ?? []).map { ($0.index, $0) },
                uniquingKeysWith: { $1 })
            for interval in entry.intervals {
                let end = interval.startNanoseconds + interval.durationNanoseconds
                var tick =
                    byIndex[interval.index]
                    ?? Tick(
                        start: interval.startNanoseconds, end: end, isWarmup: interval.isWarmup,
                        counts: MessageCounts())
                tick.end = max(tick.end, end)
                tick.counts.add(interval.counts)
                let counts = interval.counts
                // A send that failed may have arrived all the same; it is no backlog then.
                backlog +=
                    groups > 0
                    ? (counts.sent - counts.failed) * groups - counts.received
                    : counts.sent - counts.acked - counts.failed
                tick.backlog += max(backlog, 0)
                if let sample = samples[interval.index], sample.count > 0 {
                    tick.p99 = max(tick.p99 ?? 0, sample.p99)
                }
                byIndex[interval.index] = tick
            }
        }
        ticks = byIndex.sorted { $0.key < $1.key }.map(\.value)
    }

    /// The part of the run from one time to another, by the intervals that begin in it; nil when
    /// none does.
    ///
    /// - Throws: `.invalidValue` when a histogram does not decode.
    func phase(
        _ name: String, from start: Int64, to end: Int64
    ) throws(ResultFileError) -> PhaseRecord? {
        let inside = ticks.filter { $0.start >= start && $0.start < end }
        guard let first = inside.first, let last = inside.last else { return nil }
        var counts = MessageCounts()
        for tick in inside { counts.add(tick.counts) }
        var series: [String: LatencySummary] = [:]
        var histograms: [String: String] = [:]
        for name in Set(document.classes.flatMap(\.series.keys)) {
            guard let sum = try self.sum(of: name, from: start, to: end) else { continue }
            series[name] = LatencySummary(sum)
            histograms[name] = sum.encodedBase64()
        }
        return PhaseRecord(
            name: name, startNanoseconds: first.start, endNanoseconds: last.end, counts: counts,
            series: series, histograms: histograms)
    }

    private func sum(
        of series: String, from start: Int64, to end: Int64
    ) throws(ResultFileError) -> Histogram? {
        var sum: Histogram?
        for entry in document.classes {
            for interval in entry.series[series]?.intervals ?? []
            where interval.startNanoseconds >= start && interval.startNanoseconds < end {
                do {
                    let histogram = try Histogram(base64: interval.histogram)
                    if sum == nil { sum = histogram } else { try sum?.add(histogram) }
                } catch {
                    throw .invalidValue(
                        path: "classes.\(entry.name).series.\(series).intervals",
                        detail: "\(error)")
                }
            }
        }
        return sum
    }
}

extension MessageCounts {
    /// Adds the counts of another interval or class.
    mutating func add(_ other: MessageCounts) {
        sent.addSaturating(other.sent)
        acked.addSaturating(other.acked)
        failed.addSaturating(other.failed)
        received.addSaturating(other.received)
        sentBytes.addSaturating(other.sentBytes)
        receivedBytes.addSaturating(other.receivedBytes)
    }
}

// Rates and latencies of one class, from the engine's record to the result's.

import AeroLoad
import AeroReport
import HDRHistogram

extension ClassRecord {
    /// The record of one class.
    ///
    /// - Throws: `HistogramError` when the memory of an interval is damaged.
    init(_ facts: RunFacts, classIndex: Int) throws(HistogramError) {
        let definition = facts.scenario.classes[classIndex]
        let record = facts.outcome.record
        let counts = MessageCounts(record.classes[classIndex].measuredCounts)
        var series: [String: SeriesRecord] = [:]
        for each in LatencySeries.allCases {
            series[each.name] = try SeriesRecord(
                facts.outcome, total: record.classes[classIndex].histogram(each)
            ) { $0.series(each, classIndex: classIndex) }
        }
        for each in StageSeries.allCases {
            guard let total = record.classes[classIndex].histogram(each) else { continue }
            series[each.name] = try SeriesRecord(facts.outcome, total: total) {
                $0.stage(each, classIndex: classIndex)
            }
        }
        self.init(
            name: definition.name,
            messageByteCount: counts.meanByteCount ?? Int64(definition.messageByteCount),
            offered: OfferedLoad(facts, classIndex: classIndex),
            achieved: AchievedLoad(counts, measuredNanoseconds: facts.measuredNanoseconds),
            counts: counts, series: series,
            intervals: record.intervals.map { interval in
                AeroReport.IntervalRecord(interval, facts.outcome.window, classIndex: classIndex)
            },
            promise: facts.outcome.promises.isEmpty
                ? nil : PromiseRecord(facts.outcome.promises[classIndex]))
    }
}

extension PromiseRecord {
    /// The driver's words in the result's.
    init(_ promise: TargetPromise) {
        self.init(
            durability: promise.durability?.text, acknowledgement: promise.acknowledgement,
            ordering: promise.ordering, groups: promise.groups, batching: promise.batching,
            differences: promise.differences)
    }
}

extension MessageCounts {
    /// The engine's counts in the result's words.
    init(_ counts: IntervalCounts) {
        self.init(
            sent: counts.sent, acked: counts.acknowledged, failed: counts.failed,
            received: counts.received, sentBytes: counts.sentByteCount,
            receivedBytes: counts.receivedByteCount)
    }
}

extension MessageCounts {
    /// Bytes of a message in the mean, to the nearest; nil when none was sent.
    fileprivate var meanByteCount: Int64? {
        sent > 0 ? (sentBytes + sent / 2) / sent : nil
    }
}

extension OfferedLoad {
    /// The load that a class asked for; a rate that changes is the mean of what was due in the
    /// measured part of the window.
    init(_ facts: RunFacts, classIndex: Int) {
        let scenario = facts.scenario
        let shape = scenario.classes[classIndex].load
        var rate = shape.rate?.messagesPerSecond
        let warmup =
            facts.outcome.window.measureStartNanoseconds
            - facts.outcome.window.startNanoseconds
        if rate == nil, facts.measuredNanoseconds > 0 {
            let seed = ArrivalSchedule.classSeed(
                scenarioSeed: scenario.seed, classIndex: classIndex)
            rate = ArrivalSchedule(shape, seed: seed)?.meanRate(
                fromNanoseconds: warmup, toNanoseconds: warmup + facts.measuredNanoseconds)
        }
        self.init(
            schedule: ScheduleKind(shape.name), messagesPerSecond: rate, inFlight: shape.inFlight)
    }
}

extension ScheduleKind {
    /// The shape in the result's words.
    fileprivate init(_ name: LoadShape.Name) {
        self =
            switch name {
            case .constant: .constant
            case .poisson: .poisson
            case .ramp: .ramp
            case .steps: .steps
            case .burst: .burst
            case .onOff: .onOff
            case .sine: .sine
            case .trace: .trace
            case .maximum: .maximum
            case .closedLoop: .closedLoop
            }
    }
}

extension AeroReport.IntervalRecord {
    /// One interval of a class. The drain carries the doubt `drain`: the window's counts and rates
    /// leave it out, its latencies do not.
    init(_ interval: AeroLoad.IntervalRecord, _ window: RecordingWindow, classIndex: Int) {
        let duration = max(0, interval.endNanoseconds - interval.startNanoseconds)
        self.init(
            index: interval.index,
            startNanoseconds: interval.startNanoseconds - window.startNanoseconds,
            durationNanoseconds: duration, isWarmup: interval.phase == .warmup,
            counts: MessageCounts(interval.counts[classIndex]),
            doubts: interval.phase == .drain ? ["drain"] : [])
    }
}

extension SeriesRecord {
    /// One series of a class. Messages of the window that arrive in the drain belong to it, so that
    /// the slowest are not left out.
    ///
    /// - Parameters:
    ///   - total: All samples of the window.
    ///   - part: Those of one interval; nil where it has no such series.
    init(
        _ outcome: LoadOutcome, total: Histogram,
        _ part: (AeroLoad.IntervalRecord) -> AeroLoad.IntervalRecord.EncodedSeries?
    ) throws(HistogramError) {
        var intervals: [SeriesInterval] = []
        for interval in outcome.record.intervals {
            guard let histogram = try part(interval)?.decoded() else { continue }
            let summary = LatencySummary(histogram)
            intervals.append(
                SeriesInterval(
                    index: interval.index,
                    startNanoseconds: interval.startNanoseconds - outcome.window.startNanoseconds,
                    isWarmup: interval.phase == .warmup, count: summary.count, p50: summary.p50,
                    p99: summary.p99, max: summary.max, histogram: histogram.encodedBase64()))
        }
        let summary = LatencySummary(total)
        self.init(
            summary: summary, histogram: total.encodedBase64(), intervals: intervals,
            unsupported: summary.unsupportedPercentiles)
    }
}

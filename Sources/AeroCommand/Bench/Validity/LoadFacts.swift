// What the checks need to know of a run, taken from its facts.

import AeroLoad
import AeroReport
import HDRHistogram

/// The inputs of the checks of one run.
struct LoadFacts {
    let health: HealthChecks?
    let broker: BrokerChecks
    let little: LittleCheck?
    let work: [WorkCheck]

    init(_ facts: RunFacts, _ classes: [ClassRecord]) {
        let isOpenLoop = classes.contains { $0.offered.messagesPerSecond != nil }
        let median = classes.compactMap(\.medianNanoseconds).min() ?? 0
        health = facts.health.map {
            HealthChecks(
                record: $0, isOpenLoop: isOpenLoop, medianNanoseconds: median)
        }
        let record = facts.outcome.record
        broker = BrokerChecks(
            before: facts.outcome.statistics.before, after: facts.outcome.statistics.after,
            sent: record.classes.reduce(0) { $0 + $1.counts.sent },
            acknowledged: record.classes.reduce(0) { $0 + $1.counts.acknowledged },
            failed: facts.outcome.failedCount, isEmbedded: facts.isEmbedded,
            isOpenLoop: isOpenLoop, medianNanoseconds: median)
        little = LittleCheck(facts)
        work = facts.outcome.usages.enumerated().map { worker, usage in
            WorkCheck(
                name: "\(LoadRun.threadNamePrefix)\(worker)", workShare: facts.workShare(usage),
                waitShare: facts.health?.thread(worker)?.waitShare)
        }
    }
}

extension LittleCheck {
    /// The account of a run; nil when its window never opened, and where messages failed or were
    /// never answered: they were in flight and have no latency, which the run says anyway. Nor of a
    /// run that failed: what a process had in flight is gone with it, and its latencies are not.
    init?(_ facts: RunFacts) {
        if case .failed = facts.outcome.ending { return nil }
        guard facts.outcome.failedCount == 0, facts.outcome.unansweredCount == 0,
            facts.measuredNanoseconds > 0
        else { return nil }
        var (sum, count) = (0.0, Int64(0))
        for each in facts.outcome.record.classes {
            let histogram = each.histogram(.acknowledgeActual)
            guard histogram.totalCount > 0 else { continue }
            sum += histogram.mean * Double(histogram.totalCount)
            count += histogram.totalCount
        }
        self.init(
            inFlightArea: facts.outcome.inFlightArea, latencySum: sum, sampleCount: count,
            windowNanoseconds: facts.measuredNanoseconds)
    }
}

extension RunFacts {
    /// How much of the window a worker was at work; nil where the target is part of the worker, and
    /// waits for its own times.
    func workShare(_ usage: WorkerUsage) -> Double? { target.isInProcess ? nil : usage.workShare }

    /// Messages of the window in flight on average over it, all workers together; nil when it
    /// never opened.
    var inFlightMean: Double? {
        var mean = 0.0
        for usage in outcome.usages {
            guard let start = usage.start, let end = usage.end,
                end.atNanoseconds > start.atNanoseconds
            else { return nil }
            mean +=
                (end.inFlightArea - start.inFlightArea)
                / Double(end.atNanoseconds - start.atNanoseconds)
        }
        return mean
    }
}

extension HealthRecord {
    /// The account of a worker's thread, if the kernel keeps one.
    func thread(_ worker: Int) -> LoadThread? {
        threads.first { $0.name == "\(LoadRun.threadNamePrefix)\(worker)" }
    }
}

extension ClassRecord {
    /// The median of what lateness is a part of: end to end, else to the acknowledgement.
    var medianNanoseconds: Int64? {
        for name in [LatencySeries.endToEndIntended.name, LatencySeries.acknowledgeIntended.name] {
            if let summary = series[name]?.summary, summary.count > 0 { return summary.p50 }
        }
        return nil
    }

    /// Takes over what was found out about each interval.
    mutating func takeDoubts(from validity: ValidityRecord) {
        var doubts: [Int: [String]] = [:]
        for verdict in validity.intervals ?? [] { doubts[verdict.index] = verdict.doubts }
        for place in intervals.indices {
            for doubt in doubts[intervals[place].index] ?? []
            where !intervals[place].doubts.contains(doubt) {
                intervals[place].doubts.append(doubt)
            }
        }
    }
}

extension IntervalChecks {
    /// The verdicts on the measured intervals of a run.
    init(_ facts: RunFacts, _ classes: [ClassRecord]) {
        let health = HealthRecord.merged(facts.health?.intervals ?? []) {
            facts.outcome.record.kept.index(of: $0)
        }
        let series = classes.map(ClassIntervalSeries.init)
        verdicts = facts.outcome.record.intervals.filter { $0.phase == .measure }.map { interval in
            let length = max(0, interval.endNanoseconds - interval.startNanoseconds)
            return Self.verdict(
                index: interval.index,
                startNanoseconds: interval.startNanoseconds
                    - facts.outcome.window.startNanoseconds,
                durationNanoseconds: length,
                classes: zip(series, interval.counts).map { series, counts in
                    series.interval(
                        interval.index, sent: counts.sent, durationNanoseconds: length)
                },
                health: health[interval.index])
        }
    }
}

/// The series of a class that intervals are judged by, by the number of the interval.
private struct ClassIntervalSeries {
    private let offered: OfferedLoad
    private let lag: [Int: SeriesInterval]
    private let medians: [Int: Int64]

    init(_ entry: ClassRecord) {
        offered = entry.offered
        func intervals(_ series: LatencySeries) -> [SeriesInterval] {
            entry.series[series.name]?.intervals.filter { $0.count > 0 } ?? []
        }
        lag = Dictionary(
            intervals(.lag).map { ($0.index, $0) }, uniquingKeysWith: { $1 })
        // The later one stands: end to end where there is a consumer.
        medians = Dictionary(
            (intervals(.acknowledgeIntended) + intervals(.endToEndIntended)).map {
                ($0.index, $0.p50)
            }, uniquingKeysWith: { $1 })
    }

    func interval(_ index: Int, sent: Int64, durationNanoseconds: Int64) -> ClassInterval {
        let rate: Double? =
            switch offered.schedule {
            case .constant, .poisson: offered.messagesPerSecond
            // What other shapes offer in an interval is not the mean rate.
            case .ramp, .steps, .burst, .onOff, .sine, .trace, .maximum, .closedLoop: nil
            }
        let expected = rate.map { $0 * Double(durationNanoseconds) / 1e9 }
        return ClassInterval(
            offered: expected,
            offeredSlack: offered.schedule == .poisson ? 4 * (expected ?? 0).squareRoot() : 0,
            sent: sent, lagP99: lag[index]?.p99, median: medians[index] ?? 0)
    }
}

// The statistics of one latency series in pairs of runs.

/// One series of one run.
struct MeasuredSeries {
    let record: SeriesRecord
    /// How long the run measured, warm-up and drain left out.
    let measuredNanoseconds: Int64
    /// How long a window is.
    let windowNanoseconds: Int64
    /// Numbers of intervals that are no windows.
    let restIndices: Set<Int>

    /// Nil when the class has no such series.
    init?(_ series: String, of entry: ClassRecord, in window: WindowRecord) {
        guard let record = entry.series[series] else { return nil }
        self.record = record
        measuredNanoseconds = window.measuredNanoseconds
        windowNanoseconds = window.intervalNanoseconds
        restIndices = entry.restIndices(of: window.intervalNanoseconds)
    }

    /// Samples of each window.
    var counts: [Int64] {
        record.intervals.filter { !$0.isWarmup && !restIndices.contains($0.index) }.map(\.count)
    }
}

/// Reads one series of all runs, pair by pair, so that only two runs are unpacked at a time.
struct SeriesReading {
    let baseline: [MeasuredSeries]
    let candidate: [MeasuredSeries]
    /// Where the series stands in its document, for errors.
    let path: String
    let limits: GateLimits

    /// What is asked of the series, and its ratio curve.
    ///
    /// - Returns: One question for each limit that the series can have; a curve, unless the limits
    ///   ask for no latency at all.
    /// - Throws: `.invalidValue` when a histogram does not decode.
    func read(
        scenario: String, className: String, series: String
    ) throws(ResultFileError) -> (questions: [RelativeQuestion], quantiles: SeriesQuantiles) {
        let asked = limits.relative.keys.filter { $0 != .throughput }.sorted {
            $0.sortKey < $1.sortKey
        }
        let grid = QuantileRatioBand.percentiles.map { RelativeMetric.latency(.percentile($0)) }
        // What has too few samples is asked for all the same, and shown with the reason.
        let columns = try columns(
            asked + grid.filter { !asked.contains($0) && widening(of: $0) != nil })
        let questions = zip(asked, columns).map { metric, column in
            let isStalls = metric == .stalls
            return RelativeQuestion(
                metric: GateMetric(
                    scenario: scenario, className: className, name: "\(series).\(metric.name)",
                    unit: isStalls ? .count : .nanoseconds,
                    scale: isStalls ? .difference : .ratio,
                    practical: limits.relative[metric] ?? 0,
                    resolution: limits.resolution(metric),
                    floor: isStalls ? 0 : limits.floorNanoseconds),
                baseline: column.values[0], candidate: column.values[1],
                baselineWindows: column.windows[0], candidateWindows: column.windows[1],
                obstacle: isStalls ? stallObstacle : obstacle(column))
        }
        let quantiles = SeriesQuantiles(
            scenario: scenario, className: className, series: series,
            columns: columns.compactMap { column in
                guard case .latency(.percentile(let percentile)) = column.metric,
                    grid.contains(column.metric), column.widening != nil
                else { return nil }
                return (percentile, column.values[0], column.values[1])
            })
        return (questions, quantiles)
    }

    private func columns(_ metrics: [RelativeMetric]) throws(ResultFileError) -> [Column] {
        var columns = metrics.map { Column($0, widening: widening(of: $0)) }
        for (left, right) in zip(baseline, candidate) {
            let sides = [
                try WindowStatistics(left.record, leavingOut: left.restIndices, path: path),
                try WindowStatistics(right.record, leavingOut: right.restIndices, path: path),
            ]
            let stallLimit = try WindowStatistics.stallLimit(
                sides[0], sides[1], floor: limits.stallNanosecondsMin)
            for (index, run) in [left, right].enumerated() {
                for column in columns.indices {
                    try columns[column].read(
                        run, sides[index], side: index, stallLimit: stallLimit, path: path)
                }
            }
        }
        return columns
    }

    /// Stalled windows are counted, so that long windows leave room for few stalls a minute, and a
    /// limit above that could never be exceeded.
    private var stallObstacle: String? {
        let longest = (baseline + candidate).map(\.windowNanoseconds).max() ?? 0
        let limit = limits.relative[.stalls] ?? 0
        guard longest > 0, limit > 60e9 / Double(longest) else { return nil }
        return "this can never fail: windows of \(UnitText.latency(longest)) have room for "
            + "\(UnitText.fixed(60e9 / Double(longest), decimals: 1)) stalls a minute, fewer than "
            + "the \(UnitText.fixed(limit, decimals: 1)) of the limit; set a lower one, or "
            + "shorter intervals"
    }

    /// How many windows a percentile needs taken together, the same for all runs; 1 for what is no
    /// percentile, nil when a run has too few samples.
    private func widening(of metric: RelativeMetric) -> Int? {
        guard case .latency(.percentile(let percentile)) = metric else { return 1 }
        var widest = 1
        for run in baseline + candidate {
            guard
                let own = WindowStatistics.widening(
                    counts: run.counts, percentile: percentile,
                    samplesBeyond: limits.minimumSamplesBeyond)
            else { return nil }
            widest = max(widest, own)
        }
        return widest
    }

    private func obstacle(_ column: Column) -> String? {
        guard column.widening == nil, case .latency(let statistic) = column.metric else {
            return nil
        }
        let beyond = (baseline + candidate).map { run -> Int64 in
            guard case .percentile(let percentile) = statistic else { return 0 }
            let share = Double(run.record.summary.count) * (100 - percentile) / 100 + 1e-6
            return Int64(clamping: share.rounded(.down))
        }.min()
        return "a run has only \(beyond ?? 0) samples beyond it, "
            + "\(limits.minimumSamplesBeyond) are needed: run longer"
    }

    /// One statistic of all runs.
    private struct Column {
        let metric: RelativeMetric
        let widening: Int?
        /// Of the baseline and of the candidate.
        var values: [[Double]] = [[], []]
        var windows: [[Double]] = [[], []]

        init(_ metric: RelativeMetric, widening: Int?) {
            self.metric = metric
            self.widening = widening
        }

        mutating func read(
            _ run: MeasuredSeries, _ statistics: WindowStatistics, side: Int,
            stallLimit: Double, path: String
        ) throws(ResultFileError) {
            switch metric {
            case .latency(.percentile(let percentile)):
                let own = try statistics.percentiles(percentile, widening: widening ?? .max)
                windows[side] += own
                values[side].append(own.isEmpty ? .nan : Median.of(own))
            case .latency(let statistic):
                let whole = try LatencyDistribution(summing: [run.record], path: path)
                values[side].append(whole.value(statistic) ?? .nan)
            case .stalls:
                // Windows are of any length; what is compared is stalled windows a minute.
                let minutes = Double(run.measuredNanoseconds) / 60e9
                let stalls = Double(statistics.stalls(longerThan: stallLimit))
                let isMeasured = minutes > 0 && statistics.sampleCount > 0
                values[side].append(isMeasured ? stalls / minutes : .nan)
            case .throughput: break
            }
        }
    }
}

extension RelativeMetric {
    /// From the smallest to the largest statistic, then the mean, then stalls.
    fileprivate var sortKey: Double {
        switch self {
        case .latency(.minimum): return 0
        case .latency(.percentile(let percentile)): return percentile
        case .latency(.maximum): return 101
        case .latency(.mean): return 102
        case .stalls: return 103
        case .throughput: return 104
        }
    }
}

// The statistics of one latency series in pairs of runs.

/// One series of one run.
struct MeasuredSeries {
    let record: SeriesRecord
    /// How long the run measured, warm-up and drain left out.
    let measuredNanoseconds: Int64
}

/// Reads one series of all runs, pair by pair, so that only two runs are unpacked at a time.
struct SeriesReading {
    let baseline: [MeasuredSeries]
    let candidate: [MeasuredSeries]
    /// Where the series stands in its document, for errors.
    let path: String
    let limits: GateLimits

    /// One question for each limit that the series can have.
    ///
    /// - Throws: `.invalidValue` when a histogram does not decode.
    func questions(
        scenario: String, className: String, series: String
    ) throws(ResultFileError) -> [RelativeQuestion] {
        let asked = limits.relative.sorted { $0.key.sortKey < $1.key.sortKey }.filter {
            $0.key != .throughput
        }
        var columns = asked.map { Column($0.key, widening: widening(of: $0.key)) }
        for (left, right) in zip(baseline, candidate) {
            let sides = [
                try WindowStatistics(left.record, path: path),
                try WindowStatistics(right.record, path: path),
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
        return zip(asked, columns).map { limit, column in
            let isStalls = limit.key == .stalls
            let name =
                isStalls ? "\(series).stalls" : "\(series).\(limit.key.name)"
            return RelativeQuestion(
                metric: GateMetric(
                    scenario: scenario, className: className, name: name,
                    unit: isStalls ? .count : .nanoseconds,
                    scale: isStalls ? .difference : .ratio, practical: limit.value,
                    resolution: limits.resolution(limit.key),
                    floor: isStalls ? 0 : limits.floorNanoseconds),
                baseline: column.values[0], candidate: column.values[1],
                baselineWindows: column.windows[0], candidateWindows: column.windows[1],
                obstacle: obstacle(column))
        }
    }

    /// How many windows a percentile needs taken together, the same for all runs; 1 for what is no
    /// percentile, nil when a run has too few samples.
    private func widening(of metric: RelativeMetric) -> Int? {
        guard case .latency(.percentile(let percentile)) = metric else { return 1 }
        var widest = 1
        for run in baseline + candidate {
            let counts = run.record.intervals.filter { !$0.isWarmup }.map(\.count)
            guard
                let own = WindowStatistics.widening(
                    counts: counts, percentile: percentile,
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

// Checks of the candidate against the baseline.

/// The relative checks of one scenario: points against points, for now.
///
/// A latency fails only when it is worse by more than the relative limit **and** by at least the
/// absolute floor: a share alone fails on microseconds, microseconds alone on slow paths.
struct RelativeChecks {
    let match: RunMatch
    let limits: GateLimits

    /// All checks; classes and series that the candidate lacks fail as missing.
    func all() throws(ResultFileError) -> [GateCheck] {
        var checks: [GateCheck] = []
        for name in match.baseline.classNames {
            guard match.candidate.classNames.contains(name) else {
                checks.append(missing("class \(name)", nil))
                continue
            }
            checks += try latencies(className: name)
            if let limit = limits.relative[.throughput] {
                checks.append(try throughput(className: name, limit: limit))
            }
        }
        return checks
    }

    /// Latency at `maximum` measures the length of the queue; only its throughput is judged.
    private func latencies(className: String) throws(ResultFileError) -> [GateCheck] {
        let schedule = match.baseline.runs[0].classes.first { $0.name == className }?.offered
        if schedule?.schedule == .maximum { return [] }
        var checks: [GateCheck] = []
        let statistics = limits.relative.compactMap { metric, limit in
            if case .latency(let statistic) = metric { return (statistic, limit) }
            return nil
        }.sorted { $0.0.sortKey < $1.0.sortKey }
        for series in limits.series {
            let left = try match.baseline.distribution(className: className, series: series)
            let right = try match.candidate.distribution(className: className, series: series)
            guard let left else { continue }
            guard let right else {
                checks.append(missing(series, className))
                continue
            }
            for (statistic, limit) in statistics {
                checks.append(
                    judge(
                        NumberComparison(
                            metric: Metric.latency(series: series, statistic).name,
                            unit: .nanoseconds, baseline: left.value(statistic),
                            candidate: right.value(statistic),
                            samplesBeyond: min(
                                left.samplesBeyond(statistic), right.samplesBeyond(statistic))),
                        className: className, limit: limit, floor: limits.floorNanoseconds,
                        isPercentile: statistic.isPercentile))
            }
        }
        return checks
    }

    private func throughput(
        className: String, limit: Double
    ) throws(ResultFileError) -> GateCheck {
        let fields: [Metric.ThroughputField] = [.received, .acked, .sent]
        var metric = Metric.throughput(.sent)
        for field in fields.reversed() {
            let value = try match.baseline.value(of: .throughput(field), className: className)
            if value ?? 0 > 0 { metric = .throughput(field) }
        }
        let comparison = NumberComparison(
            metric: metric.name, unit: metric.unit, isHigherBetter: true,
            baseline: try match.baseline.value(of: metric, className: className),
            candidate: try match.candidate.value(of: metric, className: className))
        return judge(
            comparison, className: className, limit: limit,
            floor: limits.floorMessagesPerSecond, isPercentile: false)
    }

    private func judge(
        _ numbers: NumberComparison, className: String, limit: Double, floor: Double,
        isPercentile: Bool
    ) -> GateCheck {
        var check = GateCheck(
            scenario: match.label, className: className, kind: .relative, name: numbers.metric,
            verdict: .pass, unit: numbers.unit, baseline: numbers.baseline,
            candidate: numbers.candidate, limit: limit, explanation: "")
        guard let change = numbers.change, let baseline = numbers.baseline else {
            check.verdict = .inconclusive
            check.explanation = "\(numbers.metric) has no samples on one side"
            return check
        }
        let worsening = numbers.isHigherBetter ? -change : change
        let cells = numbers.cells
        var rule = "may worsen by \(UnitText.percent(limit))"
        if floor > 0 { rule += " or by less than \(numbers.unit.text(floor))" }
        check.explanation =
            "\(numbers.metric) went from \(cells[0]) to \(cells[1]): \(cells[2]), \(cells[3]) "
            + "(\(rule))"
        let beyond = numbers.samplesBeyond ?? .max
        if isPercentile, beyond < limits.minimumSamplesBeyond {
            check.verdict = .inconclusive
            check.explanation +=
                "; only \(beyond) samples lie beyond it, \(limits.minimumSamplesBeyond) are needed"
                + ": run longer"
        } else if worsening > limit * baseline, worsening >= floor, worsening > 0 {
            check.verdict = .fail
        }
        return check
    }

    /// A gated number that the candidate no longer has is never a silent pass.
    private func missing(_ name: String, _ className: String?) -> GateCheck {
        GateCheck(
            scenario: match.label, className: className, kind: .scenarioSet, name: name,
            verdict: .fail, explanation: "\(name) is in the baseline and missing in the candidate")
    }
}

extension LatencyStatistic {
    /// Whether samples beyond it can be counted.
    fileprivate var isPercentile: Bool {
        if case .percentile = self { return true }
        return false
    }

    /// From the smallest to the largest, then the mean.
    fileprivate var sortKey: Double {
        switch self {
        case .minimum: return 0
        case .percentile(let percentile): return percentile
        case .maximum: return 101
        case .mean: return 102
        }
    }
}

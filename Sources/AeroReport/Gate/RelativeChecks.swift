// What is asked about the candidate against the baseline of one scenario.

/// Reads the metrics of one scenario out of its runs.
struct RelativeChecks {
    let match: RunMatch
    let limits: GateLimits
    let pairing: RunPairing
    /// What can be judged by values.
    private(set) var questions: [RelativeQuestion] = []
    /// The quantiles of every series that is judged.
    private(set) var quantiles: [SeriesQuantiles] = []
    /// What the candidate lacks.
    private(set) var missing: [GateCheck] = []

    /// Reads everything.
    ///
    /// - Throws: `.invalidValue` when a histogram does not decode.
    init(match: RunMatch, limits: GateLimits) throws(ResultFileError) {
        self.match = match
        self.limits = limits
        pairing = RunPairing(match)
        for name in match.baseline.classNames {
            guard match.candidate.classNames.contains(name) else {
                addMissing("class \(name)", nil)
                continue
            }
            let own = limits.limits(forClass: name)
            try addLatencies(className: name, own)
            if let limit = own.relative[.throughput] {
                try addThroughput(className: name, limit, own)
            }
        }
    }

    /// Latency at `maximum` measures the length of the queue; only its throughput is judged.
    private mutating func addLatencies(
        className: String, _ limits: GateLimits
    ) throws(ResultFileError) {
        let schedule = match.baseline.runs[0].classes.first { $0.name == className }?.offered
        if schedule?.schedule == .maximum { return }
        for series in limits.series {
            let sides = [pairing.baseline, pairing.candidate].map { runs in
                runs.compactMap { run in
                    let entry = run.classes.first { $0.name == className }
                    return entry.flatMap { MeasuredSeries(series, of: $0, in: run.window) }
                }
            }
            if sides[0].isEmpty { continue }
            guard sides[1].count == pairing.candidate.count, sides[0].count == sides[1].count
            else {
                addMissing(series, className)
                continue
            }
            let name = CodingPath.appending(className, to: "classes")
            let path = CodingPath.appending(series, to: "\(name).series")
            let reading = SeriesReading(
                baseline: sides[0], candidate: sides[1], path: path, limits: limits)
            let found = try reading.read(
                scenario: match.label, className: className, series: series)
            questions += found.questions
            quantiles.append(found.quantiles)
        }
    }

    private mutating func addThroughput(
        className: String, _ limit: Double, _ limits: GateLimits
    ) throws(ResultFileError) {
        let fields: [Metric.ThroughputField] = [.received, .acked, .sent]
        var chosen = Metric.ThroughputField.sent
        for field in fields.reversed() {
            let value = try match.baseline.value(of: .throughput(field), className: className)
            if value ?? 0 > 0 { chosen = field }
        }
        let metric = Metric.throughput(chosen)
        func values(_ runs: [ResultDocument]) throws(ResultFileError) -> [Double] {
            var values: [Double] = []
            for run in runs {
                values.append(
                    try RunGroup(run).value(of: metric, className: className) ?? .nan)
            }
            return values
        }
        func windows(_ runs: [ResultDocument]) -> [Double] {
            runs.flatMap { run in
                let entry = run.classes.first { $0.name == className }
                let whole = entry?.wholeIntervals(of: run.window.intervalNanoseconds) ?? []
                return whole.map { interval in
                    Double(chosen.count(in: interval.counts)) * 1e9
                        / Double(max(interval.durationNanoseconds, 1))
                }
            }
        }
        questions.append(
            RelativeQuestion(
                metric: GateMetric(
                    scenario: match.label, className: className, name: metric.name,
                    unit: metric.unit, scale: .inverseRatio, practical: limit,
                    resolution: limits.resolution(.throughput),
                    floor: limits.floorMessagesPerSecond),
                baseline: try values(pairing.baseline), candidate: try values(pairing.candidate),
                baselineWindows: windows(pairing.baseline),
                candidateWindows: windows(pairing.candidate), obstacle: nil))
    }

    /// A gated number that the candidate no longer has is never a silent pass.
    private mutating func addMissing(_ name: String, _ className: String?) {
        missing.append(
            GateCheck(
                scenario: match.label, className: className, kind: .scenarioSet, name: name,
                verdict: .fail,
                explanation: "\(name) is in the baseline and missing in the candidate"))
    }
}

extension Metric.ThroughputField {
    /// The count that the rate is of; zero for rates that are of bytes or shares.
    fileprivate func count(in counts: MessageCounts) -> Int64 {
        switch self {
        case .sent: return counts.sent
        case .acked: return counts.acked
        case .received: return counts.received
        case .sentBytes, .receivedBytes, .achieved: return 0
        }
    }
}

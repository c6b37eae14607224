// Whether the numbers of a result file agree with each other.

/// Finds results that were cut or edited after the run: derived numbers that no longer follow from
/// the histograms, and runs that stand on both sides.
enum IntegrityChecks {
    /// One check for each series that contradicts itself.
    ///
    /// - Throws: `.invalidValue` when a histogram does not decode.
    static func contradictions(
        _ document: ResultDocument, scenario: String, side: GateSide
    ) throws(ResultFileError) -> [GateCheck] {
        var checks: [GateCheck] = []
        for entry in document.classes {
            for (series, record) in entry.series.sorted(by: { $0.key < $1.key }) {
                let path = CodingPath.appending(series, to: "classes.\(entry.name).series")
                guard let reason = try contradiction(record, path: path) else { continue }
                checks.append(
                    GateCheck(
                        scenario: scenario, className: entry.name, kind: .validity,
                        name: "\(side.rawValue).\(series)", verdict: .invalid,
                        explanation: "the \(side.rawValue)'s \(series) contradicts itself, as "
                            + "after editing by hand: \(reason)"))
            }
        }
        return checks
    }

    /// Runs that stand on both sides: comparing something with itself proves nothing.
    static func sharedRuns(_ match: RunMatch) -> [GateCheck] {
        let baseline = Set(match.baseline.runs.map(\.id))
        var seen: Set<String> = []
        var checks: [GateCheck] = []
        for run in match.candidate.runs where baseline.contains(run.id) {
            guard seen.insert(run.id).inserted else { continue }
            checks.append(
                GateCheck(
                    scenario: match.label, kind: .validity, name: "run \(run.id)",
                    verdict: .invalid,
                    explanation: "run \(run.id) is on both sides: comparing it with itself shows "
                        + "nothing"))
        }
        return checks
    }

    private static func contradiction(
        _ record: SeriesRecord, path: String
    ) throws(ResultFileError) -> String? {
        let whole = try LatencyDistribution(summing: [record], path: path)
        let summary = record.summary
        if whole.count != summary.count {
            return "its summary counts \(summary.count) samples, its histogram \(whole.count)"
        }
        let numbers: [(String, Int64, LatencyStatistic)] = [
            ("p50", summary.p50, .percentile(50)), ("p99", summary.p99, .percentile(99)),
            ("p99.9", summary.p999, .percentile(99.9)), ("max", summary.max, .maximum),
        ]
        for (name, told, statistic) in numbers {
            if let value = whole.value(statistic), value != Double(told) {
                return "its summary has a \(name) of \(UnitText.latency(told)), its histogram "
                    + "one of \(UnitText.latency(Int64(clamping: value)))"
            }
        }
        var counted: Int64 = 0
        for interval in record.intervals where !interval.isWarmup {
            counted.addSaturating(interval.count)
        }
        if counted != summary.count, !record.intervals.isEmpty {
            return "its intervals count \(counted) samples, its summary \(summary.count)"
        }
        return nil
    }
}

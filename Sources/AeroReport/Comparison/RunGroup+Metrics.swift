// The value of any metric in a group of runs.

extension RunGroup {
    /// The value of a metric in its own unit.
    ///
    /// - Parameters:
    ///   - metric: Any metric.
    ///   - className: One class, or nil for the sum over all; a latency needs a class.
    /// - Returns: `nil` when the runs do not have it: no such series or class, no samples, not
    ///   measured.
    /// - Throws: `.invalidValue` when a histogram does not decode.
    func value(of metric: Metric, className: String?) throws(ResultFileError) -> Double? {
        switch metric {
        case .latency(let series, let statistic):
            guard let className else { return nil }
            return try distribution(className: className, series: series)?.value(statistic)
        case .samples(let series, let count):
            return try samples(series: series, count, className: className)
        case .ledger(let field): return Double(ledger(field, className: className))
        case .throughput(let field): return throughput(field, className: className)
        case .count(let field):
            return Double(sum(className: className) { $0[field] })
        case .resource(let owner, let field): return resource(owner, field)
        case .limitShare: return worst(runs.map { $0.limit?.throughputShare }, by: <)
        }
    }

    private func samples(
        series: String, _ count: Metric.SampleCount, className: String?
    ) throws(ResultFileError) -> Double? {
        var sum: Double?
        for name in className.map({ [$0] }) ?? classNames {
            guard let samples = try distribution(className: name, series: series) else { continue }
            let value = count == .count ? samples.count : samples.outOfRangeCount
            sum = (sum ?? 0) + Double(value)
        }
        return sum
    }

    private func throughput(_ field: Metric.ThroughputField, className: String?) -> Double? {
        let seconds = measuredSeconds
        guard seconds > 0 else { return nil }
        func rate(_ count: (MessageCounts) -> Int64) -> Double {
            Double(sum(className: className, count)) / seconds
        }
        switch field {
        case .sent: return rate(\.sent)
        case .acked: return rate(\.acked)
        case .received: return rate(\.received)
        case .sentBytes: return rate(\.sentBytes)
        case .receivedBytes: return rate(\.receivedBytes)
        case .achieved:
            return offeredPerSecond(className: className).map { rate(\.sent) / $0 }
        }
    }

    private func resource(
        _ owner: Metric.ResourceOwner, _ field: Metric.ResourceField
    ) -> Double? {
        func usage(_ run: ResultDocument) -> ResourceUsage? {
            owner == .generator ? run.generator.resources : run.broker?.resources
        }
        switch field {
        case .residentBytesPeak:
            return worst(runs.map { usage($0).map { Double($0.residentBytesPeak) } }, by: >)
        case .allocationsPerMessage:
            return worst(
                runs.map {
                    owner == .generator
                        ? $0.generator.allocationsPerMessage : $0.broker?.allocationsPerMessage
                }, by: >)
        case .processorShare:
            return worst(runs.map { run in usage(run)?.processorShare(of: run.window) }, by: >)
        case .pageFaultsPerMessage:
            return worst(
                runs.map { run in usage(run)?.pageFaults.flatMap { Self.perSent($0, run) } },
                by: >)
        case .contextSwitchesPerMessage:
            return worst(
                runs.map { run in usage(run).flatMap { Self.perSent($0.contextSwitches, run) } },
                by: >)
        case .processorNanosecondsPerMessage:
            return worst(
                runs.map { run in
                    usage(run).flatMap { Self.perSent($0.processorNanoseconds, run) }
                }, by: >)
        case .systemCallsPerMessage:
            return worst(runs.map { $0.broker?.activity?.systemCallsPerMessage }, by: >)
        case .allocatedBytesPerMessage:
            return worst(runs.map { $0.broker?.allocatedBytesPerMessage }, by: >)
        case .jemallocRequestsPerMessage:
            return worst(runs.map { $0.broker?.jemalloc?.requestsPerMessage }, by: >)
        case .jemallocBytesPerMessage:
            return worst(runs.map { $0.broker?.jemalloc?.requestedBytesPerMessage }, by: >)
        case .poolHitRate:
            return worst(runs.map { $0.broker?.poolHitRate }, by: <)
        case .batchBytesPerMessage:
            return worst(runs.map { $0.broker?.activity?.batchBytesPerMessage }, by: >)
        case .batchShare: return worst(runs.map { $0.broker?.activity?.batchShare }, by: >)
        case .syncsPerSecond:
            return worst(runs.map { $0.broker?.activity?.syncsPerSecond }, by: >)
        }
    }

    /// A count of the window for each message sent in it; nil without messages.
    private static func perSent(_ count: Int64, _ run: ResultDocument) -> Double? {
        let sent = run.classes.reduce(0) { $0 + $1.counts.sent }
        return sent > 0 ? Double(count) / Double(sent) : nil
    }

    /// The worst of several values; `nil` when one is missing: it might be the worst.
    private func worst(_ values: [Double?], by isWorse: (Double, Double) -> Bool) -> Double? {
        var worst: Double?
        for value in values {
            guard let value else { return nil }
            if worst.map({ isWorse(value, $0) }) ?? true { worst = value }
        }
        return worst
    }
}

extension ResourceUsage {
    /// Page faults of both kinds; nil where they were not counted.
    var pageFaults: Int64? {
        guard let minorPageFaults, let majorPageFaults else { return nil }
        return minorPageFaults + majorPageFaults
    }

    /// Context switches of both kinds.
    var contextSwitches: Int64 { voluntaryContextSwitches + involuntaryContextSwitches }

    /// Processor time of both modes.
    var processorNanoseconds: Int64 {
        var sum = userNanoseconds
        sum.addSaturating(systemNanoseconds)
        return sum
    }

    /// Processor time divided by the measured time: 1 is one whole core.
    func processorShare(of window: WindowRecord) -> Double? {
        guard window.measuredNanoseconds > 0 else { return nil }
        return Double(processorNanoseconds) / Double(window.measuredNanoseconds)
    }
}

extension MessageCounts {
    /// The count of that name.
    subscript(field: Metric.CountField) -> Int64 {
        switch field {
        case .sent: return sent
        case .acked: return acked
        case .failed: return failed
        case .received: return received
        }
    }
}

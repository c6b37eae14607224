// The numbers of a result that limits can be set on.

/// A number of a result, named as in `e2e.intended.p99`, `ledger.lost` or `throughput.received`.
package enum Metric: Hashable, Sendable {
    /// A statistic of a latency series, in nanoseconds.
    case latency(series: String, LatencyStatistic)
    /// Samples of a latency series.
    case samples(series: String, SampleCount)
    /// A count of the ledger.
    case ledger(LedgerField)
    /// A rate over the measured window.
    case throughput(ThroughputField)
    /// A count of the measured window.
    case count(CountField)
    /// A number about the generator's or the broker's resources.
    case resource(ResourceOwner, ResourceField)
    /// The share of the relay's throughput on the same machine.
    case limitShare

    /// Which samples of a series are counted.
    package enum SampleCount: String, Sendable, CaseIterable {
        /// Those in the histogram.
        case count
        /// Those that did not fit.
        case outOfRange
    }

    /// The counts of a ledger.
    package enum LedgerField: String, Codable, Sendable, CaseIterable {
        // The names are those of `LedgerCounts`; see there.
        case sent, acked, expected, received
        case lost, ackedThenLost, duplicated, reordered, misrouted, corrupt
        case foreign

        /// The counts that must be zero in a run without faults.
        package static let faults: [LedgerField] = [
            .lost, .ackedThenLost, .duplicated, .reordered, .misrouted, .corrupt,
        ]
    }

    /// The rates of a window.
    package enum ThroughputField: String, Codable, Sendable, CaseIterable {
        /// Messages sent per second.
        case sent
        /// Messages acknowledged per second.
        case acked
        /// Messages received per second.
        case received
        /// Payload bytes sent per second.
        case sentBytes
        /// Payload bytes received per second.
        case receivedBytes
        /// Messages sent per second as a share of the rate offered.
        case achieved
    }

    /// The counts of a window.
    package enum CountField: String, Sendable, CaseIterable {
        // The names are those of `MessageCounts`; see there.
        case sent, acked, failed, received
    }

    /// Whose resources are meant.
    package enum ResourceOwner: String, Sendable, CaseIterable {
        /// The load generator.
        case generator
        /// The broker.
        case broker
    }

    /// The resources of a process.
    package enum ResourceField: String, Sendable, CaseIterable {
        /// Highest resident memory.
        case residentBytesPeak
        /// Heap allocations per message.
        case allocationsPerMessage
        /// Processor time divided by the measured time: 1 is one whole core.
        case processorShare
        /// Page faults for each message sent in the window.
        case pageFaultsPerMessage
        /// Context switches, asked for or not, for each message sent in the window.
        case contextSwitchesPerMessage
        /// Processor time, of user and kernel together, for each message sent in the window.
        case processorNanosecondsPerMessage
        /// System calls for each message, those of pollers and logs; only the broker has it.
        case systemCallsPerMessage
        /// Bytes asked of the allocator for each message; only the broker has it.
        case allocatedBytesPerMessage
        /// Calls for memory for each message, as jemalloc counts them; only a broker on it has it.
        case jemallocRequestsPerMessage
        /// Bytes that served these calls, as jemalloc counts them; only a broker on it has it.
        case jemallocBytesPerMessage
        /// Share of buffers served from the pool; only the broker has it.
        case poolHitRate
        /// Bytes of batches appended for each message; only the broker has it.
        case batchBytesPerMessage
        /// Bytes of batches appended for each byte of payload; only the broker has it.
        case batchShare
        /// Syncs of logs in each second; only the broker has it.
        case syncsPerSecond

        /// Whether the load generator has it too.
        var isOfEveryProcess: Bool {
            switch self {
            case .residentBytesPeak, .allocationsPerMessage, .processorShare,
                .pageFaultsPerMessage, .contextSwitchesPerMessage, .processorNanosecondsPerMessage:
                true
            case .poolHitRate, .batchBytesPerMessage, .batchShare, .syncsPerSecond,
                .systemCallsPerMessage, .allocatedBytesPerMessage, .jemallocRequestsPerMessage,
                .jemallocBytesPerMessage:
                false
            }
        }

        /// Whether more of it is good, rather than a cost.
        var isHigherBetter: Bool { self == .poolHitRate }
    }
}

extension Metric {
    /// The latency series that a result can have.
    package static let seriesNames =
        [
            "ack.intended", "ack.actual", "e2e.intended", "e2e.actual", "lag",
        ] + StageBudget.seriesNames

    /// The unit of the metric's number.
    package var unit: MetricUnit {
        switch self {
        case .latency: return .nanoseconds
        case .samples, .ledger, .count: return .count
        case .throughput(let field):
            switch field {
            case .sent, .acked, .received: return .messagesPerSecond
            case .sentBytes, .receivedBytes: return .bytesPerSecond
            case .achieved: return .ratio
            }
        case .resource(_, let field):
            switch field {
            case .residentBytesPeak, .batchBytesPerMessage, .allocatedBytesPerMessage,
                .jemallocBytesPerMessage:
                return .bytes
            case .allocationsPerMessage, .syncsPerSecond, .pageFaultsPerMessage,
                .contextSwitchesPerMessage, .systemCallsPerMessage, .jemallocRequestsPerMessage:
                return .count
            case .processorNanosecondsPerMessage: return .nanoseconds
            case .processorShare, .poolHitRate, .batchShare: return .ratio
            }
        case .limitShare: return .ratio
        }
    }

    /// The metric's name, as the grammar reads it.
    package var name: String {
        switch self {
        case .latency(let series, let statistic): return "\(series).\(statistic.name)"
        case .samples(let series, let count): return "\(series).\(count.rawValue)"
        case .ledger(let field): return "ledger.\(field.rawValue)"
        case .throughput(let field): return "throughput.\(field.rawValue)"
        case .count(let field): return "counts.\(field.rawValue)"
        case .resource(let owner, let field): return "\(owner.rawValue).\(field.rawValue)"
        case .limitShare: return "limit.share"
        }
    }

    /// Reads a metric's name.
    ///
    /// - Returns: `nil` when no metric has that name; percentiles may be any, as in `lag.p99.95`.
    package init?(_ name: String) {
        if let fixed = Self.fixedMetrics[name] {
            self = fixed
            return
        }
        for series in Self.seriesNames where name.hasPrefix(series + ".") {
            let rest = String(name.dropFirst(series.count + 1))
            guard let statistic = LatencyStatistic(rest) else { return nil }
            self = .latency(series: series, statistic)
            return
        }
        return nil
    }

    /// Metric names to choose a hint from, in alphabetical order.
    static var suggestions: [String] {
        let latencies = seriesNames.flatMap { series in
            ["min", "p50", "p90", "p99", "p99.9", "p99.99", "max", "mean"].map { "\(series).\($0)" }
        }
        return (latencies + fixedMetrics.keys).sorted()
    }

    /// Every resource of a process, with the names that a policy's counters have.
    static let resources: [String: (owner: ResourceOwner, field: ResourceField)] =
        fixedMetrics.compactMapValues { metric in
            guard case .resource(let owner, let field) = metric else { return nil }
            return (owner, field)
        }

    /// Every metric without a free percentile, by name.
    private static let fixedMetrics: [String: Metric] = {
        var metrics: [Metric] = [.limitShare]
        metrics += LedgerField.allCases.map { .ledger($0) }
        metrics += ThroughputField.allCases.map { .throughput($0) }
        metrics += CountField.allCases.map { .count($0) }
        for owner in ResourceOwner.allCases {
            for field in ResourceField.allCases where owner == .broker || field.isOfEveryProcess {
                metrics.append(.resource(owner, field))
            }
        }
        for series in seriesNames {
            metrics += SampleCount.allCases.map { .samples(series: series, $0) }
        }
        return Dictionary(uniqueKeysWithValues: metrics.map { ($0.name, $0) })
    }()
}

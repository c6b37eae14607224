// Runs of the same thing, taken together.

/// What makes two runs repeats of each other.
struct RunIdentity: Hashable {
    var scenario: String
    var driver: String
    /// The parameters that change the load, by path.
    var parameters: [String: JSONValue]

    init(_ document: ResultDocument) {
        scenario = document.scenario.name
        driver = document.driver.name
        parameters = ParameterTree.leaves(document.scenario.parameters)
    }
}

/// One or more runs of one scenario with one driver and the same parameters.
struct RunGroup {
    let identity: RunIdentity
    /// Never empty.
    private(set) var runs: [ResultDocument]

    /// A single run.
    init(_ document: ResultDocument) {
        identity = RunIdentity(document)
        runs = [document]
    }

    /// Groups documents by identity, in the order of first appearance.
    static func groups(of documents: [ResultDocument]) -> [RunGroup] {
        var groups: [RunGroup] = []
        var indices: [RunIdentity: Int] = [:]
        for document in documents {
            let identity = RunIdentity(document)
            if let index = indices[identity] {
                groups[index].runs.append(document)
            } else {
                indices[identity] = groups.count
                groups.append(RunGroup(document))
            }
        }
        return groups
    }

    /// Class names in the order of the first run.
    var classNames: [String] { runs[0].classes.map(\.name) }

    /// The measured time of all runs together, in seconds.
    var measuredSeconds: Double {
        runs.reduce(0) { $0 + Double($1.window.measuredNanoseconds) } / 1e9
    }

    /// All samples of a series of one class or all; `nil` when no run has them.
    ///
    /// - Throws: `.invalidValue` when a histogram does not decode.
    func distribution(
        className: String? = nil, series: String
    ) throws(ResultFileError) -> LatencyDistribution? {
        var records: [SeriesRecord] = []
        for run in runs {
            for entry in run.classes where className == nil || entry.name == className {
                if let record = entry.series[series] { records.append(record) }
            }
        }
        if records.isEmpty { return nil }
        let owner = className.map { "classes.\($0)" } ?? "classes"
        let path = CodingPath.appending(series, to: "\(owner).series")
        return try LatencyDistribution(summing: records, path: path)
    }

    /// The sum of a count over all runs and over one class or all.
    func sum(className: String?, _ count: (MessageCounts) -> Int64) -> Int64 {
        var sum: Int64 = 0
        for run in runs {
            for entry in run.classes where className == nil || entry.name == className {
                sum.addSaturating(count(entry.counts))
            }
        }
        return sum
    }

    /// The offered rate of one class or all; `nil` when a class in question has none.
    func offeredPerSecond(className: String?) -> Double? {
        var sum = 0.0
        for entry in runs[0].classes where className == nil || entry.name == className {
            guard let rate = entry.offered.messagesPerSecond else { return nil }
            sum += rate
        }
        return sum > 0 ? sum : nil
    }

    /// A count of the ledger over all runs, of one class or all.
    func ledger(_ field: Metric.LedgerField, className: String? = nil) -> Int64 {
        var sum: Int64 = 0
        for run in runs {
            guard let className else {
                sum.addSaturating(run.ledger.totals[field])
                continue
            }
            for entry in run.ledger.classes where entry.className == className {
                sum.addSaturating(entry.counts[field])
            }
        }
        return sum
    }
}

extension Int64 {
    /// Adds, stopping at the ends: a damaged file must not stop the program.
    mutating func addSaturating(_ other: Int64) {
        let (sum, overflow) = addingReportingOverflow(other)
        self = overflow ? (other < 0 ? .min : .max) : sum
    }
}

extension LedgerCounts {
    /// The count of that name.
    package subscript(field: Metric.LedgerField) -> Int64 {
        switch field {
        case .sent: return sent
        case .acked: return acked
        case .expected: return expected
        case .received: return received
        case .lost: return lost
        case .ackedThenLost: return ackedThenLost
        case .duplicated: return duplicated
        case .reordered: return reordered
        case .misrouted: return misrouted
        case .corrupt: return corrupt
        case .foreign: return foreign
        }
    }
}

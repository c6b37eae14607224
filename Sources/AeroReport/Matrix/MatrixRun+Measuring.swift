// What a matrix keeps of a run: many numbers, no histograms.

extension MatrixRun {
    /// The columns of a table unless others are asked for.
    package static let usualColumns = [
        "throughput.received", "e2e.intended.p50", "e2e.intended.p99", "e2e.intended.p99.9",
        "broker.processorShare", "broker.residentBytesPeak",
    ]

    /// What is kept of every run, without a class and as far as it was measured.
    private static let keptMetrics =
        Metric.ThroughputField.allCases.map { "throughput.\($0.rawValue)" }
        + Metric.CountField.allCases.map { "counts.\($0.rawValue)" }
        + Metric.LedgerField.allCases.map { "ledger.\($0.rawValue)" }
        + Metric.ResourceOwner.allCases.flatMap { owner in
            Metric.ResourceField.allCases.map { "\(owner.rawValue).\($0.rawValue)" }
        }

    /// What is kept of every latency series.
    private static let keptStatistics = ["p50", "p90", "p99", "p99.9", "p99.99", "max", "mean"]

    /// The numbers of a run.
    ///
    /// - Parameters:
    ///   - document: Its result.
    ///   - position: Its place in the order of all runs, from 0.
    ///   - columns: Metrics that a table shows, kept beside the usual ones.
    /// - Throws: `.invalidValue` when a histogram does not decode.
    package init(
        _ document: ResultDocument, position: Int, columns: [String]
    ) throws(ResultFileError) {
        var names = Self.keptMetrics + columns
        for entry in document.classes {
            let owner = document.classes.count > 1 ? "\(entry.name):" : ""
            for series in entry.series.keys.sorted() {
                names += Self.keptStatistics.map { "\(owner)\(series).\($0)" }
            }
        }
        var metrics: [String: Double] = [:]
        for name in names where metrics[name] == nil {
            guard let reading = Self.reading(name) else { continue }
            let value = try reading.value(in: [document])
            if let value, value.isFinite { metrics[name] = value }
        }
        let promises = document.classes.compactMap(\.promise)
        self.init(
            position: position, resultId: document.id, driver: document.driver.name,
            version: document.driver.version, promises: promises.isEmpty ? nil : promises,
            metrics: metrics, validity: document.validity)
    }

    /// Nil for what is no metric: not every field is one of every process.
    private static func reading(_ name: String) -> MetricReading? {
        do throws(ObjectiveError) {
            return try MetricReading(parsing: name)
        } catch {
            return nil
        }
    }
}

extension MatrixCell {
    /// A metric over the runs that can be used: the median, and how far they lie apart.
    ///
    /// - Returns: Nil when no usable run has it. `spread` is half the distance between the largest
    ///   and the smallest, as a share of the median; nil for a single run or a median of zero.
    package func summary(of name: String) -> (median: Double, spread: Double?)? {
        let values = runs.filter(\.isUsable).compactMap { $0.metrics[name] }.sorted()
        guard let first = values.first, let last = values.last else { return nil }
        let middle = values.count / 2
        let median =
            values.count.isMultiple(of: 2)
            ? (values[middle - 1] + values[middle]) / 2 : values[middle]
        guard values.count > 1, median != 0 else { return (median, nil) }
        return (median, (last - first) / 2 / median)
    }
}

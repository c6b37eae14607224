// Brokers beside each other: what a matrix of drivers says, at equal promises.

/// A matrix whose only key is the driver, read as a comparison of brokers. Those that promised the
/// same are a group; nothing is said of one group by the numbers of another.
package struct VersusComparison {
    /// One driver with its runs.
    package struct Entry {
        /// The driver.
        package let driver: String
        /// Its version, where that is known.
        package let version: String?
        /// What it promised, by class; empty when no run came far enough to say.
        package let promises: [PromiseRecord]
        /// Its runs in the matrix.
        package let cell: MatrixCell

        fileprivate init(_ cell: MatrixCell) {
            self.cell = cell
            driver = cell.values[0]
            version = cell.runs.lazy.compactMap(\.version).first
            promises = cell.runs.lazy.compactMap(\.promises).first ?? []
        }

        /// The median of a metric over the runs that can be used; nil without any.
        func median(_ metric: String) -> Double? { cell.summary(of: metric)?.median }
    }

    /// Brokers of one level of promises.
    package struct Group {
        /// The level, as of `PromiseRecord.level`; empty for those that did not come so far.
        package let level: String
        /// In the order in which they were asked for.
        package let entries: [Entry]

        /// The largest median of a rate in the group; nil where there is none.
        func most(_ metric: String) -> Double? { entries.compactMap { $0.median(metric) }.max() }

        /// The smallest median of a latency in the group; nil where there is none.
        func least(_ metric: String) -> Double? { entries.compactMap { $0.median(metric) }.min() }
    }

    /// What the comparison is made from.
    package let document: MatrixDocument
    /// Groups in the order of their first drivers.
    package let groups: [Group]
    /// What is no broker: the relay that shares are stated of.
    package let yardsticks: [Entry]

    /// The key that such a matrix varies.
    package static let key = "driver"
    /// Drivers of raw TCP, which shares of the limit are stated of.
    package static let relays = ["relay", "relay-file"]
    /// The metric of the share of the relay's throughput.
    static let limitShare = Metric.limitShare.name

    /// - Parameter document: Any matrix.
    /// - Returns: Nil when the matrix is about something else.
    package init?(_ document: MatrixDocument) {
        let runs = document.cells.flatMap(\.runs)
        guard document.varied.map(\.key) == [Self.key],
            runs.contains(where: { $0.promises != nil })
        else { return nil }
        self.document = document
        let entries = document.cells.map(Entry.init)
        yardsticks = entries.filter { Self.relays.contains($0.driver) }
        var levels: [String] = []
        let brokers = entries.filter { !Self.relays.contains($0.driver) }
        for entry in brokers where !levels.contains(entry.promises.level) {
            levels.append(entry.promises.level)
        }
        // Those of which nothing is known come last.
        levels = levels.filter { !$0.isEmpty } + levels.filter(\.isEmpty)
        groups = levels.map { level in
            Group(level: level, entries: brokers.filter { $0.promises.level == level })
        }
    }

    /// Half of what the slowest broker sent at its most, for all of them to keep; nil when no run
    /// can be used.
    package var halfLoad: Double? {
        let sent = Metric.throughput(.sent).name
        return groups.flatMap(\.entries).compactMap { $0.median(sent) }.min().map { $0 / 2 }
    }
}

extension MatrixDocument {
    /// Writes the share of the relay's throughput into every run that can be used, of the relay's
    /// run in the same round; nothing where there is none.
    package mutating func stateLimitShares() {
        guard varied.map(\.key) == [VersusComparison.key],
            let relay = cells.first(where: { VersusComparison.relays.contains($0.values[0]) })
        else { return }
        let received = Metric.throughput(.received).name
        for cell in cells.indices {
            // Every round runs every cell once, so that equal places are of one round.
            for (round, reference) in zip(cells[cell].runs.indices, relay.runs) {
                let run = cells[cell].runs[round]
                guard run.isUsable, reference.isUsable, let achieved = run.metrics[received],
                    let limit = reference.metrics[received], limit > 0
                else { continue }
                cells[cell].runs[round].metrics[VersusComparison.limitShare] = achieved / limit
            }
        }
    }
}

// What checking a history came to.

/// How much a history holds: a clean report over little says little.
package struct HistoryCounts: Equatable, Sendable {
    /// Messages handed over.
    package var invoked = 0
    /// Messages acknowledged.
    package var acknowledged = 0
    /// Messages refused for certain.
    package var failed = 0
    /// Messages of which nobody knows.
    package var unknown = 0
    /// Of the unknown ones, those that are in the final content all the same.
    package var unknownStored = 0
    /// Further copies of messages whose producer allowed for them.
    package var repeated = 0
    /// Records that consumers got, final readings included.
    package var received = 0
    /// Records of the final content.
    package var stored = 0
    /// Group positions acknowledged.
    package var committed = 0
    /// Times that the broker became ready.
    package var lives = 0

    /// Nothing yet.
    package init() {}
}

/// The findings of one history, sorted, and its size.
package struct HistoryReport: Equatable, Sendable {
    /// What is wrong, sorted; empty when every promise was kept.
    package let findings: [HistoryFinding]
    /// How much was checked.
    package let counts: HistoryCounts

    init(_ findings: Set<HistoryFinding>, _ counts: HistoryCounts) {
        self.findings = findings.sorted()
        self.counts = counts
    }

    /// True when every promise was kept.
    package var isClean: Bool { findings.isEmpty }

    /// How many findings of a kind there are.
    package func count(of fault: HistoryFault) -> Int {
        findings.count { $0.fault == fault }
    }

    /// The kinds that were found, in the order of their declaration.
    package var faults: [HistoryFault] {
        HistoryFault.allCases.filter { count(of: $0) > 0 }
    }

    /// Lines for people: the number of each kind of fault with its first examples.
    ///
    /// - Parameter exampleCount: Examples of each kind, at least 0.
    package func lines(exampleCount: Int = 5) -> [String] {
        faults.flatMap { fault in
            ["\(fault.rawValue): \(count(of: fault))"]
                + findings.filter { $0.fault == fault }.prefix(exampleCount).map { "  \($0)" }
        }
    }
}

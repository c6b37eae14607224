// The table of error rates as Markdown, with intervals, and the goals that it is held to.

/// A share of gates with its 95 % interval.
package struct ErrorRate: Equatable, Sendable {
    /// The share.
    package let share: Double
    /// The lower end of Wilson's interval.
    package let lower: Double
    /// The upper end of Wilson's interval.
    package let upper: Double

    /// The rate of some gates among all.
    ///
    /// Source: Wilson 1927; with no event among 2,000 it ends at 0.19 %.
    package init(_ count: Int, of total: Int) {
        precondition(total > 0 && (0...total).contains(count), "a share is of something")
        let size = Double(total)
        let rate = Double(count) / size
        let z = 1.959964
        let middle = (rate + z * z / (2 * size)) / (1 + z * z / size)
        let spread = rate * (1 - rate) / size + z * z / (4 * size * size)
        let reach = z / (1 + z * z / size) * spread.squareRoot()
        share = rate
        lower = max(0, middle - reach)
        upper = min(1, middle + reach)
    }

    /// `0.05 % (0.01 to 0.28)`.
    package var text: String {
        "\(Self.percent(share)) % (\(Self.percent(lower)) to \(Self.percent(upper)))"
    }

    private static func percent(_ share: Double) -> String {
        let hundredths = Int((share * 10_000).rounded())
        let fraction = hundredths % 100
        return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
    }
}

/// Many cells as text.
package enum ErrorTable {
    /// The table, one row for each cell that has gates.
    package static func markdown(_ cells: [ErrorCell]) -> String {
        var lines = [
            "| noise | machine | turns | session | candidate | gates | FAIL | PASS | INCONCLUSIVE "
                + "| of these unconfirmed, early | first stage suspects | pairs |",
            "|---|---|---|---|---|---|---|---|---|---|---|---|",
        ]
        for cell in cells where cell.counts.gates > 0 {
            let counts = cell.counts
            func rate(_ count: Int) -> String { ErrorRate(count, of: counts.gates).text }
            func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }
            let fields = [
                percent(cell.noise), cell.model.rawValue, cell.mode.rawValue,
                percent(cell.sessionSpread), cell.effect.rawValue, "\(counts.gates)",
                rate(counts.failures), rate(counts.passes), rate(counts.inconclusive),
                "\(counts.unconfirmed), \(counts.hopeless)", "\(counts.suspicions)",
                "\(counts.pairs / counts.gates)",
            ]
            lines.append("| \(fields.joined(separator: " | ")) |")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// What a cell is held to, as sentences on what it misses; the goals hold for sides that take
    /// turns in slices and for sessions that are alike.
    ///
    /// - Parameter cell: A cell with gates.
    package static func misses(_ cell: ErrorCell) -> [String] {
        let counts = cell.counts
        if counts.gates == 0 || cell.mode != .slices || cell.sessionSpread > 0 { return [] }
        var misses: [String] = []
        func hold(_ what: String, _ count: Int, atMost limit: Double) {
            let rate = ErrorRate(count, of: counts.gates)
            if rate.share > limit {
                misses.append(
                    "\(what) \(rate.text): \(cell.effect.rawValue), \(cell.model.rawValue)")
            }
        }
        func power(atLeast limit: Double) {
            hold("not detected", counts.gates - counts.failures, atMost: 1 - limit)
        }
        switch cell.effect {
        case .none: hold("false FAIL", counts.failures, atMost: 0.01)
        case .tail10:
            hold("false PASS", counts.passes, atMost: 0.05)
            if cell.noise <= 0.07 { power(atLeast: 0.95) }
        case .tail20:
            hold("false PASS", counts.passes, atMost: 0.05)
            if cell.noise <= 0.07 { power(atLeast: 0.99) }
        case .stall:
            if cell.noise <= 0.07 { power(atLeast: 0.95) }
        case .tail5, .throughput5, .throughput10: break
        }
        return misses
    }
}

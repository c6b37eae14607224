// Whether the broker says the same as the tool, and how it fared.

import AeroReport

/// Checks against the figures that a broker publishes, before and after the load.
struct BrokerChecks {
    let before: [String: Int64]
    let after: [String: Int64]
    /// Messages sent, acknowledged and refused, by the tool's account.
    let sent: Int64
    let acknowledged: Int64
    let failed: Int64
    /// Whether the run started the broker, so that nobody else used it.
    let isEmbedded: Bool
    let isOpenLoop: Bool
    /// As in `HealthChecks`.
    let medianNanoseconds: Int64

    /// What the checks come to.
    var findings: [RunFinding] { [counts, hiccups].compactMap { $0 } }

    private func increase(_ name: String) -> Int64? {
        guard let first = before[name], let last = after[name] else { return nil }
        return last - first
    }

    /// A broker has appended at least what it acknowledged, and at most what was sent. What it was
    /// sent again after a lost connection may be there twice.
    private var counts: RunFinding? {
        guard let appended = increase("records.appended") else { return nil }
        let (fewest, most) = (acknowledged, sent)
        guard appended < fewest || appended > most else { return nil }
        let limit = appended < fewest ? fewest : most
        let what =
            appended < fewest
            ? "\(UnitText.grouped(acknowledged)) were acknowledged"
            : "\(UnitText.grouped(sent)) were sent"
        // Refused messages may have been stored before the refusal; others may use this broker.
        let isCertain = isEmbedded && failed == 0
        return RunFinding(
            isCertain ? .reason : .warning, "counts-differ",
            "the broker counts \(UnitText.grouped(appended)) appended messages, and \(what)",
            value: Double(appended), limit: Double(limit))
    }

    /// The same rule as for the generator's own hiccups, from the broker's sums.
    private var hiccups: RunFinding? {
        guard let elapsed = increase("hiccups.watched_nanoseconds"), elapsed > 0 else {
            return nil
        }
        let budget = LatenessBudget.nanoseconds(median: medianNanoseconds)
        // The broker counts in steps; the first one at or over the budget.
        guard let step = BrokerHiccups.stepsNanoseconds.first(where: { $0 >= budget }),
            let lost = increase(BrokerHiccups.name(stepNanoseconds: step))
        else { return nil }
        let share = Double(lost) / Double(elapsed)
        guard share > HealthChecks.hiccupShareMax else { return nil }
        return RunFinding(
            isOpenLoop ? .reason : .warning, "broker-hiccups",
            "a thread of the broker with nothing to do was held up for \(UnitText.percent(share)) "
                + "of the time in pieces over \(UnitText.latency(step)): other work "
                + "takes its cores",
            value: share, limit: HealthChecks.hiccupShareMax)
    }
}

/// How a broker publishes its hiccups: time lost in pieces of at least a length, in steps.
enum BrokerHiccups {
    /// The lengths, ns.
    static let stepsNanoseconds: [Int64] = [1_000_000, 10_000_000, 100_000_000]

    /// The figure of a length.
    static func name(stepNanoseconds: Int64) -> String {
        "hiccups.over_\(stepNanoseconds / 1_000_000)ms_nanoseconds"
    }
}

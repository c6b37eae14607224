// Little's law: messages in flight, rate and latency have to agree.

import AeroReport

/// Holds the mean number of messages in flight, which workers count as they go, against the
/// latencies of acknowledgements, which come from time stamps. Samples that were dropped, counted
/// twice or timed from the wrong moment break the law.
/// Source: Little, "A proof for the queuing formula L = λW", Operations Research 9 (1961).
struct LittleCheck {
    /// The mean of messages in flight over the window.
    let inFlightMean: Double
    /// The sum of `ack.actual` over messages of the window, ns.
    let latencySum: Double
    /// How many they are.
    let sampleCount: Int64
    /// The longest of them, ns.
    let latencyMax: Int64
    /// Length of the window, ns.
    let windowNanoseconds: Int64

    /// More than histograms (0.1 %) and the count of messages can be off by.
    static let tolerance = 0.05

    /// Messages in flight by the law: rate times mean latency.
    var expected: Double { latencySum / Double(windowNanoseconds) }

    /// What the law allows: the tolerance, one message, and what the edges of the window hold. A
    /// message sent before the window and answered in it is in one account only, and so is one
    /// sent in the window and answered after it: at either edge rate times latency of them, for no
    /// longer than their latency.
    var allowance: Double {
        let rate = Double(sampleCount) / Double(windowNanoseconds)
        let edges = rate * Double(latencyMax) * Double(latencyMax) / Double(windowNanoseconds)
        return Self.tolerance * max(expected, inFlightMean) + 1 + edges
    }

    /// The finding; nil when the law holds, or when nothing was acknowledged.
    var finding: RunFinding? {
        guard sampleCount > 0, windowNanoseconds > 0 else { return nil }
        guard abs(inFlightMean - expected) > allowance else { return nil }
        let counted = UnitText.fixed(inFlightMean, decimals: 1)
        let byLaw = UnitText.fixed(expected, decimals: 1)
        return RunFinding(
            .reason, "littles-law",
            "\(counted) messages were in flight on average, rate times latency makes \(byLaw): "
                + "latencies are missing or wrong",
            value: inFlightMean, limit: expected)
    }
}

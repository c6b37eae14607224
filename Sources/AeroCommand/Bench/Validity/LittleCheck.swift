// Little's law: messages in flight, rate and latency have to agree.

import AeroReport

/// Holds the messages in flight, which workers count as they go, against the latencies of
/// acknowledgements, which come from time stamps. Samples that were dropped, counted twice or timed
/// from the wrong moment break the law.
///
/// Both sides are about the messages of the window, each from its send to its acknowledgement, the
/// drain included: nothing lies across an edge, and the law holds exactly for a load of any shape.
/// Source: Little, "A proof for the queuing formula L = λW", Operations Research 9 (1961).
struct LittleCheck {
    /// Messages of the window in flight, summed over time: messages times ns.
    let inFlightArea: Double
    /// The sum of `ack.actual` over messages of the window, ns.
    let latencySum: Double
    /// How many they are.
    let sampleCount: Int64
    /// Length of the window, ns.
    let windowNanoseconds: Int64

    /// More than histograms (0.1 %) can be off by.
    static let tolerance = 0.01
    /// Messages in flight that nobody misses: latencies of nanoseconds are whole numbers of them.
    static let inFlightFloor = 0.001

    /// Messages in flight on average over the window, as counted.
    var inFlightMean: Double { inFlightArea / Double(windowNanoseconds) }
    /// The same by the law: rate times mean latency.
    var expected: Double { latencySum / Double(windowNanoseconds) }

    /// What the law allows.
    var allowance: Double {
        Self.tolerance * max(expected, inFlightMean) + Self.inFlightFloor
    }

    /// The finding; nil when the law holds, or when nothing was acknowledged.
    var finding: RunFinding? {
        guard sampleCount > 0, windowNanoseconds > 0 else { return nil }
        guard abs(inFlightMean - expected) > allowance else { return nil }
        let counted = UnitText.fixed(inFlightMean, decimals: 3)
        let byLaw = UnitText.fixed(expected, decimals: 3)
        return RunFinding(
            .reason, "littles-law",
            "\(counted) messages were in flight on average, rate times latency makes \(byLaw): "
                + "latencies are missing or wrong",
            value: inFlightMean, limit: expected)
    }
}

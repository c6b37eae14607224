// The latency series that every class records.

/// One series of latencies, in nanoseconds.
package enum LatencySeries: Int, CaseIterable, Sendable {
    /// Acknowledgement minus intended send: response time, free of coordinated omission.
    case acknowledgeIntended
    /// Acknowledgement minus actual send: service time.
    case acknowledgeActual
    /// Receipt minus intended send: response time end to end.
    case endToEndIntended
    /// Receipt minus actual send: service time end to end.
    case endToEndActual
    /// Actual minus intended send: how late the generator was.
    case lag

    /// The name in results and objectives, e.g. `e2e.intended`.
    package var name: String {
        switch self {
        case .acknowledgeIntended: "ack.intended"
        case .acknowledgeActual: "ack.actual"
        case .endToEndIntended: "e2e.intended"
        case .endToEndActual: "e2e.actual"
        case .lag: "lag"
        }
    }

    /// How many series there are.
    @inlinable package static var count: Int { 5 }
}

// The latency series that every class records.

/// One series of latencies, in nanoseconds.
@usableFromInline package enum LatencySeries: CaseIterable, Sendable {
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

    /// Position among the series of a class, from 0.
    ///
    /// Written out because a raw value is not inlined into other modules.
    @inlinable package var index: Int {
        switch self {
        case .acknowledgeIntended: 0
        case .acknowledgeActual: 1
        case .endToEndIntended: 2
        case .endToEndActual: 3
        case .lag: 4
        }
    }

    /// How many series there are.
    @inlinable package static var count: Int { 5 }
}

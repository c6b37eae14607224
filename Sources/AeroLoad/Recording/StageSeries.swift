// The series that a run records when it measures stages.

/// One stage of a message's way; the stages follow each other without a gap, so that they sum to
/// the latency end to end from the intended send (`e2e.intended`).
@usableFromInline package enum StageSeries: Int, CaseIterable, Sendable {
    /// From the intended send to the hand-over to the kernel: lag, linger, a full connection.
    case clientQueue
    /// From there to the target's receipt of the batch.
    case networkIn
    /// From there until the batch stands in its log, waiting for room included.
    case append
    /// From there until it is as durable as its topic promises; 0 for a volatile one.
    case durable
    /// From there until it is in the output to the consumer: credit, turn, other subscriptions.
    case dispatch
    /// From there to the receipt by the consumer's client.
    case networkOut
    /// From there until the handler has its turn with the message.
    case handler

    /// The name in results and objectives, e.g. `stage.durable`.
    package var name: String { "stage.\(label)" }

    /// The name without what all have in common.
    package var label: String {
        switch self {
        case .clientQueue: "clientQueue"
        case .networkIn: "networkIn"
        case .append: "append"
        case .durable: "durable"
        case .dispatch: "dispatch"
        case .networkOut: "networkOut"
        case .handler: "handler"
        }
    }

    /// Position among the series of a class, behind those of `LatencySeries`.
    package var index: Int { LatencySeries.count + rawValue }

    /// How many there are.
    package static var count: Int { 7 }
}

// One partition of a consumer: its position, its credit, its acknowledgements.

/// A request of a consumer in flight.
enum ConsumerRequest {
    case resolve
    case subscribe(lane: Int)
    case unsubscribe(lane: Int)
    case acknowledge(lane: Int, PendingAcknowledgement)
}

/// A caller who waits for the broker to have taken an acknowledgement.
struct PendingAcknowledgement {
    let throughOffset: Int64
    let outcome: Outcome<Void>
    let startNanoseconds: Int64
    let deadlineNanoseconds: Int64
}

/// One partition of a consumer.
struct ConsumerLane {
    enum State {
        /// Not subscribed; may be from this time on.
        case detached(notBeforeNanoseconds: Int64)
        /// SUBSCRIBE is on its way.
        case subscribing
        /// Batches come while there is credit.
        case live
        /// There was no memory for a batch: it will be asked for again, by a new subscription.
        case starved
        /// UNSUBSCRIBE is on its way.
        case unsubscribing
        /// The broker ended the subscription.
        case ended
    }

    let partition: UInt32
    var state = State.detached(notBeforeNanoseconds: 0)
    /// The first offset that the application has not been given; nil before the first answer.
    var nextOffset: Int64?
    /// True when the broker no longer has `nextOffset`: starts at what it still has.
    var restartsAtEarliest = false
    /// True when the records of a starved on-delivery lane have to be asked for by offset.
    var wasStarved = false
    var flow = LaneFlow()
    /// The last offset that came on this connection, acknowledged or not.
    var deliveredThrough: Int64 = -1
    /// What is to be acknowledged, and what has been on this connection.
    var acknowledgeThrough: Int64 = -1
    var toldThrough: Int64 = -1
    var pending: [PendingAcknowledgement] = []

    init(partition: UInt32) { self.partition = partition }

    var isLive: Bool { if case .live = state { true } else { false } }

    /// True when the broker has, or is about to have, the subscription.
    var isSubscribed: Bool {
        switch state {
        case .detached, .unsubscribing, .ended: false
        case .subscribing, .live, .starved: true
        }
    }
}

// One partition of a consumer: its position, its credit, its acknowledgements.

import AeroWire

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
    /// Where the start time is in the partition; 0 for other starts.
    let startOffset: Int64
    var state = State.detached(notBeforeNanoseconds: 0)
    /// The first offset that the application has not been given; nil before the first answer.
    var nextOffset: Int64?
    /// Where to start when the broker no longer has `nextOffset`.
    var restart: StartKind?
    /// Which log of the partition this is, of those that the consumer has met: a broker without a
    /// disk that was started anew counts from the beginning.
    var incarnation = 0
    /// True when the records of a starved on-delivery lane have to be asked for by offset.
    var wasStarved = false
    var flow = LaneFlow()
    /// The last offset that came on this connection, acknowledged or not.
    var deliveredThrough: Int64 = -1
    /// What is to be acknowledged, and what has been on this connection.
    var acknowledgeThrough: Int64 = -1
    var toldThrough: Int64 = -1
    var pending: [PendingAcknowledgement] = []

    init(partition: UInt32, startOffset: Int64 = 0) {
        self.partition = partition
        self.startOffset = startOffset
    }

    var isLive: Bool { if case .live = state { true } else { false } }

    /// True when the broker has, or is about to have, the subscription.
    var isSubscribed: Bool {
        switch state {
        case .detached, .unsubscribing, .ended: false
        case .subscribing, .live, .starved: true
        }
    }
}

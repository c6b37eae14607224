// One partition of a group consumer: its position, its credit, its way out.

import AeroWire

/// A request of a group consumer in flight.
enum GroupRequest {
    case join
    case heartbeat
    case leave
    case commit
    case subscribe(lane: Int)
    case unsubscribe(lane: Int)
}

/// One partition that a member consumes, or is letting go of.
struct GroupLane {
    enum State: Equatable {
        /// Not subscribed; may be from this time on.
        case detached(notBeforeNanoseconds: Int64)
        /// SUBSCRIBE is on its way.
        case subscribing
        /// Batches come while there is credit.
        case live
        /// The subscription is to be ended: for want of memory, or to move the position.
        case stale
        /// UNSUBSCRIBE is on its way.
        case unsubscribing
        /// The broker ended the subscription; the next assignment says what follows.
        case ended
    }

    /// What has to happen before a partition that was taken away is free.
    enum Release: Equatable {
        /// It is ours.
        case none
        /// The application may still be working on a batch, until this time at the latest.
        case waiting(untilNanoseconds: Int64)
        /// What was worked off is being committed.
        case committing
        /// Nothing more is to be stored.
        case committed
    }

    /// Where to go, whatever the position was.
    enum Jump: Equatable {
        case earliest
        case latest
        case offset(Int64)
        case committed
    }

    /// Its name among the subscriptions; never used again.
    let number: Int
    let topic: String
    let partition: TopicPartition
    var state = State.detached(notBeforeNanoseconds: 0)
    var release = Release.none
    /// True once it is known that the topic was deleted.
    var isTopicGone = false
    var jump: Jump?
    /// The first offset that the application has not been given; nil before the first answer.
    var nextOffset: Int64?
    /// The first offset that is not committed, as far as we know: a new subscription starts there,
    /// so that the broker keeps what may have to be given again.
    var baseOffset: Int64?
    /// The first offset that is not worked off; nil while nothing is.
    var processedOffset: Int64?
    /// The first offset that has not been taken by the application.
    var takenOffset: Int64?
    /// What the group has stored; nil when we have stored nothing.
    var committedOffset: Int64?
    var flow = LaneFlow()
    /// The last offset that came by this subscription, and the last that the broker was told of.
    var deliveredThrough: Int64 = -1
    var toldThrough: Int64 = -1

    init(number: Int, topic: String, partition: TopicPartition) {
        self.number = number
        self.topic = topic
        self.partition = partition
    }

    var name: GroupPartition {
        GroupPartition(topic: topic, partition: Int(partition.partition))
    }

    /// True when the broker has, or is about to have, the subscription.
    var isSubscribed: Bool {
        switch state {
        case .detached, .unsubscribing, .ended: false
        case .subscribing, .live, .stale: true
        }
    }

    /// What is to be stored, if anything.
    var uncommittedOffset: Int64? {
        guard let processedOffset, processedOffset != committedOffset else { return nil }
        return processedOffset
    }

    /// The connection is gone, and with it the subscription.
    mutating func disconnected() {
        if state != .ended { state = .detached(notBeforeNanoseconds: 0) }
        flow.creditByteCount = 0
        deliveredThrough = -1
        toldThrough = -1
    }
}

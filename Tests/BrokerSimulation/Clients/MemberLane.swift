// One partition of a simulated member.

import AeroWire

/// A partition that a member has, or is letting go of.
struct MemberLane {
    enum State: Equatable {
        case none
        case asked
        case subscribed
        case ending
    }

    /// Names it in requests; never used again.
    let number: UInt64
    let topic: Int
    let partition: TopicPartition
    let name: PartitionName
    var state = State.none
    var subscriptionId: UInt64 = 0
    /// The next offset expected; nil before the broker has said.
    var nextOffset: Int64?
    /// What is committed, as far as the member knows.
    var committedOffset: Int64?
    var isCommitting = false
    /// True once it is somebody else's: it is committed, and then let go.
    var isLeaving = false
    var unpaidByteCount = 0
    var notBeforeNanoseconds: Int64 = 0

    init(number: UInt64, topic: Int, partition: TopicPartition, name: PartitionName) {
        self.number = number
        self.topic = topic
        self.partition = partition
        self.name = name
    }

    /// What is to be committed, if anything.
    var uncommittedOffset: Int64? {
        guard let nextOffset, nextOffset != committedOffset else { return nil }
        return nextOffset
    }

    /// The connection is gone, and with it the subscription.
    mutating func disconnected() {
        state = .none
        nextOffset = nil
        committedOffset = nil
        isCommitting = false
        unpaidByteCount = 0
    }
}

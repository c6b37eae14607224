// One client connection on its shard.

import AeroCore
import AeroIO

/// State of a connection; touched by its shard's thread only.
internal final class BrokerConnection {
    let token: Token
    var assembler: FrameAssembler
    var machine: BrokerConnectionStateMachine
    var output = OutputQueue()
    /// Where each of the client's subscriptions lives.
    var subscriptions: [UInt64: SubscriptionRoute] = [:]
    /// Subscribe requests on their way, so that a second one with the same id is refused.
    /// Appends of this connection that wait for room in a partition.
    var parkedAppendCount = 0
    var isReceiving = true
    /// True while output is above the high watermark, until it falls below the low one.
    var isHeldBack = false
    var isFlushScheduled = false
    /// Set once the connection is to be closed as soon as its output is sent.
    var closeReason: CloseReason?
    /// True once the poller was told to close; only `.closed` is still to come.
    var isClosing = false

    init(token: Token, terms: ConnectionTerms, maximumFrameByteCount: Int, nowNanoseconds: Int64) {
        self.token = token
        assembler = FrameAssembler(maximumFrameByteCount: maximumFrameByteCount)
        machine = BrokerConnectionStateMachine(terms: terms, nowNanoseconds: nowNanoseconds)
    }
}

/// The place of a subscription: its partition and its slot there.
internal struct SubscriptionRoute {
    let partition: PartitionKey
    let slot: Int
}

/// A partition's name on the data path.
internal struct PartitionKey: Hashable, Sendable {
    let topicId: UInt32
    let partition: UInt32
}

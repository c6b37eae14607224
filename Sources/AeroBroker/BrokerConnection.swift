// One client connection on its shard.

import AeroCore
import AeroIO
import AeroMemory

/// State of a connection; touched by its shard's thread only.
internal final class BrokerConnection {
    let token: Token
    var assembler: FrameAssembler
    var machine: BrokerConnectionStateMachine
    var output = OutputQueue()
    /// Where each of the client's subscriptions lives; entered as soon as it is asked for, so that
    /// a second one with its id is refused, and that CREDIT right behind it finds its way.
    var subscriptions = OrderedMap<UInt64, SubscriptionRoute>()
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
    /// Where the partition looks first; -1 until it has answered.
    var slot = -1
}

/// A partition's name on the data path.
internal struct PartitionKey: Hashable, Sendable {
    let topicId: UInt32
    let partition: UInt32
}

// One client connection on its shard.

import AeroCore
import AeroIO
import AeroMemory

/// State of a connection; touched by its shard's thread only.
internal final class BrokerConnection {
    let token: Token
    var assembler: FrameAssembler
    var machine: BrokerConnectionStateMachine
    var output: OutputQueue
    /// Where each of the client's subscriptions lives; entered as soon as it is asked for, so that
    /// a second one with its id is refused, and that CREDIT right behind it finds its way.
    var subscriptions = OrderedMap<UInt64, SubscriptionRoute>()
    /// Appends of this connection that wait for room in a partition.
    var parkedAppendCount = 0
    /// True while another shard is behind with what this connection has sent.
    var isWaitingForLink = false
    /// True once the client has been a member of a group.
    var usesGroups = false
    /// Where the client connects from, for people.
    var peer: SocketAddress?
    var isReceiving = true
    /// True while output is above the high watermark, until it falls below the low one.
    var isHeldBack = false
    var isFlushScheduled = false
    /// True while the shard remembers to let go of the output's spare memory.
    var isWarm = false
    /// True when there was output since the shard last looked for spare memory.
    var hadOutput = false
    /// True once a request named a partition, so that partitions may hold something of it.
    var hasNamedPartitions = false
    /// True once the client has asked for stage times.
    var measuresStages = false
    /// When what it sends now was sent, and when it came; unknown where nothing is measured.
    var arrival = ArrivalTimes.unknown
    /// Goes off when the client may have been silent for too long.
    var idleTimer: TimerWheel.TimerID
    /// Set once the connection is to be closed as soon as its output is sent.
    var closeReason: CloseReason?
    /// True once the poller was told to close; only `.closed` is still to come.
    var isClosing = false

    init(
        token: Token, configuration: BrokerConfiguration, reserves: MemoryReserves,
        vectors: SendVectors, idleTimer: TimerWheel.TimerID, nowNanoseconds: Int64
    ) {
        self.token = token
        self.idleTimer = idleTimer
        assembler = FrameAssembler(
            maximumFrameByteCount: configuration.frameByteCountMax,
            reserveByteCount: reserves.frameByteCount)
        machine = BrokerConnectionStateMachine(
            terms: configuration.connectionTerms, nowNanoseconds: nowNanoseconds)
        output = OutputQueue(vectors: vectors)
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

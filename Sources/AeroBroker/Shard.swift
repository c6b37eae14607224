// One event loop with its connections and its partitions: the broker's unit of work.

import AeroCore
import AeroIO
import AeroMemory
import AeroStorage
import AeroWire
import Synchronization

/// A shard: everything in it is touched by its own thread only, so nothing in it is locked.
///
/// One turn of the loop takes what the poller completed, then what other shards sent, serves the
/// partitions that changed, and at the end hands all output to the kernel: so whatever arrived
/// together is answered together, with as few system calls as there are connections.
///
/// Facets: `+Connections` (accept, receive, close), `+Requests` (frames to requests),
/// `+Control` (topics, statistics), `+Appends`, `+Fetches`, `+Subscriptions` (partitions),
/// `+Output` (answers and sending), `+Exchange` (other shards).
internal final class Shard<P: Poller & ~Copyable> {
    let index: Int
    let configuration: BrokerConfiguration
    let context: BrokerContext
    let pool: BufferPool
    /// What each use of the pool leaves free.
    let reserves: MemoryReserves
    /// The buffers that partitions of this shard fill.
    let chunks: ChunkSource
    let counters: ShardCounters
    let links: [ShardLink?]
    var poller: P

    var connections = ConnectionTable()
    /// In the order of their first use: what is done to all is done in an order that is the same in
    /// every process.
    var partitions = OrderedMap<PartitionKey, HostedPartition>()
    /// Those of `partitions` that have a log on disk, in the order in which they were opened.
    var durablePartitions: [HostedPartition] = []
    /// Partitions whose logs are damaged.
    var refusedPartitions: [PartitionKey: ErrorCode] = [:]
    /// What was known to be durable of partitions whose logs could not be opened. It holds until
    /// they can: a checkpoint without it would let the next start cut them where they are damaged.
    var unopenedPoints = OrderedMap<PartitionKey, CheckpointEntry>()
    var dirtyPartitions: [HostedPartition] = []
    var disk = DiskWork()
    var groups = GroupHosting()
    let stageTimes = StageTimesBudget()
    /// Nil without a data directory.
    let lanes: DiskLanes?
    /// Partitions where appends or fetches wait for something or for their time.
    var waitingPartitions: [HostedPartition] = []
    var connectionsToFlush: [BrokerConnection] = []
    /// Connections that are not read from until other shards have caught up.
    var linkWaiters: [BrokerConnection] = []
    /// Connections whose output may hold spare memory.
    var warmConnections: [BrokerConnection] = []
    /// When to ask of each connection whether it fell silent; payload: its token.
    var idleTimers: TimerWheel
    let sendVectors = SendVectors()
    /// The time, read once a turn.
    var nowNanoseconds: Int64
    /// As `BrokerContext.steadyMilliseconds`.
    var wallMilliseconds: Int64
    var nextTickNanoseconds: Int64 = 0
    var nextAdoptingShard = 0
    var hasListener = false
    /// Set when the broker stops: when to give up on clients that do not take their answers.
    var drainDeadlineNanoseconds: Int64?

    /// True when a ring was left with messages at the end of the last turn.
    private var hasMoreMessages = false

    /// What one turn of the loop takes at most, of completions and of each ring's messages.
    private static var completionsPerTurn: Int { 1_024 }
    private static var messagesPerTurn: Int { 4_096 }
    /// What a turn receives, about, before it serves consumers: half of what it may deliver to one,
    /// so that a consumer that has fallen behind comes closer while producers do their utmost.
    private static var receivedBytesPerTurn: Int { 512 << 10 }

    /// How often a shard that waits for another looks whether it has caught up.
    private static var linkPollNanoseconds: Int64 { 100_000 }

    /// How often idle connections, timeouts and gauges are looked at.
    static var tickIntervalNanoseconds: Int64 { 50_000_000 }

    init(
        index: Int, configuration: BrokerConfiguration, context: BrokerContext,
        counters: ShardCounters, links: [ShardLink?], poller: consuming P,
        lanes: DiskLanes?
    ) throws(Errno) {
        self.index = index
        self.configuration = configuration
        self.context = context
        self.counters = counters
        self.links = links
        self.poller = poller
        self.lanes = lanes
        nowNanoseconds = context.clock.monotonicNanoseconds()
        wallMilliseconds = context.steadyMilliseconds(atNanoseconds: nowNanoseconds)
        let capacity = configuration.memoryByteCountMax / configuration.shardCount
        reserves = MemoryReserves(
            capacityByteCount: capacity, frameByteCountMax: configuration.frameByteCountMax)
        do throws(PoolError) {
            pool = try BufferPool(
                configuration: BufferPoolConfiguration(
                    mode: configuration.allocationMode, capacityBytes: capacity,
                    preallocatedCounts: configuration.preallocatedCounts))
        } catch {
            throw .outOfMemory
        }
        chunks = ChunkSource(pool: pool, reserves: reserves.stores)
        idleTimers = TimerWheel(
            tickNanoseconds: Self.tickIntervalNanoseconds,
            nowNanoseconds: nowNanoseconds)
    }

    /// Takes connections from a listening socket.
    func listen(on descriptor: consuming FileDescriptor) throws(Errno) {
        try poller.addListener(descriptor, token: BrokerToken.listener)
        hasListener = true
    }

    /// Runs until the broker stops and every client has its answers.
    func run() throws(Errno) {
        while !isDrained { try turn() }
        finishRun()
    }

    /// What is done behind the last turn.
    func finishRun() {
        closeLogs()
        publishGauges()
    }

    /// One turn of the loop; waits for something to do first.
    func turn() throws(Errno) {
        try poller.wait(timeoutNanoseconds: waitNanoseconds)
        nowNanoseconds = context.clock.monotonicNanoseconds()
        wallMilliseconds = context.steadyMilliseconds(atNanoseconds: nowNanoseconds)
        takeCompletions()
        takeMessages()
        resumeLinkWaiters()
        takeCommit()
        takeUpkeep()
        work()
        let mustDrain = drainDeadlineNanoseconds == nil && context.isStopping
        if nowNanoseconds >= nextTickNanoseconds || mustDrain { tick() }
    }

    /// Carries out what completions, messages and timers have left to do.
    private func work() {
        loadCoordinators()
        writeLogs()
        servePartitions()
        // Serving lets parked producers in.
        writeLogs()
        commitLogs()
        flushConnections()
        flushLinks()
    }

    /// How long the next turn may wait for something to do, in nanoseconds.
    var waitNanoseconds: Int64 {
        if hasMoreMessages || groups.isLoading { return 0 }
        if links.contains(where: { $0?.isCongested == true }) { return 0 }
        let wait = max(min(nextTickNanoseconds, nextDiskNanoseconds) - nowNanoseconds, 0)
        // Nobody says when a shard has caught up with batches that want no answer.
        return linkWaiters.isEmpty ? wait : min(wait, Self.linkPollNanoseconds)
    }

    private func takeCompletions() {
        // BOUND: one turn; a client that sends faster than we read must not keep others waiting.
        var receivedByteCount = 0
        for _ in 0..<Self.completionsPerTurn {
            guard let completion = poller.next() else { return }
            switch completion {
            case .accepted(_, let descriptor): accepted(descriptor)
            case .received(let token, let bytes):
                received(bytes, on: token)
                receivedByteCount += bytes.count
                if receivedByteCount >= Self.receivedBytesPerTurn { return }
            case .sent(let token, let byteCount): sent(byteCount, on: token)
            case .endOfStream(let token): ended(token)
            case .failed(let token, let errno): failed(token, errno)
            case .closed(let token): closed(token)
            case .connected, .woken: break
            }
        }
    }

    private func takeMessages() {
        hasMoreMessages = false
        for case let link? in links {
            var count = 0
            while count < Self.messagesPerTurn, let message = link.receive() {
                handle(message)
                count += 1
            }
            if count == Self.messagesPerTurn { hasMoreMessages = true }
        }
    }

    // MARK: - Time

    private func tick() {
        nextTickNanoseconds = nowNanoseconds + Self.tickIntervalNanoseconds
        if drainDeadlineNanoseconds == nil, context.isStopping { beginDraining() }
        expireWaiting()
        chunks.trim()
        closeSilentConnections()
        tickGroups()
        tickLogs()
        work()
        trimQuietConnections()
        keepReserve()
        publishGauges()
    }

    /// Lets go of what is kept for replay only, before somebody has to wait for its memory.
    private func keepReserve() {
        // What other shards gave back counts as outstanding until it is taken in.
        pool.collectReturns()
        let comfortable = reserves.comfortableByteCount(of: pool.capacityBytes)
        let excess = pool.statistics.bytesOutstanding - comfortable
        if excess > 0 { reclaimRetained(byteCount: excess) }
    }

    func publishGauges() {
        let statistics = pool.statistics
        counters.set(.poolAllocations, to: Int(statistics.allocations))
        counters.set(.poolReleases, to: Int(statistics.releases))
        counters.set(.poolHits, to: Int(statistics.hits))
        counters.set(.poolMisses, to: Int(statistics.misses))
        counters.set(.poolExhaustions, to: Int(statistics.exhaustions))
        counters.set(.poolRemoteReturns, to: Int(statistics.remoteReturns))
        counters.set(.poolEvictions, to: Int(statistics.evictions))
        counters.set(.poolBytesOutstanding, to: statistics.bytesOutstanding)
        counters.set(.poolBytesCached, to: statistics.bytesCached)
        counters.set(.poolCapacityBytes, to: pool.capacityBytes)
        counters.set(.poolHighWaterBytes, to: statistics.highWaterBytes)
        counters.set(.pollerSystemCalls, to: Int(poller.systemCallCount))
    }

    // MARK: - Stopping

    /// Stops taking requests, answers what waits, and closes each connection once it is flushed.
    private func beginDraining() {
        drainDeadlineNanoseconds = nowNanoseconds + configuration.drainNanoseconds
        if hasListener { poller.close(BrokerToken.listener) }
        hasListener = false
        for partition in partitions.values { answerEverythingParked(in: partition, .shuttingDown) }
        drainCoordinators()
        for connection in connections.all {
            connection.machine.stopAccepting()
            closeWhenFlushed(connection, .shutdown)
        }
    }

    /// True when the shard has stopped.
    var isDrained: Bool {
        guard let deadline = drainDeadlineNanoseconds else { return false }
        // Other shards' connections may still wait for answers of this one's partitions.
        return !context.hasConnections || nowNanoseconds >= deadline
    }
}

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
    /// The buffers that partitions of this shard fill.
    let chunks: ChunkSource
    let counters: ShardCounters
    let links: [ShardLink?]
    var poller: P

    var connections = ConnectionTable()
    /// In the order of their first use: what is done to all is done in an order that is the same in
    /// every process.
    var partitions = OrderedMap<PartitionKey, HostedPartition>()
    var dirtyPartitions: [HostedPartition] = []
    var connectionsToFlush: [BrokerConnection] = []
    var nowNanoseconds = MonotonicClock.nowNanoseconds()
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

    /// How often idle connections, timeouts and gauges are looked at.
    static var tickIntervalNanoseconds: Int64 { 50_000_000 }

    init(
        index: Int, configuration: BrokerConfiguration, context: BrokerContext,
        counters: ShardCounters, links: [ShardLink?], poller: consuming P
    ) throws(Errno) {
        self.index = index
        self.configuration = configuration
        self.context = context
        self.counters = counters
        self.links = links
        self.poller = poller
        do throws(PoolError) {
            pool = try BufferPool(
                configuration: BufferPoolConfiguration(
                    mode: configuration.allocationMode,
                    capacityBytes: configuration.memoryByteCountMax / configuration.shardCount))
        } catch {
            throw .outOfMemory
        }
        chunks = ChunkSource(pool: pool)
    }

    /// Takes connections from a listening socket.
    func listen(on descriptor: consuming FileDescriptor) throws(Errno) {
        try poller.addListener(descriptor, token: BrokerToken.listener)
        hasListener = true
    }

    /// Runs until the broker stops and every client has its answers.
    func run() throws(Errno) {
        while !isDrained {
            try poller.wait(timeoutNanoseconds: waitNanoseconds)
            nowNanoseconds = MonotonicClock.nowNanoseconds()
            takeCompletions()
            takeMessages()
            servePartitions()
            flushConnections()
            flushLinks()
            let mustDrain = drainDeadlineNanoseconds == nil && context.isStopping
            if nowNanoseconds >= nextTickNanoseconds || mustDrain { tick() }
        }
        publishGauges()
    }

    private var waitNanoseconds: Int64 {
        if hasMoreMessages || links.contains(where: { $0?.isCongested == true }) { return 0 }
        return max(nextTickNanoseconds - nowNanoseconds, 0)
    }

    private func takeCompletions() {
        // BOUND: one turn; a client that sends faster than we read must not keep others waiting.
        for _ in 0..<Self.completionsPerTurn {
            guard let completion = poller.next() else { return }
            switch completion {
            case .accepted(_, let descriptor): accepted(descriptor)
            case .received(let token, let bytes): received(bytes, on: token)
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
        for partition in partitions.values { expire(partition) }
        chunks.trim()
        // A connection that is not read from because its appends wait cannot be heard either.
        for connection in connections.all
        where connection.parkedAppendCount == 0
            && connection.machine.isIdle(nowNanoseconds: nowNanoseconds)
        {
            close(connection, .idle)
        }
        servePartitions()
        flushConnections()
        flushLinks()
        keepReserve()
        publishGauges()
    }

    /// Keeps a quarter of the memory for what must not fail: frames under way and answers.
    private func keepReserve() {
        // What other shards gave back counts as outstanding until it is taken in.
        pool.collectReturns()
        let excess = pool.statistics.bytesOutstanding - pool.capacityBytes / 4 * 3
        if excess > 0 { reclaimRetained(byteCount: excess) }
    }

    private func publishGauges() {
        let statistics = pool.statistics
        counters.set(.poolAllocations, to: Int(statistics.allocations))
        counters.set(.poolHits, to: Int(statistics.hits))
        counters.set(.poolMisses, to: Int(statistics.misses))
        counters.set(.poolExhaustions, to: Int(statistics.exhaustions))
        counters.set(.poolBytesOutstanding, to: statistics.bytesOutstanding)
        counters.set(.poolHighWaterBytes, to: statistics.highWaterBytes)
        for partition in partitions.values { partition.publishGauges() }
    }

    // MARK: - Stopping

    /// Stops taking requests, answers what waits, and closes each connection once it is flushed.
    private func beginDraining() {
        drainDeadlineNanoseconds = nowNanoseconds + configuration.drainNanoseconds
        if hasListener { poller.close(BrokerToken.listener) }
        hasListener = false
        for partition in partitions.values { answerEverythingParked(in: partition, .shuttingDown) }
        for connection in connections.all {
            connection.machine.stopAccepting()
            closeWhenFlushed(connection, .shutdown)
        }
    }

    private var isDrained: Bool {
        guard let deadline = drainDeadlineNanoseconds else { return false }
        // Other shards' connections may still wait for answers of this one's partitions.
        return !context.hasConnections || nowNanoseconds >= deadline
    }
}

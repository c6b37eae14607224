// What all shards of a broker share.

import AeroIO
import AeroMemory
import Synchronization

/// The few things that shards share; none of them is touched per message.
internal final class BrokerContext: Sendable {
    let brokerId: String
    let topics: TopicDirectory
    let clock: any Clock
    /// Nil where everything is kept in memory.
    let storage: BrokerStorage?
    let producerIds: ProducerIds
    /// One block of counters per shard.
    let counters: [ShardCounters]
    /// What holds the broker up; nil where nobody watches.
    let hiccups: HiccupWatch?
    /// When the broker started, on the monotonic clock.
    let startedNanoseconds: Int64
    /// What the machine's clock said then, in milliseconds since 1970.
    private let startedMilliseconds: Int64
    private let stopping = Atomic<Bool>(false)
    private let sessions = Atomic<UInt64>(1)
    private let openConnections = Atomic<Int>(0)
    private let retiredPools = Mutex<[RetiredPool]>([])

    private let onFailure: @Sendable () -> Void

    /// - Parameter onFailure: Called on the thread of a shard that cannot go on.
    init(
        brokerId: String, topics: TopicDirectory, storage: BrokerStorage?,
        producerIds: ProducerIds, shardCount: Int, clock: any Clock,
        hiccups: HiccupWatch? = nil, onFailure: @escaping @Sendable () -> Void
    ) {
        self.hiccups = hiccups
        self.onFailure = onFailure
        self.brokerId = brokerId
        self.topics = topics
        self.storage = storage
        self.producerIds = producerIds
        self.clock = clock
        startedNanoseconds = clock.monotonicNanoseconds()
        startedMilliseconds = clock.wallMilliseconds()
        counters = (0..<shardCount).map { _ in ShardCounters() }
    }

    /// Relaxed: the flag carries no data; shards look at it on every tick and when woken.
    var isStopping: Bool { stopping.load(ordering: .relaxed) }

    /// Asks every shard to stop.
    func stop() { stopping.store(true, ordering: .relaxed) }

    /// A shard cannot go on. A broker without one of its shards answers for none of them.
    func fail() {
        stop()
        onFailure()
    }

    /// Tells whoever runs the broker something about its storage.
    func note(_ text: String, isAlarm: Bool) { storage?.note(text, isAlarm: isAlarm) }

    /// Milliseconds since 1970 as this broker counts them: the machine's clock at its start, and
    /// the time that has passed since.
    ///
    /// The machine's clock may be set, by mistake or to mend one. If retention followed it, a jump
    /// ahead would delete what was to be kept, for good, and a jump back would keep everything.
    func steadyMilliseconds(atNanoseconds nanoseconds: Int64) -> Int64 {
        startedMilliseconds + (nanoseconds - startedNanoseconds) / 1_000_000
    }

    /// A number for a new session, unique while the broker runs.
    func makeSessionId() -> UInt64 { sessions.wrappingAdd(1, ordering: .relaxed).oldValue }

    /// Counts a connection in, unless the limit is reached.
    func admitConnection(limit: Int) -> Bool {
        if openConnections.wrappingAdd(1, ordering: .relaxed).newValue <= limit { return true }
        openConnections.wrappingSubtract(1, ordering: .relaxed)
        return false
    }

    /// Whether any shard still has a connection. Relaxed: looked at on every turn of a stopping
    /// loop.
    var hasConnections: Bool { openConnections.load(ordering: .relaxed) > 0 }

    /// Counts a connection out.
    func releaseConnection() { openConnections.wrappingSubtract(1, ordering: .relaxed) }

    /// Keeps the pool of a shard that has ended, because output queues and rings of others may
    /// still hold its memory; it goes with the context, after the last shard.
    func retire(_ pool: BufferPool) {
        let retired = RetiredPool(pool)
        retiredPools.withLock { $0.append(retired) }
    }
}

/// A pool whose shard has ended.
///
/// SAFETY: nobody allocates from it any more, and it is only ever dropped; buffers that come home
/// to it take the remote way, which any thread may.
private final class RetiredPool: @unchecked Sendable {
    private let pool: BufferPool

    init(_ pool: BufferPool) { self.pool = pool }
}

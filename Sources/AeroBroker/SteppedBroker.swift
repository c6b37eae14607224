// A broker whose shards are run turn by turn on the caller's thread: what a simulation drives.

import AeroCore
package import AeroIO
import AeroMemory
import AeroStorage

/// The shards of one broker without threads of their own.
///
/// All that a running broker is, is the same: the shards, the rings between them, what they do with
/// their disk, the rules of start and stop. Only who runs the turns and the work that waits for the
/// disk is the caller's affair. All calls are made on one thread.
package final class SteppedBroker<P: Poller & ~Copyable> {
    private let context: BrokerContext
    private var shards: [Shard<P>] = []
    private var isClosed: [Bool]
    /// Pools that cannot go because something of theirs is still out.
    private var heldPools: [BufferPool] = []

    /// Makes the shards, recovers their logs, and takes connections from `listener`.
    ///
    /// - Parameters:
    ///   - configuration: As for a broker with threads; what is said of pollers, addresses and
    ///     pinning is not looked at.
    ///   - brokerId: What clients are told.
    ///   - listener: A listening socket that the pollers understand.
    ///   - onNotice: Hears what storage has to tell whoever runs the broker.
    ///   - onDiskWork: Is given what waits for the disk, as an action that the caller runs when the
    ///     disk is to be done with it: once, or never for a broker that crashes before.
    ///   - makePoller: Makes the poller of a shard.
    /// - Throws: `BrokerError`.
    package init(
        _ configuration: BrokerConfiguration, brokerId: String,
        listener: consuming FileDescriptor,
        onNotice: @escaping @Sendable (StorageNotice) -> Void,
        onDiskWork: @escaping (_ shard: Int, _ work: @escaping () -> Void) -> Void,
        makePoller: (Int) throws(Errno) -> P
    ) throws(BrokerError) {
        let (storage, catalog) = try Broker.openStorage(configuration, onNotice)
        context = BrokerContext(
            brokerId: brokerId, topics: TopicDirectory(catalog: catalog), storage: storage,
            shardCount: configuration.shardCount, clock: configuration.clock, onFailure: {})
        isClosed = Array(repeating: false, count: configuration.shardCount)
        let slots = (0..<configuration.shardCount).map { _ in WakerSlot() }
        let links = ShardGroup.makeLinks(slots)
        do throws(Errno) {
            for index in 0..<configuration.shardCount {
                let poller = try makePoller(index)
                slots[index].set(poller.waker)
                let lanes = storage.map {
                    DiskLanes(
                        $0.directory, shard: index, waker: poller.waker, onDiskWork: onDiskWork)
                }
                let shard = try Shard(
                    index: index, configuration: configuration, context: context,
                    counters: context.counters[index], links: links[index], poller: poller,
                    lanes: lanes)
                shard.openPartitions()
                shards.append(shard)
            }
            try shards[0].listen(on: listener)
        } catch {
            throw .system("start the shards", error)
        }
    }

    /// How many shards there are.
    package var shardCount: Int { shards.count }

    /// Runs one turn of a shard's loop and, behind its last, what it does at its end.
    /// - Throws: What the poller throws; the broker cannot go on then.
    package func turn(_ index: Int) throws(Errno) {
        let shard = shards[index]
        guard !isClosed[index] else { return }
        try shard.turn()
        guard shard.isDrained else { return }
        isClosed[index] = true
        shard.finishRun()
    }

    /// How long a shard's next turn would wait for something to do, in nanoseconds.
    package func waitNanoseconds(_ shard: Int) -> Int64 { shards[shard].waitNanoseconds }

    /// True when a shard has stopped and needs no more turns.
    package func isDrained(_ shard: Int) -> Bool { isClosed[shard] }

    /// Asks the broker to stop; it does so over its next turns.
    package func stop() {
        context.stop()
        for shard in shards { shard.poller.waker.wake() }
    }

    /// Ends the broker where it stands, as a crash does: nobody is told anything.
    ///
    /// - Returns: Bytes of pooled memory that did not come home: a leak, with which this object
    ///   must not be let go of, because a pool without its buffers traps.
    package func crash() -> Int {
        let pools = shards.map(\.pool)
        shards.removeAll()
        for pool in pools { pool.collectReturns() }
        heldPools = pools.filter { $0.statistics.bytesOutstanding > 0 }
        return heldPools.reduce(0) { $0 + $1.statistics.bytesOutstanding }
    }
}

extension SteppedBroker where P: ~Copyable {
    /// What the broker holds and what waits in it.
    package func census() -> BrokerCensus {
        var census = BrokerCensus()
        for shard in shards {
            shard.pool.collectReturns()
            let memory = shard.pool.statistics
            census.connectionCount += shard.connections.count
            census.poolByteCount += memory.bytesOutstanding
            census.poolHighWaterByteCountMax = max(
                census.poolHighWaterByteCountMax, memory.highWaterBytes)
            census.partitionCount += shard.partitions.count
            for partition in shard.partitions.values {
                census.parkedAppendCount += partition.parkedAppends.count
                census.unsettledAppendCount += partition.unsettled.isEmpty ? 0 : 1
                if !partition.machine.isQuiet { census.waitedForPartitionCount += 1 }
                census.storedByteCount += partition.store.storedByteCount
                if case .failed = partition.store.state { census.failedLogCount += 1 }
            }
            census.failedLogCount += shard.refusedPartitions.count
        }
        return census
    }

    /// The state of a partition's log; nil when it was not used since the broker started, or is
    /// refused.
    package func offsets(topicId: UInt32, partition: UInt32) -> LogOffsets? {
        let key = PartitionKey(topicId: topicId, partition: partition)
        for shard in shards {
            guard let found = shard.partitions[key] else { continue }
            return LogOffsets(
                start: found.store.logStartOffset, highWatermark: found.store.highWatermark,
                end: found.store.logEndOffset)
        }
        return nil
    }
}

/// Where a partition's log starts, is readable up to, and ends.
package struct LogOffsets: Equatable, Sendable {
    /// The first offset.
    package let start: Int64
    /// Behind the last that consumers may read.
    package let highWatermark: Int64
    /// Behind the last.
    package let end: Int64
}

/// What a broker holds, counted between turns.
package struct BrokerCensus: Equatable, Sendable {
    /// Connections that are open or not let go of yet.
    package internal(set) var connectionCount = 0
    /// Partitions that were used.
    package internal(set) var partitionCount = 0
    /// Bytes of batches in memory.
    package internal(set) var storedByteCount = 0
    /// Appends that wait for room.
    package internal(set) var parkedAppendCount = 0
    /// Partitions with appends that wait to become durable.
    package internal(set) var unsettledAppendCount = 0
    /// Partitions with subscriptions or parked fetches.
    package internal(set) var waitedForPartitionCount = 0
    /// Logs that take nothing until a restart, and partitions that are refused.
    package internal(set) var failedLogCount = 0
    /// Bytes of pooled memory in use.
    package internal(set) var poolByteCount = 0
    /// The most bytes that a shard's pool ever had.
    package internal(set) var poolHighWaterByteCountMax = 0
}

/// A lane whose jobs are done when somebody says so.
private final class SteppedLane<Job: Sendable, Outcome: Sendable>: DiskLane {
    private let waker: Waker
    private let body: (Job) -> Outcome
    private let onDiskWork: (@escaping () -> Void) -> Void
    private var pending: Job?
    private var outcome: Outcome?

    init(
        _ waker: Waker, _ onDiskWork: @escaping (@escaping () -> Void) -> Void,
        _ body: @escaping (Job) -> Outcome
    ) {
        self.waker = waker
        self.onDiskWork = onDiskWork
        self.body = body
    }

    func submit(_ job: Job) {
        precondition(pending == nil && outcome == nil, "one job at a time")
        pending = job
        // The work of a broker that has crashed meanwhile is nobody's any more.
        onDiskWork { [weak self] in self?.run() }
    }

    func next() -> Outcome? {
        defer { outcome = nil }
        return outcome
    }

    func finish() { run() }

    private func run() {
        guard let job = pending else { return }
        pending = nil
        outcome = body(job)
        waker.wake()
    }
}

extension DiskLanes {
    /// Lanes whose work is the caller's to run.
    fileprivate init(
        _ directory: DataDirectory, shard: Int, waker: Waker,
        onDiskWork: @escaping (_ shard: Int, _ work: @escaping () -> Void) -> Void
    ) {
        commits = SteppedLane<SyncJob, SyncOutcome>(waker, { onDiskWork(shard, $0) }) {
            $0.run(on: directory, shard: shard)
        }
        upkeep = SteppedLane<UpkeepJob, UpkeepOutcome>(waker, { onDiskWork(shard, $0) }) {
            $0.run(on: directory)
        }
    }
}

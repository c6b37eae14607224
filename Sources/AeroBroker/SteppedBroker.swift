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
    private(set) var shards: [Shard<P>] = []
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
    ///   - onDiskWork: Is given what the disk is to do while a shard goes on.
    ///   - makePoller: Makes the poller of a shard.
    /// - Throws: `BrokerError`.
    package init(
        _ configuration: BrokerConfiguration, brokerId: String,
        listener: consuming FileDescriptor,
        onNotice: @escaping @Sendable (StorageNotice) -> Void,
        onDiskWork: @escaping (_ shard: Int, _ work: SteppedDiskWork) -> Void,
        makePoller: (Int) throws(Errno) -> P
    ) throws(BrokerError) {
        let (storage, catalog) = try Broker.openStorage(configuration, onNotice)
        let producerIds = try ProducerIds(storage: storage, seed: configuration.producerIdSeed)
        context = BrokerContext(
            brokerId: brokerId, topics: TopicDirectory(catalog: catalog), storage: storage,
            producerIds: producerIds, shardCount: configuration.shardCount,
            clock: configuration.clock, onFailure: {})
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
                shards.append(
                    try ShardGroup.makeShard(
                        index, configuration, context, links: links[index], poller: poller,
                        lanes: lanes))
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

/// What a disk has to do while its shard goes on, in two steps, each taken once, in order, or not
/// at all by a broker that crashes before.
package struct SteppedDiskWork {
    /// Does the work.
    package let run: () -> Void
    /// Tells the shard, which acts on it in its next turn.
    package let report: () -> Void
}

/// A lane whose jobs are done when somebody says so.
private final class SteppedLane<Job: Sendable, Outcome: Sendable>: DiskLane {
    private let waker: Waker
    private let body: (Job) -> Outcome
    private let onDiskWork: (SteppedDiskWork) -> Void
    private var pending: Job?
    private var unreported: Outcome?
    private var outcome: Outcome?
    private var hasEnded = false

    init(
        _ waker: Waker, _ onDiskWork: @escaping (SteppedDiskWork) -> Void,
        _ body: @escaping (Job) -> Outcome
    ) {
        self.waker = waker
        self.onDiskWork = onDiskWork
        self.body = body
    }

    func submit(_ job: Job) {
        precondition(!hasEnded, "no job is handed over after the end")
        precondition(
            pending == nil && unreported == nil && outcome == nil, "one job at a time")
        pending = job
        // The work of a broker that has crashed meanwhile is nobody's any more.
        onDiskWork(
            SteppedDiskWork(
                run: { [weak self] in self?.run() }, report: { [weak self] in self?.report() }))
    }

    func next() -> Outcome? {
        defer { outcome = nil }
        return outcome
    }

    func finish() {
        run()
        report()
        hasEnded = true
    }

    private func run() {
        guard let job = pending else { return }
        pending = nil
        unreported = body(job)
    }

    private func report() {
        guard let ended = unreported else { return }
        unreported = nil
        outcome = ended
        waker.wake()
    }
}

extension DiskLanes {
    /// Lanes whose work is the caller's to run.
    fileprivate init(
        _ directory: DataDirectory, shard: Int, waker: Waker,
        onDiskWork: @escaping (_ shard: Int, _ work: SteppedDiskWork) -> Void
    ) {
        commits = SteppedLane<SyncJob, SyncOutcome>(waker, { onDiskWork(shard, $0) }) {
            $0.run(on: directory, shard: shard)
        }
        upkeep = SteppedLane<UpkeepJob, UpkeepOutcome>(waker, { onDiskWork(shard, $0) }) {
            $0.run(on: directory, shard: shard)
        }
    }
}

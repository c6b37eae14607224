// A broker whose shards are run turn by turn on the caller's thread: what a simulation drives.

import AeroCore
package import AeroIO
import AeroMemory
import AeroStorage

/// The shards of one broker without threads of their own.
///
/// All that a running broker is, is the same: the shards, the rings between them, the rules of
/// start and stop. Only who runs the turns, and whose time it is, is the caller's affair. All
/// calls are made on one thread.
package final class SteppedBroker<P: Poller & ~Copyable> {
    private let context: BrokerContext
    private var shards: [Shard<P>] = []
    /// Pools that cannot go because something of theirs is still out.
    private var heldPools: [BufferPool] = []

    /// Makes the shards; the first takes connections from `listener`.
    ///
    /// - Parameters:
    ///   - configuration: As for a broker with threads; what is said of pollers, addresses and
    ///     pinning is not looked at.
    ///   - brokerId: What clients are told.
    ///   - listener: A listening socket that the pollers understand.
    ///   - now: The time in nanoseconds; never goes back.
    ///   - makePoller: Makes the poller of a shard.
    /// - Throws: What a poller throws.
    package init(
        _ configuration: BrokerConfiguration, brokerId: String,
        listener: consuming FileDescriptor, now: @escaping @Sendable () -> Int64,
        makePoller: (Int) throws(Errno) -> P
    ) throws(Errno) {
        context = BrokerContext(
            brokerId: brokerId, topics: TopicDirectory(limits: configuration.topicLimits),
            shardCount: configuration.shardCount, now: now, onFailure: {})
        let slots = (0..<configuration.shardCount).map { _ in WakerSlot() }
        let links = ShardGroup.makeLinks(slots)
        for index in 0..<configuration.shardCount {
            let shard = try Shard(
                index: index, configuration: configuration, context: context,
                counters: context.counters[index], links: links[index],
                poller: try makePoller(index))
            slots[index].set(shard.poller.waker)
            shards.append(shard)
        }
        try shards[0].listen(on: listener)
    }

    /// How many shards there are.
    package var shardCount: Int { shards.count }

    /// Runs one turn of a shard's loop.
    /// - Throws: What the poller throws; the broker cannot go on then.
    package func turn(_ shard: Int) throws(Errno) { try shards[shard].turn() }

    /// How long a shard's next turn would wait for something to do, in nanoseconds.
    package func waitNanoseconds(_ shard: Int) -> Int64 { shards[shard].waitNanoseconds }

    /// True when a shard has stopped and needs no more turns.
    package func isDrained(_ shard: Int) -> Bool { shards[shard].isDrained }

    /// Asks the broker to stop; it does so over its next turns.
    package func stop() {
        context.stop()
        for shard in shards { shard.poller.waker.wake() }
    }

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
                if !partition.machine.isQuiet { census.waitedForPartitionCount += 1 }
                census.storedByteCount += partition.store.storedByteCount
            }
        }
        return census
    }

    /// The two ends of a partition's log; nil when it was not used since the broker started.
    package func offsets(
        topicId: UInt32, partition: UInt32
    ) -> (logStart: Int64, highWatermark: Int64)? {
        let key = PartitionKey(topicId: topicId, partition: partition)
        for shard in shards {
            guard let found = shard.partitions[key] else { continue }
            return (found.store.logStartOffset, found.store.highWatermark)
        }
        return nil
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

/// What a broker holds, counted between turns.
package struct BrokerCensus: Equatable, Sendable {
    /// Connections that are open or not let go of yet.
    package internal(set) var connectionCount = 0
    /// Partitions that were used.
    package internal(set) var partitionCount = 0
    /// Bytes of batches kept.
    package internal(set) var storedByteCount = 0
    /// Appends that wait for room.
    package internal(set) var parkedAppendCount = 0
    /// Partitions with subscriptions or parked fetches.
    package internal(set) var waitedForPartitionCount = 0
    /// Bytes of pooled memory in use.
    package internal(set) var poolByteCount = 0
    /// The most bytes that a shard's pool ever had.
    package internal(set) var poolHighWaterByteCountMax = 0
}

// What a broker holds, counted between turns by whoever steps it.

import AeroCore
import AeroIO
import AeroMemory
import AeroStorage

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

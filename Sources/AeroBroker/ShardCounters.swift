// What a shard counts, readable while it runs.

import AeroCore
import Synchronization

/// Counters of one shard: written by its thread alone, summed by whoever answers STATISTICS.
///
/// SAFETY: the cells are atomics in memory that lives as long as this object.
internal final class ShardCounters: @unchecked Sendable {
    /// Everything that is counted.
    enum Name: Int, CaseIterable {
        case connectionsAccepted, connectionsOpen, framesReceived, bytesReceived, bytesSent
        case batchesAppended, recordsAppended, batchBytesAppended
        case appendsRefused, appendsParked, appendsDropped
        case deliveries, deliveredBytes, recordsSkipped, bytesReleased
        case fetches, fetchesParked, requestsRefused, subscriptionsEnded
        case batchesRepeated, logWrites, logBytesWritten, logSyncs, groupCommits
        case logsBlocked, logsFailed, logBytesDeleted, logBytesCompacted
        case groupAppendsRefused, groupRecordsSkipped, groupRefreshes
        case acknowledgementsDropped
        case poolAllocations, poolReleases, poolHits, poolMisses, poolExhaustions
        case poolRemoteReturns, poolEvictions
        case poolBytesOutstanding, poolBytesCached, poolHighWaterBytes, poolCapacityBytes
        case pollerSystemCalls
    }

    private static let count = Name.allCases.count + CloseReason.allCases.count
    private let cells: UnsafeMutablePointer<Atomic<Int>>

    init() {
        cells = .allocate(capacity: Self.count)
        for index in 0..<Self.count { (cells + index).initialize(to: Atomic(0)) }
    }

    deinit {
        cells.deinitialize(count: Self.count)
        cells.deallocate()
    }

    /// Adds without a locked instruction: there is one writer, and counters order nothing.
    func add(_ amount: Int, to name: Name) { add(amount, at: name.rawValue) }

    /// Sets a gauge.
    func set(_ name: Name, to value: Int) {
        cells[name.rawValue].store(value, ordering: .relaxed)
    }

    /// Counts a closed connection under its reason.
    func countClose(_ reason: CloseReason) { add(1, at: Self.index(of: reason)) }

    /// The counter's value now.
    func value(of name: Name) -> Int { cells[name.rawValue].load(ordering: .relaxed) }

    /// How many connections were closed for this reason.
    func closeCount(_ reason: CloseReason) -> Int {
        cells[Self.index(of: reason)].load(ordering: .relaxed)
    }

    private func add(_ amount: Int, at index: Int) {
        let sum = cells[index].load(ordering: .relaxed) &+ amount
        cells[index].store(sum, ordering: .relaxed)
    }

    private static func index(of reason: CloseReason) -> Int {
        Name.allCases.count + reason.rawValue
    }
}

extension ShardCounters.Name {
    /// The published name.
    var label: String {
        switch self {
        case .connectionsAccepted: "connections.accepted"
        case .connectionsOpen: "connections.open"
        case .framesReceived: "frames.received"
        case .bytesReceived: "bytes.received"
        case .bytesSent: "bytes.sent"
        case .batchesAppended: "batches.appended"
        case .recordsAppended: "records.appended"
        case .groupAppendsRefused: "groups.appends_refused"
        case .groupRecordsSkipped: "groups.records_skipped"
        case .groupRefreshes: "groups.refreshes"
        case .acknowledgementsDropped: "groups.acknowledgements_dropped"
        case .batchBytesAppended: "batches.bytes"
        case .appendsRefused: "appends.refused"
        case .appendsParked: "appends.parked"
        case .appendsDropped: "appends.dropped_one_way"
        case .deliveries: "deliveries.count"
        case .deliveredBytes: "deliveries.bytes"
        case .recordsSkipped: "deliveries.records_skipped"
        case .bytesReleased: "storage.bytes_released"
        case .fetches: "fetches.count"
        case .fetchesParked: "fetches.parked"
        case .requestsRefused: "requests.refused"
        case .batchesRepeated: "batches.repeated"
        case .logWrites: "log.writes"
        case .logBytesWritten: "log.bytes_written"
        case .logSyncs: "log.syncs"
        case .groupCommits: "log.group_commits"
        case .logsBlocked: "log.disk_full"
        case .logsFailed: "log.failures"
        case .logBytesDeleted: "log.bytes_deleted"
        case .logBytesCompacted: "log.bytes_compacted"
        case .subscriptionsEnded: "subscriptions.ended_by_broker"
        case .poolAllocations: "pool.allocations"
        case .poolReleases: "pool.releases"
        case .poolHits: "pool.hits"
        case .poolMisses: "pool.misses"
        case .poolExhaustions: "pool.exhaustions"
        case .poolRemoteReturns: "pool.remote_returns"
        case .poolEvictions: "pool.evictions"
        case .poolBytesOutstanding: "pool.bytes_outstanding"
        case .poolBytesCached: "pool.bytes_cached"
        case .poolCapacityBytes: "pool.bytes_capacity"
        case .poolHighWaterBytes: "pool.bytes_high_water"
        case .pollerSystemCalls: "poller.system_calls"
        }
    }
}

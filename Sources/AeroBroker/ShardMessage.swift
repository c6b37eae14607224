// What shards say to each other.

import AeroCore
import AeroMemory
import AeroWire

/// A message from one shard to another, by the ring of that ordered pair.
///
/// Requests travel from the shard that owns the connection to the one that owns the partition,
/// outcomes travel back. Where both are the same shard the same handlers are called directly.
internal enum ShardMessage: Sendable {
    // MARK: To the partition's shard
    case append(
        RequestOrigin, PartitionKey, SharedSlice, RecordBatchHeader, ArrivalTimes,
        timeoutMilliseconds: UInt32)
    case fetch(RequestOrigin, PartitionKey, FetchTerms)
    case subscribe(RequestOrigin, PartitionKey, SubscriptionTerms)
    case credit(ConnectionAddress, PartitionKey, slot: Int, subscriptionId: UInt64, byteCount: Int)
    case acknowledge(
        RequestOrigin, PartitionKey, slot: Int, subscriptionId: UInt64, throughOffset: Int64)
    case unsubscribe(RequestOrigin, PartitionKey, slot: Int, subscriptionId: UInt64)
    case setHeldBack(ConnectionAddress, PartitionKey, Bool)
    case endWaiting(ConnectionAddress)
    case disconnected(ConnectionAddress)
    case dropTopic(UInt32)
    case alterTopic(TopicProperties)
    case findOffset(RequestOrigin, PartitionKey, timestampMilliseconds: Int64)
    case deleteRecords(RequestOrigin, PartitionKey, below: Int64)

    // MARK: Any of these ways
    case group(GroupMessage)

    // MARK: To the connection's shard
    case adopt(socket: Int32)
    case appended(RequestOrigin, AppendAnswer)
    case appendParked(ConnectionAddress)
    case appendUnparked(ConnectionAddress)
    case fetched(RequestOrigin, FetchAnswer)
    case subscribed(RequestOrigin, PartitionKey, subscriptionId: UInt64, SubscribeAnswer)
    case answered(RequestOrigin, Command, ErrorCode)
    case foundOffset(RequestOrigin, Int64)
    case deletedRecords(RequestOrigin, logStartOffset: Int64)
    case deliver(ConnectionAddress, subscriptionId: UInt64, highWatermark: Int64, BatchSlice)
    case stageTimes(ConnectionAddress, subscriptionId: UInt64, BatchTimes)
    case subscriptionEnded(ConnectionAddress, PartitionKey, subscriptionId: UInt64, ErrorCode)

    /// Bytes of a batch on its way to be stored; 0 of any other message.
    var batchByteCount: Int {
        if case .append(_, _, let batch, _, _, _) = self { batch.byteCount } else { 0 }
    }
}

/// The part of a FETCH that its partition needs.
internal struct FetchTerms: Sendable {
    let offset: Int64
    let minimumByteCount: Int
    let maximumByteCount: Int
    let maximumWaitMilliseconds: UInt32
}

/// What became of a SEND.
internal enum AppendAnswer: Sendable {
    case stored(baseOffset: Int64)
    case refused(ErrorCode)
}

/// What a FETCH found.
internal struct FetchAnswer: Sendable {
    let code: ErrorCode
    let logStartOffset: Int64
    let highWatermark: Int64
    let batches: BatchSlice?
}

/// What became of a SUBSCRIBE.
internal enum SubscribeAnswer: Sendable {
    case subscribed(slot: Int, startOffset: Int64)
    case refused(ErrorCode)
}

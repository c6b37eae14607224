// FETCH: pull, with long polls that wait for bytes.

import AeroCore
import AeroIO
import AeroMemory
import AeroStorage
import AeroWire

extension Shard where P: ~Copyable {
    /// A longer wait than this is cut to it, so that no request outlives a client by much.
    var waitMillisecondsMax: UInt32 { 60_000 }

    /// A FETCH arrived on a connection of this shard.
    func fetch(_ request: FetchRequest, _ origin: RequestOrigin) throws(WireError) {
        let key = PartitionKey(topicId: request.topicId, partition: request.partition)
        let roof = configuration.frameByteCountMax - FetchReply.prefixByteCount
        let terms = FetchTerms(
            offset: request.offset, minimumByteCount: Int(request.minByteCount),
            maximumByteCount: min(Int(request.maxByteCount), roof),
            maximumWaitMilliseconds: min(request.maxWaitMilliseconds, waitMillisecondsMax))
        counters.add(1, to: .fetches)
        let owner = shard(of: key)
        if owner == index {
            fetch(terms, key, origin)
        } else {
            links[owner]?.post(.fetch(origin, key, terms))
        }
    }

    /// Answers a fetch of a partition of this shard, or parks it.
    func fetch(_ terms: FetchTerms, _ key: PartitionKey, _ origin: RequestOrigin) {
        let partition: HostedPartition
        do throws(ErrorCode) {
            partition = try self.partition(key)
        } catch {
            finishFetch(origin, .refused(error))
            return
        }
        var cursor = StoreCursor(offset: terms.offset)
        var available = 0
        switch partition.store.read(&cursor, maximumByteCount: terms.maximumByteCount) {
        case .outOfRange:
            finishFetch(origin, found(in: partition, .offsetOutOfRange))
            return
        case .batches(let slice):
            available = slice.byteCount
            // More stands behind it, in the next buffer: waiting would bring nothing new.
            let isCut = cursor.offset < partition.store.highWatermark
            if available >= terms.minimumByteCount || isCut {
                finishFetch(origin, found(in: partition, .ok, .memory(slice)))
                return
            }
        case .file(let slice):
            finishFetch(origin, found(in: partition, .ok, .file(slice)))
            return
        case .failed(let code):
            finishFetch(origin, found(in: partition, code))
            return
        case .atEnd: break
        }
        let parked = ParkedFetch(
            origin: origin, offset: terms.offset,
            minimumByteCount: max(terms.minimumByteCount, 1),
            maximumByteCount: terms.maximumByteCount,
            deadlineNanoseconds: nowNanoseconds + Int64(terms.maximumWaitMilliseconds) * 1_000_000,
            availableByteCount: available)
        let mayWait = terms.maximumWaitMilliseconds > 0 && drainDeadlineNanoseconds == nil
        guard mayWait, partition.machine.park(parked) else {
            answer(parked, from: partition)
            return
        }
        counters.add(1, to: .fetchesParked)
        noteWaiting(partition)
    }

    /// Answers a parked fetch with whatever there is now.
    func answer(_ parked: ParkedFetch, from partition: HostedPartition) {
        var cursor = StoreCursor(offset: parked.offset)
        switch partition.store.read(&cursor, maximumByteCount: parked.maximumByteCount) {
        case .batches(let slice):
            finishFetch(parked.origin, found(in: partition, .ok, .memory(slice)))
        case .file(let slice):
            finishFetch(parked.origin, found(in: partition, .ok, .file(slice)))
        case .failed(let code): finishFetch(parked.origin, found(in: partition, code))
        case .atEnd: finishFetch(parked.origin, found(in: partition, .ok))
        case .outOfRange: finishFetch(parked.origin, found(in: partition, .offsetOutOfRange))
        }
    }

    /// Answers a parked fetch whose partition is gone.
    func refuse(_ parked: ParkedFetch, _ code: ErrorCode) {
        finishFetch(parked.origin, .refused(code))
    }

    /// A fetch of a connection of this shard has its outcome.
    func fetched(_ origin: RequestOrigin, _ answer: FetchAnswer) {
        guard answer.code == .ok else {
            self.answer(origin, .fetch, answer.code)
            return
        }
        replyWithBatches(answer, to: origin)
    }

    private func found(
        in partition: HostedPartition, _ code: ErrorCode, _ slice: BatchSlice? = nil
    ) -> FetchAnswer {
        FetchAnswer(
            code: code, logStartOffset: partition.store.logStartOffset,
            highWatermark: partition.store.highWatermark, batches: slice)
    }

    private func finishFetch(_ origin: RequestOrigin, _ answer: FetchAnswer) {
        if origin.connection.shard == index {
            fetched(origin, answer)
        } else {
            tell(origin.connection, .fetched(origin, answer))
        }
    }
}

extension FetchAnswer {
    /// A fetch that found no partition.
    fileprivate static func refused(_ code: ErrorCode) -> FetchAnswer {
        FetchAnswer(code: code, logStartOffset: 0, highWatermark: 0, batches: nil)
    }
}

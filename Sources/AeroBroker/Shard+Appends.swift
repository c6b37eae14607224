// SEND: from a validated batch to an offset.

import AeroCore
import AeroIO
import AeroMemory
import AeroStorage
import AeroWire

extension Shard where P: ~Copyable {
    /// A SEND arrived on a connection of this shard.
    ///
    /// - Parameter arrival: When it was sent and when it came, where that is measured.
    func send(
        _ payload: UnsafeRawBufferPointer, _ origin: RequestOrigin, _ arrival: ArrivalTimes
    ) throws(WireError) {
        let request = try SendRequest.decode(in: payload, range: 0..<payload.count)
        let batch = UnsafeRawBufferPointer(rebasing: payload[request.batch])
        // Without acknowledgement nothing is answered, not even a refusal, so the id is dropped.
        let wantsAnswer = request.acks != .none
        if !wantsAnswer, origin.requestId != 0 { countAnswer(origin) }
        let origin =
            wantsAnswer ? origin : RequestOrigin(connection: origin.connection, requestId: 0)
        let header: RecordBatchHeader
        do throws(WireError) {
            header = try RecordBatchHeader.validate(in: batch, range: 0..<batch.count)
        } catch {
            refuseAppend(origin, error.batchCode)
            return
        }
        guard batch.count <= configuration.batchByteCountLimit else {
            refuseAppend(origin, .batchTooLarge)
            return
        }
        let key = PartitionKey(topicId: request.topicId, partition: request.partition)
        let owner = shard(of: key)
        if owner == index {
            append(
                batch, header, key, origin, arrival,
                timeoutMilliseconds: request.timeoutMilliseconds)
            return
        }
        guard let copy = copyToShare(batch) else {
            refuseAppend(origin, .memoryFull)
            return
        }
        links[owner]?.post(
            .append(
                origin, key, copy, header, arrival,
                timeoutMilliseconds: request.timeoutMilliseconds))
        holdBackSender(origin, to: owner)
    }

    /// Appends to a partition of this shard, or parks the batch behind a full one.
    func append(
        _ batch: UnsafeRawBufferPointer, _ header: RecordBatchHeader, _ key: PartitionKey,
        _ origin: RequestOrigin, _ arrival: ArrivalTimes, timeoutMilliseconds: UInt32
    ) {
        let partition: HostedPartition
        do throws(ErrorCode) {
            partition = try self.partition(key)
        } catch {
            finishAppend(origin, .refused(error))
            return
        }
        guard !partition.isInternal else {
            finishAppend(origin, .refused(.notSupported))
            return
        }
        guard batch.count <= partition.batchByteCountMax else {
            finishAppend(origin, .refused(.batchTooLarge))
            return
        }
        if partition.parkedAppends.isEmpty {
            switch store(batch, header, arrival, in: partition) {
            case .done(let append):
                finish(append, origin, timeoutMilliseconds, in: partition)
                return
            case .full: break
            }
        }
        park(batch, header, partition, origin, arrival, timeoutMilliseconds)
    }

    /// Appends a batch of the broker's own.
    ///
    /// - Returns: The offset behind it, or why it was not stored.
    func appendInternal(
        _ batch: [UInt8], to partition: HostedPartition
    ) -> Result<Int64, ErrorCode> {
        batch.withUnsafeBytes { bytes in
            let header: RecordBatchHeader
            do throws(WireError) {
                header = try RecordBatchHeader.validate(in: bytes, range: 0..<bytes.count)
            } catch {
                preconditionFailure("a batch of the broker's own is malformed: \(error)")
            }
            switch store(bytes, header, .unknown, in: partition) {
            case .full: return .failure(.storageFull)
            case .done(.refused(let code)): return .failure(code)
            case .done(.stored(let baseOffset, let nextOffset, let byteCount)):
                let nobody = RequestOrigin(
                    connection: ConnectionAddress(shard: index, token: 0), requestId: 0)
                let append = StoredAppend.stored(
                    baseOffset: baseOffset, nextOffset: nextOffset, byteCount: byteCount)
                finish(append, nobody, 0, in: partition)
                return .success(nextOffset)
            }
        }
    }

    /// What the log said, in the shard's terms.
    private enum StoreOutcome {
        case done(StoredAppend)
        case full
    }

    private enum StoredAppend {
        case stored(baseOffset: Int64, nextOffset: Int64, byteCount: Int)
        case refused(ErrorCode)
    }

    /// Answers an append, at once or when it is as durable as its topic promises.
    private func finish(
        _ append: StoredAppend, _ origin: RequestOrigin, _ timeoutMilliseconds: UInt32,
        in partition: HostedPartition
    ) {
        switch append {
        case .refused(let code): finishAppend(origin, .refused(code))
        case .stored(let baseOffset, let nextOffset, let byteCount):
            guard partition.store.highWatermark < nextOffset else {
                finishAppend(origin, .stored(baseOffset: baseOffset))
                return
            }
            let wait =
                timeoutMilliseconds == 0
                ? waitMillisecondsMax : min(timeoutMilliseconds, waitMillisecondsMax)
            partition.unsettled.append(
                UnsettledAppend(
                    origin: origin, baseOffset: baseOffset, nextOffset: nextOffset,
                    byteCount: byteCount,
                    deadlineNanoseconds: nowNanoseconds + Int64(wait) * 1_000_000))
            scheduleWrite(partition)
            noteWaiting(partition)
        }
    }

    private func store(
        _ batch: UnsafeRawBufferPointer, _ header: RecordBatchHeader, _ arrival: ArrivalTimes,
        in partition: HostedPartition
    ) -> StoreOutcome {
        if let outcome = tryStore(batch, header, arrival, in: partition) { return outcome }
        guard reclaimRetained(byteCount: batch.count) > 0 else { return .full }
        return tryStore(batch, header, arrival, in: partition) ?? .full
    }

    /// Stores a batch; nil at the memory cap of the shard.
    private func tryStore(
        _ batch: UnsafeRawBufferPointer, _ header: RecordBatchHeader, _ arrival: ArrivalTimes,
        in partition: HostedPartition
    ) -> StoreOutcome? {
        do throws(PoolError) {
            let now = wallMilliseconds
            var outcome = try partition.store.append(batch, header: header, nowMilliseconds: now)
            if case .full = outcome {
                // What no live consumer needs makes way first.
                release(below: partition.pinnedOffset, reserving: batch.count, partition)
                outcome = try partition.store.append(batch, header: header, nowMilliseconds: now)
            }
            switch outcome {
            case .appended(let baseOffset):
                if !partition.isInternal { countAppend(header, batch.count) }
                if arrival.isKnown { noteAppended(baseOffset, arrival, partition) }
                if !partition.isDurable {
                    partition.machine.appended(
                        highWatermark: partition.store.highWatermark, byteCount: batch.count)
                    partition.publishGauges()
                    markDirty(partition)
                }
                return .done(
                    .stored(
                        baseOffset: baseOffset,
                        nextOffset: baseOffset + Int64(header.lastOffsetDelta) + 1,
                        byteCount: batch.count))
            case .duplicate(let baseOffset, let nextOffset):
                counters.add(1, to: .batchesRepeated)
                return .done(
                    .stored(baseOffset: baseOffset, nextOffset: nextOffset, byteCount: 0))
            case .refused(let code): return .done(.refused(code))
            case .tooLarge: return .done(.refused(.batchTooLarge))
            case .full: return .full
            }
        } catch {
            return nil
        }
    }

    private func countAppend(_ header: RecordBatchHeader, _ byteCount: Int) {
        counters.add(1, to: .batchesAppended)
        counters.add(Int(header.recordCount), to: .recordsAppended)
        counters.add(byteCount, to: .batchBytesAppended)
    }

    // MARK: - Waiting for room

    private func park(
        _ batch: UnsafeRawBufferPointer, _ header: RecordBatchHeader,
        _ partition: HostedPartition, _ origin: RequestOrigin, _ arrival: ArrivalTimes,
        _ timeoutMilliseconds: UInt32
    ) {
        guard drainDeadlineNanoseconds == nil else {
            finishAppend(origin, .refused(.shuttingDown))
            return
        }
        let reserve = reserves.byteCount(waitingForStoreOf: partition.store.storedByteCount)
        guard let copy = copyToShare(batch, keepingFree: reserve) else {
            finishAppend(origin, .refused(.memoryFull))
            return
        }
        counters.add(1, to: .appendsParked)
        let wait = Int64(min(timeoutMilliseconds, waitMillisecondsMax)) * 1_000_000
        partition.parkedAppends.append(
            ParkedAppend(
                origin: origin, batch: copy, header: header, arrival: arrival,
                deadlineNanoseconds: nowNanoseconds + wait))
        noteWaiting(partition)
        tell(origin.connection, .appendParked(origin.connection))
    }

    /// Stores what waited, in order, as long as there is room.
    func unparkAppends(of partition: HostedPartition) {
        // One by one: an answer without memory closes its connection, which takes its own away.
        while let parked = partition.parkedAppends.first {
            let outcome = store(parked.batch.bytes, parked.header, parked.arrival, in: partition)
            guard case .done(let append) = outcome else { break }
            partition.parkedAppends.removeFirst()
            tell(parked.origin.connection, .appendUnparked(parked.origin.connection))
            finish(append, parked.origin, waitMillisecondsMax, in: partition)
        }
    }

    /// Gives up on appends whose time has passed.
    func expireAppends(of partition: HostedPartition) {
        refuseParked(in: partition, .requestTimedOut) { $0.deadlineNanoseconds <= nowNanoseconds }
    }

    /// Answers parked appends with an error; those without acknowledgement are counted instead.
    func refuseParked(
        in partition: HostedPartition, _ code: ErrorCode, where isDue: (ParkedAppend) -> Bool
    ) {
        guard partition.parkedAppends.contains(where: isDue) else { return }
        for parked in partition.parkedAppends where isDue(parked) {
            tell(parked.origin.connection, .appendUnparked(parked.origin.connection))
            finishAppend(parked.origin, .refused(code))
        }
        partition.parkedAppends.removeAll(where: isDue)
    }

    // MARK: - Answers

    /// Sends an append's outcome to the shard of its connection.
    func finishAppend(_ origin: RequestOrigin, _ answer: AppendAnswer) {
        guard origin.requestId != 0 else {
            if case .refused = answer { counters.add(1, to: .appendsDropped) }
            return
        }
        if origin.connection.shard == index {
            appended(origin, answer)
        } else {
            tell(origin.connection, .appended(origin, answer))
        }
    }

    /// An append of a connection of this shard has its outcome.
    func appended(_ origin: RequestOrigin, _ answer: AppendAnswer) {
        switch answer {
        case .stored(let baseOffset):
            reply(SendReply(baseOffset: baseOffset), to: origin, .send)
        case .refused(let code):
            refuseAppend(origin, code)
        }
    }

    private func refuseAppend(_ origin: RequestOrigin, _ code: ErrorCode) {
        counters.add(1, to: .appendsRefused)
        guard origin.requestId != 0 else {
            counters.add(1, to: .appendsDropped)
            return
        }
        self.answer(origin, .send, code)
    }
}

extension WireError {
    /// The code that tells a producer what is wrong with its batch.
    fileprivate var batchCode: ErrorCode {
        if case .crcMismatch = self { return .corruptBatch }
        return .invalidBatch
    }
}

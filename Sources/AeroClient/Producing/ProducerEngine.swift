// The producer's rules, run by the I/O thread and by nothing else: batching, order, deadlines.

package import AeroCore
package import AeroMemory
package import AeroWire

/// What sends a producer's batches.
package protocol BatchTransport: AnyObject {
    /// Hands a closed batch to the session, or says why not now.
    func dispatch(
        _ batch: ProducerBatch, of producer: ProducerEngine, timeoutNanoseconds: Int64,
        nowNanoseconds: Int64
    ) -> RequestAdmission

    /// Why a message that waited too long failed.
    ///
    /// - Parameter isInDoubt: Whether the broker may have stored it.
    func expiry(elapsedNanoseconds: Int64, isInDoubt: Bool) -> ClientError

    /// Asks the broker for an identity: the one behind `raising`, or a new one.
    ///
    /// - Returns: False when it cannot be asked now.
    func requestIdentity(
        for producer: ProducerEngine, raising: ProducerIdentity?, nowNanoseconds: Int64
    ) -> Bool

    /// The largest frame that the broker takes.
    var frameByteCountMax: Int { get }
}

/// The part of a connection's pool that all its producers share.
package final class ProducedBytes {
    /// Bytes of pooled memory that batches may hold.
    let byteCountMax: Int
    /// What they hold.
    package internal(set) var byteCount = 0

    package init(byteCountMax: Int) { self.byteCountMax = byteCountMax }
}

/// One producer's messages between their acceptance and their outcome.
///
/// Knows no clock and no socket: time comes in, batches go out through a `BatchTransport`. One
/// thread owns it.
package final class ProducerEngine {
    /// What waits for memory or in front of the batches: messages and flushes in order.
    enum Waiting {
        case message(OutgoingMessage, partition: Int?)
        case flush(Outcome<Void>)
    }

    /// A flush that waits for the batches that were there when it came.
    struct PendingFlush {
        let outcome: Outcome<Void>
        var numbers: Set<UInt64>
    }

    package let topic: String
    let terms: ProducerTerms
    /// The broker's number for the topic; nil while it has to be asked for (again).
    package var topicId: UInt32?
    /// Whether the broker has said that there is no such topic: it is asked again when there is
    /// something to send.
    var isTopicMissing = false
    let pool: BufferPool
    var lanes: [ProducerLane]
    var chooser: PartitionChooser
    var waiting = FIFO<Waiting>()
    /// Partitions with an open batch, and those with closed ones.
    var openPartitions: [Int] = []
    var closedPartitions: [Int] = []
    var flushes: [PendingFlush] = []
    var unsettledNumbers: Set<UInt64> = []
    private var nextNumber: UInt64 = 0
    /// Who the partitions take the producer for, and how far it is with finding out.
    var identity: ProducerIdentity?
    var identityRequest = IdentityRequest.none
    var sizing: AdaptiveBatchSize
    /// Batches on their way, to all partitions.
    var inFlightCount = 0
    /// Pooled bytes that batches hold, its own and those of its connection's other producers.
    let held: ProducedBytes
    private let compressor: BatchCompressor
    private var releasedByteCount = 0
    var backoff: ReconnectBackoff

    package init(
        topic: String, topicId: UInt32, partitionCount: Int, terms: ProducerTerms,
        chooser: PartitionChooser, pool: BufferPool, held: ProducedBytes,
        compressor: BatchCompressor, seed: UInt64 = 0
    ) {
        precondition(partitionCount > 0, "a topic has at least one partition")
        self.topic = topic
        self.topicId = topicId
        self.terms = terms
        self.chooser = chooser
        self.pool = pool
        self.held = held
        self.compressor = compressor
        lanes = Array(repeating: ProducerLane(), count: partitionCount)
        sizing = AdaptiveBatchSize(
            byteCountMax: terms.batchByteCount, lingerNanosecondsMax: terms.lingerNanoseconds)
        backoff = ReconnectBackoff(
            firstNanoseconds: terms.backoffNanoseconds.lowerBound,
            capNanoseconds: terms.backoffNanoseconds.upperBound, seed: seed)
    }

    /// Batches go home before the pool may go.
    deinit { lanes = [] }

    /// True when every accepted message has its outcome.
    package var isIdle: Bool { waiting.isEmpty && unsettledNumbers.isEmpty }

    /// Bytes of queued user data let go of since the last call.
    package func takeReleasedByteCount() -> Int {
        defer { releasedByteCount = 0 }
        return releasedByteCount
    }

    // MARK: - Accepting

    /// Takes a message over.
    package func accept(
        _ message: OutgoingMessage, timestampMilliseconds: Int64, nowNanoseconds: Int64
    ) {
        guard waiting.isEmpty else {
            waiting.append(.message(message, partition: nil))
            return
        }
        var partition: Int?
        guard !place(message, &partition, timestampMilliseconds, nowNanoseconds) else { return }
        waiting.append(.message(message, partition: partition))
    }

    /// Completes the outcome once everything accepted before has its own.
    func accept(flush outcome: Outcome<Void>) {
        guard waiting.isEmpty else {
            waiting.append(.flush(outcome))
            return
        }
        begin(flush: outcome)
    }

    /// Puts what waits into batches, as far as there is memory.
    func placeWaiting(_ timestampMilliseconds: Int64, _ now: Int64) {
        // BOUND: messages that were admitted against the bound on queued data.
        while let first = waiting.first {
            switch first {
            case .flush(let outcome):
                _ = waiting.popFirst()
                begin(flush: outcome)
            case .message(let message, let chosen):
                var partition = chosen
                guard place(message, &partition, timestampMilliseconds, now) else { return }
                _ = waiting.popFirst()
            }
        }
    }

    /// Puts a message into a batch. False: no memory now; `partition` keeps the choice made.
    private func place(
        _ outgoing: OutgoingMessage, _ partition: inout Int?, _ timestampMilliseconds: Int64,
        _ now: Int64
    ) -> Bool {
        // A caller that gave up before anything was sent is not served.
        guard !outgoing.sink.isSettled else {
            releasedByteCount += outgoing.queuedByteCount
            return true
        }
        let target = partition ?? choosePartition(outgoing.message)
        guard lanes.indices.contains(target) else {
            fail(outgoing, target)
            return true
        }
        partition = target
        if let open = lanes[target].open {
            if open.append(outgoing) {
                placed(outgoing, in: open)
                return true
            }
            closeBatch(of: target)
        }
        guard let batch = makeBatch(for: outgoing, target, timestampMilliseconds, now) else {
            // Open batches hold memory without need: they go first.
            closeAll()
            return false
        }
        let isWritten = batch.append(outgoing)
        precondition(isWritten, "a batch is made large enough for its first message")
        lanes[target].open = batch
        openPartitions.append(target)
        placed(outgoing, in: batch)
        return true
    }

    private func choosePartition(_ message: Message) -> Int {
        message.partition ?? chooser.choose(key: message.key, partitionCount: lanes.count)
    }

    private func placed(_ outgoing: OutgoingMessage, in batch: ProducerBatch) {
        releasedByteCount += outgoing.queuedByteCount
        let isFull =
            batch.messageCount >= terms.batchMessageCount
            || batch.openByteCount >= terms.batchByteCount
        if isFull { closeBatch(of: batch.partition) }
    }

    private func fail(_ outgoing: OutgoingMessage, _ partition: Int) {
        releasedByteCount += outgoing.queuedByteCount
        outgoing.sink.settle(
            .failure(
                ClientError(
                    .invalidMessage,
                    "topic \(topic) has partitions 0 to \(lanes.count - 1), not \(partition)")))
    }

    /// Gives up a message that never got into a batch.
    func fail(_ outgoing: OutgoingMessage, _ error: ClientError) {
        releasedByteCount += outgoing.queuedByteCount
        outgoing.sink.settle(.failure(error))
    }

    private func makeBatch(
        for outgoing: OutgoingMessage, _ partition: Int, _ timestampMilliseconds: Int64,
        _ now: Int64
    ) -> ProducerBatch? {
        let byteCount = max(
            terms.batchByteCount, ProducerBatch.frameByteCountBound(outgoing.message))
        let capacity = BufferSizeClass.containing(byteCount).byteCount ?? byteCount
        guard held.byteCount == 0 || held.byteCount + capacity <= held.byteCountMax else {
            return nil
        }
        let memory: SharedBuffer
        do throws(PoolError) {
            memory = SharedBuffer(try pool.allocate(minimumByteCount: byteCount))
        } catch {
            return nil
        }
        let batch = ProducerBatch(
            memory: memory, byteCountMax: byteCount, partition: partition,
            number: nextNumber, nowNanoseconds: now,
            deadlineNanoseconds: saturatingSum(
                outgoing.acceptedNanoseconds, terms.deliveryTimeoutNanoseconds),
            timestampMilliseconds: timestampMilliseconds)
        nextNumber += 1
        held.byteCount += batch.capacity
        unsettledNumbers.insert(batch.number)
        return batch
    }

    // MARK: - Closing batches

    func closeBatch(of partition: Int) {
        guard let batch = lanes[partition].open else { return }
        batch.close()
        if terms.compression.codec != .none,
            batch.frameByteCount >= terms.compressionByteCountMin
        {
            batch.compress(by: terms.compression, compressor, pool)
        }
        lanes[partition].open = nil
        openPartitions.removeAll { $0 == partition }
        enqueue(batch)
        chooser.batchClosed(partition: partition, partitionCount: lanes.count)
    }

    /// Puts a closed batch among those that are to be sent, where its number belongs.
    func enqueue(_ batch: ProducerBatch) {
        if lanes[batch.partition].closed.isEmpty { closedPartitions.append(batch.partition) }
        lanes[batch.partition].enqueue(batch)
    }

    func closeAll() {
        for partition in openPartitions { closeBatch(of: partition) }
    }

    private func begin(flush outcome: Outcome<Void>) {
        closeAll()
        guard !unsettledNumbers.isEmpty else {
            outcome.complete(.success(()))
            return
        }
        flushes.append(PendingFlush(outcome: outcome, numbers: unsettledNumbers))
    }
}

/// Adds times without wrapping round.
func saturatingSum(_ left: Int64, _ right: Int64) -> Int64 {
    let (sum, overflow) = left.addingReportingOverflow(right)
    return overflow ? .max : sum
}

// Puts messages into batches and says when a batch is ripe.

import AeroClient
import AeroLoad
import AeroMemory

/// What became of a finished batch.
enum BatchDispatch {
    /// Sent; its messages will be answered.
    case sent
    /// Sent; nothing will be answered, so the batch is free again.
    case sentUnanswered
    /// The connection takes no more now.
    case refused
}

/// Where finished batches go.
protocol BatchOutlet: AnyObject {
    associatedtype Framing: BatchFraming

    /// True when the producer's connection can send.
    func isReady(producer: Int) -> Bool

    /// Sends a batch that is complete, or refuses it for now.
    func dispatch(_ batch: OutboundBatch<Framing>, nowNanoseconds: Int64) -> BatchDispatch
}

/// The batching rules of one producer and the batches it is filling.
private struct BatchingProducer {
    let messageCountMax: Int
    let byteCountMax: Int
    private let lingerNanosecondsMax: Int64
    /// What follows the answers; nil when the limits alone decide.
    private var size: AdaptiveBatchSize?
    private var inFlightCount = 0
    let keepsTokens: Bool
    let usesKeys: Bool
    /// The batch being filled for each destination, by its index; -1 for none.
    var openBatches: [Int]
    /// The batch of the claimed message.
    var claimedBatch = -1

    init(_ trafficClass: TrafficClass) {
        messageCountMax = Self.messageCountMax(trafficClass)
        byteCountMax = trafficClass.batch.byteCount
        lingerNanosecondsMax = trafficClass.batch.lingerNanoseconds
        // Where nothing is answered there is nothing to follow.
        if trafficClass.batch.sizing == .adaptive, trafficClass.acknowledgement != .none {
            size = AdaptiveBatchSize(
                byteCountMax: byteCountMax, lingerNanosecondsMax: lingerNanosecondsMax)
        }
        keepsTokens = trafficClass.acknowledgement != .none
        usesKeys = trafficClass.keys == .roundRobin
        openBatches = [Int](repeating: -1, count: trafficClass.destinationCount)
    }

    /// Messages that fit a batch by count and, the smallest ones, by bytes.
    static func messageCountMax(_ trafficClass: TrafficClass) -> Int {
        let byBytes = trafficClass.batch.byteCount / trafficClass.messageSize.bounds.lowerBound
        return max(1, min(trafficClass.batch.messageCount, byBytes))
    }

    /// How long a batch of so many bytes may wait for more.
    func lingerNanoseconds(byteCount: Int) -> Int64 {
        size?.lingerNanoseconds(byteCount: byteCount, inFlightCount: inFlightCount)
            ?? lingerNanosecondsMax
    }

    /// A batch is on its way and will be answered.
    mutating func sent() { inFlightCount += 1 }

    /// A batch was answered so long after it was sent.
    mutating func answered(afterNanoseconds elapsed: Int64) {
        inFlightCount -= 1
        size?.acknowledged(afterNanoseconds: elapsed, inFlightCount: inFlightCount)
    }
}

/// The batches of all producers of one worker.
struct BatchAccumulator<Framing: BatchFraming>: ~Copyable {
    private var producers: [BatchingProducer]
    private var batches: OutboundBatchPool<Framing>
    /// Open batches by index, oldest first.
    private var open: [Int] = []

    init(_ assignment: WorkerAssignment, _ classes: [TrafficClass], pool: BufferPool) {
        producers = assignment.producers.map { BatchingProducer(classes[$0.classIndex]) }
        let byteCount = classes.map { Self.batchByteCount($0) }
        batches = OutboundBatchPool(
            pool: pool, batchByteCount: byteCount.max() ?? 0,
            tokenCapacity: classes.map(BatchingProducer.messageCountMax).max() ?? 1)
    }

    /// Bytes that the largest batch of a class may take, framing included.
    private static func batchByteCount(_ each: TrafficClass) -> Int {
        let messageCount = BatchingProducer.messageCountMax(each)
        let bound = Framing.byteCountBound(
            messageCount: messageCount, messageByteCount: each.messageByteCount)
        // Where sizes vary, a batch is full by its bytes long before it has so many large messages.
        let values = min(
            messageCount * each.messageByteCount,
            max(each.batch.byteCount, each.messageByteCount))
        return bound - messageCount * each.messageByteCount + values
    }

    /// The batch of this index.
    subscript(index: Int) -> OutboundBatch<Framing> { batches[index] }

    /// The messages of a batch that was sent are answered for.
    mutating func giveBack(_ batch: OutboundBatch<Framing>, nowNanoseconds: Int64) {
        producers[batch.producer].answered(
            afterNanoseconds: nowNanoseconds - batch.sentNanoseconds)
        batches.giveBack(batch)
    }

    /// Lets go of all memory.
    mutating func removeAll() {
        open = []
        batches.removeAll()
    }

    /// Makes room for a message; see `DriverWorker.claim`.
    mutating func claim<Outlet: BatchOutlet>(
        producer: Int, destination: Int, key: UInt64? = nil, byteCount: Int, token: UInt32,
        nowNanoseconds: Int64, _ outlet: Outlet
    ) -> UnsafeMutableRawPointer? where Outlet.Framing == Framing {
        var index = producers[producer].openBatches[destination]
        if index >= 0, isFull(batches[index], adding: byteCount) {
            guard dispatch(index, nowNanoseconds, outlet) else { return nil }
            index = -1
        }
        if index < 0 {
            guard outlet.isReady(producer: producer),
                let fresh = batches.take(producer: producer, destination: destination)
            else { return nil }
            index = fresh.index
            producers[producer].openBatches[destination] = index
            open.append(index)
        }
        let batchKey =
            key.map(BatchKey.init(drawn:))
            ?? (producers[producer].usesKeys ? BatchKey(destination: destination) : nil)
        let claimed = batches[index].claim(key: batchKey, byteCount: byteCount, token: token)
        guard let room = claimed else {
            preconditionFailure("a batch was made too small for its messages")
        }
        producers[producer].claimedBatch = index
        return room
    }

    /// The claimed message is written; sends its batch if that makes it full.
    mutating func commit<Outlet: BatchOutlet>(
        producer: Int, nowNanoseconds: Int64, _ outlet: Outlet
    ) where Outlet.Framing == Framing {
        let batch = batches[producers[producer].claimedBatch]
        batch.commit(
            keepsToken: producers[producer].keepsTokens, nowNanoseconds: nowNanoseconds)
        if batch.messageCount == producers[producer].messageCountMax {
            // When the connection takes no more now, the batch stays and is tried at `sendRipe`.
            _ = dispatch(batch.index, nowNanoseconds, outlet)
        }
    }

    /// Sends open batches that are full or have waited as long as they may.
    mutating func sendRipe<Outlet: BatchOutlet>(
        nowNanoseconds: Int64, _ outlet: Outlet
    ) where Outlet.Framing == Framing {
        var position = 0
        while position < open.count {
            let batch = batches[open[position]]
            let isRipe = nowNanoseconds >= ripeNanoseconds(batch)
            // A batch that was sent is gone from the list; the next one has its place.
            if !isRipe || !dispatch(batch.index, nowNanoseconds, outlet) { position += 1 }
        }
    }

    /// When the next open batch will be ripe; `Int64.max` without one.
    ///
    /// A batch that is ripe and was refused waits for its connection, not for a time.
    func nextRipeNanoseconds(after nowNanoseconds: Int64) -> Int64 {
        var next = Int64.max
        for index in open {
            let ripe = ripeNanoseconds(batches[index])
            if ripe > nowNanoseconds { next = min(next, ripe) }
        }
        return next
    }

    private func ripeNanoseconds(_ batch: OutboundBatch<Framing>) -> Int64 {
        let producer = batch.producer
        guard batch.messageCount < producers[producer].messageCountMax else { return 0 }
        let linger = producers[producer].lingerNanoseconds(byteCount: batch.messageByteCount)
        return batch.openedNanoseconds + linger
    }

    private func isFull(_ batch: OutboundBatch<Framing>, adding byteCount: Int) -> Bool {
        batch.messageCount == producers[batch.producer].messageCountMax
            || batch.sealedByteCount != nil
            || batch.messageCount > 0
                && batch.messageByteCount + byteCount > producers[batch.producer].byteCountMax
    }

    private mutating func dispatch<Outlet: BatchOutlet>(
        _ index: Int, _ nowNanoseconds: Int64, _ outlet: Outlet
    ) -> Bool where Outlet.Framing == Framing {
        let batch = batches[index]
        let outcome = outlet.dispatch(batch, nowNanoseconds: nowNanoseconds)
        if case .refused = outcome { return false }
        producers[batch.producer].openBatches[batch.destination] = -1
        open.removeAll { $0 == index }
        if case .sentUnanswered = outcome {
            batches.giveBack(batch)
        } else {
            batch.sentNanoseconds = nowNanoseconds
            producers[batch.producer].sent()
        }
        return true
    }
}

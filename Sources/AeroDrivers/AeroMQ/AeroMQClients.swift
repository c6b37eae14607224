// The state of a worker's producers and consumers.

import AeroClient
import AeroCore
import AeroIO
import AeroLoad
import AeroMemory
import AeroWire

/// A producer's choices, looked up once.
struct AeroMQProducer {
    let classIndex: Int
    let batchMessageCountMax: Int
    let batchByteCountMax: Int
    let lingerNanoseconds: Int64
    let acks: RequiredAcks
    let usesKeys: Bool
    /// The batch being filled for each destination, by its index; -1 for none.
    var openBatches: [Int]
    /// The batch of the claimed message.
    var claimedBatch = -1
    var needsFlush = false
}

/// Producers, consumers and their batches. One thread owns it.
final class AeroMQClients {
    // BOUND: memory for batches on their way and frames that arrived in parts.
    static let memoryByteCountMax = 1 << 30

    let address: SocketAddress
    /// Producers first, then consumers; a session's index is its token's.
    let sessions: [ClientSession]
    var producers: [AeroMQProducer]
    var consumers: [AeroMQConsumer]
    var batches: OutboundBatchPool
    let topicIds: [[UInt32]]
    let partitionCounts: [Int]
    /// Open batches by index, oldest first.
    private var open: [Int] = []
    private var producersToFlush: [Int] = []
    /// Why the broker does not let the clients work; set once, final.
    var refusal: String?
    var lastLoss: String?
    var isClosing = false

    init(
        _ assignment: WorkerAssignment, _ plan: LoadPlan, address: SocketAddress,
        topicIds: [[UInt32]], pool: BufferPool
    ) {
        self.address = address
        self.topicIds = topicIds
        let classes = plan.scenario.classes
        partitionCounts = classes.map(\.partitionCount)
        producers = assignment.producers.map { AeroMQProducer(classes[$0.classIndex], $0) }
        consumers = assignment.consumers.map { AeroMQConsumer($0, plan) }
        let messageCount = producers.map(\.batchMessageCountMax).max() ?? 1
        batches = OutboundBatchPool(
            pool: pool, batchByteCount: classes.map(Self.frameByteCount).max() ?? 0,
            tokenCapacity: messageCount)
        let clientCount = producers.count + consumers.count
        var sessions: [ClientSession] = []
        for slot in 0..<clientCount {
            var terms = SessionTerms()
            terms.seed = plan.scenario.seed &+ UInt64(slot)
            let role = slot < producers.count ? "producer" : "consumer"
            sessions.append(
                ClientSession(
                    address: address, slot: UInt32(slot),
                    clientId: "aerobench-\(role)-\(assignment.worker)-\(slot)", terms: terms,
                    pool: pool))
        }
        self.sessions = sessions
    }

    /// Bytes of a full batch of a class, with prefix and record overhead.
    private static func frameByteCount(_ trafficClass: TrafficClass) -> Int {
        let messages = AeroMQProducer.messageCountMax(trafficClass)
        let record = RecordBatchBuilder.recordByteCountBound(
            keyByteCount: 4, valueByteCount: trafficClass.messageByteCount)
        return SendRequest.prefixByteCount + WireLimits.batchHeaderByteCount + messages * record
    }

    /// True when every client may work.
    var isReady: Bool {
        sessions.allSatisfy(\.isReady) && consumers.allSatisfy(\.isSubscribed)
    }

    /// Lets go of pooled memory before the pool goes.
    func releaseMemory() {
        open = []
        batches.removeAll()
    }

    // MARK: - Producing

    func claim(
        producer: Int, destination: Int, byteCount: Int, token: UInt32, nowNanoseconds: Int64
    ) -> UnsafeMutableRawPointer? {
        var index = producers[producer].openBatches[destination]
        if index >= 0, isFull(batches[index], producers[producer], adding: byteCount) {
            guard send(index, nowNanoseconds) else { return nil }
            index = -1
        }
        if index < 0 {
            guard sessions[producer].isReady,
                let fresh = batches.take(producer: producer, destination: destination)
            else { return nil }
            index = fresh.index
            producers[producer].openBatches[destination] = index
            open.append(index)
        }
        let batch = batches[index]
        guard let room = reserve(batch, destination, byteCount, producers[producer].usesKeys)
        else { preconditionFailure("a batch was made too small for its messages") }
        batch.claimed(token, byteCount: byteCount)
        producers[producer].claimedBatch = index
        return room
    }

    func commit(producer: Int, nowNanoseconds: Int64) {
        let batch = batches[producers[producer].claimedBatch]
        let keepsToken = producers[producer].acks != .none
        batch.commit(keepsToken: keepsToken, nowNanoseconds: nowNanoseconds)
        if batch.messageCount == producers[producer].batchMessageCountMax {
            // When the session takes no more now, the batch stays and is tried again at `flush`.
            _ = send(batch.index, nowNanoseconds)
        }
    }

    /// Sends open batches that have waited as long as they may.
    func sendRipe(nowNanoseconds: Int64) {
        var position = 0
        while position < open.count {
            let batch = batches[open[position]]
            let linger = producers[batch.producer].lingerNanoseconds
            let isRipe = nowNanoseconds >= batch.openedNanoseconds + linger
                || batch.messageCount == producers[batch.producer].batchMessageCountMax
            // A batch that was sent is gone from the list; the next one has its place.
            if !isRipe || !send(batch.index, nowNanoseconds) { position += 1 }
        }
    }

    /// When the first open batch has waited as long as it may.
    var nextRipeNanoseconds: Int64 {
        var next = Int64.max
        for index in open {
            let batch = batches[index]
            next = min(next, batch.openedNanoseconds + producers[batch.producer].lingerNanoseconds)
        }
        return next
    }

    func flushSessions(_ poller: inout EpollPoller) {
        for producer in producersToFlush {
            producers[producer].needsFlush = false
            sessions[producer].flush(&poller)
        }
        producersToFlush.removeAll(keepingCapacity: true)
        for index in consumers.indices where consumers[index].needsFlush {
            consumers[index].needsFlush = false
            sessions[producers.count + index].flush(&poller)
        }
    }

    private func isFull(
        _ batch: OutboundBatch, _ producer: AeroMQProducer, adding byteCount: Int
    ) -> Bool {
        batch.messageCount == producer.batchMessageCountMax
            || batch.messageCount > 0
                && batch.messageByteCount + byteCount > producer.batchByteCountMax
    }

    private func reserve(
        _ batch: OutboundBatch, _ destination: Int, _ byteCount: Int, _ usesKey: Bool
    ) -> UnsafeMutableRawPointer? {
        guard usesKey else { return batch.builder.reserveRecord(valueByteCount: byteCount) }
        let key = UInt32(destination).bigEndian
        return withUnsafeBytes(of: key) { key in
            batch.builder.reserveRecord(key: key, valueByteCount: byteCount)
        }
    }

    /// Finishes a batch and gives it to its session.
    ///
    /// - Returns: False when the session takes no more now.
    private func send(_ index: Int, _ nowNanoseconds: Int64) -> Bool {
        let batch = batches[index]
        let producer = producers[batch.producer]
        let session = sessions[batch.producer]
        guard session.isReady else { return false }
        let batchByteCount = batch.finish(timestampMilliseconds: nowNanoseconds / 1_000_000)
        let frameByteCount = SendRequest.prefixByteCount + batchByteCount
        let partitionCount = partitionCounts[producer.classIndex]
        let request = SendRequest(
            topicId: topicIds[producer.classIndex][batch.destination / partitionCount],
            partition: UInt32(batch.destination % partitionCount), acks: producer.acks,
            timeoutMilliseconds: 30_000, batch: SendRequest.prefixByteCount..<frameByteCount)
        let admission = session.send(
            SharedSlice(owner: batch.memory, position: 0, byteCount: frameByteCount), request,
            context: UInt64(index), nowNanoseconds: nowNanoseconds)
        guard case .admitted = admission else { return false }
        producers[batch.producer].openBatches[batch.destination] = -1
        open.removeAll { $0 == index }
        if !producers[batch.producer].needsFlush {
            producers[batch.producer].needsFlush = true
            producersToFlush.append(batch.producer)
        }
        if producer.acks == .none { batches.giveBack(batch) }
        return true
    }
}

extension AeroMQProducer {
    fileprivate init(_ trafficClass: TrafficClass, _ assignment: ProducerAssignment) {
        classIndex = assignment.classIndex
        batchMessageCountMax = Self.messageCountMax(trafficClass)
        batchByteCountMax = trafficClass.batch.byteCount
        lingerNanoseconds = trafficClass.batch.lingerNanoseconds
        usesKeys = trafficClass.keys == .roundRobin
        acks =
            switch trafficClass.acknowledgement {
            case .none: .none
            case .leader: .leader
            case .all: .all
            }
        openBatches = [Int](repeating: -1, count: trafficClass.destinationCount)
    }

    /// Messages that fit a batch by count and by bytes.
    static func messageCountMax(_ trafficClass: TrafficClass) -> Int {
        let byBytes = trafficClass.batch.byteCount / trafficClass.messageByteCount
        return max(1, min(trafficClass.batch.messageCount, byBytes))
    }
}

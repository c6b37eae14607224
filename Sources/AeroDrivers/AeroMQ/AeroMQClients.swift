// The state of a worker's producers and consumers.

import AeroClient
import AeroCore
import AeroIO
import AeroLoad
import AeroMemory
import AeroWire

/// How a producer sends, looked up once.
struct AeroMQProducer {
    let classIndex: Int
    let acks: RequiredAcks
    let compression: BatchCompression
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
    /// Those whose handling takes time.
    let pacedConsumers: [Int]
    var batches: BatchAccumulator<RecordBatchFraming>
    let transcoder: BatchTranscoder
    let topicIds: [[UInt32]]
    let partitionCounts: [Int]
    /// Whether the times of each message's stages are wanted.
    let measuresStages: Bool
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
        let measuresStages = plan.scenario.stages != nil
        self.measuresStages = measuresStages
        partitionCounts = classes.map(\.partitionCount)
        producers = assignment.producers.map { AeroMQProducer(classes[$0.classIndex], $0) }
        let consumers = assignment.consumers.map { AeroMQConsumer($0, plan) }
        self.consumers = consumers
        pacedConsumers = consumers.indices.filter { consumers[$0].isPaced }
        batches = BatchAccumulator(assignment, classes, pool: pool)
        transcoder = BatchTranscoder(pool: pool)
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
                    pool: pool, features: measuresStages ? ProtocolFeatures.stageTimes : 0))
        }
        self.sessions = sessions
    }

    /// True when every client may work.
    var isReady: Bool {
        sessions.allSatisfy(\.isReady) && consumers.allSatisfy(\.isSubscribed)
    }

    // MARK: - Sending

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
}

extension AeroMQClients: BatchOutlet {
    func isReady(producer: Int) -> Bool { sessions[producer].isReady }

    func dispatch(
        _ batch: OutboundBatch<RecordBatchFraming>, nowNanoseconds: Int64
    ) -> BatchDispatch {
        let session = sessions[batch.producer]
        guard session.isReady else { return .refused }
        let producer = producers[batch.producer]
        let frame = transcoder.frame(of: batch, by: producer.compression)
        let partitionCount = partitionCounts[producer.classIndex]
        let request = SendRequest(
            topicId: topicIds[producer.classIndex][batch.destination / partitionCount],
            partition: UInt32(batch.destination % partitionCount), acks: producer.acks,
            timeoutMilliseconds: 30_000, batch: SendRequest.prefixByteCount..<frame.byteCount)
        let admission = session.send(
            frame, request, context: UInt64(batch.index), nowNanoseconds: nowNanoseconds)
        guard case .admitted = admission else { return .refused }
        if !producers[batch.producer].needsFlush {
            producers[batch.producer].needsFlush = true
            producersToFlush.append(batch.producer)
        }
        return producer.acks == .none ? .sentUnanswered : .sent
    }
}

extension AeroMQProducer {
    fileprivate init(_ trafficClass: TrafficClass, _ assignment: ProducerAssignment) {
        classIndex = assignment.classIndex
        let codec: CompressionCodec =
            switch trafficClass.batch.compression {
            case .none: .none
            case .gzip: .gzip
            case .snappy: .snappy
            case .lz4: .lz4
            case .zstd: .zstd
            }
        compression = BatchCompression(codec)
        acks =
            switch trafficClass.acknowledgement {
            case .none: .none
            case .leader: .leader
            case .all: .all
            }
    }
}

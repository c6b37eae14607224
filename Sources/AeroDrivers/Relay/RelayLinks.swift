// The connections of a worker to a relay.

import AeroCore
import AeroIO
import AeroLoad
import AeroMemory

/// One connection: a producer's, or a consumer's for one producer's channel.
final class RelayLink {
    let hello: RelayHello
    /// The producer whose batches it carries, or the consumer that takes them.
    let client: Int
    /// The class's index.
    let classIndex: Int
    var output = OutputQueue()
    var assembler = FrameAssembler(maximumFrameByteCount: 64 << 20)
    var isReady = false
    var needsFlush = false
    /// Batches given to the kernel, oldest first, each with the byte count at which it is gone.
    var unsent: [(batch: Int, endByteCount: Int)] = []
    var queuedByteCount = 0
    var sentByteCount = 0

    init(hello: RelayHello, client: Int, classIndex: Int) {
        self.hello = hello
        self.client = client
        self.classIndex = classIndex
    }
}

/// All connections of a worker and the batches on them. One thread owns it.
final class RelayLinks {
    // BOUND: output of one connection that the kernel has not taken; beyond, messages wait.
    private static let outputByteCountMax = 1 << 20

    let mode: RelayDriver.Mode
    /// Producers' first, in their order, then consumers'.
    let links: [RelayLink]
    let pool: BufferPool
    var batches: BatchAccumulator<PlainFraming>
    var failure: String?
    /// In echo mode: the consumer that gets what comes back, by class and destination; -1: none.
    let echoConsumers: [[Int]]

    init(
        _ assignment: WorkerAssignment, _ plan: LoadPlan, mode: RelayDriver.Mode,
        pool: BufferPool
    ) {
        self.mode = mode
        self.pool = pool
        let classes = plan.scenario.classes
        batches = BatchAccumulator(assignment, classes, pool: pool)
        let firstChannel = classes.reduce(into: [0]) {
            $0.append($0[$0.count - 1] + $1.producerCount)
        }
        var links: [RelayLink] = []
        for (index, producer) in assignment.producers.enumerated() {
            let channel = UInt32(firstChannel[producer.classIndex] + producer.producer)
            links.append(
                RelayLink(
                    hello: RelayHello(role: mode == .echo ? .echo : .producer, channel: channel),
                    client: index, classIndex: producer.classIndex))
        }
        var echoConsumers = classes.map { [Int](repeating: -1, count: $0.destinationCount) }
        for (index, consumer) in assignment.consumers.enumerated() {
            let each = classes[consumer.classIndex]
            if mode == .echo {
                for destination in consumer.destinations {
                    echoConsumers[consumer.classIndex][destination] = index
                }
                continue
            }
            // A relay knows no partitions: a group's consumers share its producers instead.
            for producer in stride(
                from: consumer.consumer, to: each.producerCount, by: each.consumersPerGroup)
            {
                let channel = UInt32(firstChannel[consumer.classIndex] + producer)
                links.append(
                    RelayLink(
                        hello: RelayHello(role: .consumer, channel: channel), client: index,
                        classIndex: consumer.classIndex))
            }
        }
        self.echoConsumers = echoConsumers
        self.links = links
    }

    /// True when every connection's hello has been answered.
    var isReady: Bool { links.allSatisfy(\.isReady) }

    /// Hands queued output to the kernel.
    func flush(_ poller: inout EpollPoller) {
        for (index, link) in links.enumerated() where link.needsFlush {
            guard !link.output.isSending, !link.output.isEmpty else { continue }
            link.needsFlush = false
            poller.send(Token(index: UInt32(index), generation: 1), link.output.beginSend())
        }
    }

    /// The kernel took bytes of a connection.
    func sent(
        _ byteCount: Int, on link: RelayLink, nowNanoseconds: Int64,
        _ answered: (OutboundBatch<PlainFraming>) -> Void
    ) {
        link.output.consumed(byteCount)
        link.sentByteCount += byteCount
        if !link.output.isEmpty { link.needsFlush = true }
        guard mode == .relay else { return }
        var doneCount = 0
        while doneCount < link.unsent.count,
            link.unsent[doneCount].endByteCount <= link.sentByteCount
        {
            let batch = batches[link.unsent[doneCount].batch]
            answered(batch)
            batches.giveBack(batch, nowNanoseconds: nowNanoseconds)
            doneCount += 1
        }
        link.unsent.removeFirst(doneCount)
    }

    /// In echo mode: the oldest batch of a connection came back.
    func echoed(
        on link: RelayLink, nowNanoseconds: Int64,
        _ answered: (OutboundBatch<PlainFraming>) -> Void
    ) {
        guard !link.unsent.isEmpty else { return }
        let batch = batches[link.unsent.removeFirst().batch]
        answered(batch)
        batches.giveBack(batch, nowNanoseconds: nowNanoseconds)
    }
}

extension RelayLinks: BatchOutlet {
    func isReady(producer: Int) -> Bool {
        links[producer].isReady && links[producer].output.byteCount < Self.outputByteCountMax
    }

    func dispatch(
        _ batch: OutboundBatch<PlainFraming>, nowNanoseconds: Int64
    ) -> BatchDispatch {
        let link = links[batch.producer]
        guard isReady(producer: batch.producer) else { return .refused }
        let frame = batch.finish()
        RelayFrame.seal(frame, destination: batch.destination)
        link.output.append(frame)
        link.queuedByteCount += frame.byteCount
        link.unsent.append((batch.index, link.queuedByteCount))
        link.needsFlush = true
        return .sent
    }
}

// Batching, retries and deadlines of a producer, under a clock that the test moves.

import AeroClient
import AeroCore
import AeroMemory
import AeroWire
import Synchronization
import Testing

/// Takes batches and keeps them, as long as it says it is connected.
private final class RecordingTransport: BatchTransport {
    var isConnected = true
    var batches: [ProducerBatch] = []
    var timeouts: [Int64] = []
    let frameByteCountMax = 4 << 20

    func dispatch(
        _ batch: ProducerBatch, of producer: ProducerEngine, timeoutNanoseconds: Int64,
        nowNanoseconds: Int64
    ) -> RequestAdmission {
        guard isConnected else { return .notConnected }
        batches.append(batch)
        timeouts.append(timeoutNanoseconds)
        return .admitted(requestId: UInt64(batches.count))
    }

    func expiry(elapsedNanoseconds: Int64, isInDoubt: Bool) -> ClientError {
        TestFailure.expired
    }

    func requestIdentity(
        for producer: ProducerEngine, raising: ProducerIdentity?, nowNanoseconds: Int64
    ) -> Bool {
        guard isConnected else { return false }
        let epoch = raising.map { $0.epoch + 1 } ?? 0
        producer.identified(ProducerIdentity(producerId: 7, epoch: epoch))
        return true
    }
}

enum TestFailure {
    static let expired = failure(PartitionSelection.list([]))
    static let other = failure(PartitionSelection.list([1, 1]))

    /// Client errors are made by the client only; invalid options yield one.
    private static func failure(_ partitions: PartitionSelection) -> ClientError {
        do throws(ClientError) {
            try ConsumerOptions { $0.partitions = partitions }.validate()
        } catch {
            return error
        }
        preconditionFailure("these options are invalid")
    }
}

/// Counts outcomes.
final class Tally: Sendable {
    private let results = Mutex<[Result<RecordMetadata, ClientError>]>([])
    var all: [Result<RecordMetadata, ClientError>] { results.withLock { $0 } }
    var sink: DeliverySink {
        .handler { result in self.results.withLock { $0.append(result) } }
    }
}

/// One producer with its transport, and the time.
private final class Bench {
    let transport = RecordingTransport()
    let tally = Tally()
    let pool: BufferPool
    let held: ProducedBytes
    let engine: ProducerEngine
    var now: Int64 = 1_000

    init(
        partitionCount: Int = 1, poolByteCount: Int = 16 << 20, heldByteCount: Int = 8 << 20,
        _ configure: (inout ProducerOptions) -> Void = { _ in }
    ) throws {
        let options = ProducerOptions(configure)
        try options.validate()
        pool = try BufferPool(configuration: BufferPoolConfiguration(capacityBytes: poolByteCount))
        held = ProducedBytes(byteCountMax: heldByteCount)
        engine = ProducerEngine(
            topic: "orders", topicId: 1, partitionCount: partitionCount,
            terms: ProducerTerms(options), chooser: PartitionChooser(.sticky), pool: pool,
            held: held, compressor: BatchCompressor())
    }

    /// Buffers go home before their pool goes.
    deinit {
        engine.failAll(TestFailure.other)
        transport.batches = []
    }

    func accept(_ count: Int, byteCount: Int = 10, partition: Int? = nil) {
        for _ in 0..<count {
            engine.accept(
                OutgoingMessage(
                    Message(Array(repeating: 7, count: byteCount), partition: partition),
                    sink: tally.sink, acceptedNanoseconds: now),
                timestampMilliseconds: 0, nowNanoseconds: now)
        }
    }

    func turn() { engine.turn(transport, timestampMilliseconds: 0, nowNanoseconds: now) }

    var sentCounts: [Int] { transport.batches.map(\.messageCount) }
}

@Suite struct ProducerEngineTests {
    @Test func fullBatchesGoOutAtOnce() throws {
        let bench = try Bench {
            $0.batchMessageCount = 4
            $0.linger = .milliseconds(5)
        }
        bench.accept(9)
        bench.turn()
        #expect(bench.sentCounts == [4, 4])
    }

    @Test func lingerEndsToTheNanosecond() throws {
        let bench = try Bench { $0.linger = .milliseconds(5) }
        bench.accept(3)
        #expect(bench.engine.nextDueNanoseconds == 1_000 + 5_000_000)
        bench.now += 4_999_999
        bench.accept(1)
        bench.turn()
        #expect(bench.sentCounts == [])
        bench.now += 1
        bench.turn()
        #expect(bench.sentCounts == [4])
    }

    @Test func bytesCloseABatchBeforeItOverflows() throws {
        let bench = try Bench {
            $0.batchByteCount = 4 << 10
            $0.linger = .seconds(1)
        }
        bench.accept(5, byteCount: 1_500)
        bench.turn()
        #expect(bench.sentCounts == [2, 2])
        #expect(bench.transport.batches.allSatisfy { $0.frame.byteCount <= 4 << 10 })
    }

    @Test func oneMessageLargerThanABatchGoesAlone() throws {
        let bench = try Bench { $0.batchByteCount = 4 << 10 }
        bench.accept(1)
        bench.accept(1, byteCount: 100_000)
        bench.accept(1)
        bench.turn()
        #expect(bench.sentCounts == [1, 1, 1])
    }

    @Test func closedBatchesAreCompressed() throws {
        let bench = try Bench { $0.compression = .lz4 }
        bench.accept(40, byteCount: 1_000)
        bench.accept(1, byteCount: 10)
        bench.turn()
        let frame = bench.transport.batches[0].frame
        #expect(frame.byteCount < 2_000)
        let batch = UnsafeRawBufferPointer(
            rebasing: frame.bytes[SendRequest.prefixByteCount...])
        let header = try RecordBatchHeader.validate(in: batch, range: 0..<batch.count)
        #expect(header.attributes.codec == .lz4 && header.recordCount == 41)
        // What counts against the bounds is the memory, which is still there.
        #expect(bench.held.byteCount == 64 << 10)
        bench.engine.stored(bench.transport.batches[0], baseOffset: 0, nowNanoseconds: 0)
        #expect(bench.held.byteCount == 0)
    }

    /// Without memory to compress into, batches go as they are rather than not at all.
    @Test func withoutMemoryBatchesAreNotCompressed() throws {
        let bench = try Bench(poolByteCount: 80 << 10) { $0.compression = .lz4 }
        bench.accept(40, byteCount: 1_000)
        bench.turn()
        #expect(bench.transport.batches.map(\.frame.byteCount).allSatisfy { $0 > 40_000 })
        #expect(bench.sentCounts == [40])
    }

    @Test func outcomesCarryOffsetsInOrder() throws {
        let bench = try Bench()
        bench.accept(3)
        bench.turn()
        bench.engine.stored(bench.transport.batches[0], baseOffset: 40, nowNanoseconds: 0)
        #expect(try bench.tally.all.map { try $0.get().offset } == [40, 41, 42])
        #expect(bench.engine.isIdle)
        #expect(bench.held.byteCount == 0)
    }

    @Test func withoutAcknowledgementTheHandOverCounts() throws {
        let bench = try Bench { $0.acknowledgement = .none }
        bench.accept(2)
        bench.turn()
        #expect(try bench.tally.all.map { try $0.get().offset } == [nil, nil])
        #expect(bench.engine.isIdle)
    }

    @Test func inFlightBatchesOfAPartitionAreBounded() throws {
        let bench = try Bench(partitionCount: 2) {
            $0.batchMessageCount = 1
            $0.maximumInFlightBatches = 2
        }
        bench.accept(5, partition: 0)
        bench.accept(1, partition: 1)
        bench.turn()
        #expect(bench.transport.batches.map(\.messageCount).count == 3)
        bench.engine.stored(bench.transport.batches[0], baseOffset: 0, nowNanoseconds: 0)
        bench.turn()
        #expect(bench.transport.batches.count == 4)
    }

    @Test func aBatchInDoubtIsNotSentAgainWithoutIdempotence() throws {
        let bench = try Bench { $0.isIdempotent = false }
        bench.accept(2)
        bench.turn()
        bench.engine.lost(
            bench.transport.batches[0], isFinal: false, TestFailure.other,
            nowNanoseconds: bench.now)
        #expect(bench.tally.all == [.failure(TestFailure.other), .failure(TestFailure.other)])
    }

    @Test func atLeastOnceSendsUpToItsAttempts() throws {
        let bench = try Bench {
            $0.isIdempotent = false
            $0.retryPolicy = .atLeastOnce(maximumAttempts: 3)
            $0.retryBackoff = .microseconds(1) ... .microseconds(1)
        }
        bench.accept(1)
        for attempt in 1...3 {
            bench.turn()
            #expect(bench.transport.batches.count == attempt)
            #expect(bench.tally.all.isEmpty)
            bench.engine.lost(
                bench.transport.batches[attempt - 1], isFinal: false, TestFailure.other,
                nowNanoseconds: bench.now)
            bench.now += 2_000
        }
        bench.turn()
        #expect(bench.transport.batches.count == 3)
        #expect(bench.tally.all == [.failure(TestFailure.other)])
    }

    @Test func aPassingRefusalIsRetriedAndALastingOneIsNot() throws {
        let bench = try Bench {
            $0.maximumRefusedAttempts = 2
            $0.retryBackoff = .microseconds(1) ... .microseconds(1)
            $0.batchMessageCount = 1
        }
        bench.accept(2)
        bench.turn()
        bench.engine.refused(
            bench.transport.batches[0], .memoryFull, TestFailure.other, nowNanoseconds: bench.now)
        bench.engine.refused(
            bench.transport.batches[1], .invalidBatch, TestFailure.other,
            nowNanoseconds: bench.now)
        #expect(bench.tally.all.count == 1)
        bench.now += 2_000
        bench.turn()
        #expect(bench.transport.batches.count == 3)
        bench.engine.refused(
            bench.transport.batches[2], .memoryFull, TestFailure.other, nowNanoseconds: bench.now)
        #expect(bench.tally.all.count == 2)
        #expect(bench.engine.isIdle)
    }

    /// What a log could not sync may be found in it after a restart, so what is behind it may be
    /// there too, and cannot go out under another number.
    @Test func whatAFailedLogRefusesIsInDoubt() throws {
        let bench = try Bench { $0.batchMessageCount = 1 }
        bench.accept(2)
        bench.turn()
        bench.engine.refused(
            bench.transport.batches[0], .logFailed, TestFailure.other, nowNanoseconds: bench.now)
        guard case .failure(let error)? = bench.tally.all.first else {
            Issue.record("a batch that a failed log refuses has no outcome")
            return
        }
        #expect(error.code == TestFailure.other.code)
        #expect(error.message.hasSuffix("may or may not have been stored"))
        // The answer to the second is lost with the connection.
        bench.engine.lost(
            bench.transport.batches[1], isFinal: false, waits: false, TestFailure.other,
            nowNanoseconds: bench.now)
        bench.engine.disconnected()
        bench.engine.resolved(topicId: 1, partitionCount: 1)
        bench.turn()
        #expect(bench.transport.batches.count == 3)
        let again = bench.transport.batches.map { $0.identity?.epoch }.last
        let sequence = bench.transport.batches.map(\.baseSequence).last
        #expect(again == 0 && sequence == 1)
    }

    @Test func batchesSentAgainKeepTheirOrder() throws {
        let bench = try Bench {
            $0.isIdempotent = false
            $0.retryPolicy = .atLeastOnce(maximumAttempts: 2)
            $0.retryBackoff = .microseconds(1) ... .microseconds(1)
            $0.batchMessageCount = 1
        }
        bench.accept(3)
        bench.turn()
        for index in [2, 1, 0] {
            bench.engine.lost(
                bench.transport.batches[index], isFinal: false, TestFailure.other,
                nowNanoseconds: bench.now)
        }
        bench.now += 2_000
        bench.turn()
        #expect(bench.transport.batches.map(\.number) == [0, 1, 2, 0, 1, 2])
    }

    @Test func unsentMessagesExpireAtTheDeliveryTimeout() throws {
        let bench = try Bench {
            $0.deliveryTimeout = .milliseconds(10)
            $0.batchMessageCount = 2
        }
        bench.transport.isConnected = false
        bench.accept(3)
        bench.turn()
        bench.now += 9_999_999
        bench.turn()
        #expect(bench.tally.all.isEmpty)
        bench.now += 1
        #expect(bench.engine.nextDueNanoseconds <= bench.now)
        bench.turn()
        #expect(bench.tally.all == Array(repeating: .failure(TestFailure.expired), count: 3))
        #expect(bench.engine.nextDueNanoseconds == .max)
    }

    @Test func nothingGrowsBeyondTheHeldBytes() throws {
        let bench = try Bench(heldByteCount: 3 * 64 << 10) { $0.batchByteCount = 64 << 10 }
        bench.accept(400, byteCount: 1_000)
        bench.turn()
        #expect(bench.held.byteCount <= 3 * 64 << 10)
        #expect(bench.transport.batches.count == 3)
        var answered = 0
        while answered < bench.transport.batches.count {
            bench.engine.stored(
                bench.transport.batches[answered], baseOffset: 0, nowNanoseconds: 0)
            answered += 1
            bench.turn()
            #expect(bench.held.byteCount <= 3 * 64 << 10)
        }
        #expect(bench.tally.all.count == 400)
        let queued = Message(Array(repeating: 7, count: 1_000)).byteCount
        #expect(bench.engine.takeReleasedByteCount() >= 400 * queued)
    }

    @Test func anUnknownPartitionFailsItsMessageAlone() throws {
        let bench = try Bench()
        bench.accept(1, partition: 1)
        bench.accept(1, partition: 0)
        bench.turn()
        #expect(bench.tally.all.count == 1)
        guard case .failure(let error)? = bench.tally.all.first else { return }
        #expect(error.code == .invalidMessage)
        #expect(bench.sentCounts == [1])
    }

    @Test func failingAllSettlesEverythingOnce() throws {
        let bench = try Bench(heldByteCount: 64 << 10) { $0.linger = .seconds(1) }
        bench.accept(100, byteCount: 1_000)
        bench.engine.failAll(TestFailure.other)
        bench.turn()
        #expect(bench.tally.all == Array(repeating: .failure(TestFailure.other), count: 100))
        #expect(bench.engine.isIdle)
        #expect(bench.held.byteCount == 0)
    }
}

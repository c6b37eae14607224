// A batch under construction or on its way: its memory and the tokens of its messages.

import AeroMemory
import AeroWire

/// One batch of messages of one producer for one destination, reused for the whole run.
///
/// The memory begins with room for the frame's prefix, so that a finished batch is sent from
/// where it was built.
final class OutboundBatch {
    /// Where it is in its pool; the context of its request.
    let index: Int
    var memory: SharedBuffer
    var builder: RecordBatchBuilder
    let tokens: UnsafeMutablePointer<UInt32>
    private(set) var tokenCount = 0
    private(set) var messageCount = 0
    private(set) var messageByteCount = 0
    /// When its first message was committed.
    private(set) var openedNanoseconds: Int64 = 0
    var producer = 0
    var destination = 0
    /// The token of the claimed message, until it is committed.
    private var claimedToken: UInt32 = 0
    private var claimedByteCount = 0

    init(index: Int, memory: SharedBuffer, tokenCapacity: Int) {
        self.index = index
        self.memory = memory
        tokens = .allocate(capacity: tokenCapacity)
        builder = RecordBatchBuilder(into: Self.room(memory), at: SendRequest.prefixByteCount)
    }

    deinit { tokens.deallocate() }

    private static func room(_ memory: SharedBuffer) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: memory.baseAddress, count: memory.capacity)
    }

    /// Makes the batch empty again, for a producer and a destination.
    func begin(producer: Int, destination: Int) {
        self.producer = producer
        self.destination = destination
        tokenCount = 0
        messageCount = 0
        messageByteCount = 0
        builder = RecordBatchBuilder(into: Self.room(memory), at: SendRequest.prefixByteCount)
    }

    /// Notes which message the builder has just made room for.
    func claimed(_ token: UInt32, byteCount: Int) {
        claimedToken = token
        claimedByteCount = byteCount
    }

    /// The claimed message is written.
    func commit(keepsToken: Bool, nowNanoseconds: Int64) {
        if messageCount == 0 { openedNanoseconds = nowNanoseconds }
        messageCount += 1
        messageByteCount += claimedByteCount
        guard keepsToken else { return }
        tokens[tokenCount] = claimedToken
        tokenCount += 1
    }

    /// Writes the batch's header and checksum; may be called again if nothing was added.
    ///
    /// - Returns: Bytes of the batch, without the frame's prefix.
    func finish(timestampMilliseconds: Int64) -> Int {
        builder.finish(RecordBatchProperties(baseTimestamp: timestampMilliseconds))
    }

    /// The tokens of its messages.
    var tokenList: UnsafeBufferPointer<UInt32> {
        UnsafeBufferPointer(start: tokens, count: tokenCount)
    }
}

/// The batches of one worker: taken, sent, answered, taken again.
struct OutboundBatchPool: ~Copyable {
    private let pool: BufferPool
    private let batchByteCount: Int
    private let tokenCapacity: Int
    private var batches: [OutboundBatch] = []
    private var free: [OutboundBatch] = []

    // BOUND: batches of one worker; beyond, messages wait and are late.
    private static let batchCountMax = 1 << 16

    /// - Parameters:
    ///   - pool: Where their memory comes from.
    ///   - batchByteCount: Bytes of a full batch with its prefix.
    ///   - tokenCapacity: Messages of a batch at most.
    init(pool: BufferPool, batchByteCount: Int, tokenCapacity: Int) {
        self.pool = pool
        self.batchByteCount = batchByteCount
        self.tokenCapacity = tokenCapacity
    }

    /// The batch of this index.
    subscript(index: Int) -> OutboundBatch { batches[index] }

    /// An empty batch, or nil at the memory cap.
    mutating func take(producer: Int, destination: Int) -> OutboundBatch? {
        guard let batch = takeFree() ?? make() else { return nil }
        batch.begin(producer: producer, destination: destination)
        return batch
    }

    /// Its messages are answered for; its memory may still be on its way to the kernel.
    mutating func giveBack(_ batch: OutboundBatch) { free.append(batch) }

    /// Lets go of all batches and their memory.
    mutating func removeAll() {
        free = []
        batches = []
    }

    private mutating func takeFree() -> OutboundBatch? {
        guard let batch = free.popLast() else { return nil }
        // An answer can overtake the completion of the send; fresh memory is taken then.
        if !isKnownUniquelyReferenced(&batch.memory) {
            guard let fresh = makeMemory() else {
                free.append(batch)
                return nil
            }
            batch.memory = fresh
        }
        return batch
    }

    private mutating func make() -> OutboundBatch? {
        guard batches.count < Self.batchCountMax, let memory = makeMemory() else { return nil }
        let batch = OutboundBatch(
            index: batches.count, memory: memory, tokenCapacity: tokenCapacity)
        batches.append(batch)
        return batch
    }

    private func makeMemory() -> SharedBuffer? {
        do throws(PoolError) {
            return SharedBuffer(try pool.allocate(minimumByteCount: batchByteCount))
        } catch {
            return nil
        }
    }
}

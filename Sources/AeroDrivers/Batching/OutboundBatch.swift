// A batch under construction or on its way: its memory and the tokens of its messages.

import AeroIO
import AeroMemory

/// One batch of messages of one producer for one destination, reused for the whole run.
final class OutboundBatch<Framing: BatchFraming> {
    /// Where it is in its pool; the context of its request.
    let index: Int
    var memory: SharedBuffer
    /// Bytes of the frame once it was sealed: from then on the batch takes no more messages.
    private(set) var sealedByteCount: Int?
    private var framing: Framing
    private let tokens: UnsafeMutablePointer<UInt32>
    private var tokenCount = 0
    private(set) var messageCount = 0
    private(set) var messageByteCount = 0
    /// When its first message was committed.
    private(set) var openedNanoseconds: Int64 = 0
    /// When it was handed to its connection.
    var sentNanoseconds: Int64 = 0
    private(set) var producer = 0
    private(set) var destination = 0
    /// The message that was claimed and not yet committed.
    private var claimed: (token: UInt32, byteCount: Int) = (0, 0)

    init(index: Int, memory: SharedBuffer, tokenCapacity: Int) {
        self.index = index
        self.memory = memory
        tokens = .allocate(capacity: tokenCapacity)
        framing = Framing(into: Self.room(memory))
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
        sealedByteCount = nil
        framing = Framing(into: Self.room(memory))
    }

    /// Makes room for one message; follow with `commit`.
    func claim(key: BatchKey?, byteCount: Int, token: UInt32) -> UnsafeMutableRawPointer? {
        precondition(sealedByteCount == nil, "a sealed batch takes no more messages")
        claimed = (token, byteCount)
        return framing.reserve(key: key, byteCount: byteCount)
    }

    /// The claimed message is written.
    func commit(keepsToken: Bool, nowNanoseconds: Int64) {
        if messageCount == 0 { openedNanoseconds = nowNanoseconds }
        messageCount += 1
        messageByteCount += claimed.byteCount
        guard keepsToken else { return }
        tokens[tokenCount] = claimed.token
        tokenCount += 1
    }

    /// Completes the frame; may be called again when nothing was added.
    ///
    /// Its records are stamped with the time of day, by which a topic's retention goes.
    ///
    /// - Returns: The frame, in the batch's own memory.
    func finish() -> SharedSlice {
        let byteCount = framing.finish(timestampMilliseconds: WallClock.nowMilliseconds())
        return SharedSlice(owner: memory, position: 0, byteCount: byteCount)
    }

    /// The frame was rewritten where it lies, and is sent as it is from now on.
    ///
    /// - Parameter byteCount: Bytes of the frame; no more than `finish` returned.
    func seal(byteCount: Int) -> SharedSlice {
        sealedByteCount = byteCount
        return SharedSlice(owner: memory, position: 0, byteCount: byteCount)
    }

    /// The tokens of its messages.
    var tokenList: UnsafeBufferPointer<UInt32> {
        UnsafeBufferPointer(start: tokens, count: tokenCount)
    }
}

/// The batches of one worker: taken, sent, answered, taken again.
struct OutboundBatchPool<Framing: BatchFraming>: ~Copyable {
    private let pool: BufferPool
    private let batchByteCount: Int
    private let tokenCapacity: Int
    private var batches: [OutboundBatch<Framing>] = []
    private var free: [OutboundBatch<Framing>] = []

    // BOUND: batches of one worker; beyond, messages wait and are late.
    private static var batchCountMax: Int { 1 << 16 }

    /// - Parameters:
    ///   - pool: Where their memory comes from.
    ///   - batchByteCount: Bytes of a full batch.
    ///   - tokenCapacity: Messages of a batch at most.
    init(pool: BufferPool, batchByteCount: Int, tokenCapacity: Int) {
        self.pool = pool
        self.batchByteCount = batchByteCount
        self.tokenCapacity = tokenCapacity
    }

    /// The batch of this index.
    subscript(index: Int) -> OutboundBatch<Framing> { batches[index] }

    /// An empty batch, or nil at the memory cap.
    mutating func take(producer: Int, destination: Int) -> OutboundBatch<Framing>? {
        guard let batch = takeFree() ?? make() else { return nil }
        batch.begin(producer: producer, destination: destination)
        return batch
    }

    /// Its messages are answered for; its memory may still be on its way to the kernel.
    mutating func giveBack(_ batch: OutboundBatch<Framing>) { free.append(batch) }

    /// Lets go of all batches and their memory.
    mutating func removeAll() {
        free = []
        batches = []
    }

    private mutating func takeFree() -> OutboundBatch<Framing>? {
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

    private mutating func make() -> OutboundBatch<Framing>? {
        guard batches.count < Self.batchCountMax, let memory = makeMemory() else { return nil }
        let batch = OutboundBatch<Framing>(
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

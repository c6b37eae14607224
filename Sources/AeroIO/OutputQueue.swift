// What a connection still has to send: encoded bytes and slices of shared memory, in order.

package import AeroMemory
import Glibc

/// What to send next, of one kind.
package enum OutputFront {
    /// At most `OutputQueue.vectorLimit` blocks of memory.
    case memory(UnsafeBufferPointer<SendVector>)
    /// A range of a file.
    case file(FileSlice)
}

/// A first-in first-out queue of output whose memory stays put until the kernel has taken it.
///
/// Small frames are encoded into blocks that the queue owns; bulk payloads are queued as slices
/// of shared buffers and never copied, or as slices of files. One send is in flight at a time:
/// `beginSend` shows the front of the queue, `consumed` removes what the kernel took, also when it
/// took a part.
package struct OutputQueue: ~Copyable {
    private struct Item {
        /// First byte; nil for a slice of a file, the next of `files`.
        var base: UnsafeRawPointer?
        var count: Int
        /// Keeps the memory alive; nil as soon as the kernel has taken all of it, so that a
        /// buffer is free for reuse when its last byte is sent and not when the queue is tidied.
        var owner: SharedBuffer?
    }

    /// Size of the blocks that small frames are encoded into.
    package static let blockByteCount = 8 * 1024

    /// Size of a queue's first block: a connection that only says that it is alive needs no more.
    package static let firstBlockByteCount = 1024

    private var items: [Item] = []
    private var head = 0
    /// Apart from the items, which most queues hold nothing but memory in.
    // BOUND: what a connection may have queued before its owner stops adding to it.
    private var files: [FileSlice] = []
    private var block: SharedBuffer?
    private let vectors: SendVectors

    /// Bytes queued and not yet taken by the kernel.
    package private(set) var byteCount = 0

    /// True between `beginSend` and `consumed`.
    package private(set) var isSending = false

    /// An empty queue, which holds no memory of its own until something is queued.
    ///
    /// - Parameter vectors: Shared by the queues of one thread.
    package init(vectors: SendVectors = SendVectors()) { self.vectors = vectors }

    /// True when nothing is queued.
    package var isEmpty: Bool { byteCount == 0 }

    /// Claims room for a small frame at the end of the queue.
    ///
    /// - Parameters:
    ///   - byteCount: Exact length of what the caller will write there at once.
    ///   - pool: Where a new block comes from when the current one is full.
    ///   - reserve: How much of the pool a frame above `blockByteCount` leaves free.
    /// - Returns: The first byte of the room.
    /// - Throws: `PoolError.exhausted` at the memory cap; nothing is queued then.
    package mutating func claim(
        _ byteCount: Int, from pool: BufferPool, keepingFree reserve: Int = 0
    ) throws(PoolError) -> UnsafeMutableRawPointer {
        let room = try block(for: byteCount, from: pool, keepingFree: reserve)
        let base = room.claim(byteCount)
        if let last = items.indices.last, last >= head, items[last].owner === room,
            items[last].base == UnsafeRawPointer(base) - items[last].count, !isSending
        {
            items[last].count += byteCount
        } else {
            items.append(Item(base: base, count: byteCount, owner: room))
        }
        self.byteCount += byteCount
        return base
    }

    /// Queues a slice of shared memory without copying it.
    package mutating func append(_ slice: SharedSlice) {
        guard slice.byteCount > 0 else { return }
        items.append(
            Item(
                base: slice.owner.baseAddress + slice.position, count: slice.byteCount,
                owner: slice.owner))
        byteCount += slice.byteCount
    }

    /// Queues a range of a file.
    package mutating func append(_ slice: FileSlice) {
        guard slice.byteCount > 0 else { return }
        items.append(Item(base: nil, count: slice.byteCount, owner: nil))
        files.append(slice)
        byteCount += slice.byteCount
    }

    /// Marks a send as begun and shows what to send: the front of the queue.
    ///
    /// - Returns: All that is of one kind at the front, as far as one send can carry it; vectors
    ///   are valid until the next `beginSend` of any queue with the same `SendVectors`.
    package mutating func beginSend() -> OutputFront {
        precondition(!isSending && byteCount > 0, "one send at a time, and of something")
        isSending = true
        let limit = min(items.count - head, SendVectors.capacity)
        var count = 0
        while count < limit, let base = items[head + count].base {
            vectors.base[count] = iovec(
                iov_base: UnsafeMutableRawPointer(mutating: base),
                iov_len: items[head + count].count)
            count += 1
        }
        if count > 0 { return .memory(UnsafeBufferPointer(start: vectors.base, count: count)) }
        let slice = files[0]
        let left = items[head].count
        return .file(
            FileSlice(
                file: slice.file, position: slice.position + slice.byteCount - left,
                byteCount: left))
    }

    /// Removes what the kernel has taken from the front and ends the send.
    ///
    /// - Parameter byteCount: Bytes taken, from the first byte that `beginSend` showed.
    package mutating func consumed(_ byteCount: Int) {
        precondition(isSending && byteCount <= self.byteCount, "more sent than was queued")
        isSending = false
        self.byteCount -= byteCount
        var left = byteCount
        while left > 0 {
            if items[head].count <= left {
                left -= items[head].count
                if items[head].base == nil { files.removeFirst() }
                items[head].owner = nil
                head += 1
            } else {
                items[head].base = items[head].base.map { $0 + left }
                items[head].count -= left
                left = 0
            }
        }
        compact()
    }

    /// Drops everything, when the connection is gone and the kernel holds none of it any more.
    package mutating func removeAll() {
        items.removeAll(keepingCapacity: true)
        files.removeAll()
        head = 0
        byteCount = 0
        isSending = false
        block = nil
    }

    /// Lets go of what an empty queue keeps for the next frame: for one that was quiet for a while.
    package mutating func trim() {
        guard isEmpty, !isSending else { return }
        items = []
        head = 0
        block = nil
    }

    private mutating func block(
        for byteCount: Int, from pool: BufferPool, keepingFree reserve: Int
    ) throws(PoolError) -> SharedBuffer {
        if let block, block.remaining >= byteCount {
            if block.count == 0 { pool.countReuse() }
            return block
        }
        let usual = block == nil ? Self.firstBlockByteCount : Self.blockByteCount
        let size = byteCount > usual ? max(byteCount, Self.blockByteCount) : usual
        let fresh = SharedBuffer(
            try pool.allocate(
                minimumByteCount: size,
                keepingFree: size > Self.blockByteCount ? reserve : 0))
        block = fresh
        return fresh
    }

    /// Reuses the queue's own memory once everything in it has been sent.
    private mutating func compact() {
        if head == items.count {
            items.removeAll(keepingCapacity: true)
            head = 0
            // Only this queue refers to the block now, so its memory may be filled again; one made
            // for a single large frame goes home instead.
            if let block, block.capacity <= Self.blockByteCount {
                block.reset()
            } else {
                block = nil
            }
        } else if head >= SendVectors.capacity {
            items.removeSubrange(0..<head)
            head = 0
        }
    }
}

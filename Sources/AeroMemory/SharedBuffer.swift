// A pooled buffer that several readers may keep alive: stored batches and queued output.

/// A pooled buffer shared by reference: filled from the front by one thread, read by any.
///
/// Bytes below `count` never change once another thread has been given a slice of them, so
/// readers need no lock; the hand-off (an SPSC ring) publishes them. The memory goes back to its
/// pool when the last reference is dropped, on whichever thread that happens.
///
/// SAFETY: one thread appends, and only behind `count`; a slice handed to another thread covers
/// only bytes below the `count` of that moment and crosses through a ring with release/acquire.
package final class SharedBuffer: @unchecked Sendable {
    @usableFromInline internal let buffer: PooledBuffer

    /// How many bytes are filled; the appending thread alone reads and writes it.
    package private(set) var count = 0

    /// - Parameter buffer: The memory to share; owned from here on.
    package init(_ buffer: consuming PooledBuffer) {
        self.buffer = buffer
    }

    /// How many bytes fit in all.
    package var capacity: Int { buffer.capacity }

    /// How many bytes still fit.
    package var remaining: Int { buffer.capacity - count }

    /// The first byte; stable for the life of this object.
    package var baseAddress: UnsafeMutableRawPointer { buffer.baseAddress }

    /// Copies `bytes` behind what is there. Appending thread only.
    ///
    /// - Parameter bytes: At most `remaining` bytes; more is a broken invariant.
    /// - Returns: The position of the first copied byte.
    package func append(_ bytes: UnsafeRawBufferPointer) -> Int {
        precondition(bytes.count <= remaining, "append of \(bytes.count) B into \(remaining) B")
        let position = count
        if let source = bytes.baseAddress {
            (buffer.baseAddress + position).copyMemory(from: source, byteCount: bytes.count)
        }
        count = position + bytes.count
        return position
    }

    /// Claims room behind what is there, to be filled by the caller before anyone reads it.
    ///
    /// - Parameter byteCount: At most `remaining`.
    /// - Returns: The first claimed byte.
    package func claim(_ byteCount: Int) -> UnsafeMutableRawPointer {
        precondition(byteCount <= remaining, "claim of \(byteCount) B from \(remaining) B")
        let position = count
        count = position + byteCount
        return buffer.baseAddress + position
    }

    /// Gives back the last `byteCount` claimed bytes. Appending thread only, before anyone reads.
    package func unclaim(_ byteCount: Int) {
        precondition(byteCount <= count, "unclaim of \(byteCount) B from \(count) B")
        count -= byteCount
    }

    /// Forgets the contents so that the memory can be filled again.
    ///
    /// The caller must hold the only reference.
    package func reset() { count = 0 }
}

/// A range of a shared buffer that keeps the buffer alive.
package struct SharedSlice: Sendable {
    /// The memory.
    package let owner: SharedBuffer
    /// First byte of the range within `owner`.
    package let position: Int
    /// Length of the range in bytes.
    package let byteCount: Int

    /// - Parameters:
    ///   - owner: The memory; retained.
    ///   - position: First byte.
    ///   - byteCount: Length; the range must be filled already.
    package init(owner: SharedBuffer, position: Int, byteCount: Int) {
        self.owner = owner
        self.position = position
        self.byteCount = byteCount
    }

    /// The bytes, valid while `owner` is alive.
    package var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: owner.baseAddress + position, count: byteCount)
    }
}

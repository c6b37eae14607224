// Cuts a byte stream into frames, however the network split or joined them.

package import AeroMemory
package import AeroWire

/// A complete frame.
package struct AssembledFrame {
    /// Length, command and request id.
    package let header: FrameHeader
    /// The payload; valid until the assembler or the received bytes change.
    package let payload: UnsafeRawBufferPointer
}

/// Why a stream cannot be cut further.
package enum AssemblyError: Error, Equatable {
    /// The stream is out of step or over the limit; the connection has to be closed.
    case wire(WireError)
    /// No memory for the rest of a frame.
    case memory(PoolError)
}

/// Turns received chunks into frames without copying those that arrived whole.
///
/// A frame that a chunk cuts in two is completed in a pooled buffer of exactly the frame's size
/// class, taken only once the whole length is known and within the limit, and given back as soon
/// as the frame has been handled; so an idle connection holds no receive memory.
package struct FrameAssembler: ~Copyable {
    // BOUND: a request of this size is put aside whatever else the memory is needed for.
    private static let smallByteCount = 8 * 1024

    private let maximumFrameByteCount: Int
    private let reserveByteCount: Int
    private var stash: PooledBuffer?
    /// The stash's memory; nil without a stash.
    private var stashBase: UnsafeMutableRawPointer?
    private var stashedByteCount = 0
    /// Bytes of the split frame in all, once its length field has been seen.
    private var expectedByteCount = 0
    private var isStashComplete = false

    /// - Parameters:
    ///   - maximumFrameByteCount: Largest frame accepted, its length field included.
    ///   - reserveByteCount: How much of the pool large split frames leave free.
    package init(maximumFrameByteCount: Int, reserveByteCount: Int = 0) {
        self.maximumFrameByteCount = maximumFrameByteCount
        self.reserveByteCount = reserveByteCount
    }

    /// Takes the next frame out of what has been received.
    ///
    /// - Parameters:
    ///   - bytes: One chunk from the network; pass the same chunk until the answer is nil.
    ///   - position: How much of the chunk has been used; start at 0.
    ///   - pool: Where memory for split frames comes from.
    /// - Returns: A frame, or nil when the rest of the chunk has been put aside.
    package mutating func next(
        in bytes: UnsafeRawBufferPointer, position: inout Int, pool: BufferPool
    ) throws(AssemblyError) -> AssembledFrame? {
        if isStashComplete { dropStash() }
        if stashedByteCount > 0 { return try complete(from: bytes, &position, pool) }
        guard position < bytes.count else { return nil }
        switch try parse(bytes, at: position) {
        case .frame(let header, let payload):
            position = payload.upperBound
            return AssembledFrame(header: header, payload: bytes[rebased: payload])
        case .needMoreBytes(let total):
            try put(aside: bytes[rebased: position..<bytes.count], total: total, pool)
            position = bytes.count
            return nil
        }
    }

    /// True when a frame has begun and is not complete: the stream must not end here.
    package var isInsideFrame: Bool { stashedByteCount > 0 && !isStashComplete }

    /// Lets go of a frame that will not be completed, when the connection is gone.
    package mutating func removeAll() { dropStash() }

    // MARK: - Split frames

    private mutating func complete(
        from bytes: UnsafeRawBufferPointer, _ position: inout Int, _ pool: BufferPool
    ) throws(AssemblyError) -> AssembledFrame? {
        if expectedByteCount <= WireLimits.frameHeaderByteCount,
            stashedByteCount < WireLimits.frameHeaderByteCount
        {
            take(WireLimits.frameHeaderByteCount - stashedByteCount, from: bytes, &position)
            guard stashedByteCount >= WireLimits.frameHeaderByteCount else { return nil }
            try learnLength(pool)
        }
        take(expectedByteCount - stashedByteCount, from: bytes, &position)
        guard stashedByteCount == expectedByteCount else { return nil }
        isStashComplete = true
        let whole = stashedBytes
        guard case .frame(let header, let payload) = try parse(whole, at: 0) else { return nil }
        return AssembledFrame(header: header, payload: whole[rebased: payload])
    }

    private mutating func put(
        aside rest: UnsafeRawBufferPointer, total: Int, _ pool: BufferPool
    ) throws(AssemblyError) {
        expectedByteCount = total
        keep(try allocate(max(total, WireLimits.frameHeaderByteCount), pool))
        var position = 0
        take(rest.count, from: rest, &position)
    }

    /// Reads the length field of the stashed header and makes room for the whole frame.
    private mutating func learnLength(_ pool: BufferPool) throws(AssemblyError) {
        switch try parse(stashedBytes, at: 0) {
        case .frame: expectedByteCount = stashedByteCount
        case .needMoreBytes(let total):
            expectedByteCount = total
            let larger = try allocate(total, pool)
            if let known = stashedBytes.baseAddress {
                larger.baseAddress.copyMemory(from: known, byteCount: stashedByteCount)
            }
            keep(larger)
        }
    }

    private mutating func take(
        _ wanted: Int, from bytes: UnsafeRawBufferPointer, _ position: inout Int
    ) {
        let count = min(wanted, bytes.count - position)
        guard count > 0, let source = bytes.baseAddress else { return }
        if let stashBase {
            (stashBase + stashedByteCount).copyMemory(from: source + position, byteCount: count)
        }
        stashedByteCount += count
        position += count
    }

    private var stashedBytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: stashBase, count: stashedByteCount)
    }

    private mutating func keep(_ buffer: consuming PooledBuffer) {
        stashBase = buffer.baseAddress
        stash = consume buffer
    }

    private mutating func dropStash() {
        stash = nil
        stashBase = nil
        stashedByteCount = 0
        expectedByteCount = 0
        isStashComplete = false
    }

    private func parse(
        _ bytes: UnsafeRawBufferPointer, at position: Int
    ) throws(AssemblyError) -> FrameParse {
        do {
            return try FrameDecoder.next(
                in: bytes, at: position, limit: maximumFrameByteCount)
        } catch {
            throw .wire(error)
        }
    }

    private func allocate(
        _ byteCount: Int, _ pool: BufferPool
    ) throws(AssemblyError) -> PooledBuffer {
        do {
            return try pool.allocate(
                minimumByteCount: byteCount,
                keepingFree: byteCount > Self.smallByteCount ? reserveByteCount : 0)
        } catch {
            throw .memory(error)
        }
    }
}

extension UnsafeRawBufferPointer {
    /// The bytes of a range as a buffer of its own that starts at 0.
    internal subscript(rebased range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: self[range])
    }
}

// The receive buffers that io_uring picks from.

/// A ring of equal buffers provided to the kernel, which takes one for each receive.
///
/// A buffer is with the kernel, or lent to the caller by `.received`, or held for a connection
/// whose reads are withheld. At most half of them are held: the rest of what is withheld is
/// copied to memory of the connection's own, so that connections never starve each other.
struct UringBuffers: ~Copyable {
    static let none: Int32 = -1

    let count: Int
    let byteCount: Int
    private let memory: UnsafeMutableRawPointer
    /// Per buffer: bytes it holds, and the next one held for the same connection.
    private let lengths: UnsafeMutablePointer<Int32>
    private let successors: UnsafeMutablePointer<Int32>
    private var heldCount = 0

    init(queue: borrowing UringQueue, count: Int, byteCount: Int) throws(Errno) {
        precondition(
            count > 1 && count <= 32768 && count & (count - 1) == 0,
            "a buffer ring has a power of two of buffers")
        precondition(byteCount > 0 && byteCount <= Int(Int32.max), "a buffer's size is an Int32")
        try queue.makeBufferRing(count: count)
        self.count = count
        self.byteCount = byteCount
        memory = .allocate(byteCount: count * byteCount, alignment: 4096)
        lengths = .allocate(capacity: count)
        lengths.initialize(repeating: 0, count: count)
        successors = .allocate(capacity: count)
        successors.initialize(repeating: Self.none, count: count)
        for identifier in 0..<count { provide(Int32(identifier), to: queue) }
    }

    // The queue is destroyed before this (see UringPoller), so the kernel uses none of it.
    deinit {
        memory.deallocate()
        lengths.deallocate()
        successors.deallocate()
    }

    /// True while another buffer may be held.
    var mayHold: Bool { heldCount < count / 2 }

    @inline(__always)
    func bytes(_ identifier: Int32, count: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: memory + Int(identifier) * byteCount, count: count)
    }

    /// Gives a buffer (back) to the kernel.
    @inline(__always)
    func provide(_ identifier: Int32, to queue: borrowing UringQueue) {
        queue.provide(
            memory + Int(identifier) * byteCount, byteCount: byteCount, identifier: identifier)
    }

    /// Appends a buffer with `length` bytes to a connection's list.
    mutating func hold(_ identifier: Int32, length: Int32, in list: inout HeldBuffers) {
        lengths[Int(identifier)] = length
        successors[Int(identifier)] = Self.none
        if list.last == Self.none {
            list.first = identifier
        } else {
            successors[Int(list.last)] = identifier
        }
        list.last = identifier
        heldCount += 1
    }

    /// Takes the oldest buffer off a connection's list; the caller provides it again after use.
    mutating func release(from list: inout HeldBuffers) -> (identifier: Int32, length: Int32)? {
        let identifier = list.first
        guard identifier != Self.none else { return nil }
        list.first = successors[Int(identifier)]
        if list.first == Self.none { list.last = Self.none }
        heldCount -= 1
        return (identifier, lengths[Int(identifier)])
    }
}

/// A list of buffers held for one connection, oldest first.
struct HeldBuffers {
    var first = UringBuffers.none
    var last = UringBuffers.none

    var isEmpty: Bool { first == UringBuffers.none }
}

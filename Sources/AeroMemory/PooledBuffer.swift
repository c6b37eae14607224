// One buffer with one owner, which goes home by itself.

/// A block of memory from a `BufferPool`, owned by exactly one place in the program.
///
/// It cannot be copied, so it cannot be returned twice or used after its return; it cannot be
/// forgotten, because going out of scope returns it. The content of a fresh buffer is undefined.
///
/// Layout: `baseAddress` 8 | `capacity` 8 | pool 8 | class 1 (25 bytes, stride 32).
///
/// - Thread: May be sent to any thread and dropped there.
// SAFETY: a unique owner is used by one thread at a time. Its pool pointer is followed on the owner
// thread only, or to the atomics made for other threads; the pool traps if it would go first.
@usableFromInline package struct PooledBuffer: ~Copyable, @unchecked Sendable {
    /// The first byte, aligned to 16; valid as long as this value lives.
    @usableFromInline package let baseAddress: UnsafeMutableRawPointer
    /// How many bytes may be used: the class's capacity, or exactly the request for a huge one.
    @usableFromInline package let capacity: Int
    @usableFromInline let core: PoolCore
    /// The class this buffer belongs to.
    @usableFromInline package let sizeClass: BufferSizeClass

    @inlinable init(
        baseAddress: UnsafeMutableRawPointer, capacity: Int, core: PoolCore,
        sizeClass: BufferSizeClass
    ) {
        self.baseAddress = baseAddress
        self.capacity = capacity
        self.core = core
        self.sizeClass = sizeClass
    }

    @inlinable deinit {
        if core.isOwnedByCaller {
            core.takeHome(baseAddress, sizeClass, capacity)
        } else {
            core.returnFromAfar(baseAddress, capacity)
        }
    }

    /// Returns the buffer now rather than at the end of its scope.
    @inlinable package consuming func release() {}

    /// Lets `body` read all `capacity` bytes.
    @inlinable package borrowing func withBytes<Result: ~Copyable, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(start: baseAddress, count: capacity).bytes)
    }

    /// Lets `body` read and write all `capacity` bytes.
    @inlinable package mutating func withMutableBytes<Result: ~Copyable, Failure: Error>(
        _ body: (inout MutableRawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var bytes = UnsafeMutableRawBufferPointer(start: baseAddress, count: capacity).mutableBytes
        return try body(&bytes)
    }
}

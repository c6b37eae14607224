// Layout that keeps the hot words of two threads off each other's cache lines.

public import Synchronization

/// The unit of memory that two cores fight over.
@usableFromInline package enum CacheLine {
    /// 128 bytes: two 64-byte lines, because x86 prefetches them in pairs and some ARM cores have
    /// lines of 128.
    @inlinable package static var byteCount: Int { 128 }

    /// Allocates room for one `Value`, aligned to, and padded to a multiple of, `byteCount`.
    ///
    /// Swift cannot align a type by itself (a padded struct is as aligned as its widest field), so
    /// the alignment is asked for here.
    ///
    /// - Returns: Uninitialised memory, to be freed by `deallocate()`.
    package static func allocate<Value: ~Copyable>(
        _ type: Value.Type
    ) -> UnsafeMutablePointer<Value> {
        let size = (MemoryLayout<Value>.size + byteCount - 1) & ~(byteCount - 1)
        return UnsafeMutableRawPointer.allocate(byteCount: size, alignment: byteCount)
            .bindMemory(to: Value.self, capacity: 1)
    }
}

/// A position that one thread advances and another watches, alone on its cache line.
///
/// Layout, 128 bytes: `value` 8, padding 120. Must start at a multiple of 128
/// (`CacheLine.allocate`).
@usableFromInline package struct PaddedCursor: ~Copyable {
    /// How many items have passed this cursor since the start; wraps after 2^64.
    @usableFromInline package let value: Atomic<Int>
    private let padding = InlineArray<15, Int>(repeating: 0)

    /// - Parameter start: The first position.
    package init(_ start: Int) { value = Atomic(start) }
}

/// An intrusive stack's head that many threads push to, alone on its cache line.
///
/// Layout, 128 bytes: `value` 8, padding 120.
struct PaddedHead: ~Copyable {
    /// The block pushed last, or nil.
    let value = Atomic<UnsafeMutableRawPointer?>(nil)
    private let padding = InlineArray<15, Int>(repeating: 0)
}

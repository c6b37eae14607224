// How many times memory was asked for.

/// Totals of the C allocator's calls since the start of a thread or a process.
package struct AllocationCount: Sendable, Equatable {
    /// Calls that gave out memory (`malloc` and its kin; a growing `realloc` counts here and
    /// below).
    package var allocations: UInt64
    /// Calls that took memory back.
    package var frees: UInt64
    /// Bytes asked for, summed over `allocations`.
    package var bytes: UInt64

    /// Makes a count.
    package init(allocations: UInt64 = 0, frees: UInt64 = 0, bytes: UInt64 = 0) {
        self.allocations = allocations
        self.frees = frees
        self.bytes = bytes
    }

    /// What was added since an earlier count of the same thread or process.
    package func since(_ earlier: AllocationCount) -> AllocationCount {
        AllocationCount(
            allocations: allocations &- earlier.allocations, frees: frees &- earlier.frees,
            bytes: bytes &- earlier.bytes)
    }
}

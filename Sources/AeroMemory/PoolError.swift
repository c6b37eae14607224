// What can go wrong when a buffer is asked for.

/// The failures of `BufferPool` that a caller can act on.
@usableFromInline package enum PoolError: Error, Equatable {
    /// The hard cap leaves no room: `requestedByteCount` more than the `outstandingByteCount`
    /// would pass `capacityByteCount`. Back off, or shed load, until buffers come home.
    case exhausted(requestedByteCount: Int, outstandingByteCount: Int, capacityByteCount: Int)
    /// The system's allocator had no memory for `requestedByteCount` bytes.
    case systemRefused(requestedByteCount: Int)
}

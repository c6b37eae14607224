// The run-time switch between pooled and native memory.

/// Where a `BufferPool` gets a buffer from; one flag on the same build, so that the two compare.
package enum AllocationMode: String, Sendable, CaseIterable {
    /// Returned buffers are kept on free lists and handed out again.
    case pooled
    /// Every buffer comes from `malloc` and goes back to `free` (glibc's, or a preloaded one's).
    case native
}

// What a pool is told when it is made.

/// The limits and the start state of a `BufferPool`.
package struct BufferPoolConfiguration: Sendable, Equatable {
    /// Pooled or native; can be switched later by `BufferPool.setMode(_:)`.
    package var mode: AllocationMode
    /// The hard cap in bytes on what the pool holds from the system: outstanding and cached
    /// together.
    package var capacityBytes: Int
    /// How many buffers of a class are made, and their pages touched, before the first request.
    /// Only fixed classes; ignored in native mode, which caches nothing.
    package var preallocatedCounts: [BufferSizeClass: Int]

    /// Makes a configuration.
    ///
    /// - Parameters:
    ///   - mode: Pooled by default.
    ///   - capacityBytes: The hard cap, 1 byte or more.
    ///   - preallocatedCounts: Buffers to make ahead, by class.
    package init(
        mode: AllocationMode = .pooled, capacityBytes: Int,
        preallocatedCounts: [BufferSizeClass: Int] = [:]
    ) {
        self.mode = mode
        self.capacityBytes = capacityBytes
        self.preallocatedCounts = preallocatedCounts
    }
}

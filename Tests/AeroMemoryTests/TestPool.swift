// A pool that outlives the buffers of a test.

import AeroMemory

/// Runs `body` with a pool that stays until all locals of `body` are gone.
///
/// A local `let pool` would not do: optimised code may release it after its last use, before the
/// buffers beside it are destroyed, and the pool traps on that.
func withPool<Result>(
    _ mode: AllocationMode = .pooled, capacityBytes: Int = 1 << 20,
    preallocatedCounts: [BufferSizeClass: Int] = [:], _ body: (BufferPool) throws -> Result
) throws -> Result {
    let pool = try BufferPool(
        configuration: BufferPoolConfiguration(
            mode: mode, capacityBytes: capacityBytes, preallocatedCounts: preallocatedCounts))
    return try withExtendedLifetime(pool) { try body(pool) }
}

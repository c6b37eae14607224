// What jemalloc says of itself, where it was preloaded.

import CLinux

/// jemalloc's own account of this process since its start.
package struct JemallocStatistics: Equatable, Sendable {
    /// Calls that gave out memory; those of living threads' caches a little late.
    package let requestCount: Int64
    /// Bytes of the size classes that these calls were served from.
    package let requestedByteCount: Int64
    /// Bytes given out and not taken back.
    package let allocatedByteCount: Int64
    /// Bytes of pages that any of these lies on.
    package let activeByteCount: Int64
    /// Bytes resident, of these pages and of its own.
    package let residentByteCount: Int64

    /// Reads the account now; nil where the process does not run on jemalloc.
    ///
    /// - Complexity: A few hundred look-ups by name, about a millisecond.
    package static func read() -> JemallocStatistics? {
        var totals = aero_jemalloc_totals()
        guard aero_jemalloc_read(&totals) == 0 else { return nil }
        return JemallocStatistics(
            requestCount: Int64(clamping: totals.requests),
            requestedByteCount: Int64(clamping: totals.requested_bytes),
            allocatedByteCount: Int64(clamping: totals.allocated_bytes),
            activeByteCount: Int64(clamping: totals.active_bytes),
            residentByteCount: Int64(clamping: totals.resident_bytes))
    }
}

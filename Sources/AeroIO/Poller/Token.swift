// How callers name what a poller watches.

/// The caller's name for one listener or connection: `generation << 32 | index`.
///
/// The poller keeps its state in a table addressed by `index`, so callers hand out small indices
/// and use them again. They do so only after the `.closed` of the index's former token, and with
/// another generation, by which what is stale is told apart. `UInt64.max` is reserved.
package struct Token: Hashable, Sendable {
    /// `generation << 32 | index`.
    package let rawValue: UInt64

    /// - Parameter rawValue: `generation << 32 | index`.
    @inlinable
    package init(rawValue: UInt64) { self.rawValue = rawValue }

    /// - Parameters:
    ///   - index: Below `PollerConfiguration.slotCountLimit`; small, since tables grow to it.
    ///   - generation: Another one each time the index is used. Only its low 24 bits tell users of
    ///     one index apart inside io_uring, which is ample: no operation outlives its token.
    @inlinable
    package init(index: UInt32, generation: UInt32) {
        rawValue = UInt64(generation) << 32 | UInt64(index)
    }

    /// The slot.
    @inlinable
    package var index: UInt32 { UInt32(truncatingIfNeeded: rawValue) }

    /// The slot's user.
    @inlinable
    package var generation: UInt32 { UInt32(truncatingIfNeeded: rawValue >> 32) }
}

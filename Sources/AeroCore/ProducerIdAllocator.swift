// Which producer ids have been handed out.

/// Hands out producer ids that no producer was ever given, also not before a restart.
///
/// A block of ids is reserved before its first one is used; what a crash leaves of a block is
/// never used. Pure: where reservations are kept is the caller's business.
package struct ProducerIdAllocator: Sendable {
    /// Ids of one reservation.
    package static let blockCount: Int64 = 1_000

    private var next: Int64
    private var reservedEnd: Int64

    /// Goes on behind the ids that were reserved before.
    ///
    /// - Parameter reservedEnd: The end of the last reservation; 0 or more.
    package init(reservedEnd: Int64) {
        precondition(reservedEnd >= 0, "producer ids are not negative")
        next = reservedEnd
        self.reservedEnd = reservedEnd
    }

    /// Starts where no other broker's ids are likely to be: at a random number below 2^62.
    package init(random: UInt64) { self.init(reservedEnd: Int64(random >> 2)) }

    /// The next id.
    ///
    /// - Parameter reserve: Makes sure that no id below `end` is handed out again, ever; called
    ///   once for each block.
    /// - Throws: What `reserve` throws; no id was used then.
    package mutating func takeId<Failure: Error>(
        reserve: (_ end: Int64) throws(Failure) -> Void
    ) throws(Failure) -> Int64 {
        if next == reservedEnd {
            // 2^62 ids and more: at a million a second they last for 146,000 years.
            let end = reservedEnd + Self.blockCount
            try reserve(end)
            reservedEnd = end
        }
        defer { next += 1 }
        return next
    }
}

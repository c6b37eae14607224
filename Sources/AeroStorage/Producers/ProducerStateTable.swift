// Idempotence: what a partition knows of the producers that wrote to it.

package import AeroWire

/// How many producers a partition remembers.
package struct ProducerStateLimits: Sendable, Equatable {
    /// Producers remembered at one time; beyond it the longest idle one is forgotten. The default
    /// is as many as a broker takes connections: about 2.5 MB when all of them write here.
    package var producerCountMax: Int

    /// - Parameter producerCountMax: More than 0.
    package init(producerCountMax: Int = 20_000) {
        precondition(producerCountMax > 0, "at least one producer is remembered")
        self.producerCountMax = producerCountMax
    }
}

/// The last batches of every idempotent producer of one partition.
///
/// A producer numbers the records that it sends to a partition; the table tells a batch that comes
/// next from one that was stored before and from one that leaves a gap. Per producer id it holds
/// the epoch and the last five batches: as many as a producer may have in flight.
///
/// **An unknown producer may start at sequence 0 only.** Kafka accepts any first sequence when it
/// has lost a producer's state (KIP-360), because it cannot tell that from a new producer. It pays
/// with a hole: when a new producer's first batch is refused for a passing reason while its second
/// is accepted, the first can never be stored. Here the second is refused with
/// `outOfOrderSequence` and sent again behind the first. A producer whose state has expired
/// gets the same code, begins a new epoch at sequence 0, and knows which of its batches are in
/// doubt.
///
/// The log is the truth: `record` takes what the log holds without judging it, so the table can be
/// rebuilt from a snapshot and the headers of the batches behind it. Batches must keep their
/// producer fields, sequences and last offset delta when they are compacted.
///
/// One thread owns a table. Lookup is by hash, constant time; nothing is allocated but for a
/// producer that is new.
///
/// Source: Apache Kafka, KIP-98 and KIP-360; `ProducerStateManager`, `ProducerAppendInfo`.
package struct ProducerStateTable: ~Copyable {
    /// What a batch is to its partition.
    package enum Verdict: Equatable, Sendable {
        /// It comes next, or carries no producer id: append it, then `record` it.
        case next
        /// It was stored before: the first record's offset, and the offset behind the last. To be
        /// acknowledged once everything below `nextOffset` is as durable as the topic asks.
        case duplicate(baseOffset: Int64, nextOffset: Int64)
        /// It is neither: `outOfOrderSequence`, `staleProducerEpoch`, `duplicateSequence` (all
        /// older than what is remembered), or `invalidBatch` (an id without epoch or sequence).
        case refused(ErrorCode)
    }

    private let limits: ProducerStateLimits
    private(set) var entries: [ProducerEntry] = []
    private var slots: [Int64: Int32] = [:]
    /// The longest idle producer, the one used last, and the first unused slot; -1 for none.
    private(set) var oldest: Int32 = -1
    private var newest: Int32 = -1
    private var free: Int32 = -1

    /// Makes an empty table; it takes no memory before the first producer.
    package init(limits: ProducerStateLimits = ProducerStateLimits()) { self.limits = limits }

    /// Producers remembered.
    package var producerCount: Int { slots.count }

    // MARK: - Appends

    /// Says what a batch is; changes nothing. Allocates nothing.
    ///
    /// - Parameter header: Of a batch whose counts and CRC were checked; its base offset is not
    ///   looked at.
    package func check(_ header: RecordBatchHeader) -> Verdict {
        guard header.producerId >= 0 else { return .next }
        guard header.producerEpoch >= 0, header.baseSequence >= 0 else {
            return .refused(.invalidBatch)
        }
        guard let slot = slot(of: header.producerId) else {
            return header.baseSequence == 0 ? .next : .refused(.outOfOrderSequence)
        }
        return entries[slot].check(header)
    }

    /// Remembers a batch that is in the log, without judging it.
    ///
    /// Batches come in the order of their offsets. One without a producer is ignored, and so is
    /// one of an older epoch than was seen, which no sound log holds.
    ///
    /// - Parameters:
    ///   - header: With its base offset set.
    ///   - nowMilliseconds: Since 1970, to judge idleness by; the present also when a log is read
    ///     again, so that a restart forgets nobody too early.
    package mutating func record(_ header: RecordBatchHeader, nowMilliseconds: Int64) {
        guard header.producerId >= 0, header.producerEpoch >= 0, header.baseSequence >= 0,
            header.lastOffsetDelta >= 0
        else { return }
        if let slot = slot(of: header.producerId) {
            entries[slot].record(header)
            entries[slot].usedMilliseconds = nowMilliseconds
            moveToNewest(slot)
            return
        }
        let batch = RememberedBatch(
            baseSequence: header.baseSequence, recordCount: header.lastOffsetDelta + 1,
            baseOffset: header.baseOffset)
        insert(
            ProducerEntry(
                producerId: header.producerId, epoch: header.producerEpoch,
                batches: RememberedBatches(batch), usedMilliseconds: nowMilliseconds))
    }

    /// Forgets the producers whose last batch was recorded at `cutoffMilliseconds` or before.
    ///
    /// Call it seldom: it looks at every producer, because a clock that jumped leaves times that
    /// do not ascend. Choose a cutoff longer ago than any producer goes on retrying.
    ///
    /// - Returns: How many were forgotten.
    @discardableResult
    package mutating func expire(idleSince cutoffMilliseconds: Int64) -> Int {
        let before = producerCount
        var slot = oldest
        while slot >= 0 {
            let newer = entries[Int(slot)].newer
            if entries[Int(slot)].usedMilliseconds <= cutoffMilliseconds { remove(Int(slot)) }
            slot = newer
        }
        return before - producerCount
    }

    /// Takes every producer for one that was used just now; who was idle longest stays so.
    mutating func touchAll(nowMilliseconds: Int64) {
        var slot = oldest
        while slot >= 0 {
            entries[Int(slot)].usedMilliseconds = nowMilliseconds
            slot = entries[Int(slot)].newer
        }
    }

    // MARK: - Entries, longest idle first

    /// Adds a producer as the one used last; the longest idle one makes way at the bound.
    mutating func insert(_ entry: consuming ProducerEntry) {
        precondition(slots[entry.producerId] == nil, "a producer has one entry")
        if producerCount >= limits.producerCountMax { remove(Int(oldest)) }
        let slot = free >= 0 ? Int(free) : entries.count
        slots[entry.producerId] = Int32(slot)
        if free >= 0 {
            free = entries[slot].newer
            entries[slot] = entry
        } else {
            entries.append(entry)
        }
        linkAsNewest(slot)
    }

    /// True when the producer is remembered.
    func contains(_ producerId: Int64) -> Bool { slot(of: producerId) != nil }

    private func slot(of producerId: Int64) -> Int? {
        // Batches of one producer come in rows, and then nothing is hashed.
        if newest >= 0, entries[Int(newest)].producerId == producerId { return Int(newest) }
        return slots[producerId].map(Int.init)
    }

    private mutating func moveToNewest(_ slot: Int) {
        guard slot != Int(newest) else { return }
        unlink(slot)
        linkAsNewest(slot)
    }

    private mutating func remove(_ slot: Int) {
        slots[entries[slot].producerId] = nil
        unlink(slot)
        entries[slot].newer = free
        free = Int32(slot)
    }

    private mutating func linkAsNewest(_ slot: Int) {
        entries[slot].older = newest
        entries[slot].newer = -1
        if newest >= 0 { entries[Int(newest)].newer = Int32(slot) } else { oldest = Int32(slot) }
        newest = Int32(slot)
    }

    private mutating func unlink(_ slot: Int) {
        let (older, newer) = (entries[slot].older, entries[slot].newer)
        if older >= 0 { entries[Int(older)].newer = newer } else { oldest = newer }
        if newer >= 0 { entries[Int(newer)].older = older } else { newest = older }
    }
}

// One partition of a producer: its batches, and its place in the partition's sequence.

import AeroWire

/// The batches of one partition between their first message and their outcome, and under which
/// numbers the partition knows them.
///
/// A batch is *sealed* when it gets its sequence number, just before it is sent for the first time:
/// so one that expires before leaves no gap. Sealed batches come in front of all others.
///
/// When a sealed batch is given up, the partition may refuse everything behind it as out of order.
/// The lane is *faulted* then: nothing more is sealed under its identity. What is sealed is
/// settled first, then the lane starts at sequence 0 under a newer epoch.
struct ProducerLane {
    var open: ProducerBatch?
    /// Closed and not on their way, by number.
    private(set) var closed: [ProducerBatch] = []
    /// On their way.
    private(set) var inFlight: [ProducerBatch] = []
    /// Who the sealed batches say they are from; nil before the first.
    private var identity: ProducerIdentity?
    private var nextSequence: Int32 = 0
    /// Counts the batches sealed under the identity.
    private var nextOrdinal = 0
    private var isFaulted = false
    /// No batch from this number on was stored under the identity, nor will be: the partition
    /// refused this one, and takes no gaps.
    private var brokenNumber: UInt64?

    // MARK: - Batches

    /// Whether a batch more may be under way: else the open one goes on filling.
    func mayClose(_ terms: ProducerTerms) -> Bool {
        closed.count + inFlight.count < terms.inFlightBatchCountMax
    }

    /// Puts a batch where its number belongs; it loses a place that leads nowhere.
    mutating func enqueue(_ batch: ProducerBatch) {
        if batch.isSequenced, batch.identity == identity, let brokenNumber,
            batch.number > brokenNumber
        {
            batch.unseal()
        }
        let index = closed.firstIndex { $0.number > batch.number } ?? closed.count
        closed.insert(batch, at: index)
    }

    mutating func removeFirstClosed() -> ProducerBatch { closed.removeFirst() }

    mutating func removeAllClosed() -> [ProducerBatch] {
        defer { closed = [] }
        return closed
    }

    /// The first closed batch is on its way.
    mutating func launchFirst() { inFlight.append(closed.removeFirst()) }

    /// A batch came back, one way or another.
    mutating func land(_ batch: ProducerBatch) {
        guard let index = inFlight.firstIndex(where: { $0 === batch }) else {
            preconditionFailure("a batch that came back was on its way")
        }
        inFlight.remove(at: index)
    }

    /// Whether the first closed batch may be sent beside what is on its way.
    func hasRoom(for batch: ProducerBatch, _ terms: ProducerTerms) -> Bool {
        guard inFlight.count < terms.inFlightBatchCountMax else { return false }
        guard terms.isIdempotent else { return true }
        // While a refused batch is tried again, what follows could only be refused with it.
        guard !inFlight.contains(where: { $0.refusedCount > 0 }) else { return false }
        // What may have to be sent again must be among those that the partition remembers.
        guard let oldest = inFlight.lazy.filter(\.isSequenced).map(\.ordinal).min() else {
            return true
        }
        let ordinal = batch.isSequenced ? batch.ordinal : nextOrdinal
        return ordinal - oldest < terms.repeatableBatchCount
    }

    // MARK: - Sequence

    /// The identity that the next batch can be sealed under, and whether a newer one is needed.
    ///
    /// - Parameter newest: The producer's identity now.
    mutating func readyIdentity(_ newest: ProducerIdentity?) -> (ProducerIdentity?, isStale: Bool) {
        if let identity, !isFaulted { return (identity, false) }
        // The partition would refuse what is still under way once it has seen a newer epoch.
        guard !inFlight.contains(where: \.isSequenced), !closed.contains(where: \.isSequenced)
        else { return (nil, false) }
        guard let newest, newest != identity else { return (nil, true) }
        identity = newest
        nextSequence = 0
        nextOrdinal = 0
        isFaulted = false
        brokenNumber = nil
        return (newest, false)
    }

    /// Gives a batch the next place in the sequence.
    mutating func seal(_ batch: ProducerBatch, _ identity: ProducerIdentity) {
        batch.seal(identity, baseSequence: nextSequence, ordinal: nextOrdinal)
        nextSequence = ProducerSequence.advanced(nextSequence, by: Int32(batch.messageCount))
        nextOrdinal += 1
    }

    /// Whether a batch of an earlier number, under the same identity, has no outcome yet.
    func isPreceded(_ batch: ProducerBatch) -> Bool {
        let isEarlier = { (other: ProducerBatch) in
            other.number < batch.number && other.identity == batch.identity
        }
        return inFlight.contains(where: isEarlier) || closed.contains(where: isEarlier)
    }

    /// Whether the partition may have stored the batch, for all that is known.
    func isInDoubt(_ batch: ProducerBatch) -> Bool {
        guard batch.isInDoubt else { return false }
        guard batch.identity == identity, let brokenNumber else { return true }
        return batch.number < brokenNumber
    }

    /// A sealed batch will not be sent again, or not under its number.
    mutating func abandonPlace(of batch: ProducerBatch) {
        guard batch.isSequenced, batch.identity == identity else { return }
        if batch.sentCount == 0, batch.ordinal == nextOrdinal - 1 {
            // It never left: its numbers are free.
            nextSequence = batch.baseSequence
            nextOrdinal -= 1
            return
        }
        isFaulted = true
        guard !isInDoubt(batch) else { return }
        brokenNumber = min(brokenNumber ?? .max, batch.number)
        for other in closed where other.number > batch.number && other.identity == identity {
            other.unseal()
        }
    }
}

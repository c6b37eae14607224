// What a partition remembers of one idempotent producer.

import AeroWire

/// A batch that was stored: which records it was, and where they are.
struct RememberedBatch: Equatable {
    var baseSequence: Int32
    /// Sequence numbers, and offsets, that the batch takes; compaction does not change it.
    var recordCount: Int32
    var baseOffset: Int64

    var nextSequence: Int32 { ProducerSequence.advanced(baseSequence, by: recordCount) }
    var nextOffset: Int64 { baseOffset + Int64(recordCount) }
}

/// The newest batches of a producer's epoch, in a ring: 80 bytes and no allocation.
struct RememberedBatches {
    /// How many batches a producer may have in flight, and so may have to send again.
    static let countMax = ProducerSequence.rememberedBatchCount

    private var ring: InlineArray<5, RememberedBatch>
    private var newest = 0
    private(set) var count = 1

    init(_ first: RememberedBatch) { ring = InlineArray(repeating: first) }

    /// The batch at a place, 0 being the oldest that is remembered.
    subscript(index: Int) -> RememberedBatch {
        ring[(newest + Self.countMax - (count - 1) + index) % Self.countMax]
    }

    /// The batch that was stored last.
    var last: RememberedBatch { ring[newest] }

    mutating func append(_ batch: RememberedBatch) {
        newest = (newest + 1) % Self.countMax
        ring[newest] = batch
        count = min(count + 1, Self.countMax)
    }
}

/// One producer of a partition, linked with the others by how long it has been idle.
struct ProducerEntry {
    var producerId: Int64
    var epoch: Int16
    var batches: RememberedBatches
    /// When its last batch was recorded, in milliseconds since 1970.
    var usedMilliseconds: Int64
    /// The neighbours' slots, or -1; a free slot's `newer` is the next free one.
    var older: Int32 = -1
    var newer: Int32 = -1

    /// Says whether a batch of this producer is the one to come, one that came, or none of these.
    func check(_ header: RecordBatchHeader) -> ProducerStateTable.Verdict {
        guard header.producerEpoch == epoch else {
            if header.producerEpoch < epoch { return .refused(.staleProducerEpoch) }
            return header.baseSequence == 0 ? .next : .refused(.outOfOrderSequence)
        }
        let expected = batches.last.nextSequence
        if header.baseSequence == expected { return .next }
        guard !ProducerSequence.isAhead(header.baseSequence, of: expected) else {
            return .refused(.outOfOrderSequence)
        }
        let recordCount = header.lastOffsetDelta + 1
        for index in 0..<batches.count {
            let stored = batches[index]
            if stored.baseSequence == header.baseSequence, stored.recordCount == recordCount {
                return .duplicate(baseOffset: stored.baseOffset, nextOffset: stored.nextOffset)
            }
        }
        let behind = ProducerSequence.distance(from: header.baseSequence, to: expected)
        let remembered = ProducerSequence.distance(from: batches[0].baseSequence, to: expected)
        // All of it is older than what is remembered: stored, but the offset is forgotten.
        if behind - Int64(recordCount) >= remembered { return .refused(.duplicateSequence) }
        // A part of it is stored: a producer that cuts its batches anew breaks the protocol.
        return .refused(.outOfOrderSequence)
    }

    mutating func record(_ header: RecordBatchHeader) {
        let batch = RememberedBatch(
            baseSequence: header.baseSequence, recordCount: header.lastOffsetDelta + 1,
            baseOffset: header.baseOffset)
        if header.producerEpoch == epoch {
            batches.append(batch)
        } else if header.producerEpoch > epoch {
            epoch = header.producerEpoch
            batches = RememberedBatches(batch)
        }
    }
}

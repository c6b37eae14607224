// What the batches of a recovered log say of producers: from the latest snapshot on.

import AeroIO
import AeroWire

/// What is known of producers at a place in a log, on the way from one batch to the next.
internal struct ProducerWalk: ~Copyable {
    var table: ProducerStateTable
    /// Every batch in front of it is accounted for.
    private(set) var offset: Int64
    /// Up to which offset a snapshot is on the disk; 0 stands for the nothing in front of all.
    var snapshotOffset: Int64
    private let nowMilliseconds: Int64

    /// Begins without a snapshot.
    init(startOffset: Int64, nowMilliseconds: Int64) {
        table = ProducerStateTable()
        offset = startOffset
        snapshotOffset = 0
        self.nowMilliseconds = nowMilliseconds
    }

    /// Begins with a snapshot.
    ///
    /// Every producer counts as used at present: how long the broker was down is not known for
    /// certain, and nobody is forgotten for it.
    init(snapshot: consuming ProducerStateTable, at offset: Int64, nowMilliseconds: Int64) {
        snapshot.touchAll(nowMilliseconds: nowMilliseconds)
        table = snapshot
        self.offset = offset
        snapshotOffset = offset
        self.nowMilliseconds = nowMilliseconds
    }

    /// Enters the batch that comes next; one that is accounted for changes nothing.
    mutating func enter(_ header: RecordBatchHeader) {
        guard header.baseOffset >= offset else { return }
        table.record(header, nowMilliseconds: nowMilliseconds)
        offset = header.nextOffset
    }
}

/// A snapshot says what the batches in front of its offset say, and is never needed as long as
/// those are there. It is named by its offset: that of a segment, in front of which it was made
/// durable before the segment's first batch, or the log's end at an orderly stop.
extension LogRecovery {
    /// Begins with the latest snapshot of a range that can be believed, or with nothing.
    ///
    /// A snapshot in front of the first segment is of no use: batches behind it are gone.
    mutating func loadProducers(in range: ClosedRange<Int64>) throws(StorageError) {
        for offset in snapshotOffsets.reversed() where range.contains(offset) {
            let table = try attempt("read", files.producers(offset)) { () throws(Errno) in
                try files.readProducers(offset)
            }
            guard let table else { continue }
            producers = ProducerWalk(
                snapshot: table, at: offset, nowMilliseconds: nowMilliseconds)
            return
        }
        producers = ProducerWalk(
            startOffset: range.lowerBound, nowMilliseconds: nowMilliseconds)
    }

    /// On the way over the beginning of a segment that has no snapshot to be relied on: leaves one.
    ///
    /// One at or above the recovery point may be there for this process only, and go with the
    /// power; the batches that it stands for are all there. In front of the log's first segment
    /// they are not: what was deleted had waited for a snapshot, which is left as it is.
    mutating func leaveSnapshot(at base: Int64) throws(StorageError) {
        guard base > 0, producers.offset == base,
            producers.snapshotOffset != base || (base >= point.offset && base > firstBaseOffset)
        else { return }
        let path = files.producers(base)
        do throws(Errno) {
            try files.storeProducers(producers.table.snapshot(at: base)).synchronize()
        } catch {
            // The disk may be full. Batches say the same, and none go before there is one; but
            // what is there looks like one that was stored.
            try attempt("remove", path) { () throws(Errno) in try files.removeIfThere(path) }
            snapshotOffsets.removeAll { $0 == base }
            return
        }
        leftSnapshotOffset = base
    }

    /// Up to which offset a snapshot will survive whatever comes.
    func durableSnapshotOffset(of segments: [Segment]) -> Int64 {
        // In front of a segment below the recovery point it was synchronized before that moved on;
        // what an orderly stop leaves is not.
        let bases = Set(segments.map(\.baseOffset))
        let known = snapshotOffsets.last { $0 < point.offset && bases.contains($0) }
        return max(known ?? 0, leftSnapshotOffset)
    }

    /// Once it is known where the log ends: everything up to there is accounted for, and snapshots
    /// of anything else are gone.
    mutating func settleProducers(of segments: [Segment]) throws(StorageError) {
        guard let first = segments.first, let last = segments.last else { return }
        if producers.offset > last.nextOffset {
            // The snapshot speaks of batches that were cut off, and with them it goes: the offsets
            // will be those of others.
            try loadProducers(in: first.baseOffset...last.nextOffset)
            for segment in segments where segment.nextOffset > producers.offset {
                try walk(segment)
            }
        }
        try removeSnapshots(of: segments.map(\.baseOffset), end: last.nextOffset)
    }

    /// Removes all snapshots but those in front of segments and the one that was begun with.
    func removeSnapshots(of bases: [Int64], end: Int64) throws(StorageError) {
        let kept = Set(bases)
        for offset in snapshotOffsets {
            if offset <= end, kept.contains(offset) || offset == producers.snapshotOffset {
                continue
            }
            let path = files.producers(offset)
            try attempt("remove", path) { () throws(Errno) in try files.removeIfThere(path) }
        }
    }

    /// Enters the batches of a segment that was opened before.
    private mutating func walk(_ segment: Segment) throws(StorageError) {
        let path = files.log(segment.baseOffset)
        try leaveSnapshot(at: segment.baseOffset)
        let file = try attempt("open", path) { () throws(Errno) in
            try files.disk.openForReading(path)
        }
        var reader = StoredBatchReader(file, byteCount: segment.byteCount)
        var position = 0
        var offset = segment.baseOffset
        while offset < segment.nextOffset {
            let found = try attempt("read", path) { () throws(Errno) in
                try reader.next(at: position, expecting: offset)
            }
            guard case .batch(let header) = found else {
                throw .damaged(
                    path: path, position: position, what: "no batch of offset \(offset) is there")
            }
            producers.enter(header)
            report.verifiedByteCount += header.byteCount
            position += header.byteCount
            offset = header.nextOffset
        }
    }
}

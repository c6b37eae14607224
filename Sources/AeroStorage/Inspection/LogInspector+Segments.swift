// One partition under inspection: batches, their order, and the indexes beside them.

import AeroIO
import AeroWire

extension LogInspector {
    /// Inspects the directory of one partition.
    ///
    /// - Parameter point: What is known to be durable; when nothing is known, every bad byte counts
    ///   as damage.
    /// - Throws: `.system` when something cannot be read.
    package func inspectPartition(
        _ path: String, point: RecoveryPoint?
    ) throws(StorageError) -> PartitionInspection {
        var partition = PartitionInspection(path: path, recoveryPoint: point)
        var bases: [Int64] = []
        var indexes: [(base: Int64, path: String)] = []
        var snapshots: [(offset: Int64, path: String)] = []
        for entry in try entries(of: path) {
            let place = path + "/" + entry.name
            switch Segment.place(of: entry.name) {
            case (let base, .log)? where entry.kind == .file: bases.append(base)
            case (let base, .index)? where entry.kind == .file: indexes.append((base, place))
            case (let offset, .producers)? where entry.kind == .file:
                snapshots.append((offset, place))
            case (_, .cleaned)? where entry.kind == .file:
                partition.findings.append(
                    InspectionFinding(
                        severity: .remark, path: place, position: nil,
                        what: "of a compaction that is under way, or did not come to its end"))
            default: partition.findings.append(.foreign(place))
            }
        }
        for (base, place) in indexes where !bases.contains(base) {
            partition.findings.append(
                InspectionFinding(
                    severity: .remark, path: place, position: nil,
                    what: "left of a segment that is no more"))
        }
        for base in bases {
            if let last = partition.segments.last, base < last.nextOffset,
                bases.contains(last.nextOffset)
            {
                partition.findings.append(
                    InspectionFinding(
                        severity: .remark,
                        path: LogFiles(directory: path, disk: disk).log(base), position: nil,
                        what: "compaction has brought its records into the segment before"))
                continue
            }
            try inspectSegment(base, &partition)
            try inspectIndex(&partition)
        }
        for (offset, place) in snapshots {
            try inspectSnapshot(offset, place, &partition)
        }
        checkEnd(&partition)
        return partition
    }

    /// Looks whether a snapshot of producers is one, and of what is there.
    private func inspectSnapshot(
        _ offset: Int64, _ path: String, _ partition: inout PartitionInspection
    ) throws(StorageError) {
        let files = LogFiles(directory: partition.path, disk: disk)
        let isWhole = try attempt("read", path) { () throws(Errno) in
            try files.readProducers(offset) != nil
        }
        let end = partition.segments.last?.nextOffset ?? offset
        guard !isWhole || offset > end else { return }
        partition.findings.append(
            InspectionFinding(
                severity: .remark, path: path, position: nil,
                what: isWhole
                    ? "it speaks of batches that are not there; it is not used"
                    : "not a snapshot of producers; it is not used and made again"))
    }

    /// What is durable must be there.
    private func checkEnd(_ partition: inout PartitionInspection) {
        guard let point = partition.recoveryPoint else { return }
        let end = partition.segments.last?.nextOffset ?? point.logStartOffset
        guard end < point.offset else { return }
        partition.findings.append(
            InspectionFinding(
                severity: .damage, path: partition.path, position: nil,
                what: "records up to offset \(point.offset) were durable; the log ends at \(end)"))
    }

    // MARK: - Batches

    private func inspectSegment(
        _ base: Int64, _ partition: inout PartitionInspection
    ) throws(StorageError) {
        let path = LogFiles(directory: partition.path, disk: disk).log(base)
        if let last = partition.segments.last, last.nextOffset != base {
            partition.damage(
                at: last.nextOffset, in: last.path, last.byteCount,
                "the segment ends at offset \(last.nextOffset), and the next one begins at \(base)")
        }
        var summary = SegmentSummary(path: path, baseOffset: base, nextOffset: base)
        try attempt("read", path) { () throws(Errno) in
            let file = try disk.openForReading(path)
            summary.byteCount = try file.byteCount()
            var reader = StoredBatchReader(file, byteCount: summary.byteCount)
            var position = 0
            while true {
                let what: String
                switch try reader.next(at: position, expecting: summary.nextOffset) {
                case .batch(let header):
                    summary.add(header)
                    position += header.byteCount
                    continue
                case .end: return
                case .bad(let text): what = text
                }
                // Whatever is whole behind it is still worth looking at.
                let expected = summary.nextOffset
                let next = try reader.findBatch(from: position + 1, atOrAbove: expected)
                var text = what
                if let next, let header = try reader.header(at: next) {
                    text += "; \(next - position) B on a whole batch of offset "
                    text += "\(header.baseOffset) follows"
                    summary.nextOffset = header.baseOffset
                }
                partition.damage(at: expected, in: path, position, text)
                guard let next else { return }
                position = next
            }
        }
        partition.segments.append(summary)
    }

    // MARK: - Indexes

    /// Compares the index of the segment that was looked at last with its batches.
    private func inspectIndex(_ partition: inout PartitionInspection) throws(StorageError) {
        guard let summary = partition.segments.last else { return }
        let files = LogFiles(directory: partition.path, disk: disk)
        let path = files.index(summary.baseOffset)
        let bytes: [UInt8]
        do throws(Errno) {
            bytes = try disk.readFile(path, limit: 64 << 20)
        } catch .noSuchFile {
            return
        } catch {
            throw .system(action: "read", path: path, error)
        }
        guard let stored = StoredIndex(bytes), stored.byteCount == summary.byteCount,
            stored.nextOffset == summary.nextOffset
        else {
            partition.findings.append(
                InspectionFinding(
                    severity: .remark, path: path, position: nil,
                    what: "not the index of its segment; it is not used and made again"))
            return
        }
        partition.segments[partition.segments.count - 1].indexEntryCount =
            stored.index.entries.count
        let found = try attempt("read", summary.path) { () throws(Errno) in
            try firstWrongEntry(stored.index, summary)
        }
        if let found {
            partition.findings.append(
                InspectionFinding(
                    severity: .damage, path: path, position: nil,
                    what: "its entry for offset \(found.offset) does not name a batch"))
        }
    }

    /// The first entry of an index that is not about a batch of its segment.
    private func firstWrongEntry(
        _ index: SparseIndex, _ summary: SegmentSummary
    ) throws(Errno) -> IndexEntry? {
        var reader = StoredBatchReader(
            try disk.openForReading(summary.path), byteCount: summary.byteCount)
        for entry in index.entries {
            guard let header = try reader.header(at: entry.position),
                header.baseOffset == entry.offset
            else { return entry }
        }
        return nil
    }
}

extension PartitionInspection {
    /// Enters a bad place where a record of this offset should be.
    fileprivate mutating func damage(
        at offset: Int64, in path: String, _ position: Int, _ what: String
    ) {
        let isDurable = recoveryPoint.map { offset < $0.offset } ?? true
        findings.append(
            InspectionFinding(
                severity: isDurable ? .damage : .unfinished, path: path, position: position,
                what: "offset \(offset): \(what)"))
    }
}

extension SegmentSummary {
    fileprivate mutating func add(_ header: RecordBatchHeader) {
        nextOffset = header.nextOffset
        batchCount += 1
        recordCount += Int(header.recordCount)
        maxTimestamp = max(maxTimestamp ?? .min, header.maxTimestamp)
    }
}

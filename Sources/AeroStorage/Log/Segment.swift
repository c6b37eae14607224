// One file of a log, and what is known of it.

import AeroIO
import AeroWire

/// A run of batches in one file, from its base offset on.
///
/// A segment is opened on paper by the append that begins it and gets its file with the first
/// write. It is sealed once a later segment has begun and all of it is written; from then on only
/// compaction replaces it. Touched by the log's thread only.
internal final class Segment {
    let baseOffset: Int64
    /// Nil before the first write.
    var file: (any DiskFile)?
    /// Bytes of batches that belong to the segment, and how many of them the kernel has, and how
    /// many are durable.
    var byteCount = 0
    var writtenByteCount = 0
    var synchronizedByteCount = 0
    /// The offset behind its last record.
    var nextOffset: Int64
    /// The latest timestamp of its records; `Int64.min` while it is empty.
    var maxTimestamp = Int64.min
    /// When its first batch was appended; nil before, and after a recovery the batch's own time.
    var firstAppendMilliseconds: Int64?
    /// Where the index has its last entry.
    private var indexedPosition: Int?
    private var loadedIndex: SparseIndex?

    init(baseOffset: Int64) {
        self.baseOffset = baseOffset
        nextOffset = baseOffset
        loadedIndex = SparseIndex()
    }

    /// A sealed segment found on disk; its index is read when it is first needed.
    init(sealed file: any DiskFile, baseOffset: Int64, stored: StoredIndex?) {
        self.baseOffset = baseOffset
        self.file = file
        nextOffset = stored?.nextOffset ?? baseOffset
        byteCount = stored?.byteCount ?? 0
        maxTimestamp = stored?.maxTimestamp ?? .min
        loadedIndex = stored?.index
        writtenByteCount = byteCount
        synchronizedByteCount = byteCount
    }

    /// The sparse index.
    var index: SparseIndex { loadedIndex ?? SparseIndex() }

    /// Enters a batch that comes next.
    func extend(_ header: RecordBatchHeader, indexInterval: Int) {
        if let last = indexedPosition, byteCount - last < indexInterval {
            // Not yet.
        } else {
            indexedPosition = byteCount
            loadedIndex?.append(
                IndexEntry(
                    offset: nextOffset, position: byteCount, timestampBefore: maxTimestamp))
        }
        byteCount += header.byteCount
        nextOffset += Int64(header.lastOffsetDelta) + 1
        maxTimestamp = max(maxTimestamp, header.maxTimestamp)
    }

    /// What the index file of the segment says once it is sealed.
    var storedIndex: StoredIndex {
        StoredIndex(
            index: index, byteCount: byteCount, nextOffset: nextOffset,
            maxTimestamp: maxTimestamp)
    }

    // MARK: - Names

    /// The name that a segment's files share: its base offset, in twenty digits.
    static func name(_ baseOffset: Int64) -> String {
        let digits = "\(baseOffset)"
        return String(repeating: "0", count: 20 - digits.utf8.count) + digits
    }

    /// The base offset of a log file's name; nil when it is no such name.
    static func baseOffset(ofLog name: String) -> Int64? {
        guard name.hasSuffix(".log"), name.utf8.count == 24 else { return nil }
        let digits = name.dropLast(4)
        guard digits.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int64(digits)
    }
}

// One file of a log, and what is known of it.

import AeroIO
import AeroWire

/// A run of batches in one file, from its base offset on.
///
/// A segment is opened on paper by the append that begins it and gets its file with the first
/// write. It is sealed once a later segment has begun and all of it is written; from then on only
/// compaction replaces it. The file and the index of a sealed segment that nobody reads are let
/// go, so that a long log costs no descriptors. Touched by the log's thread only.
internal final class Segment {
    let baseOffset: Int64
    /// How often compaction has replaced it: positions are good for one version only.
    let version: Int
    /// Nil before the first write, and while a sealed segment rests.
    private(set) var file: (any DiskFile)?
    /// Bytes of batches that belong to the segment, and how many of them the kernel has, and how
    /// many are durable.
    var byteCount = 0
    var writtenByteCount = 0
    var synchronizedByteCount = 0
    /// The offset behind its last record.
    var nextOffset: Int64
    /// The latest timestamp of its records; `Int64.min` while it is empty.
    var maxTimestamp = Int64.min
    /// When its first batch was appended; nil before, and after a recovery the batch's own time,
    /// or the recovery's where that cannot be.
    var firstAppendMilliseconds: Int64?
    /// Whether a crash leaves its file there.
    var isNameDurable = false
    /// True once it is complete, until its index has been left beside it.
    var isIndexPending = false
    /// Where the index has its last entry.
    private var indexedPosition: Int?
    private var index: SparseIndex?
    /// Whether it was read since `rest` was last called.
    private var wasRead = false
    /// True while a compaction may put another file in the place of this one.
    private(set) var isPinned = false

    /// A segment to be filled, or one to be scanned.
    init(baseOffset: Int64, file: (any DiskFile)? = nil) {
        self.baseOffset = baseOffset
        version = 0
        self.file = file
        nextOffset = baseOffset
        index = SparseIndex()
    }

    /// A sealed and durable segment, known by its stored index.
    init(baseOffset: Int64, stored: StoredIndex, version: Int = 0) {
        self.baseOffset = baseOffset
        self.version = version
        nextOffset = stored.nextOffset
        byteCount = stored.byteCount
        writtenByteCount = stored.byteCount
        synchronizedByteCount = stored.byteCount
        maxTimestamp = stored.maxTimestamp
        isNameDurable = true
    }

    /// Whether all of it is durable, and no write and no synchronization of it is to come.
    var isSettled: Bool {
        synchronizedByteCount == byteCount && isNameDurable && !isIndexPending
    }

    // MARK: - Files

    /// Makes the file of a segment that has none yet. Its name is not durable then.
    func createFile(_ files: LogFiles) throws(Errno) {
        guard file == nil else { return }
        file = try files.disk.create(files.log(baseOffset))
    }

    /// The file and the index, to read from.
    ///
    /// - Throws: `Errno` of the disk; `.ioError` when the file is not what it was.
    func open(_ files: LogFiles) throws(Errno) -> (file: any DiskFile, index: SparseIndex) {
        wasRead = true
        let file: any DiskFile
        if let known = self.file {
            file = known
        } else {
            file = try files.disk.openForReading(files.log(baseOffset))
            self.file = file
        }
        if let index { return (file, index) }
        let index: SparseIndex
        if let stored = try files.readIndex(baseOffset, segmentByteCount: byteCount) {
            index = stored.index
        } else {
            index = try rebuildIndex(file)
        }
        self.index = index
        return (file, index)
    }

    /// Keeps the file open, so that readers are not disturbed by one that takes its place.
    func pin(_ files: LogFiles) throws(Errno) {
        if file == nil { file = try files.disk.openForReading(files.log(baseOffset)) }
        isPinned = true
    }

    /// No other file will take its place.
    func unpin() { isPinned = false }

    /// Makes the index again from the headers of the batches.
    private func rebuildIndex(_ file: any DiskFile) throws(Errno) -> SparseIndex {
        let segment = Segment(baseOffset: baseOffset)
        var reader = StoredBatchReader(file, byteCount: byteCount)
        while segment.byteCount < byteCount {
            guard let header = try reader.header(at: segment.byteCount),
                header.baseOffset == segment.nextOffset
            else { throw .ioError }
            segment.extend(header, indexInterval: LogSettings.rebuiltIndexIntervalByteCount)
        }
        return segment.index ?? SparseIndex()
    }

    /// Lets go of the file and the index of a sealed and settled segment that was not read since
    /// the last call.
    func rest() {
        if !wasRead, !isPinned {
            file = nil
            index = nil
        }
        wasRead = false
    }

    // MARK: - Batches

    /// Enters a batch that comes next.
    func extend(_ header: RecordBatchHeader, indexInterval: Int) {
        if let last = indexedPosition, byteCount - last < indexInterval {
            // Not yet.
        } else {
            indexedPosition = byteCount
            index?.append(
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
            index: index ?? SparseIndex(), byteCount: byteCount, nextOffset: nextOffset,
            maxTimestamp: maxTimestamp)
    }

    // MARK: - Names

    /// The name that a segment's files share: its base offset, in twenty digits.
    static func name(_ baseOffset: Int64) -> String {
        let digits = "\(baseOffset)"
        return String(repeating: "0", count: 20 - digits.utf8.count) + digits
    }

    /// What a file of a log is.
    enum FileKind {
        /// Batches.
        case log
        /// Where in them an offset or a time is.
        case index
        /// What is known of producers in front of an offset, which need not be that of a segment.
        case producers
        /// What a compaction wrote that did not come to its end.
        case cleaned
    }

    /// The offset that a file is named by, and what it is; nil for a name of other origin.
    static func place(of name: String) -> (offset: Int64, kind: FileKind)? {
        let digits = name.prefix(20)
        guard digits.utf8.count == 20, digits.utf8.allSatisfy({ (48...57).contains($0) }),
            let offset = Int64(digits)
        else { return nil }
        switch name.dropFirst(20) {
        case ".log": return (offset, .log)
        case ".index": return (offset, .index)
        case ".producers": return (offset, .producers)
        case ".cleaned": return (offset, .cleaned)
        default: return nil
        }
    }
}

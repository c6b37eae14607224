// Opening a log after any kind of end: what is whole stays, what is not is told apart.

import AeroIO
import AeroWire

/// A log as recovery leaves it.
internal struct RecoveredLog: ~Copyable {
    let segments: [Segment]
    let logStartOffset: Int64
    let report: RecoveryReport
    /// What its batches say of producers.
    let producers: ProducerStateTable
    /// Up to which offset a snapshot of that is on the disk, and up to which it is durable.
    let snapshotOffset: Int64
    let durableSnapshotOffset: Int64
}

/// Reads the files of a log and decides what is part of it.
///
/// Everything below the recovery point was durable: a bad byte there is damage, and the log is
/// refused as it is. Above it nothing was promised to survive the machine, and a kernel may have
/// written any part of it: the log ends where the first bad byte is. When nothing whole follows,
/// that is the torn end of a write and is cut; when whole batches follow, they are cut too, and
/// everything cut is kept aside for somebody to look at.
///
/// What is known of producers is in the snapshot in front of the last segment and in the batches
/// behind it; see `+Producers`.
internal struct LogRecovery: ~Copyable {
    let files: LogFiles
    let settings: LogSettings
    let point: RecoveryPoint
    let quarantine: String
    let nowMilliseconds: Int64

    var report = RecoveryReport()
    /// Offsets of the snapshots of producers that are there, ascending.
    var snapshotOffsets: [Int64] = []
    /// The last one that this recovery has left.
    var leftSnapshotOffset: Int64 = 0
    /// Where the first segment begins.
    var firstBaseOffset: Int64 = 0
    var producers: ProducerWalk

    init(
        files: LogFiles, settings: LogSettings, point: RecoveryPoint, quarantine: String,
        nowMilliseconds: Int64
    ) {
        self.files = files
        self.settings = settings
        self.point = point
        self.quarantine = quarantine
        self.nowMilliseconds = nowMilliseconds
        producers = ProducerWalk(startOffset: 0, nowMilliseconds: nowMilliseconds)
    }

    /// Recovers the log.
    ///
    /// - Throws: `.damaged`, `.system`; nothing was changed on disk then but torn ends.
    consuming func run() throws(StorageError) -> RecoveredLog {
        var bases = try findSegments()
        if let first = bases.first, first > point.offset, point.offset == point.logStartOffset {
            // Nothing was durable, and the name of the first segment has not come as far as those
            // of others.
            try setAside(bases[...], behind: point.offset)
            bases = []
        }
        if let first = bases.first, first > point.offset {
            throw .damaged(
                path: files.directory, position: 0,
                what:
                    "records up to offset \(point.offset) were durable; the log begins at \(first)")
        }
        guard !bases.isEmpty else {
            guard point.offset == point.logStartOffset else {
                throw .damaged(
                    path: files.directory, position: 0,
                    what:
                        "records up to offset \(point.offset) were durable and no segment is there")
            }
            try loadProducers(in: point.offset...point.offset)
            try removeSnapshots(of: [], end: point.offset)
            return makeLog([], start: point.logStartOffset)
        }
        firstBaseOffset = bases[0]
        try loadProducers(in: firstBaseOffset...Int64.max)
        var segments: [Segment] = []
        var number = 0
        while number < bases.count {
            let base = bases[number]
            number += 1
            let next = number < bases.count ? bases[number] : nil
            let segment = try open(base, next: next)
            segments.append(segment)
            guard let next else { break }
            if segment.nextOffset > next {
                number = try removeMerged(bases, from: number, into: segment)
                leaveIndex(of: segment)
                continue
            }
            if segment.nextOffset == next {
                leaveIndex(of: segment)
                continue
            }
            // The end of this segment was cut, or is missing: what follows hangs in the air.
            guard segment.nextOffset >= point.offset else {
                throw .damaged(
                    path: files.log(base), position: segment.byteCount,
                    what:
                        "the segment ends at offset \(segment.nextOffset), and the next one begins "
                        + "at \(next)")
            }
            try setAside(bases[number...], behind: segment.nextOffset)
            break
        }
        guard let last = segments.last, last.nextOffset >= point.offset else {
            throw .damaged(
                path: files.directory, position: 0,
                what: "records up to offset \(point.offset) were durable; the log ends before")
        }
        try settleProducers(of: segments)
        try synchronize(segments)
        return makeLog(segments, start: max(point.logStartOffset, firstBaseOffset))
    }

    private consuming func makeLog(_ segments: [Segment], start: Int64) -> RecoveredLog {
        RecoveredLog(
            segments: segments, logStartOffset: start, report: report,
            producers: producers.table, snapshotOffset: producers.snapshotOffset,
            durableSnapshotOffset: durableSnapshotOffset(of: segments))
    }

    // MARK: - Files

    /// The base offsets of all segments, in order; makes the directory where there is none.
    private mutating func findSegments() throws(StorageError) -> [Int64] {
        let directory = files.directory
        let entries: [DiskEntry]
        do throws(Errno) {
            entries = try files.disk.entries(of: directory)
        } catch .noSuchFile {
            try attempt("create", directory) { () throws(Errno) in
                try files.disk.createDirectory(directory)
                try files.disk.synchronizeDirectory(DiskPath.split(directory).directory)
            }
            return []
        } catch {
            throw .system(action: "read", path: directory, error)
        }
        var bases: [Int64] = []
        var indexes: [(base: Int64, path: String)] = []
        for entry in entries.sorted(by: { $0.name < $1.name }) {
            let path = directory + "/" + entry.name
            switch Segment.place(of: entry.name) {
            case (let base, .log)? where entry.kind == .file: bases.append(base)
            case (let base, .index)? where entry.kind == .file: indexes.append((base, path))
            case (let offset, .producers)? where entry.kind == .file:
                snapshotOffsets.append(offset)
            case (_, .cleaned)? where entry.kind == .file:
                // A compaction did not come to its end.
                try attempt("remove", path) { () throws(Errno) in
                    try files.removeIfThere(path)
                }
            default: report.findings.append(.foreign(path: path))
            }
        }
        bases = try withoutDeleted(bases)
        // What a crash left of segments that are no more would be taken for that of later ones.
        for (base, path) in indexes where !bases.contains(base) {
            try attempt("remove", path) { () throws(Errno) in
                try files.removeIfThere(path)
            }
        }
        return bases
    }

    /// Removes segments below the log's start, whose removal a crash undid.
    private func withoutDeleted(_ bases: [Int64]) throws(StorageError) -> [Int64] {
        var kept = bases
        while kept.count > 1, kept[1] <= point.logStartOffset, kept[1] <= point.offset {
            let base = kept.removeFirst()
            try attempt("remove", files.log(base)) { () throws(Errno) in try files.remove(base) }
        }
        return kept
    }

    // MARK: - One segment

    /// Opens a segment; a sealed one that was durable is believed by its index and its end.
    private mutating func open(
        _ base: Int64, next: Int64?
    ) throws(StorageError) -> Segment {
        let path = files.log(base)
        let file = try attempt("open", path) { () throws(Errno) in try files.disk.open(path) }
        let byteCount = try attempt("read", path) { () throws(Errno) in try file.byteCount() }
        // A segment behind the snapshot is read whatever its index says.
        if let next, next <= point.offset, next <= producers.offset {
            let stored = try attempt("read", files.index(base)) { () throws(Errno) in
                try files.readIndex(base, segmentByteCount: byteCount)
            }
            if let stored, stored.nextOffset == next,
                try isEndWhole(stored, base, file, byteCount)
            {
                return Segment(baseOffset: base, stored: stored)
            }
        }
        return try scan(file, base, byteCount)
    }

    /// Whether the batches behind the last entry of an index end where the segment does.
    private mutating func isEndWhole(
        _ stored: StoredIndex, _ base: Int64, _ file: any DiskFile, _ byteCount: Int
    ) throws(StorageError) -> Bool {
        guard let entry = stored.index.entries.last else { return false }
        var reader = StoredBatchReader(file, byteCount: byteCount)
        var position = entry.position
        var offset = entry.offset
        while true {
            let found = try attempt("read", files.log(base)) { () throws(Errno) in
                try reader.next(at: position, expecting: offset)
            }
            switch found {
            case .batch(let header):
                position += header.byteCount
                offset = header.nextOffset
                report.verifiedByteCount += header.byteCount
            case .end: return offset == stored.nextOffset
            case .bad(let what):
                throw .damaged(path: files.log(base), position: position, what: what)
            }
        }
    }

    /// Reads a segment whole, checks every batch, and cuts it at the first bad byte.
    private mutating func scan(
        _ file: any DiskFile, _ base: Int64, _ byteCount: Int
    ) throws(StorageError) -> Segment {
        let path = files.log(base)
        let segment = Segment(baseOffset: base, file: file)
        try leaveSnapshot(at: base)
        var reader = StoredBatchReader(file, byteCount: byteCount)
        while true {
            let position = segment.byteCount
            let offset = segment.nextOffset
            let found = try attempt("read", path) { () throws(Errno) in
                try reader.next(at: position, expecting: offset)
            }
            switch found {
            case .batch(let header):
                if segment.firstAppendMilliseconds == nil {
                    segment.firstAppendMilliseconds = timeOfAppend(header)
                }
                segment.extend(header, indexInterval: settings.indexIntervalByteCount)
                if header.nextOffset <= point.offset {
                    segment.synchronizedByteCount = segment.byteCount
                }
                producers.enter(header)
                report.verifiedByteCount += header.byteCount
                continue
            case .end: break
            case .bad(let what):
                guard offset >= point.offset else {
                    throw .damaged(path: path, position: position, what: what)
                }
                let isFollowed = try attempt("read", path) { () throws(Errno) in
                    try reader.findBatch(from: position + 1, atOrAbove: offset) != nil
                }
                try cut(file, base, at: position, of: byteCount, isFollowed ? what : nil)
            }
            segment.writtenByteCount = segment.byteCount
            return segment
        }
    }

    /// When the first batch of a segment was appended, as far as can be told: its own time is
    /// believed, unless that would close the segment at once.
    ///
    /// A producer's clock may stand in 1970, and records may be old news: that says nothing about
    /// how long they have been here. To close the segment for it would let retention have, at a
    /// restart, what the log would have kept for a segment's time without one.
    private func timeOfAppend(_ header: RecordBatchHeader) -> Int64 {
        let own = min(max(header.maxTimestamp, 0), nowMilliseconds)
        let age = nowMilliseconds.subtractingSaturated(own)
        return age < settings.segmentMilliseconds ? own : nowMilliseconds
    }

    /// Leaves the index of a sealed segment that had to be read whole, for the next time.
    private func leaveIndex(of segment: Segment) {
        guard segment.file != nil else { return }
        do throws(Errno) {
            try files.storeIndex(segment.storedIndex, segment.baseOffset)
        } catch {
            // The disk may be full. Whoever needs it makes it from the segment.
            return
        }
    }

    // MARK: - The end

    /// What consumers will see must not go away with the machine: it is made durable first.
    ///
    /// It is written again for that. When a synchronization has failed and only the process has
    /// ended, the kernel holds bytes that the disk does not have, takes them for clean, and would
    /// answer another synchronization with success.
    ///
    /// Source: Rebello et al., "Can Applications Recover from fsync Failures?", ATC 2020.
    private func synchronize(_ segments: [Segment]) throws(StorageError) {
        for segment in segments where segment.synchronizedByteCount < segment.byteCount {
            try attempt("synchronize", files.log(segment.baseOffset)) { () throws(Errno) in
                guard let file = segment.file else { return }
                let range = segment.synchronizedByteCount..<segment.byteCount
                let count = try copy(range, of: file, to: file, at: range.lowerBound)
                // The file is shorter than it was a moment ago: somebody else has cut it.
                guard count == range.count else { throw .ioError }
                try file.synchronize()
            }
            segment.synchronizedByteCount = segment.byteCount
        }
        for segment in segments { segment.isNameDurable = true }
        try attempt("synchronize", files.directory) { () throws(Errno) in
            try files.disk.synchronizeDirectory(files.directory)
        }
    }

    func attempt<Value: ~Copyable>(
        _ action: String, _ path: String, _ body: () throws(Errno) -> Value
    ) throws(StorageError) -> Value {
        do throws(Errno) {
            return try body()
        } catch {
            throw .system(action: action, path: path, error)
        }
    }
}

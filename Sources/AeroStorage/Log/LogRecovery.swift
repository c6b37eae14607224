// Opening a log after any kind of end: what is whole stays, what is not is told apart.

import AeroIO
import AeroWire

/// A log as recovery leaves it.
internal struct RecoveredLog {
    var segments: [Segment]
    var logStartOffset: Int64
    var report: RecoveryReport
}

/// Reads the files of a log and decides what is part of it.
///
/// Everything below the recovery point was durable: a bad byte there is damage, and the log is
/// refused as it is. Above it nothing was promised to survive the machine, and a kernel may have
/// written any part of it: the log ends where the first bad byte is. When nothing whole follows,
/// that is the torn end of a write and is cut; when whole batches follow, they are cut too, and
/// everything cut is kept aside for somebody to look at.
internal struct LogRecovery {
    let files: LogFiles
    let settings: LogSettings
    let point: RecoveryPoint
    let quarantine: String
    let nowMilliseconds: Int64

    private var report = RecoveryReport()

    init(
        files: LogFiles, settings: LogSettings, point: RecoveryPoint, quarantine: String,
        nowMilliseconds: Int64
    ) {
        self.files = files
        self.settings = settings
        self.point = point
        self.quarantine = quarantine
        self.nowMilliseconds = nowMilliseconds
    }

    /// Recovers the log.
    ///
    /// - Throws: `.damaged`, `.system`; nothing was changed on disk then but torn ends.
    consuming func run() throws(StorageError) -> RecoveredLog {
        let bases = try findSegments()
        guard !bases.isEmpty else {
            guard point.offset == point.logStartOffset else {
                throw .damaged(
                    path: files.directory, position: 0,
                    what:
                        "records up to offset \(point.offset) were durable and no segment is there")
            }
            return RecoveredLog(
                segments: [], logStartOffset: point.logStartOffset, report: report)
        }
        var segments: [Segment] = []
        for (number, base) in bases.enumerated() {
            let next = number + 1 < bases.count ? bases[number + 1] : nil
            let segment = try open(base, next: next)
            segments.append(segment)
            guard let next, segment.nextOffset != next else { continue }
            // The end of this segment was cut, or is missing: what follows hangs in the air.
            try setAside(bases[(number + 1)...], behind: segment)
            break
        }
        guard let last = segments.last, last.nextOffset >= point.offset else {
            throw .damaged(
                path: files.directory, position: 0,
                what: "records up to offset \(point.offset) were durable; the log ends before")
        }
        try synchronize(segments)
        return RecoveredLog(
            segments: segments, logStartOffset: max(point.logStartOffset, bases[0]),
            report: report)
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
        for entry in entries {
            if entry.kind == .file, let base = Segment.baseOffset(ofLog: entry.name) {
                bases.append(base)
            } else if !isOurs(entry) {
                report.findings.append(.foreign(path: directory + "/" + entry.name))
            }
        }
        bases.sort()
        return try withoutDeleted(bases)
    }

    private func isOurs(_ entry: DiskEntry) -> Bool {
        entry.kind == .file
            && [".index", ".producers", ".tmp"].contains { entry.name.hasSuffix($0) }
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
        if let next, next <= point.offset {
            let stored = try attempt("read", files.index(base)) { () throws(Errno) in
                try files.readIndex(base, segmentByteCount: byteCount)
            }
            if let stored, stored.nextOffset == next,
                try isEndWhole(stored, base, file, byteCount)
            {
                return Segment(sealed: file, baseOffset: base, stored: stored)
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
        let segment = Segment(baseOffset: base)
        segment.file = file
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
                    segment.firstAppendMilliseconds = min(header.maxTimestamp, nowMilliseconds)
                }
                segment.extend(header, indexInterval: settings.indexIntervalByteCount)
                report.verifiedByteCount += header.byteCount
                continue
            case .end: break
            case .bad(let what):
                guard offset >= point.offset else {
                    throw .damaged(path: path, position: position, what: what)
                }
                let isFollowed = try attempt("read", path) { () throws(Errno) in
                    try reader.hasBatch(from: position + 1, atOrAbove: offset)
                }
                try cut(file, path, at: position, of: byteCount, isFollowed ? what : nil)
            }
            segment.writtenByteCount = segment.byteCount
            return segment
        }
    }

    // MARK: - What does not stay

    /// Cuts the end of a file off.
    ///
    /// - Parameter what: What is wrong with it, when more is than a write that had not ended: then
    ///   the bytes are kept aside first.
    private mutating func cut(
        _ file: any DiskFile, _ path: String, at position: Int, of byteCount: Int, _ what: String?
    ) throws(StorageError) {
        let count = byteCount - position
        if let what {
            let copy = try keep(file, path, position..<byteCount)
            report.findings.append(
                .quarantined(file: path, byteCount: count, copy: copy, what: what))
        } else {
            report.findings.append(.tornEnd(file: path, byteCount: count))
        }
        try attempt("cut", path) { () throws(Errno) in
            try file.truncate(to: position)
            try file.synchronize()
        }
    }

    /// Copies a range of a file to the quarantine.
    private func keep(
        _ file: any DiskFile, _ path: String, _ range: Range<Int>
    ) throws(StorageError) -> String {
        let copy = quarantineName(path, range.lowerBound)
        try attempt("copy to", copy) { () throws(Errno) in
            let target = try files.disk.create(copy)
            let window = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
            defer { window.deallocate() }
            var position = range.lowerBound
            while position < range.upperBound {
                let wanted = min(window.count, range.upperBound - position)
                let count = try file.read(
                    into: UnsafeMutableRawBufferPointer(rebasing: window[..<wanted]), at: position)
                guard count > 0 else { break }
                try target.write(
                    UnsafeRawBufferPointer(rebasing: window[..<count]),
                    at: position - range.lowerBound)
                position += count
            }
            try target.synchronize()
            try files.disk.synchronizeDirectory(quarantine)
        }
        return copy
    }

    /// `TOPIC.ID-PARTITION-SEGMENT.log-POSITION-TIME` in the quarantine.
    private func quarantineName(_ path: String, _ position: Int) -> String {
        let parts = path.split(separator: "/").suffix(3).joined(separator: "-")
        return "\(quarantine)/\(parts)-\(position)-\(nowMilliseconds)"
    }

    /// Moves segments to the quarantine that no longer follow on the log's end.
    private mutating func setAside(
        _ bases: ArraySlice<Int64>, behind segment: Segment
    ) throws(StorageError) {
        guard segment.nextOffset >= point.offset else {
            throw .damaged(
                path: files.log(segment.baseOffset), position: segment.byteCount,
                what:
                    "the segment ends at offset \(segment.nextOffset), and the next one begins at "
                    + "\(bases.first ?? 0)")
        }
        for base in bases {
            let path = files.log(base)
            let copy = quarantineName(path, 0)
            let byteCount = try attempt("set aside", path) { () throws(Errno) in
                let file = try files.disk.open(path)
                let byteCount = try file.byteCount()
                if byteCount == 0 {
                    try files.remove(base)
                } else {
                    try files.disk.rename(path, to: copy)
                }
                return byteCount
            }
            guard byteCount > 0 else { continue }
            report.findings.append(
                .quarantined(
                    file: path, byteCount: byteCount, copy: copy,
                    what: "the segment does not follow on offset \(segment.nextOffset)"))
        }
        try attempt("set aside from", files.directory) { () throws(Errno) in
            try files.disk.synchronizeDirectory(quarantine)
            try files.disk.synchronizeDirectory(files.directory)
        }
    }

    /// What consumers will see must not go away with the machine: it is made durable first.
    private func synchronize(_ segments: [Segment]) throws(StorageError) {
        for segment in segments where segment.synchronizedByteCount < segment.byteCount {
            try attempt("synchronize", files.log(segment.baseOffset)) { () throws(Errno) in
                try segment.file?.synchronize()
            }
            segment.synchronizedByteCount = segment.byteCount
        }
        try attempt("synchronize", files.directory) { () throws(Errno) in
            try files.disk.synchronizeDirectory(files.directory)
        }
    }

    private func attempt<Value>(
        _ action: String, _ path: String, _ body: () throws(Errno) -> Value
    ) throws(StorageError) -> Value {
        do throws(Errno) {
            return try body()
        } catch {
            throw .system(action: action, path: path, error)
        }
    }
}

// What does not stay in a recovered log: torn ends, and what is kept aside.

import AeroIO

extension LogRecovery {
    /// Cuts the end of a segment off.
    ///
    /// - Parameter what: What is wrong with it, when more is than a write that had not ended: then
    ///   the bytes are kept aside first.
    mutating func cut(
        _ file: any DiskFile, _ base: Int64, at position: Int, of byteCount: Int, _ what: String?
    ) throws(StorageError) {
        let path = files.log(base)
        let count = byteCount - position
        if let what {
            let copy = try keep(file, path, position..<byteCount)
            report.findings.append(
                .quarantined(file: path, byteCount: count, copy: copy, what: what))
        } else {
            report.findings.append(.tornEnd(file: path, byteCount: count))
        }
        try attempt("cut", path) { () throws(Errno) in
            // It speaks of what is cut.
            try files.removeIfThere(files.index(base))
            try file.truncate(to: position)
            try file.synchronize()
        }
    }

    /// Copies a range of a file to the quarantine.
    private func keep(
        _ file: any DiskFile, _ path: String, _ range: Range<Int>
    ) throws(StorageError) -> String {
        let copy = try quarantineName(path, range.lowerBound)
        try attempt("copy to", copy) { () throws(Errno) in
            let target = try files.disk.create(copy)
            _ = try self.copy(range, of: file, to: target, at: 0)
            try target.synchronize()
            try files.disk.synchronizeDirectory(quarantine)
        }
        return copy
    }

    /// Copies a range of a file into another one, or over itself, a window at a time.
    ///
    /// - Parameter start: Where the range begins in the target.
    /// - Returns: How many bytes: fewer than the range has where the file ends before it.
    func copy(
        _ range: Range<Int>, of file: any DiskFile, to target: any DiskFile, at start: Int
    ) throws(Errno) -> Int {
        let window = UnsafeMutableRawBufferPointer.allocate(
            byteCount: min(range.count, 1 << 20), alignment: 64)
        defer { window.deallocate() }
        var done = 0
        while done < range.count {
            let wanted = min(window.count, range.count - done)
            let count = try file.read(
                into: UnsafeMutableRawBufferPointer(rebasing: window[..<wanted]),
                at: range.lowerBound + done)
            guard count > 0 else { break }
            try target.write(
                UnsafeRawBufferPointer(rebasing: window[..<count]), at: start + done)
            done += count
        }
        return done
    }

    /// A name that is free in the quarantine: `TOPIC.ID-PARTITION-SEGMENT.log-POSITION-TIME`, and a
    /// number when a recovery that did not end has used it.
    private func quarantineName(_ path: String, _ position: Int) throws(StorageError) -> String {
        let parts = path.split(separator: "/").suffix(3).joined(separator: "-")
        let name = "\(parts)-\(position)-\(nowMilliseconds)"
        let taken = Set(
            try attempt("read", quarantine) { () throws(Errno) in
                try files.disk.entries(of: quarantine)
            }.map(\.name))
        var candidate = name
        var number = 1
        // BOUND: the number of files in the quarantine.
        while taken.contains(candidate) {
            number += 1
            candidate = "\(name)-\(number)"
        }
        return "\(quarantine)/\(candidate)"
    }

    /// Removes segments whose records a compaction has brought into another one, which a crash has
    /// kept it from removing.
    ///
    /// - Returns: The number of the segment behind them.
    func removeMerged(
        _ bases: [Int64], from number: Int, into segment: Segment
    ) throws(StorageError) -> Int {
        // A compaction ends where a segment ends that is followed by another.
        guard let end = bases[number...].firstIndex(of: segment.nextOffset) else {
            throw .damaged(
                path: files.log(segment.baseOffset), position: 0,
                what:
                    "the segment ends at offset \(segment.nextOffset), and others begin before")
        }
        // It may be there for this process only: what has the records besides goes after that.
        try attempt("synchronize", files.directory) { () throws(Errno) in
            try files.disk.synchronizeDirectory(files.directory)
        }
        for base in bases[number..<end] {
            try attempt("remove", files.log(base)) { () throws(Errno) in try files.remove(base) }
        }
        return end
    }

    /// Moves segments to the quarantine that do not follow on the log's end.
    mutating func setAside(
        _ bases: ArraySlice<Int64>, behind offset: Int64
    ) throws(StorageError) {
        for base in bases { try setAsideSegment(base, behind: offset) }
        try attempt("set aside from", files.directory) { () throws(Errno) in
            try files.disk.synchronizeDirectory(files.directory)
        }
    }

    private mutating func setAsideSegment(
        _ base: Int64, behind offset: Int64
    ) throws(StorageError) {
        let path = files.log(base)
        let file = try attempt("open", path) { () throws(Errno) in try files.disk.open(path) }
        let byteCount = try attempt("read", path) { () throws(Errno) in try file.byteCount() }
        var reader = StoredBatchReader(file, byteCount: byteCount)
        let hasBatch = try attempt("read", path) { () throws(Errno) in
            try reader.findBatch(from: 0, atOrAbove: offset) != nil
        }
        if hasBatch {
            let copy = try quarantineName(path, 0)
            try attempt("set aside", path) { () throws(Errno) in
                try files.removeCompanions(base)
                try file.synchronize()
                try files.disk.rename(path, to: copy)
                try files.disk.synchronizeDirectory(quarantine)
            }
            report.findings.append(
                .quarantined(
                    file: path, byteCount: byteCount, copy: copy,
                    what: "the segment does not follow on offset \(offset)"))
        } else {
            // The write that began the segment had not ended.
            try attempt("remove", path) { () throws(Errno) in try files.remove(base) }
            report.findings.append(.tornEnd(file: path, byteCount: byteCount))
        }
    }
}

// The directory of one log: where its files are and how they come and go.

import AeroIO

/// Names and opens the files of a log.
internal struct LogFiles: Sendable {
    let directory: String
    let disk: any Disk

    func log(_ baseOffset: Int64) -> String { path(baseOffset, ".log") }

    func index(_ baseOffset: Int64) -> String { path(baseOffset, ".index") }

    private func path(_ baseOffset: Int64, _ suffix: String) -> String {
        "\(directory)/\(Segment.name(baseOffset))\(suffix)"
    }

    /// Makes the file of a new segment, whose name is durable when this returns.
    func createLog(_ baseOffset: Int64) throws(Errno) -> any DiskFile {
        let file: any DiskFile
        do throws(Errno) {
            file = try disk.create(log(baseOffset))
        } catch .fileExists {
            // An earlier attempt made it, and then could not make its name durable.
            file = try disk.open(log(baseOffset))
        }
        try disk.synchronizeDirectory(directory)
        return file
    }

    /// Writes the index of a sealed segment. Not synchronized: an index is never trusted.
    func storeIndex(_ stored: StoredIndex, _ baseOffset: Int64) throws(Errno) {
        try removeIfThere(index(baseOffset))
        let file = try disk.create(index(baseOffset))
        var failure: Errno?
        // SAFETY: lent for the call only.
        stored.encode().withUnsafeBytes { bytes in
            do throws(Errno) { try file.write(bytes, at: 0) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    /// Reads a stored index; nil when there is none, or none to be believed.
    func readIndex(_ baseOffset: Int64, segmentByteCount: Int) throws(Errno) -> StoredIndex? {
        let bytes: [UInt8]
        do throws(Errno) {
            bytes = try disk.readFile(index(baseOffset), limit: 64 << 20)
        } catch .noSuchFile {
            return nil
        }
        guard let stored = StoredIndex(bytes), stored.byteCount == segmentByteCount,
            stored.index.entries.first?.offset == baseOffset
        else { return nil }
        return stored
    }

    /// Removes the files of a segment; they are gone for good when this returns.
    func remove(_ baseOffset: Int64) throws(Errno) {
        try removeIfThere(log(baseOffset))
        try removeIfThere(index(baseOffset))
        try disk.synchronizeDirectory(directory)
    }

    func removeIfThere(_ path: String) throws(Errno) {
        do throws(Errno) {
            try disk.remove(path)
        } catch .noSuchFile {
            return
        }
    }
}

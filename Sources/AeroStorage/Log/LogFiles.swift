// The directory of one log: where its files are and how they come and go.

import AeroIO

/// Names and opens the files of a log.
internal struct LogFiles: Sendable {
    let directory: String
    let disk: any Disk

    func log(_ baseOffset: Int64) -> String { path(baseOffset, ".log") }

    func index(_ baseOffset: Int64) -> String { path(baseOffset, ".index") }

    func producers(_ baseOffset: Int64) -> String { path(baseOffset, ".producers") }

    /// What a compaction writes before it takes the segment's place.
    func cleaned(_ baseOffset: Int64) -> String { path(baseOffset, ".cleaned") }

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
        try store(stored.encode(), in: index(baseOffset))
    }

    /// Writes what is known of producers in front of a segment. Not synchronized: it has a checksum
    /// and can be made again.
    func storeProducers(_ snapshot: [UInt8], _ baseOffset: Int64) throws(Errno) {
        try store(snapshot, in: producers(baseOffset))
    }

    private func store(_ bytes: [UInt8], in path: String) throws(Errno) {
        try removeIfThere(path)
        let file = try disk.create(path)
        var failure: Errno?
        // SAFETY: lent for the call only.
        bytes.withUnsafeBytes { bytes in
            do throws(Errno) { try file.write(bytes, at: 0) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    /// Reads what was known of producers in front of a segment; nil when there is nothing, or
    /// nothing to be believed.
    func readProducers(_ baseOffset: Int64) throws(Errno) -> ProducerStateTable? {
        let bytes: [UInt8]
        do throws(Errno) {
            bytes = try disk.readFile(producers(baseOffset), limit: 64 << 20)
        } catch .noSuchFile {
            return nil
        }
        var table: ProducerStateTable?
        // SAFETY: lent for the call only.
        bytes.withUnsafeBytes { bytes in
            do throws(ProducerSnapshotError) {
                table = try ProducerStateTable(decoding: bytes, snapshotOffset: baseOffset)
            } catch {
                // A crash has cut it short, or a bit has flipped: the batches say the same.
                table = nil
            }
        }
        return table
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
        try removeCompanions(baseOffset)
        try disk.synchronizeDirectory(directory)
    }

    /// Removes what can be made again from a segment.
    func removeCompanions(_ baseOffset: Int64) throws(Errno) {
        try removeIfThere(index(baseOffset))
        try removeIfThere(producers(baseOffset))
    }

    func removeIfThere(_ path: String) throws(Errno) {
        do throws(Errno) {
            try disk.remove(path)
        } catch .noSuchFile {
            return
        }
    }
}

// The directory of one log: where its files are and how they come and go.

import AeroIO

/// Names and opens the files of a log.
internal struct LogFiles: Sendable {
    let directory: String
    let disk: any Disk

    func log(_ baseOffset: Int64) -> String { path(baseOffset, ".log") }

    func index(_ baseOffset: Int64) -> String { path(baseOffset, ".index") }

    /// What is known of producers in front of an offset.
    func producers(_ offset: Int64) -> String { path(offset, ".producers") }

    /// What a compaction writes before it takes the segment's place.
    func cleaned(_ baseOffset: Int64) -> String { path(baseOffset, ".cleaned") }

    private func path(_ offset: Int64, _ suffix: String) -> String {
        "\(directory)/\(Segment.name(offset))\(suffix)"
    }

    /// Writes the index of a sealed segment. Not synchronized: an index is never trusted.
    func storeIndex(_ stored: StoredIndex, _ baseOffset: Int64) throws(Errno) {
        _ = try store(stored.encode(), in: index(baseOffset))
    }

    /// Writes what is known of producers in front of the snapshot's offset.
    ///
    /// - Returns: The file, to be synchronized where the batches that say the same may go.
    @discardableResult
    func storeProducers(_ snapshot: ProducerSnapshot) throws(Errno) -> any DiskFile {
        try store(snapshot.encode(), in: producers(snapshot.offset))
    }

    private func store(_ bytes: [UInt8], in path: String) throws(Errno) -> any DiskFile {
        try removeIfThere(path)
        let file = try disk.create(path)
        var failure: Errno?
        // SAFETY: lent for the call only.
        bytes.withUnsafeBytes { bytes in
            do throws(Errno) { try file.write(bytes, at: 0) } catch { failure = error }
        }
        if let failure { throw failure }
        return file
    }

    /// Reads what was known of producers in front of an offset; nil when there is nothing, or
    /// nothing to be believed: then the batches say the same.
    func readProducers(_ offset: Int64) throws(Errno) -> ProducerStateTable? {
        let bytes: [UInt8]
        do throws(Errno) {
            bytes = try disk.readFile(producers(offset), limit: 64 << 20)
        } catch .noSuchFile, .fileTooLarge, .ioError {
            return nil
        }
        do throws(ProducerSnapshotError) {
            // SAFETY: lent for the call only.
            return try bytes.span.bytes.withUnsafeBytes {
                (bytes) throws(ProducerSnapshotError) in
                try ProducerStateTable(decoding: bytes, snapshotOffset: offset)
            }
        } catch {
            // A crash has cut it short, or a bit has flipped.
            return nil
        }
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

    /// Removes the files of a segment; a crash may bring them back.
    func remove(_ baseOffset: Int64) throws(Errno) {
        try removeIfThere(log(baseOffset))
        try removeCompanions(baseOffset)
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

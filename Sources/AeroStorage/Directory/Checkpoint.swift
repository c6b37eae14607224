// Recovery points: how much of each partition is known to be durable.

import AeroIO

/// What is known of one partition.
package struct CheckpointEntry: Sendable, Equatable {
    /// The topic's number.
    package let topicId: UInt32
    /// The partition, from 0.
    package let partition: UInt32
    /// Everything below is durable: damage there is damage, not a torn end.
    package let offset: Int64
    /// The first offset that can be read.
    package let logStartOffset: Int64
    /// Below it compaction has left each key once; 0 when there was none.
    package let cleanedOffset: Int64

    package init(
        topicId: UInt32, partition: UInt32, offset: Int64, logStartOffset: Int64,
        cleanedOffset: Int64 = 0
    ) {
        self.topicId = topicId
        self.partition = partition
        self.offset = offset
        self.logStartOffset = logStartOffset
        self.cleanedOffset = cleanedOffset
    }

    /// What a log is opened with.
    package var recoveryPoint: RecoveryPoint {
        RecoveryPoint(
            offset: offset, logStartOffset: logStartOffset, cleanedOffset: cleanedOffset)
    }
}

extension DataDirectory {
    private var checkpointsPath: String { path + "/checkpoints" }

    /// Replaces the checkpoint of one shard. One line each: topic, partition, offset, log start,
    /// and the cleaned offset of a log that was compacted.
    ///
    /// On a full disk it takes the room of the shard's ballast; see `keepBallast`.
    ///
    /// - Throws: `.system`; the old one stays then.
    package func writeCheckpoint(
        shard: Int, _ entries: [CheckpointEntry]
    ) throws(DataDirectoryError) {
        let file = checkpointsPath + "/shard-\(shard)"
        let lines = entries.map {
            "\($0.topicId) \($0.partition) \($0.offset) \($0.logStartOffset)"
                + ($0.cleanedOffset > 0 ? " \($0.cleanedOffset)" : "")
        }
        let bytes = SealedText.encode(lines)
        let hasRoom = try Self.run("write", file) { () throws(Errno) -> Bool in
            do throws(Errno) {
                try disk.replaceFile(file, with: bytes)
                return true
            } catch {
                guard error == .noSpace || error == .quotaExceeded else { throw error }
                let cause = error
                do throws(Errno) { try disk.remove(ballastPath(shard)) } catch { throw cause }
                try disk.replaceFile(file, with: bytes)
                return false
            }
        }
        if hasRoom { keepBallast(shard: shard) }
    }

    private func ballastPath(_ shard: Int) -> String { checkpointsPath + "/ballast-\(shard)" }

    /// A ballast is at least this long.
    private static var ballastByteCountMin: Int { 128 << 10 }

    /// Sees to it that a checkpoint of the shard can be written when the disk is full: a file that
    /// is of no other use takes twice its room, as long as there is that much.
    ///
    /// Old segments make room, and their files go behind a checkpoint only. A ballast that was used
    /// is made again by a later checkpoint, and when files of old segments have gone.
    package func keepBallast(shard: Int) {
        let path = ballastPath(shard)
        do throws(Errno) {
            let checkpoint = try disk.openForReading(checkpointsPath + "/shard-\(shard)")
            let wished = max(Self.ballastByteCountMin, 2 * (try checkpoint.byteCount()))
            guard try byteCount(ofFile: path) < wished else { return }
            try makeBallast(path, byteCount: wished)
        } catch {
            // There is no room, or the disk has failed. One that is too short is better than none,
            // but not where it takes the last room: logs need that.
            do throws(Errno) { try disk.remove(path) } catch { return }
        }
    }

    /// 0 for a file that is not there.
    private func byteCount(ofFile path: String) throws(Errno) -> Int {
        do throws(Errno) {
            return try disk.openForReading(path).byteCount()
        } catch .noSuchFile {
            return 0
        }
    }

    /// Not synchronized: the file system counts its room as taken from the write on.
    private func makeBallast(_ path: String, byteCount: Int) throws(Errno) {
        do throws(Errno) { try disk.remove(path) } catch {
            guard error == .noSuchFile else { throw error }
        }
        let file = try disk.create(path)
        let bytes = [UInt8](repeating: 0, count: byteCount)
        var failure: Errno?
        // SAFETY: lent for the call only.
        bytes.withUnsafeBytes { bytes in
            do throws(Errno) { try file.write(bytes, at: 0) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    /// Reads the checkpoints of all shards there ever were.
    ///
    /// Where several name a partition, because the number of shards has changed, the furthest
    /// holds: each was true when it was written, and what is durable stays so.
    ///
    /// - Throws: `.damaged`, `.system`.
    package func readCheckpoints() throws(DataDirectoryError) -> [CheckpointEntry] {
        try Self.readCheckpoints(of: path, on: disk)
    }

    /// As `readCheckpoints()`, of a data directory that may be another process's.
    static func readCheckpoints(
        of path: String, on disk: any Disk
    ) throws(DataDirectoryError) -> [CheckpointEntry] {
        let checkpointsPath = path + "/checkpoints"
        var byPartition: [UInt64: CheckpointEntry] = [:]
        let entries = try run("read", checkpointsPath) { () throws(Errno) in
            try disk.entries(of: checkpointsPath)
        }
        for entry in entries where entry.kind == .file && isCheckpoint(entry.name) {
            let file = checkpointsPath + "/" + entry.name
            let bytes = try run("read", file) { () throws(Errno) in
                try disk.readFile(file, limit: 256 << 20)
            }
            guard let lines = SealedText.decode(bytes) else {
                throw .damaged(path: file, what: "its checksum does not match")
            }
            for line in lines {
                guard let found = CheckpointEntry(line) else {
                    throw .damaged(path: file, what: "a line is not of four or five numbers")
                }
                let key = UInt64(found.topicId) << 32 | UInt64(found.partition)
                byPartition[key] = byPartition[key]?.joined(found) ?? found
            }
        }
        return byPartition.keys.sorted().compactMap { byPartition[$0] }
    }

    private static func isCheckpoint(_ name: String) -> Bool {
        name.hasPrefix("shard-") && Int(name.dropFirst("shard-".count)) != nil
    }
}

extension CheckpointEntry {
    /// What is known when both are.
    fileprivate func joined(_ other: CheckpointEntry) -> CheckpointEntry {
        CheckpointEntry(
            topicId: topicId, partition: partition, offset: max(offset, other.offset),
            logStartOffset: max(logStartOffset, other.logStartOffset),
            cleanedOffset: max(cleanedOffset, other.cleanedOffset))
    }

    fileprivate init?(_ line: String) {
        let parts = line.split(separator: " ")
        guard parts.count == 4 || parts.count == 5, let topicId = UInt32(parts[0]),
            let partition = UInt32(parts[1]),
            let offset = Int64(parts[2]), let start = Int64(parts[3]), offset >= 0, start >= 0,
            let cleaned = parts.count == 5 ? Int64(parts[4]) : 0, cleaned >= 0
        else { return nil }
        self.init(
            topicId: topicId, partition: partition, offset: offset, logStartOffset: start,
            cleanedOffset: cleaned)
    }
}

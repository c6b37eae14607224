// The log of one partition: its tail in memory and, unless it is volatile, segments on a disk.

package import AeroIO
package import AeroMemory
package import AeroWire

/// Keeps the batches of one partition as durably as its topic promises.
///
/// ```
///      segments on disk                     tail in memory
/// |----------|-----------|-------          -----------------|
/// log start                     high watermark      log end
/// ```
/// Appends go to the tail. `write` hands what is new to the kernel, `takeSyncTarget` names the
/// files whose synchronization, done elsewhere, `synchronized` then reports. The high watermark is
/// the log end of a volatile log, the written offset for `os` and `interval`, the synchronized
/// offset for `sync`. Memory below it may be let go, because the file has it.
///
/// One thread owns a log; nothing in it knows threads or clocks.
///
/// Facets: `+Writing`, `+Reading`, `+Upkeep` (retention), `+Compaction`.
package struct PartitionLog: MessageStore, ~Copyable {
    /// Segment size, retention and the rest; takes effect from the next call on.
    package var settings: LogSettings
    /// What was found and done when the log was opened.
    package internal(set) var recovery = RecoveryReport()
    /// Whether the log takes batches.
    package internal(set) var state = LogState.writable
    /// Everything below was handed to the kernel; of a volatile log, its end.
    package internal(set) var writtenOffset: Int64
    /// Everything below is durable.
    package internal(set) var synchronizedOffset: Int64

    internal var tail: MemoryStore
    /// Everything below was deleted on request.
    internal var deletedOffset: Int64 = 0
    internal let files: LogFiles?
    /// Oldest first; empty in a volatile log.
    internal var segments: [Segment] = []
    /// Bytes of all segments.
    internal var segmentByteTotal = 0
    /// Which segment the next write begins with.
    internal var writeIndex = 0
    internal var writeCursor: StoreCursor
    /// What the synchronization under way covers.
    internal var synchronizing: [(segment: Segment, byteCount: Int, hasIndex: Bool)] = []
    internal var mustRoll = false
    /// Segments that were given up and whose files are still there, oldest first.
    internal var abandonedBaseOffsets: [Int64] = []
    /// What is known of idempotent producers.
    internal var producers: ProducerStateTable
    /// Up to which offset a snapshot of it is on the disk.
    internal var snapshotOffset: Int64 = 0
    /// … and durable: no batch at or above it is deleted.
    internal var durableSnapshotOffset: Int64
    /// The one in front of the last segment, until it is durable.
    internal var pendingSnapshot: ProducerSnapshot?
    /// The offset of the one that the synchronization under way covers.
    internal var synchronizingSnapshotOffset: Int64?
    /// When producers are next looked through for idle ones.
    internal var nextExpiryMilliseconds: Int64 = 0
    /// Below it compaction has left each key once.
    internal var cleanedOffset: Int64 = 0
    /// The compaction under way.
    internal var compaction: CompactionProgress?
    /// No compaction begins before.
    internal var nextCompactionMilliseconds = Int64.min
    /// Bytes ever appended, and those of them below the high watermark.
    internal var appendedByteTotal = 0
    internal var writtenByteTotal = 0
    internal var synchronizingByteTotal = 0
    internal var synchronizedByteTotal = 0

    /// A log without a disk.
    ///
    /// - Parameters:
    ///   - source: The owning shard's buffers.
    ///   - limits: How much to keep in memory.
    package init(volatile source: ChunkSource, limits: MemoryStoreLimits) {
        settings = LogSettings(durability: .volatile)
        tail = MemoryStore(source: source, limits: limits)
        files = nil
        producers = ProducerStateTable()
        durableSnapshotOffset = 0
        writtenOffset = 0
        synchronizedOffset = 0
        writeCursor = StoreCursor(offset: 0)
    }

    /// Opens the log in a directory and recovers it, or makes a new one.
    ///
    /// - Parameters:
    ///   - directory: The partition's directory; its parent exists.
    ///   - disk: Where it is.
    ///   - settings: Of a durable topic.
    ///   - recoveryPoint: How much is known to be durable; nil when nothing is.
    ///   - quarantine: Where bytes go that are cut off and are not just a torn end.
    ///   - source: The owning shard's buffers.
    ///   - nowMilliseconds: Since 1970-01-01 UTC.
    /// - Throws: `StorageError`; the files are as they were, then.
    package init(
        opening directory: String, on disk: any Disk, settings: LogSettings,
        recoveryPoint: RecoveryPoint?, quarantine: String, source: ChunkSource,
        nowMilliseconds: Int64
    ) throws(StorageError) {
        precondition(settings.durability != .volatile, "a volatile log has no directory")
        let files = LogFiles(directory: directory, disk: disk)
        let recovered = try LogRecovery(
            files: files, settings: settings,
            point: recoveryPoint ?? RecoveryPoint(offset: 0, logStartOffset: 0),
            quarantine: quarantine, nowMilliseconds: nowMilliseconds
        ).run()
        let end = recovered.segments.last?.nextOffset ?? recoveryPoint?.offset ?? 0
        self.settings = settings
        self.files = files
        recovery = recovered.report
        segments = recovered.segments
        segmentByteTotal = segments.reduce(0) { $0 + $1.byteCount }
        writeIndex = max(segments.count - 1, 0)
        tail = MemoryStore(
            source: source,
            limits: MemoryStoreLimits(
                retentionByteCount: settings.tailByteCount, maximumByteCount: Int.max / 2),
            startOffset: end)
        writtenOffset = end
        synchronizedOffset = end
        writeCursor = StoreCursor(offset: end)
        deletedOffset = recovered.logStartOffset
        cleanedOffset = min(recoveryPoint?.cleanedOffset ?? 0, end)
        durableSnapshotOffset = recovered.durableSnapshotOffset
        snapshotOffset = max(recovered.snapshotOffset, durableSnapshotOffset)
        producers = recovered.producers
    }

    // MARK: - Offsets

    package var logStartOffset: Int64 {
        max(segments.first?.baseOffset ?? tail.logStartOffset, deletedOffset)
    }

    package var logEndOffset: Int64 { tail.logEndOffset }

    package var highWatermark: Int64 {
        switch settings.durability {
        case .volatile: tail.logEndOffset
        case .os, .interval: writtenOffset
        case .sync: synchronizedOffset
        }
    }

    /// Bytes of batches kept: in the files of a durable log, in the memory of a volatile one.
    package var storedByteCount: Int {
        files == nil ? tail.storedByteCount : segmentByteTotal
    }

    /// Bytes of batches in memory.
    package var tailByteCount: Int { tail.storedByteCount }

    /// For the checkpoint.
    package var recoveryPoint: RecoveryPoint {
        // What is not durable may be gone after a crash, and then the log cannot start behind it.
        RecoveryPoint(
            offset: synchronizedOffset, logStartOffset: min(logStartOffset, synchronizedOffset),
            cleanedOffset: cleanedOffset)
    }

    // MARK: - Appending

    package mutating func append(
        _ batch: UnsafeRawBufferPointer, header: RecordBatchHeader, nowMilliseconds: Int64
    ) throws(PoolError) -> AppendOutcome {
        switch state {
        case .writable: break
        case .diskFull: return .refused(.diskFull)
        case .failed: return .refused(.logFailed)
        }
        switch producers.check(header) {
        case .next: break
        case .duplicate(let baseOffset, let nextOffset):
            return .duplicate(baseOffset: baseOffset, nextOffset: nextOffset)
        case .refused(let code): return .refused(code)
        }
        if files != nil, let refusal = refusal(ofBatchOf: batch.count) { return refusal }
        let outcome = try tail.append(batch, header: header)
        guard case .appended(let baseOffset) = outcome else { return outcome }
        if files != nil {
            appendedByteTotal += batch.count
            // First: a segment that begins with this batch has a snapshot without it.
            enter(header, nowMilliseconds)
        }
        if header.producerId >= 0 {
            var placed = header
            placed.baseOffset = baseOffset
            producers.record(placed, nowMilliseconds: nowMilliseconds)
        }
        return outcome
    }

    /// A durable log takes no more than a bound before it is as durable as promised.
    private func refusal(ofBatchOf byteCount: Int) -> AppendOutcome? {
        let limit = settings.maximumUnsettledByteCount
        let settled =
            settings.durability == .sync ? synchronizedByteTotal : writtenByteTotal
        if byteCount > limit { return .tooLarge(limitByteCount: limit) }
        return appendedByteTotal - settled + byteCount > limit ? .full : nil
    }

    /// Places an appended batch in the last segment, or in a new one.
    private mutating func enter(_ header: RecordBatchHeader, _ nowMilliseconds: Int64) {
        let isFull =
            segments.last.map {
                $0.byteCount > 0
                    && (mustRoll || $0.byteCount + header.byteCount > settings.segmentByteCount)
            } ?? true
        if isFull {
            segments.append(makeSegment(at: segments.last?.nextOffset ?? writtenOffset))
            mustRoll = false
        }
        guard let last = segments.last else { return }
        if last.firstAppendMilliseconds == nil { last.firstAppendMilliseconds = nowMilliseconds }
        last.extend(header, indexInterval: settings.indexIntervalByteCount)
        segmentByteTotal += header.byteCount
    }

    /// A segment to be filled, behind everything that was appended.
    internal mutating func makeSegment(at baseOffset: Int64) -> Segment {
        // One that has not been stored is of no use any more: what is between is not durable, and
        // would have to be read at any rate.
        if baseOffset > 0 { pendingSnapshot = producers.snapshot(at: baseOffset) }
        return Segment(baseOffset: baseOffset)
    }

    package mutating func release(below offset: Int64, reserving byteCount: Int) -> Int {
        tail.release(
            below: files == nil ? offset : min(offset, writtenOffset, highWatermark),
            reserving: byteCount)
    }
}

// Of each key the newest record stays: the work of one compaction of a log.

import AeroIO
import AeroWire

/// Compacts the sealed segments of a log, a turn at a time.
///
/// First the newest offset of every key above the cleaned offset is entered; then every segment is
/// written anew without the records that a later one supersedes. What is left keeps its offset,
/// timestamp, producer and sequence. Where whole batches go, an empty batch takes their offsets:
/// so batches follow on each other without a gap in compacted logs, too, and a missing one is
/// still seen. Each segment that is left out of is right by itself, so a compaction may end
/// anywhere.
///
/// A record without a value deletes its key. It stays for the deletion retention, counted from the
/// first compaction that meets it, so that every reader who is not further behind learns of it;
/// what it deletes stands in front of it and is gone before. Records without a key, batches of
/// transactions, and batches whose records cannot be read stay as they are. The last batch of
/// each producer that the log remembers stays, if only as a header, so that the producer's state
/// can be made again from the log alone.
///
/// SAFETY: used by one thread at a time: it travels with the turn, whose end is collected before
/// the next one begins.
internal final class CompactionPass: @unchecked Sendable {
    private let files: LogFiles
    private let settings: LogSettings
    private let nowMilliseconds: Int64
    /// Below it every key stands once.
    private let cleanedOffset: Int64
    /// Everything below is entered.
    private var enteredOffset: Int64
    private var latest: LatestOffsets
    /// Producers that the log remembers.
    private let knownProducers: Set<Int64>
    /// The last batch above the cleaned offset of each of them, by its base offset.
    private var lastBatches: [Int64: Int64] = [:]
    private var codec = BatchRewriter()

    /// - Parameters:
    ///   - files: Of the log.
    ///   - settings: Of the log.
    ///   - cleanedOffset: Below it every key stands once: an earlier compaction has seen to it.
    ///   - producers: What the log knows of producers.
    ///   - nowMilliseconds: Since 1970.
    init(
        _ files: LogFiles, _ settings: LogSettings, cleanedOffset: Int64,
        producers: ProducerSnapshot, nowMilliseconds: Int64
    ) {
        self.files = files
        self.settings = settings
        self.nowMilliseconds = nowMilliseconds
        self.cleanedOffset = cleanedOffset
        enteredOffset = cleanedOffset
        latest = LatestOffsets(
            keyCountMax: max(settings.compactionMemoryByteCount / LatestOffsets.keyByteCount, 1))
        knownProducers = Set(producers.producerIds)
    }

    // MARK: - Keys

    /// Enters the keys of segments, as far as there is room.
    func enterKeys(_ sources: [CompactionSource]) -> CompactionOutcome {
        var outcome = CompactionOutcome(.enterKeys, throughOffset: enteredOffset)
        do throws(StorageError) {
            for source in sources where !outcome.isFull {
                outcome.isFull = try !enterKeys(of: source)
            }
        } catch {
            outcome.failure = error
        }
        outcome.throughOffset = enteredOffset
        return outcome
    }

    /// - Returns: false when there is no room for more.
    private func enterKeys(of source: CompactionSource) throws(StorageError) -> Bool {
        var walk = try SourceWalk(source, files)
        while let batch = try walk.next() {
            guard batch.header.baseOffset >= enteredOffset else { continue }
            let isIn = enterKeys(of: batch)
            // One batch is taken at any rate, or a full table would bring nothing on.
            guard isIn || enteredOffset == cleanedOffset else { return false }
            enteredOffset = batch.header.nextOffset
            if !isIn { return false }
        }
        enteredOffset = max(enteredOffset, source.nextOffset)
        return true
    }

    private func enterKeys(of batch: StoredBatch) -> Bool {
        let header = batch.header
        if knownProducers.contains(header.producerId) {
            lastBatches[header.producerId] = header.baseOffset
        }
        guard header.recordCount > 0, let plain = codec.open(batch) else { return true }
        for record in codec.records {
            guard let key = record.key else { continue }
            let bytes = UnsafeRawBufferPointer(rebasing: plain.bytes[key])
            guard latest.enter(bytes, at: header.baseOffset + Int64(record.offsetDelta)) else {
                return false
            }
        }
        return true
    }

    // MARK: - Segments

    /// Writes segments anew and puts them in place.
    func clean(_ sources: [CompactionSource]) -> CompactionOutcome {
        var outcome = CompactionOutcome(
            .clean, throughOffset: sources.last?.nextOffset ?? enteredOffset)
        var rest = sources[...]
        do throws(StorageError) {
            while !rest.isEmpty { try cleanGroup(&rest, &outcome) }
        } catch {
            outcome.failure = error
        }
        return outcome
    }

    /// Writes as many segments into one file as are sure to fit, at least one.
    private func cleanGroup(
        _ rest: inout ArraySlice<CompactionSource>, _ outcome: inout CompactionOutcome
    ) throws(StorageError) {
        guard let first = rest.first else { return }
        let output = try CleanedSegment(
            first.baseOffset, files, indexInterval: settings.indexIntervalByteCount)
        var taken: [CompactionSource] = []
        var removedRecordCount = 0
        var hasChanged = false
        do throws(StorageError) {
            while let source = rest.first,
                taken.isEmpty || output.byteCount + source.byteCount <= settings.segmentByteCount
            {
                if try clean(source, into: output, &removedRecordCount) { hasChanged = true }
                taken.append(source)
                rest.removeFirst()
            }
            let stored = try output.finish(at: taken[taken.count - 1].nextOffset)
            guard hasChanged || taken.count > 1 else {
                try output.discard()
                return
            }
            try output.synchronize()
            try install(CompactionOutcome.Group(sources: taken, stored: stored), &outcome)
            outcome.removedRecordCount += removedRecordCount
        } catch {
            output.abandon()
            throw error
        }
    }

    /// Puts a new file in the place of the first segment, and takes the others away.
    private func install(
        _ group: CompactionOutcome.Group, _ outcome: inout CompactionOutcome
    ) throws(StorageError) {
        let base = group.sources[0].baseOffset
        try attempt("replace", files.log(base)) { () throws(Errno) in
            try files.removeIfThere(files.index(base))
            // An old index that a crash brings back is told by the length that it speaks of; where
            // the new file has the old one's, it must not come back.
            if group.stored.byteCount == group.sources[0].byteCount {
                try files.disk.synchronizeDirectory(files.directory)
            }
            try files.disk.rename(files.cleaned(base), to: files.log(base))
        }
        // Whoever opens the segment finds the new one from here on, whatever else fails.
        outcome.groups.append(group)
        outcome.savedByteCount += group.sources.reduce(0) { $0 + $1.byteCount }
        outcome.savedByteCount -= group.stored.byteCount
        try attempt("synchronize", files.directory) { () throws(Errno) in
            // Before the others go: what they held is in the new file.
            try files.disk.synchronizeDirectory(files.directory)
            for source in group.sources.dropFirst() { try files.remove(source.baseOffset) }
            try files.storeIndex(group.stored, base)
        }
    }

    /// - Returns: Whether anything was left out or rewritten.
    private func clean(
        _ source: CompactionSource, into output: CleanedSegment, _ removedRecordCount: inout Int
    ) throws(StorageError) -> Bool {
        var hasChanged = false
        var walk = try SourceWalk(source, files)
        while let batch = try walk.next() {
            switch judge(batch, &removedRecordCount) {
            case .whole: try output.append(batch.bytes, batch.header)
            case .rewritten(let rewritten):
                try output.append(rewritten.bytes, rewritten.header)
                hasChanged = true
            case .gone:
                // An empty batch that stands for offsets alone is made again where it is needed.
                if batch.header.recordCount > 0 || batch.header.producerId >= 0 {
                    hasChanged = true
                }
            }
        }
        return hasChanged
    }

    // MARK: - Batches

    private enum Judgement {
        case whole, gone
        case rewritten(StoredBatch)
    }

    private func judge(_ batch: StoredBatch, _ removedRecordCount: inout Int) -> Judgement {
        let header = batch.header
        guard header.recordCount > 0 else { return isLastOfProducer(header) ? .whole : .gone }
        guard let plain = codec.open(batch) else { return .whole }
        var keptCount = 0
        var hasNewTombstone = false
        for index in codec.records.indices {
            let record = codec.records[index]
            let isKept = keeps(record, of: plain)
            codec.isKept[index] = isKept
            guard isKept else { continue }
            keptCount += 1
            if record.key != nil, record.value == nil, !header.attributes.hasDeletionHorizon {
                hasNewTombstone = true
            }
        }
        removedRecordCount += codec.records.count - keptCount
        if keptCount == codec.records.count, !hasNewTombstone { return .whole }
        if keptCount == 0, !isLastOfProducer(header) { return .gone }
        let horizon = nowMilliseconds.addingSaturated(settings.deleteRetentionMilliseconds)
        return .rewritten(codec.rewrite(plain, horizon: hasNewTombstone ? horizon : nil))
    }

    /// Whether a record stays.
    private func keeps(_ record: RecordView, of batch: StoredBatch) -> Bool {
        guard let key = record.key else { return true }
        let bytes = UnsafeRawBufferPointer(rebasing: batch.bytes[key])
        let offset = batch.header.baseOffset + Int64(record.offsetDelta)
        if latest.isSuperseded(bytes, at: offset) { return false }
        guard record.value == nil, batch.header.attributes.hasDeletionHorizon else { return true }
        return nowMilliseconds < batch.header.baseTimestamp
    }

    /// Whether no later batch of a producer is known that the log remembers.
    private func isLastOfProducer(_ header: RecordBatchHeader) -> Bool {
        guard knownProducers.contains(header.producerId) else { return false }
        // What was not entered is as it was.
        guard header.baseOffset < enteredOffset else { return true }
        return lastBatches[header.producerId].map { $0 == header.baseOffset } ?? true
    }

    private func attempt(
        _ action: String, _ path: String, _ body: () throws(Errno) -> Void
    ) throws(StorageError) {
        do throws(Errno) {
            try body()
        } catch {
            throw .system(action: action, path: path, error)
        }
    }
}
